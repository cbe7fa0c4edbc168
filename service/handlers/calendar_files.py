"""A meeting's calendar file at its three doors: the API, the staff pages and the personal link. Changes nothing."""

from __future__ import annotations

from aiohttp import web

from service.domain.calendar_file import CONTENT_TYPE, file_name
from service.handlers.access import partnership_of
from service.handlers.answer_page import link_place
from service.handlers.api_acts import reference_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.workflow.calendar_file import LastTold, file_of
from service.workflow.errors import NoTimeYetError


async def by_client(request: web.Request) -> web.Response:
    """GET /api/v1/meetings/{reference}/calendar-file."""
    return await _file(request, partnership_of(request), reference_of(request))


async def by_officer(request: web.Request) -> web.Response:
    """GET /{partnership}/meetings/{reference}/calendar-file."""
    return await _file(request, partnership_in(request), reference_of(request))


async def by_link(request: web.Request) -> web.Response:
    """GET /r/{token}/calendar-file: also for an agency that is no longer asked, whose file takes the entry away."""
    found = await link_place(request)
    if isinstance(found, web.Response):
        return found
    partnership, place = found
    if place.state != "withdrawn":
        return await _file(request, partnership, place.reference, holds_location=place.holds_location)
    if place.told_version is None or place.told_starts_at is None:
        raise NoTimeYetError(place.reference)
    return await _file(request, partnership, place.reference, LastTold(place.told_version, place.told_starts_at))


async def _file(
    request: web.Request,
    partnership: str,
    reference: str,
    told: LastTold | None = None,
    *,
    holds_location: bool = False,
) -> web.Response:
    content = await file_of(request.app[SERVICES], partnership, reference, told=told, holds_location=holds_location)
    return web.Response(
        body=content,
        content_type=CONTENT_TYPE,
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name(reference)}"'},
    )
