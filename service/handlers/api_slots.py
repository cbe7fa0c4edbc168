"""…/slots: the best starts for a meeting, why each is good, who cannot make it, what to give up; and holding one."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from service.domain.slots import Suggestion
from service.domain.slots_asked import Wanted
from service.domain.slots_words import headline, who_cannot, why_good
from service.handlers.access import actor_of, allowed_partnership, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.api_bodies import HoldBody
from service.handlers.bodies import read_json
from service.handlers.keys import DOORS, SERVICES
from service.handlers.problems import refuse
from service.handlers.reading import BodyRefusedError, NotJsonError, problem_of_reading, read_request
from service.workflow.find_time import Found, find_time, find_time_for
from service.workflow.hold import hold_slot

# As for the time of a meeting that is confirmed or moved.
SHORTEST_MINUTES, LONGEST_MINUTES = 15, 480


class PastShown(Answer):
    """An agency that can come, and at how many of how many recorded meetings of the past year it came."""

    role: str
    came: int
    asked: int


class CannotShown(Answer):
    """An agency that cannot come then."""

    role: str
    why: str


class SlotShown(Answer):
    """One start. ``why`` are sentences, weightiest first."""

    start: datetime
    end: datetime
    words: str
    chair: str
    fair_to_all: bool | None = Field(description="null: the partnership has set no notice")
    quorum_met: bool | None = Field(description="null: not set by the partnership")
    quorum_missing: list[str]
    expected: float | None = Field(description="of the required agencies, by their history; null: none is recorded")
    required: int
    notice_short_for: list[str]
    coming: list[PastShown]
    cannot_come: list[CannotShown]
    why: list[str]
    who_cannot: list[str]
    rooms: list[str] = Field(description="known rooms that are free then, for a meeting in person")


class GivenUpShown(Answer):
    """A rule that could be given up, and the best start without it."""

    words: str
    slot: SlotShown


class CalendarShown(Answer):
    """What was known of one calendar inside the tenant. ``words`` only where it is old or could not be read."""

    kind: str
    who: str
    seen_at: datetime | None = Field(description="null: never, or too long ago to be used")
    problem: str | None
    words: str | None


class SlotsShown(Answer):
    """The best starts, best first; ``give_up``, least harm first, only when there is none."""

    meeting_reference: str
    earliest_fair: datetime | None
    latest_lawful: datetime | None
    slots: list[SlotShown]
    give_up: list[GivenUpShown]
    calendars: list[CalendarShown]


async def slots(request: web.Request) -> web.Response:
    """GET …/slots[?minutes=N]: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    found = await find_time(request.app[SERVICES], partnership, reference, minutes_of(request))
    return respond(
        SlotsShown(
            meeting_reference=reference,
            earliest_fair=found.wanted.clocks.earliest_fair,
            latest_lawful=found.wanted.clocks.latest_lawful,
            slots=[slot_shown(each, found.wanted) for each in found.slots],
            give_up=[
                GivenUpShown(words=each.words, slot=slot_shown(each.suggestion, found.wanted)) for each in found.instead
            ],
            calendars=_calendars(found),
        )
    )


class TimesFound(Answer):
    """The best starts for a request that has not been sent, as for a meeting."""

    earliest_fair: datetime | None
    latest_lawful: datetime | None
    slots: list[SlotShown]
    give_up: list[GivenUpShown]
    calendars: list[CalendarShown]


async def for_request(request: web.Request) -> web.Response:
    """POST /api/v1/slots[?minutes=N]: times for a request as it would be sent. Nothing of it is kept."""
    services = request.app[SERVICES]
    raw = await read_json(request, request.app[DOORS].body_limit)
    try:
        read = read_request(raw, services.now())
    except (NotJsonError, BodyRefusedError) as error:
        raise problem_of_reading(error) from None
    allowed_partnership(request, read.request.partnership)
    found = await find_time_for(services, read.request, minutes_of(request))
    return respond(
        TimesFound(
            earliest_fair=found.wanted.clocks.earliest_fair,
            latest_lawful=found.wanted.clocks.latest_lawful,
            slots=[slot_shown(each, found.wanted) for each in found.slots],
            give_up=[
                GivenUpShown(words=each.words, slot=slot_shown(each.suggestion, found.wanted)) for each in found.instead
            ],
            calendars=_calendars(found),
        )
    )


class SlotHeld(Answer):
    """A time that is kept for a meeting; from ``until`` on anybody may take it."""

    meeting_reference: str
    start: datetime
    end: datetime
    until: datetime


async def hold(request: web.Request) -> web.Response:
    """POST …/slots/hold: keep a seat at every desk for a while; nobody is invited."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, HoldBody)
    held = await hold_slot(
        request.app[SERVICES],
        partnership,
        reference,
        body.start,
        body.minutes,
        body.mode,
        actor=actor_of(request),
        seen_version=body.version,
    )
    return respond(SlotHeld(meeting_reference=held.reference, start=held.start, end=held.end, until=held.until))


def _calendars(found: Found) -> list[CalendarShown]:
    return [
        CalendarShown(
            kind=str(each.kind),
            who=each.who,
            seen_at=each.at,
            problem=None if each.problem is None else str(each.problem),
            words=each.words(found.wanted.now),
        )
        for each in found.calendars
    ]


def minutes_of(request: web.Request) -> int | None:
    """``?minutes=``, or None. Raises ProblemError: 400."""
    said = request.query.getall("minutes", [])
    if not said:
        return None
    minutes = int(said[0]) if len(said) == 1 and said[0].isascii() and said[0].isdigit() and len(said[0]) < 4 else 0
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise refuse(
            400, "bad_query", f"Give minutes once, as a whole number from {SHORTEST_MINUTES} to {LONGEST_MINUTES}."
        )
    return minutes


def slot_shown(suggestion: Suggestion, wanted: Wanted) -> SlotShown:
    """One start as the API shows it."""
    return SlotShown(
        start=suggestion.start,
        end=suggestion.end,
        words=headline(suggestion),
        chair=suggestion.chair.name,
        fair_to_all=suggestion.fair,
        quorum_met=suggestion.quorum.met,
        quorum_missing=list(suggestion.quorum.missing),
        expected=suggestion.expected,
        required=suggestion.required,
        notice_short_for=[each.notice.role for each in suggestion.short],
        coming=[
            PastShown(role=each.notice.role, came=each.history.n, asked=each.history.of) for each in suggestion.coming
        ],
        cannot_come=[CannotShown(role=each.attendee.notice.role, why=each.why) for each in suggestion.cannot],
        why=list(why_good(suggestion, wanted)),
        who_cannot=list(who_cannot(suggestion)),
        rooms=list(suggestion.rooms),
    )
