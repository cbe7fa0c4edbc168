"""GET /{partnership}/reports/caseload: what each team has in hand. Who may read figures only sees counts only."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.caseload import TeamLoad
from service.domain.london import words
from service.handlers.access import person_of, reader_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.show_worklist import kind_words
from service.web.caseload import COLUMNS, CaseloadPage, LoadRow, MeetingRow
from service.web.wording import STATE_WORDS, opened, when
from service.workflow.caseload import Caseload, caseload_of


async def show(request: web.Request) -> web.Response:
    """The page; changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    found = await caseload_of(services, partnership, reader=reader_of(request))
    sees_cases = staff_may(person_of(request).roles[partnership], Permission.STAFF_READ)
    kinds = kind_words(services.policies.get(partnership))
    page = CaseloadPage(
        as_of=words(found.at),
        columns=COLUMNS,
        loads=tuple(LoadRow(found.names[load.team], _counts(load)) for load in found.loads),
        meetings=_meetings(found, kinds, f"/{partnership}") if sees_cases else None,
    )
    return render_template("caseload.html", request, {"view": page})


def _counts(load: TeamLoad) -> tuple[int, ...]:
    return (load.cases, load.children, load.meetings, load.untimed, load.late, load.over, load.open_tasks)


def _meetings(found: Caseload, kinds: Mapping[str, str], base: str) -> tuple[MeetingRow, ...]:
    return tuple(
        MeetingRow(
            reference=meeting.reference,
            href=f"{base}/meetings/{meeting.reference}",
            team=found.names[meeting.team or ""],
            kind=kinds.get(meeting.meeting_type) or opened(meeting.meeting_type),
            stands=STATE_WORDS.get(meeting.state, meeting.state),
            when=when(meeting.starts_at or meeting.deadline_at, "no time, no deadline"),
            open_tasks=meeting.open_tasks,
        )
        for meeting in found.meetings
    )
