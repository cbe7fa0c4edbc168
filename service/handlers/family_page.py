"""The parents of a conference as the officer sees them, and the leaflet to print. No address of a route is shown."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.family import ADVOCATE_WORDS, ROUTE_WORDS, SHARING_WORDS, may_come
from service.domain.leaflet import CONFERENCE
from service.handlers.api_acts import reference_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.family import ParentRow, parents_of, sharing_of
from service.store.queries.meeting import meeting_view
from service.web.family import FamilyPage, LeafletPage, ParentLine
from service.web.wording import opened, when


async def family(request: web.Request) -> web.Response:
    """GET /{partnership}/meetings/{reference}/family."""
    partnership, reference = partnership_in(request), reference_of(request)
    async with request.app[SERVICES].engine.connect() as conn:
        found = await meeting_view(conn, partnership, reference)
        if found is None:
            raise refuse(404, "not_found", "There is nothing at this address.")
        rows = await parents_of(conn, partnership, found.id)
        sharing = await sharing_of(conn, partnership, found.id)
    page = FamilyPage(
        reference=reference,
        meeting_href=f"/{partnership}/meetings/{reference}",
        leaflet_href=f"/{partnership}/leaflets/conference",
        conference=may_come(found.meeting_type),
        sharing=SHARING_WORDS[sharing] if sharing else "the chair has not chosen yet",
        parents=tuple(_line(row) for row in rows),
    )
    return render_template("family.html", request, {"view": page})


def _line(row: ParentRow) -> ParentLine:
    stopped = row.state == "stopped"
    return ParentLine(
        who=f"{row.relation}, {row.person}",
        route="must not be contacted" if stopped else ROUTE_WORDS.get(row.route or "", "no safe route yet"),
        comes="does not come" if stopped else when(row.comes_at, "with the conference"),
        interpreter=row.interpreter or "none asked for",
        advocate=ADVOCATE_WORDS.get(row.advocate, opened(row.advocate)),
        told=when(row.told_at, "not told by e-mail"),
    )


async def leaflet(request: web.Request) -> web.Response:
    """GET /{partnership}/leaflets/conference: the leaflet as a parent reads it, to print for post or by hand."""
    partnership = partnership_in(request)
    policy = request.app[SERVICES].policies.get(partnership)
    offered = policy is not None and policy.flags.parental_advocate_offered
    page = LeafletPage(CONFERENCE.title, CONFERENCE.version, CONFERENCE.shown(advocate_offered=offered))
    return render_template("leaflet.html", request, {"view": page})
