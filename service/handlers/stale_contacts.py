"""GET /{partnership}/reports/stale-contacts: inboxes nobody has looked at for long, or to which mail does not get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.directory_page import STALE
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.store.queries.address_checks import open_checks
from service.store.queries.directory import Inbox, inboxes_for
from service.store.queries.stale_contacts import bounces
from service.web.directory import bounced_words


@dataclass(frozen=True, slots=True)
class StaleRow:
    """One contact. ``href`` is empty for whoever may not change the directory; no address is shown."""

    agency: str
    name: str
    why: tuple[str, ...]
    changed: str
    href: str


async def show(request: web.Request) -> web.Response:
    """The page; changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    async with services.engine.connect() as conn:
        inboxes = await inboxes_for(conn, partnership)
        waiting = {each.inbox_id for each in await open_checks(conn, partnership)}
        back = await bounces(conn, partnership)
    may_change = staff_may(person_of(request).roles[partnership], Permission.STAFF_OPERATE)
    rows = []
    for each in inboxes:
        why = _why(each, services.now(), back.get(each.id, 0), waits=each.id in waiting)
        if why:
            href = f"/{partnership}/directory/inboxes/{each.id}" if may_change else ""
            agency = role_words(each.role) + (f", {each.place}" if each.place else "")
            rows.append(StaleRow(agency, each.name, why, words(each.updated_at), href))
    view = {"rows": rows, "all": len(inboxes), "back_href": f"/{partnership}/reports", "may_change": may_change}
    return render_template("stale_contacts.html", request, {"view": view})


def _why(each: Inbox, now: datetime, back: int, *, waits: bool) -> tuple[str, ...]:
    found = []
    if back:
        found.append(bounced_words(back))
    if waits:
        found.append("a new address waits to be confirmed")
    if now - each.updated_at > STALE:
        found.append("nobody has changed or confirmed it for over 6 months")
    if not each.phone:
        found.append("it has no phone")
    return tuple(found)
