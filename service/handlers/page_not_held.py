"""GET and POST …/not-held: the meeting could not be held today, and what protects the child until it is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.roles import words as role_words
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.problems import refuse
from service.handlers.show_not_held import day_words
from service.web.answer_form import choices, clean_text
from service.web.not_held import NotHeldForm, NotHeldPage
from service.workflow.errors import BadReasonError
from service.workflow.not_held import DECIDERS, NotHeld, NotHeldGiven, not_held_at, record_not_held

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")
_LONGEST = 2000


async def ask(request: web.Request) -> web.Response:
    """GET: who was tried, and the questions."""
    ground = await ground_of(request)
    return await _page(request, ground, NotHeldForm())


async def keep(request: web.Request) -> web.Response:
    """POST: keep it. Pressed twice it is once."""
    ground, sent = await ground_of(request), await form_of(request)
    once = sent.get("once", "")
    if not _ONCE.fullmatch(once):
        raise refuse(400, "bad_request", "The form could not be read. Open the page again and send it.")
    values = {name: sent.get(name, "") for name in ("because", "decided_role")}
    values["protects"] = clean_text(sent.get("protects", ""), lines=True)
    form = _checked(values)
    if form.errors:
        return await _page(request, ground, form, status=422)
    given = NotHeldGiven(
        values["because"], values["protects"], values["decided_role"], natural_key=f"{ground.actor}:{once}"
    )
    try:
        await record_not_held(ground.services, ground.partnership, ground.meeting.reference, given, actor=ground.actor)
    except BadReasonError as bad:
        return await _page(request, ground, NotHeldForm(values, {"because": str(bad)}), status=422)
    return ground.done("not_held")


def _checked(values: Mapping[str, str]) -> NotHeldForm:
    errors = {}
    if not values["because"]:
        errors["because"] = "Choose why it could not be held"
    if not values["protects"]:
        errors["protects"] = "Say what protects the child until it is held"
    elif len(values["protects"]) > _LONGEST:
        errors["protects"] = f"Use {_LONGEST} characters or fewer"
    if values["decided_role"] not in DECIDERS:
        errors["decided_role"] = "Choose who decided"
    return NotHeldForm(values, errors)


async def _page(request: web.Request, ground: Ground, form: NotHeldForm, *, status: int = 200) -> web.Response:
    found = await not_held_at(ground.services, ground.partnership, ground.meeting.reference)
    view = NotHeldPage(
        reference=found.reference,
        meeting_href=ground.href,
        calls_href=f"{ground.href}/calls",
        action=f"{ground.href}/not-held",
        once=secrets.token_urlsafe(12),
        tried=_roles(found.tried),
        reached=_roles(found.reached),
        before=_before(found),
        reasons=choices(found.reasons),
        deciders=choices({role: role_words(role) for role in DECIDERS}),
        is_open=found.state in {"planned", "confirmed"},
    )
    return render_template("not_held.html", request, {"view": view, "form": form}, status=status)


def _roles(roles: Iterable[str]) -> str:
    return "; ".join(map(role_words, roles)) or "nobody"


def _before(found: NotHeld) -> tuple[str, ...]:
    return tuple(day_words(day, found.reasons) for day in found.days)
