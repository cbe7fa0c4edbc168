"""The availability file of ``convene slots``: who is taken when, who may chair, and what is known of each agency.

    {"chairs": [{"name": "first chair", "hours": "Mon-Fri 09:00-17:00", "load": 2,
                 "busy": [["2026-12-01T10:00", "2026-12-01T11:00"]]}],
     "agencies": {"police_child_protection": {"seats": [[], []], "history": [18, 20], "load": {"2026-12-01": 3}}},
     "in_person": true, "travel_minutes": 30, "mean": [70, 100]}

Every part may be left out. Times without an offset are London times; a block may carry a third value, true when it is
in person. ``seats`` has one list of blocks for each meeting a desk can sit in at once. A history is [came, asked].
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.commands.failures import RefusedError
from service.commands.request_files import read_bytes
from service.domain.clocks import AgencyNotice
from service.domain.evaluate import Requirement
from service.domain.facts import Urgency
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, Hours, HoursError, parse
from service.domain.london import from_wall, to_utc
from service.domain.quorum import RULES
from service.domain.roles import ROLES
from service.domain.slots_asked import CHAIR_ROLE, LEAD, Attendee, Busy, Chair, History, Wanted
from service.store.queries.directory import Inbox
from service.workflow.plan import Plan

LARGEST_BYTES = 4 * 1024 * 1024
_MOST_BLOCKS = 2000


def _instant(value: object) -> datetime:
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return from_wall(str(value)) if parsed.tzinfo is None else to_utc(parsed)


def _readable(text: str) -> str:
    try:
        parse(text)
    except HoursError as error:
        raise ValueError(str(error)) from None
    return text


def _ordered(block: tuple[datetime, datetime, bool]) -> tuple[datetime, datetime, bool]:
    if block[1] <= block[0]:
        raise ValueError("a block ends after it starts")
    return block


def _with_way(value: object) -> object:
    return [*value, False] if isinstance(value, list) and len(value) == 2 else value


def _of(history: tuple[int, int]) -> tuple[int, int]:
    if history[0] > history[1]:
        raise ValueError("nobody came more often than they were asked")
    return history


Instant = Annotated[datetime, BeforeValidator(_instant)]
Block = Annotated[tuple[Instant, Instant, bool], BeforeValidator(_with_way), AfterValidator(_ordered)]
Blocks = Annotated[list[Block], Field(max_length=_MOST_BLOCKS)]
OpeningHours = Annotated[str, AfterValidator(_readable)]
Count = Annotated[int, Field(ge=0, le=100_000)]
CameOf = Annotated[tuple[Count, Count], AfterValidator(_of)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChairBody(_Strict):
    """Somebody who may chair."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    hours: OpeningHours | None = None
    busy: Blocks = []
    load: Count = 0


class AgencyBody(_Strict):
    """What is known of one agency's desk."""

    hours: OpeningHours | None = None
    seats: Annotated[list[Blocks], Field(min_length=1, max_length=100)] = [[]]
    history: CameOf = (0, 0)
    load: dict[date, Count] = {}


class AvailabilityBody(_Strict):
    """The whole file. ``mean`` is the partnership's history; the sum of the agencies' when left out."""

    chairs: Annotated[list[ChairBody], Field(max_length=100)] = []
    agencies: dict[str, AgencyBody] = {}
    in_person: bool = False
    travel_minutes: Annotated[int, Field(ge=0, le=600)] = 0
    mean: CameOf | None = None


def read_availability(path: Path | None) -> AvailabilityBody:
    """Read the file; without one everybody is free whenever they are open.

    Raises:
        RefusedError: one sentence for each fault, with its place.
    """
    if path is None:
        return AvailabilityBody()
    try:
        found = AvailabilityBody.model_validate_json(read_bytes(path, LARGEST_BYTES))
    except ValidationError as refused:
        raise RefusedError(
            *(
                f"{path}, {'/'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}."
                for fault in refused.errors(include_url=False, include_input=False)
            )
        ) from None
    unknown = sorted(set(found.agencies).difference(ROLES))
    if unknown:
        raise RefusedError(*(f"{path}, agencies/{role}: there is no such role." for role in unknown))
    return found


def wanted_of(plan: Plan, known: AvailabilityBody, now: datetime, length: timedelta, days: int) -> Wanted:
    """The search for a plan's meeting. An agency without an inbox is asked for in office hours."""
    policy, facts = plan.policy, plan.facts
    # Whoever chairs is also the chair's place among the agencies, unless the file says more of it.
    chairing = AgencyBody(seats=[each.busy for each in known.chairs] or [[]])
    agencies = {CHAIR_ROLE: chairing, **known.agencies}
    attendees = tuple(
        _attendee(binding.requirement, binding.inbox, agencies.get(binding.requirement.role, AgencyBody()))
        for binding in plan.bindings
    )
    # At immediate risk somebody chairs at any hour: the emergency duty team does when the office is closed.
    usual = ROUND_THE_CLOCK if facts.urgency is Urgency.IMMEDIATE else OFFICE
    chairs = tuple(_chair(each, usual) for each in known.chairs) or (Chair("a chair", usual),)
    rule = policy.meeting_type(facts.meeting_type).quorum.rule
    return Wanted(
        now=now,
        clocks=plan.clocks,
        attendees=attendees,
        chairs=chairs,
        length=length,
        in_person=known.in_person,
        travel=timedelta(minutes=known.travel_minutes),
        quorum=None if rule is None else RULES[rule],
        groups=policy.role_groups,
        mean=_mean(known),
        days=days,
        lead=LEAD,
    )


def _attendee(requirement: Requirement, inbox: Inbox | None, known: AgencyBody) -> Attendee:
    hours: Hours = parse(known.hours or (inbox.hours if inbox else "")) if known.hours or inbox else OFFICE
    owed = requirement.notice
    return Attendee(
        notice=AgencyNotice(requirement.role, owed.standard, hours, owed.minimum),
        level=requirement.level,
        seats=tuple(_seat(blocks) for blocks in known.seats),
        history=History(*known.history),
        load=known.load,
    )


def _chair(known: ChairBody, usual: Hours) -> Chair:
    return Chair(known.name, parse(known.hours) if known.hours else usual, _seat(known.busy), known.load)


def _seat(blocks: Blocks) -> tuple[Busy, ...]:
    return tuple(Busy(*block) for block in blocks)


def _mean(known: AvailabilityBody) -> History:
    if known.mean is not None:
        return History(*known.mean)
    past = [each.history for each in known.agencies.values()]
    return History(sum(came for came, _ in past), sum(asked for _, asked in past))
