"""The worklist: the home of whoever arranges meetings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.references import is_part_of_reference, normalise
from service.handlers.access import person_of, reader_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.show_worklist import held_row, kind_words, meeting_facts, task_row
from service.store.queries.health import every_heartbeat
from service.store.queries.held import open_items
from service.store.queries.partnerships import every_partnership
from service.store.queries.tasks import open_tasks
from service.store.queries.worklist import worklist as worklist_of
from service.web.act_forms import DONE
from service.web.stale import stale_words
from service.web.worklist_tabs import TASKS_A_PAGE, Chosen, Tab, WorklistView, chosen_of, listing_of, page_of

# A meeting stays on the list for a while after it was held or cancelled, so that nothing about it is forgotten.
KEPT_FOR = timedelta(days=7)
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
    now, base, reader = services.now(), f"/{partnership}", reader_of(request)
    since = now - KEPT_FOR
    async with services.engine.connect() as conn:
        names = {each.id: each.name for each in await every_partnership(conn)}
        rows = await worklist_of(conn, partnership, reader, held_since=since, cancelled_since=since)
        tasks = await open_tasks(conn, partnership, reader)
        held = await open_items(conn, partnership)
        stale = stale_words([beat.last_success_at for beat in await every_heartbeat(conn)], services.real_now())
    kinds = kind_words(services.policies.get(partnership))
    # A delivery nobody understood has its task beside it: one thing, not two.
    elsewhere = len(held) + sum(not task.meeting_reference and not task.held_reference for task in tasks)
    listing = listing_of([meeting_facts(row, kinds) for row in rows], chosen, base, now, elsewhere=elsewhere)
    first, task_pages = page_of(
        len(tasks), TASKS_A_PAGE, chosen.tasks_page, lambda page: f"{replace(chosen, tasks_page=page).href(base)}#tasks"
    )
    rights = person_of(request).roles[partnership]
    view = WorklistView(
        partnership=names.get(partnership, partnership),
        as_of=words(now),
        stale=stale,
        contact_sheet_href=f"{base}/contact-sheet",
        handover_href=f"{base}/handover",
        standard_href=f"{base}/reports/standard",
        caseload_href=f"{base}/reports/caseload",
        listing=listing,
        find_href=f"{base}/worklist",
        refresh_href=chosen.href(base),
        tab=str(chosen.tab),
        tasks=tuple(task_row(task, base, now) for task in tasks[first : first + TASKS_A_PAGE]),
        task_count=len(tasks),
        task_pages=task_pages,
        held=tuple(held_row(item) for item in held),
        shows_tasks=chosen.tab is Tab.NEEDS_YOU,
        may_arrange=staff_may(rights, Permission.STAFF_ARRANGE),
        done=DONE.get(request.query.get("done", ""), ""),
        request_href=f"{base}/requests" if staff_may(rights, Permission.STAFF_REQUEST) else "",
        part=typed or chosen.part,
        find_error=_NOT_A_PART if typed else "",
    )
    return render_template("worklist.html", request, {"view": view}, status=status)
