"""The worklist: the home of whoever arranges meetings."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from aiohttp import web
from aiohttp_jinja2 import get_env, render_template
from jinja2 import Environment
from markupsafe import Markup

from service.domain.london import words
from service.domain.night import opens_again
from service.domain.references import is_part_of_reference, normalise
from service.handlers.access import LOOK, person_of, reader_of
from service.handlers.changes import BOARDS
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, rights_of, staff_may
from service.handlers.shared_pages import SharedPage, shared_page
from service.handlers.show_worklist import held_row, kind_words, marks_of, meeting_facts, task_row
from service.store.queries.held import HeldItem
from service.store.queries.tasks import Task
from service.store.queries.worklist import WorklistRow
from service.web.act_forms import DONE
from service.web.duties import EVERYTHING, Duties, duties_of
from service.web.stale import stale_words, unread_words
from service.web.worklist import MeetingFacts, MeetingRow, TaskMark, TaskRow
from service.web.worklist_tabs import (
    ALL,
    TASKS_A_PAGE,
    BoardView,
    Chosen,
    Whose,
    WorklistView,
    chosen_of,
    listing_of,
    page_of,
)
from service.workflow.boards import Board

# Tabs, filters and pages of one reading that are kept rendered.
_MOST_MADE = 100
_INDENT = re.compile(r"\n\s+")
_NOT_A_PART = (
    "Enter a meeting’s reference or part of one, like CV-7K3Q-9XHD or 9XHD. "
    "References have no vowels, and nobody is found by name"
)


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/worklist: what is due, by when, who has not answered."""
    return await _page(request, chosen_of(request.query))


async def find(request: web.Request) -> web.Response:
    """POST /{partnership}/worklist: on to the address of what was chosen, or straight to the meeting by its reference.

    A form that is sent and not an address that is filled in: what somebody types there by mistake, such as a name, must
    not end in a browser's history.
    """
    base, sent = f"/{partnership_in(request)}", await form_of(request)
    typed = sent.get("part", "").strip()
    whole, part = normalise(typed), typed.upper().replace(" ", "")
    if whole is not None:
        return web.Response(status=303, headers={"Location": f"{base}/meetings/{whole}"})
    chosen = chosen_of({**sent, "part": part, "page": "", "tasks": ""})
    if typed and not is_part_of_reference(part):
        return await _page(request, chosen, typed=typed[:100], status=422)
    return web.Response(status=303, headers={"Location": chosen.href(base)})


async def _page(request: web.Request, chosen: Chosen, *, typed: str = "", status: int = 200) -> web.Response:
    partnership, services = partnership_in(request), request.app[SERVICES]
    now, base, rights = services.now(), f"/{partnership}", person_of(request).roles[partnership]
    board = await request.app[BOARDS].for_reader(partnership, reader_of(request).key, request[LOOK])
    may = rights_of(rights)
    may_arrange = Permission.STAFF_ARRANGE in may
    chairs = board.chaired_by(reader_of(request).key, person_of(request).name)
    own = duties_of(rights, opens_again(now, services.calendar), chairs)
    stale = stale_words(board.reading.last_successes, services.real_now()) or unread_words(
        board.reading.last_reads, now, services.reading_late_after
    )
    done = DONE.get(request.query.get("done", ""), "")
    # All that tells one page of this reading from another, but for the gaps that are filled for each reader.
    key = ("page", chosen, frozenset(rights), own, words(now), stale, done)
    if not typed and key in board.made:
        kept: SharedPage = board.made[key]
        return kept.for_reader(request)
    rendered = _rendered(request, board, chosen, typed, own, may)
    view = WorklistView(
        partnership=board.partnership,
        as_of=words(now),
        stale=stale,
        contact_sheet_href=f"{base}/contact-sheet",
        clashes_href=f"{base}/clashes",
        handover_href=f"{base}/handover",
        standard_href=f"{base}/reports/standard",
        caseload_href=f"{base}/reports/caseload",
        drift_href=f"{base}/drift",
        find_href=f"{base}/worklist",
        refresh_href=chosen.href(base),
        board=rendered,
        done=done,
        request_href=f"{base}/requests" if staff_may(rights, Permission.STAFF_REQUEST) else "",
        rota_href=f"{base}/rota" if may_arrange else "",
        find_error=_NOT_A_PART if typed else "",
    )
    if typed:
        return render_template("worklist.html", request, {"view": view}, status=status)
    made = shared_page("worklist.html", request, {"view": view})
    _keep(board, key, made)
    return made.for_reader(request)


