"""GET and POST …/not-held: a meeting that could not be held on the day it was called for."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Strict, Words
from service.handlers.idempotency import key_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow.not_held import NotHeld, NotHeldGiven, not_held_at, record_not_held

_Code = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)+$", max_length=60)]


class NotHeldBody(Strict):
    """Why it could not be held, who decided, and what protects the child meanwhile, which is kept under seal."""

    because: _Code
    decided_role: RoleLabel
    protects: Annotated[Words, Field(min_length=1)]


class NotHeldDay(Answer):
    """One such day. ``tried`` and ``reached`` are the roles that had been phoned and reached by then."""

    because: str
    tried: list[str]
    reached: list[str]
    tried_by: list[str]
    decided_role: str
    recorded_by: str
    recorded_at: datetime


class NotHeldShown(Answer):
    """Every day on which a meeting could not be held; what protects the child is never given back here."""

    meeting_reference: str
    state: str
    reasons: dict[str, str] = Field(description="the policy's list of reasons")
    days: list[NotHeldDay]


def _shown(found: NotHeld) -> NotHeldShown:
    days = [NotHeldDay.model_validate(day, from_attributes=True) for day in found.days]
    return NotHeldShown(meeting_reference=found.reference, state=found.state, reasons=dict(found.reasons), days=days)


async def show(request: web.Request) -> web.Response:
    """GET: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    return respond(_shown(await not_held_at(request.app[SERVICES], partnership, reference)))


async def keep(request: web.Request) -> web.Response:
    """POST: keep it; sent again under its key it is one."""
    partnership, reference, actor = partnership_of(request), reference_of(request), actor_of(request)
    body = await body_of(request, NotHeldBody)
    key = key_of(request, needed=False)
    once = hashlib.sha256(key.encode()).hexdigest()[:32] if key else secrets.token_hex(16)
    given = NotHeldGiven(body.because, body.protects, body.decided_role, natural_key=f"{actor}:{once}")
    services = request.app[SERVICES]
    return respond(_shown(await record_not_held(services, partnership, reference, given, actor=actor)), 201)
