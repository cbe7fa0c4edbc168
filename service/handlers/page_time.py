"""Giving a meeting its time from its page: the best starts, one press each, and what to do where a desk is full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.desks import IMMEDIATE_RISK, OVERRIDES
from service.domain.london import words
from service.domain.meetings import IllegalMoveError, MeetingState
from service.domain.roles import words as role_words
from service.domain.slots import Suggestion
from service.domain.slots_asked import Wanted
from service.domain.slots_words import headline, who_cannot, why_good
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, changed_words, ground_of, seen_version
from service.handlers.proposed_times import proposed_times
from service.web.act_forms import ReasonForm, ReasonPage
from service.web.act_page import moment_typed
from service.web.answer_form import clean_text
from service.web.time_form import ChosenTime, FullNow, OfferedTime, TimeForm, TimePage, read_time_form
from service.workflow import meetings
from service.workflow.agreed import Agreed
from service.workflow.errors import (
    BadTimeError,
    BadVenueError,
    CannotCallError,
    ChangedMeanwhileError,
    DesksFullError,
    NoSuchRequirementError,
)
from service.workflow.find_time import USUAL_LENGTH, find_time


async def ask_time(request: web.Request) -> web.Response:
    """GET …/time: the best starts, why each is good, who cannot make it; or another time."""
    ground = await ground_of(request)
    typed = {name: clean_text(request.query.get(name, ""))[:40] for name in ("day", "time")}
    stands = moment_typed(ground.meeting.starts_at) if ground.meeting.starts_at else {}
    stands |= {"minutes": str(_minutes(ground)), "mode": ground.meeting.mode, "venue": ground.meeting.venue}
    return await _page(request, ground, TimeForm({**stands, **{name: text for name, text in typed.items() if text}}))


async def give_time(request: web.Request) -> web.Response:
    """POST …/time: confirm the meeting, or move it."""
    ground, sent = await ground_of(request), await form_of(request)
    chosen, form = read_time_form(sent, ground.services.now())
    if chosen is None:
        return await _page(request, ground, form, status=422)
    moving = ground.meeting.state == MeetingState.CONFIRMED
    set_time = meetings.move_meeting if moving else meetings.confirm_meeting
    time = meetings.NewTime(
        chosen.start,
        chosen.minutes,
        ground.meeting.mode if chosen.mode is None else chosen.mode,
        ground.meeting.venue if chosen.venue is None else chosen.venue,
        typed=True,
        desk_override=chosen.override or None,
        agreed=_agreed(ground, chosen),
    )
    try:
        await set_time(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            time,
            actor=ground.actor,
            seen_version=seen_version(sent),
        )
    except DesksFullError as full:
        return await _page(request, ground, form, full=_full(chosen, full), status=409)
    except BadTimeError as bad:
        return await _page(request, ground, form.wrong(day=str(bad)), status=422)
    except BadVenueError as bad:
        return await _page(request, ground, form.wrong(venue=str(bad)), status=422)
    except (CannotCallError, NoSuchRequirementError) as bad:
        return await _page(request, ground, form.wrong(agreed_by=str(bad)), status=422)
    except (ChangedMeanwhileError, IllegalMoveError):
        ground = await ground_of(request)
        # A start that was one press stands in the form now, so that it is one press again.
        form = replace(form, values={**form.values, **moment_typed(chosen.start)})
        return await _page(request, ground, replace(form, problem=changed_words(ground.meeting)), status=409)
    return ground.done("moved" if moving else "confirmed")


def _agreed(ground: Ground, chosen: ChosenTime) -> Agreed | None:
    """Who agreed by phone already; a place that is not this meeting's is nobody's."""
    for agency in ground.meeting.agencies:
        if chosen.agreed_at is not None and str(agency.requirement_id) == chosen.agreed_place:
            return Agreed(agency.role, chosen.agreed_by, chosen.agreed_at, agency.slot)
    return None


def _minutes(ground: Ground) -> int:
    meeting = ground.meeting
    length = meeting.ends_at - meeting.starts_at if meeting.starts_at and meeting.ends_at else USUAL_LENGTH
    return int(length.total_seconds()) // 60


async def _page(
    request: web.Request, ground: Ground, form: TimeForm, *, full: FullNow | None = None, status: int = 200
) -> web.Response:
    meeting = ground.meeting
    if meeting.state not in {MeetingState.PLANNED, MeetingState.CONFIRMED}:
        return _closed(request, ground)
    if not form.values.get("mode"):
        # A start that is one press says nothing of how and where: both stay as they are.
        form = replace(form, values={**form.values, "mode": meeting.mode, "venue": meeting.venue})
    found = await find_time(ground.services, ground.partnership, meeting.reference)
    view = TimePage(
        meeting_href=ground.href,
        action=f"{ground.href}/time",
        reference=meeting.reference,
        version=meeting.version,
        minutes=_minutes(ground),
        moving=meeting.state == MeetingState.CONFIRMED,
        now_at=words(meeting.starts_at) if meeting.starts_at else "",
        agencies=sum(agency.state == "wanted" for agency in meeting.agencies),
        slots=_offered(found.slots, found.wanted),
        instead=tuple(
            replace(_offered([way.suggestion], found.wanted)[0], give_up=f"{way.words[:1].upper()}{way.words[1:]}")
            for way in found.instead
        ),
        full=full,
        proposed=proposed_times(meeting.agencies, f"{ground.href}/time", ground.services.now()),
        places=tuple(
            {"value": str(agency.requirement_id), "text": role_words(agency.role)}
            for agency in meeting.agencies
            if agency.state in {"wanted", "no_inbox"}
        ),
    )
    return render_template("time.html", request, {"view": view, "form": form}, status=status)


def _closed(request: web.Request, ground: Ground) -> web.Response:
    """The page of a meeting that takes no time any more."""
    meeting = ground.meeting
    page = ReasonPage(
        heading=f"The time of meeting {meeting.reference}",
        meeting_href=ground.href,
        action="",
        version=meeting.version,
        intro=(),
        closed=f"This meeting is {meeting.state}, so it takes no other time.",
        links=(("Call it again", f"{ground.href}/again"),) if meeting.state == MeetingState.CANCELLED else (),
    )
    return render_template("reason.html", request, {"view": page, "form": ReasonForm()}, status=409)


def _offered(suggestions: Sequence[Suggestion], wanted: Wanted) -> tuple[OfferedTime, ...]:
    return tuple(
        OfferedTime(headline(each), each.start.isoformat(), why_good(each, wanted), who_cannot(each))
        for each in suggestions
    )


def _full(chosen: ChosenTime, full: DesksFullError) -> FullNow:
    reasons = {IMMEDIATE_RISK: OVERRIDES[IMMEDIATE_RISK]} if full.immediate else OVERRIDES
    return FullNow(
        words=f"{words(chosen.start)}, {chosen.minutes} minutes",
        start=chosen.start.isoformat(),
        sentences=tuple(desk.sentence for desk in full.full),
        next_best=tuple(OfferedTime(each.words, each.start.isoformat()) for each in full.next_best),
        overrides=tuple((code, f"{said[:1].upper()}{said[1:]}") for code, said in reasons.items()),
        immediate=full.immediate,
    )
