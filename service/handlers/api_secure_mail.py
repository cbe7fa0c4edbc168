"""/api/v1/secure-mail: the agencies that may be told by secure mail who a meeting is about; allowing it, and ending it.

Its right is one of its own: whoever owns the partnership's policy decides this, and no system that only arranges.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Line, Strict
from service.handlers.keys import SERVICES
from service.handlers.problems import Fault, refuse
from service.handlers.schemas import RoleLabel
from service.store.queries.directory import inboxes_for
from service.store.queries.secure_mail import Allowed, allowed_agencies
from service.workflow import secure_mail


class SecureMailBody(Strict):
    """One agency of the directory, and why, without names. ``place`` is needed for a school or nursery."""

    role: RoleLabel
    place: Line = ""
    reason: Annotated[Line, Field(min_length=1)]


class AllowedShown(Answer):
    """One agency it is allowed for."""

    id: str
    role: str
    place: str
    allowed_by: str
    allowed_at: datetime
    reason: str


class SecureMailShown(Answer):
    """Every agency it is allowed for now."""

    partnership: str
    allowed: list[AllowedShown]


class SecureMailEnded(Answer):
    """``ended``: it was allowed until now."""

    id: str
    ended: bool


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/secure-mail: changes nothing."""
    partnership = partnership_of(request)
    async with request.app[SERVICES].engine.connect() as conn:
        found = await allowed_agencies(conn, partnership)
    return respond(SecureMailShown(partnership=partnership, allowed=[_shown(each) for each in found]))


def _shown(each: Allowed) -> AllowedShown:
    return AllowedShown(
        id=str(each.id),
        role=each.role,
        place=each.place,
        allowed_by=each.allowed_by,
        allowed_at=each.allowed_at,
        reason=each.reason,
    )


async def allow(request: web.Request) -> web.Response:
    """POST /api/v1/secure-mail: allow it for one agency. Sent twice it is allowed once, with what was said first."""
    partnership, services, body = partnership_of(request), request.app[SERVICES], await body_of(request, SecureMailBody)
    async with services.engine.connect() as conn:
        there = await inboxes_for(conn, partnership)
    if not any((each.role, each.place) == (body.role, body.place) for each in there if each.channel != "phone"):
        fault = Fault("/role", "The directory has no inbox of this agency that can be written to.")
        raise refuse(422, "no_such_agency", "Secure mail cannot be allowed for this agency.", (fault,))
    await secure_mail.allow(services, partnership, body.role, body.place, reason=body.reason, actor=actor_of(request))
    async with services.engine.connect() as conn:
        found = await allowed_agencies(conn, partnership)
    return respond(_shown(next(each for each in found if (each.role, each.place) == (body.role, body.place))))


async def end(request: web.Request) -> web.Response:
    """POST /api/v1/secure-mail/{allowed}: allow it no more; what waits is not sent either."""
    partnership = partnership_of(request)
    try:
        wanted = UUID(request.match_info["allowed"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    ended = await secure_mail.end(request.app[SERVICES], partnership, wanted, actor=actor_of(request))
    return respond(SecureMailEnded(id=str(wanted), ended=ended))
