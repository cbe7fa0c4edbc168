"""A delivery that could not be understood: read for a reason that is written down, and closed once it is dealt with.

It has two addresses, by who reads it: under the operations for whoever runs the service, and by itself for those who
arrange meetings, since at night nobody else is there to plan by hand what came in.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.held import HeldItem, held_item
from service.web.answer_form import clean_text
from service.web.operations import ItemLine, ItemPage
from service.web.wording import door_words
from service.workflow import desk
from service.workflow.errors import NoReasonError, NoSuchHeldItemError
from service.workflow.identity import open_held_item


def item_line(item: HeldItem, under: str) -> ItemLine:
    """One delivery in words; ``under`` is the address its own page stands under."""
    href = f"{under}/{item.reference}"
    return ItemLine(item.reference, words(item.received_at), door_words(item.door), item.problem, href)


async def ask(request: web.Request) -> web.Response:
    """GET: what is known of it without opening it. Changes nothing."""
    return _shown(request, await _blank(request))


async def read_or_close(request: web.Request) -> web.Response:
    """POST: its body, for a reason that is written down; or close it."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    page, sent = await _blank(request), await form_of(request)
    actor, reference = person_of(request).actor(partnership), page.item.reference
    if sent.get("act") == "close":
        await desk.close_held_item(services, partnership, reference, actor=actor)
        raise web.HTTPSeeOther(f"{page.back_href}?done=closed")
    reason = clean_text(sent.get("reason", ""))
    try:
        body = await open_held_item(services, partnership, reference, reason=reason, actor=actor)
    except NoReasonError:
        wrong = {"reason": "Say in a few words why you need to read it"}
        return _shown(request, ItemPage(page.item, page.back_href, page.back, {"reason": reason}, wrong), status=422)
    except NoSuchHeldItemError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    return _shown(request, ItemPage(page.item, page.back_href, page.back, body=body.decode("utf-8", "replace")))


def _shown(request: web.Request, page: ItemPage, *, status: int = 200) -> web.Response:
    return render_template("held_item.html", request, {"view": page}, status=status)


async def _blank(request: web.Request) -> ItemPage:
    partnership = partnership_in(request)
    async with request.app[SERVICES].engine.connect() as conn:
        item = await held_item(conn, partnership, request.match_info["item"])
    if item is None or item.state != "open":
        raise refuse(404, "not_found", "There is nothing at this address.")
    under = request.path.rpartition("/")[0]
    if under == f"/{partnership}/held":
        return ItemPage(item_line(item, under), f"/{partnership}/worklist", "Back to the worklist")
    return ItemPage(item_line(item, under), f"/{partnership}/operations", "Back to operations")
