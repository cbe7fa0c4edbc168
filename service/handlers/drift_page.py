"""/{partnership}/drift: what was changed in Outlook since, with one press to take it over or to put it back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.drift import DriftKind
from service.domain.london import words
from service.handlers.access import person_of, reader_of
from service.handlers.api_acts import reference_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.store.queries.drift import Drift
from service.store.queries.mailboxes import mailboxes_of
from service.web.drift_words import DRIFT_DONE, DriftPage, DriftRow, buttons, drift_sentence
from service.web.wording import when
from service.workflow import drift
from service.workflow.drift_guests import adopt_any


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/drift: the open differences; changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    base = f"/{partnership}"
    found = await drift.list_drifts(services, partnership, reader_of(request))
    async with services.engine.connect() as conn:
        mailboxes = await mailboxes_of(conn, partnership)
    page = DriftPage(
        base=base,
        rows=tuple(_row(each, base) for each in found),
        compared=tuple(
            f"{each.address}: {'stopped, not compared' if each.state != 'active' else _compared(each.compared_at)}"
            for each in mailboxes
        ),
        may_arrange=staff_may(person_of(request).roles[partnership], Permission.STAFF_ARRANGE),
        done=DRIFT_DONE.get(request.query.get("done", ""), ""),
    )
    return render_template("drift.html", request, {"view": page})


def _compared(at: datetime | None) -> str:
    return f"compared {words(at)}" if at else "not compared yet"


def _row(found: Drift, base: str) -> DriftRow:
    adopt, restore, instead = buttons(found.kind, found.detail, found.mode)
    href = f"{base}/meetings/{found.meeting_reference}"
    return DriftRow(
        id=str(found.id),
        reference=found.meeting_reference,
        href=href,
        act_href=f"{href}/drift",
        when=when(found.starts_at, "no time"),
        what=drift_sentence(found.kind, found.detail),
        found=words(found.found_at),
        adopt=adopt,
        restore=restore,
        instead=instead,
    )


async def settle(request: web.Request) -> web.Response:
    """POST /{partnership}/meetings/{reference}/drift: one press."""
    partnership, reference, sent = partnership_in(request), reference_of(request), await form_of(request)
    services, actor = request.app[SERVICES], person_of(request).actor(partnership)
    try:
        seen = UUID(sent.get("seen", ""))
    except ValueError:
        raise refuse(400, "bad_request", "The form could not be read. Open the page again and send it.") from None
    if sent.get("do") == "adopt":
        adopted = await adopt_any(services, partnership, reference, actor=actor, seen=seen)
        guests = "some_guests" if adopted.left else "guests"
        done = {DriftKind.GUESTS: guests, DriftKind.PLACE: "place"}.get(adopted.kind, "adopted")
    else:
        await drift.restore(services, partnership, reference, actor=actor, seen=seen)
        done = "restored"
    return web.Response(status=303, headers={"Location": f"/{partnership}/drift?done={done}"})


async def compare(request: web.Request) -> web.Response:
    """POST /{partnership}/drift/compare: compare now instead of tomorrow morning."""
    partnership = partnership_in(request)
    await drift.compare_again(request.app[SERVICES], partnership)
    return web.Response(status=303, headers={"Location": f"/{partnership}/drift?done=compare"})