def _keep(board: Board, key: Hashable, made: object) -> None:
    if len(board.made) > _MOST_MADE:
        board.made.clear()
    board.made[key] = made


def _rendered(
    request: web.Request, board: Board, chosen: Chosen, typed: str, own: Duties, may: frozenset[Permission]
) -> Markup:
    """The chosen tab of one reading: worked out and rendered once a minute, however many of the same roles look."""
    services, partnership = request.app[SERVICES], partnership_in(request)
    now, base = services.now(), f"/{partnership}"
    key = (chosen, may, own, now.replace(second=0, microsecond=0))
    if key in board.made and not typed:
        found: Markup = board.made[key]
        return found
    facts = _facts(board, kind_words(services.policies.get(partnership)))
    duties = EVERYTHING if chosen.whose == ALL else own
    chairs = {meeting.reference: meeting.chair for meeting in facts}
    tasks = [
        task
        for task in board.tasks
        if duties.task(task.owner, task.due_at, now, chairs.get(task.meeting_reference or "", ""))
    ]
    held = board.held if duties.held() else ()
    # A delivery nobody understood has its task beside it: one thing, not two.
    alone = sum(not task.meeting_reference and not task.held_reference for task in tasks)
    listing = listing_of(facts, chosen, base, now, elsewhere=len(held) + alone, duties=duties)
    view = replace(
        _board_view(tasks, held, chosen, base, now),
        may_arrange=Permission.STAFF_ARRANGE in may,
        shows_held=duties.held(),
    )
    if own.roles:
        view = replace(view, whose=_whose(own, chosen, base))
    if typed:
        view = replace(view, part=typed, find_error=_NOT_A_PART)
    env = get_env(request.app)
    meetings = Markup().join(_row_html(env, "worklist_row.html", row) for row in listing.meetings)
    to_do = Markup().join(_row_html(env, "worklist_task.html", task, may) for task in view.tasks)
    html = env.get_template("worklist_board.html").render(view=view, listing=listing, meetings=meetings, tasks=to_do)
    rendered = _squeezed(html)
    if not typed:
        _keep(board, key, rendered)
    return rendered


# The rows that were shown last: where one meeting changes, the others' need not be rendered again.
@lru_cache(maxsize=4096)
def _row_html(env: Environment, template: str, row: MeetingRow | TaskRow, may: object = None) -> Markup:
    return _squeezed(env.get_template(template).render(row=row, may=may))


def _squeezed(html: str) -> Markup:
    return Markup(_INDENT.sub("\n", html))  # noqa: S704 - our own template, which escapes


def _facts(board: Board, kinds: Mapping[str, str]) -> tuple[MeetingFacts, ...]:
    if "facts" not in board.made:
        marks = marks_of(board.tasks)
        board.made["facts"] = tuple(_facts_of(board, row, marks.get(row.reference, ()), kinds) for row in board.rows)
        shown = {row.reference for row in board.rows}
        for gone in board.by_meeting.keys() - shown:
            del board.by_meeting[gone]
    found: tuple[MeetingFacts, ...] = board.made["facts"]
    return found


def _facts_of(board: Board, row: WorklistRow, marks: tuple[TaskMark, ...], kinds: Mapping[str, str]) -> MeetingFacts:
    made_of = (row, marks, kinds.get(row.meeting_type))
    kept = board.by_meeting.get(row.reference)
    if kept is None or kept[0] != made_of:
        kept = board.by_meeting[row.reference] = (made_of, meeting_facts(row, kinds, marks))
    facts: MeetingFacts = kept[1]
    return facts


def _whose(own: Duties, chosen: Chosen, base: str) -> Whose:
    others = chosen.whose == ALL
    return Whose(
        words="Shown is everybody’s work." if others else f"Shown is the work of: {own.words}.",
        text="Show only mine" if others else "Show everybody’s",
        href=replace(chosen, whose="" if others else ALL, page=1, tasks_page=1).href(base),
        value=chosen.whose,
    )


def _board_view(tasks: Sequence[Task], held: Sequence[HeldItem], chosen: Chosen, base: str, now: datetime) -> BoardView:
    first, pages = page_of(
        len(tasks),
        TASKS_A_PAGE,
        chosen.tasks_page,
        lambda page: f"{replace(chosen, tasks_page=page).href(base)}#tasks",
    )
    return BoardView(
        tasks=tuple(task_row(task, base, now) for task in tasks[first : first + TASKS_A_PAGE]),
        task_count=len(tasks),
        task_pages=pages,
        held=tuple(held_row(item, base) for item in held),
        tab=str(chosen.tab),
        may_arrange=False,
        part=chosen.part,
    )
