"""Who came, on one screen straight after the meeting: the officer records, and the chair confirms on the same page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.attendance import Contribution, Deputy, How, Outcome
from service.domain.london import words
from service.domain.meetings import MeetingState
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.likely_attendance import from_answers, proposing, with_proposals
from service.handlers.page_acts import Ground, ground_of
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.show_attendance import attendance_words
from service.handlers.show_meeting import titles_of
from service.store.queries.meeting_lines import AgencyLine, AnswerLine, AttendanceLine, MeetingView
from service.store.queries.staff import staff_names
from service.store.queries.teams_attendance import teams_proposals
from service.web.attendance_form import (
    JOINED,
    AttendancePage,
    AttendanceRow,
    SittingLink,
    packed,
    read_rows,
    values_of,
)
from service.web.meeting import answer_words
from service.web.wording import actor_words
from service.workflow import attend
from service.workflow.attend import AttendanceGiven
from service.workflow.errors import BadAttendanceError, BadTimeError, ChangedMeanwhileError, NoSuchRequirementError

_ELSEWHERE = (
    "Attendance has been recorded since you opened this page, by somebody else or in another tab. What you changed is "
    "still here, and each agency shows what is recorded now. Check it and save again."
)


async def ask_attendance(request: web.Request) -> web.Response:
    """GET …/attendance: every agency of one sitting, with what is recorded, and what is proposed beside it.

    A row sent back untouched records nothing, so nothing is ticked that nobody has recorded, unless somebody asks for
    it: ``?from=proposals`` ticks what calls and Teams propose, ``?from=answers`` what each agency said it would do.
    """
    ground = await ground_of(request)
    page = await _page(request, ground, _sitting(ground.meeting, request.query.get("sitting", "1")))
    if request.query.get("from") == "proposals":
        page = with_proposals(page)
    if request.query.get("from") == "answers":
        page = replace(page, rows=from_answers(page.rows, ground.meeting))
    return _shown(request, page)


async def record(request: web.Request) -> web.Response:
    """POST …/attendance: record or correct the rows that were changed."""
    return await _take(request, confirm=False)


async def confirm(request: web.Request) -> web.Response:
    """POST …/attendance/confirm: record what was changed, and stand by all of it."""
    return await _take(request, confirm=True)


async def _take(request: web.Request, *, confirm: bool) -> web.Response:
    ground, sent = await ground_of(request), await form_of(request)
    sitting = _sitting(ground.meeting, sent.get("sitting", "1"))
    page = _read(await _page(request, ground, sitting), sent)
    if page.closed:
        return _shown(request, page, 409)
    if page.error_list:
        return _shown(request, page, 422)
    stands = {agency.requirement_id.hex: _standing(agency, sitting) for agency in ground.meeting.agencies}
    changed = [row for row in (*page.rows, *page.joined) if row.touched and packed(row.values) != stands.get(row.key)]
    if not changed and not (confirm and page.waiting):
        return ground.done("attendance_same")
    if _overtaken(changed, stands) or (confirm and sent.get("mark") != page.mark):
        return _overtaken_page(request, page, stands)
    try:
        await attend.record_attendance(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            [_given(row, ground.meeting) for row in changed],
            actor=ground.actor,
            sitting=sitting,
            seen=page.mark,
            confirm=confirm,
        )
    except ChangedMeanwhileError:
        ground = await ground_of(request)
        stands = {agency.requirement_id.hex: _standing(agency, sitting) for agency in ground.meeting.agencies}
        return _overtaken_page(request, _read(await _page(request, ground, sitting), sent), stands)
    except (BadAttendanceError, BadTimeError, NoSuchRequirementError) as error:
        return _shown(request, replace(page, problem=str(error)), 422)
    return ground.done("attendance_confirmed" if confirm else "attendance")


def _read(page: AttendancePage, sent: Mapping[str, str]) -> AttendancePage:
    return replace(page, rows=read_rows(sent, page.rows), joined=read_rows(sent, page.joined))


def _sitting(meeting: MeetingView, said: str) -> int:
    known = {"1": 1, **{str(each.number): each.number for each in meeting.sittings}}
    if said not in known:
        raise refuse(404, "not_found", "There is nothing at this address.")
    return known[said]


def _overtaken(changed: Sequence[AttendanceRow], stands: Mapping[str, str]) -> bool:
    """Whether a row that was changed here has been recorded differently by somebody else since its page was drawn."""
    return any(stands.get(row.key, "") not in {row.was, packed({**row.values, "deputy_words": ""})} for row in changed)


def _overtaken_page(request: web.Request, page: AttendancePage, stands: Mapping[str, str]) -> web.Response:
    """The page again with what was typed, drawn from what is recorded now, so that a second press is meant."""
    rows = tuple(replace(row, was=stands.get(row.key, "")) for row in page.rows)
    return _shown(request, replace(page, rows=rows, problem=_ELSEWHERE), 409)


def _standing(agency: AgencyLine, sitting: int) -> str:
    line = agency.at(sitting)
    return packed(_values(line)) if line is not None and line.state != "proposed" else ""


def _values(line: AttendanceLine | None) -> dict[str, str]:
    if line is None:
        return {}
    return values_of(
        line.outcome,
        how=line.how,
        brought=line.contribution,
        senior=line.seniority_confirmed,
        deputy=line.deputy,
    )


def _given(row: AttendanceRow, meeting: MeetingView) -> AttendanceGiven:
    said = row.values
    agency = next((each for each in meeting.agencies if each.requirement_id.hex == row.key), None)
    return AttendanceGiven(
        role=agency.role if agency else said["role"],
        slot=agency.slot if agency else "",
        joined=agency is None,
        outcome=Outcome(said["outcome"]),
        how=How(said["how"]) if said["how"] else None,
        seniority_confirmed={"yes": True, "no": False}.get(said["senior"]),
        contribution=Contribution(said["brought"]) if said["brought"] else None,
        deputy=Deputy(said["deputy"]) if said["deputy"] else None,
        deputy_words=said["deputy_words"],
    )


async def _page(request: web.Request, ground: Ground, sitting: int) -> AttendancePage:
    meeting, here = ground.meeting, f"{ground.href}/attendance"
    async with ground.services.engine.connect() as conn:
        people = await staff_names(conn, ground.partnership)
        teams = await teams_proposals(conn, ground.partnership, meeting.id, sitting)
    titles = titles_of(meeting.agencies)
    places = [each for each in meeting.agencies if each.state != "withdrawn" or each.at(sitting)]
    recorded = [line for each in places if (line := each.at(sitting)) and line.state != "proposed"]
    waiting = sum(line.state == "recorded" for each in places for line in (each.attendance, *each.later) if line)
    rows = tuple(
        proposing(_row(each, sitting, titles[str(each.requirement_id)], people), each, teams) for each in places
    )
    proposed = any(row.proposed for row in rows)
    return AttendancePage(
        heading=f"Who came to meeting {meeting.reference}" + (f", sitting {sitting}" if sitting > 1 else ""),
        meeting_href=ground.href,
        action=here,
        sitting=sitting,
        mark=meeting.attendance_mark,
        sittings=tuple(_sitting_links(meeting, here, sitting)) if meeting.sittings else (),
        rows=rows,
        joined=tuple(AttendanceRow(key, f"Agency {number}") for number, key in enumerate(JOINED, 1)),
        summary=f"{len(recorded)} of {len(places)} agencies recorded.",
        waiting=waiting,
        may_confirm=staff_may(person_of(request).roles[ground.partnership], Permission.STAFF_CONFIRM),
        answers_href=f"{here}?sitting={sitting}&from=answers",
        proposals_href=f"{here}?sitting={sitting}&from=proposals" if proposed else "",
        closed=_closed(ground, sitting),
    )


def _sitting_links(meeting: MeetingView, here: str, sitting: int) -> list[SittingLink]:
    starts = [(1, meeting.starts_at), *((each.number, each.starts_at) for each in meeting.sittings)]
    return [
        SittingLink(
            f"Sitting {number}, {words(start) if start else 'no time yet'}",
            "" if number == sitting else f"{here}?sitting={number}",
        )
        for number, start in starts
    ]


def _row(agency: AgencyLine, sitting: int, title: str, people: dict[str, str]) -> AttendanceRow:
    line = agency.at(sitting)
    proposed = line is not None and line.state == "proposed"
    stands = ""
    if line is not None and proposed:
        stands = f"Proposed: {attendance_words(line)}. Nothing is recorded until you say so here."
    elif line is not None:
        by = people.get(line.recorded_by) or actor_words(line.recorded_by)
        stands = f"Recorded by {by}, {words(line.recorded_at)}: {attendance_words(line)}."
    before = f"Before the meeting: {_said(agency.answer)}."
    hint = "It was brought in during the meeting." if agency.state == "joined" else before
    return AttendanceRow(
        key=agency.requirement_id.hex,
        legend=title,
        hint=hint,
        stands=stands,
        named=bool(line and line.deputy_named),
        was=_standing(agency, sitting),
        values={} if proposed else _values(line),
        proposed=_values(line) if proposed else {},
    )


def _said(answer: AnswerLine | None) -> str:
    if answer is None:
        return answer_words(None)
    said = {"by": answer.given_by, "reason": answer.reason}
    return answer_words(answer.answer, answer.way, answer.answered_at, **said, proposed=answer.proposed_start)


def _closed(ground: Ground, sitting: int) -> str:
    """Why nothing can be recorded now; empty where it can."""
    meeting = ground.meeting
    if meeting.state == MeetingState.CANCELLED:
        return "This meeting was cancelled, so nobody came to it."
    later = next((each.starts_at for each in meeting.sittings if each.number == sitting), None)
    start = later or meeting.starts_at
    if start is None:
        return "This meeting has no time yet. Choose its time first."
    if start > ground.services.now():
        return f"It starts {words(start)}. Who came can be recorded from then on."
    return ""


def _shown(request: web.Request, page: AttendancePage, status: int = 200) -> web.Response:
    return render_template("attendance.html", request, {"view": page}, status=status)
