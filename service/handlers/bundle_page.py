"""GET and POST …/bundle: an auditor takes a meeting's whole record as one sealed file, and finds who took it before."""

from __future__ import annotations

from aiohttp import web

from service.domain.london import words
from service.handlers.act_pages import shown
from service.handlers.page_acts import Ground, ground_of
from service.store.queries.audit import timeline
from service.store.queries.staff import staff_names
from service.web.act_page import ActPage, Form, Row, Section
from service.web.wording import actor_words
from service.workflow.bundle import BundleRefusedError, export_bundle

_TAKEN = "evidence:bundle:exported"
_HOLDS = (
    "One file with the whole record of the meeting: the facts, the rules, each message, answer, reminder and opening, "
    "who came, and everything that was done by whom. It holds nobody's name, birth date or address."
)
_SEND = (
    "Send its SHA-256 by another way than the file. With both, anybody can check on any machine that no byte was "
    "changed: convene bundle verify."
)


async def ask(request: web.Request) -> web.Response:
    """GET: what the file holds, and each time that it was taken. Changes nothing."""
    return shown(request, await _page(await ground_of(request)))


async def take(request: web.Request) -> web.Response:
    """POST: the file. The meeting's record keeps who took it, and its SHA-256."""
    ground = await ground_of(request)
    reference = ground.meeting.reference
    try:
        found = await export_bundle(ground.services, ground.partnership, reference, actor=ground.actor)
    except BundleRefusedError as refused:
        return shown(request, await _page(ground, str(refused)), status=409)
    headers = {"Content-Disposition": f'attachment; filename="evidence-{reference}.jsonl"'}
    return web.Response(body=found.content, content_type="application/jsonl", headers=headers)


async def _page(ground: Ground, problem: str = "") -> ActPage:
    async with ground.services.engine.connect() as conn:
        events = await timeline(conn, ground.partnership, ground.meeting.id)
        people = await staff_names(conn, ground.partnership)
    taken = tuple(
        Row(f"{words(each.at)}, by {people.get(each.actor) or actor_words(each.actor)}. SHA-256: {each.data['sha256']}")
        for each in reversed(events)
        if each.action == _TAKEN
    )
    return ActPage(
        heading=f"Evidence of meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=(_HOLDS, _SEND),
        sections=(Section("When it was taken", taken, empty="Nobody has taken it yet."),),
        forms=(Form(f"{ground.href}/bundle", "Save the evidence as a file"),),
        problem=problem,
    )
