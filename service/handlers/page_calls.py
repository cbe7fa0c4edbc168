"""GET and POST …/calls: whom to phone now, in order, one press for each mark. Made for a phone, without a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.calls import CallOutcome
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.show_calls import call_page
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.workflow.calls import CallGiven, call_list, record_call

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")
_LONGEST_NAME = 80
_DONE = {"marked": "The call is marked.", "began": "The call is marked. The discussion has begun by phone."}


async def show(request: web.Request) -> web.Response:
    """GET …/calls: the list; changes nothing."""
    ground = await ground_of(request)
    found = await call_list(ground.services, ground.partnership, ground.meeting.reference)
    async with ground.services.engine.connect() as conn:
        people = await staff_names(conn, ground.partnership)
    may_mark = staff_may(person_of(request).roles[ground.partnership], Permission.STAFF_ARRANGE)
    done = _DONE.get(request.query.get("done", ""), "")
    begins = found.meeting.meeting_type.startswith("strategy")
    view = call_page(found, f"/{ground.partnership}", people, may_mark=may_mark, done=done, begins=begins)
    return render_template("calls.html", request, {"view": view})


async def mark(request: web.Request) -> web.Response:
    """POST …/calls: one press, one mark; back to the same agency on the list."""
    ground, sent = await ground_of(request), await form_of(request)
    given = _given(ground, sent)
    kept = await record_call(ground.services, ground.partnership, ground.meeting.reference, given, actor=ground.actor)
    word = "began" if kept.began else "marked"
    href = f"{ground.href}/calls?done={word}#place-{kept.requirement_id}"
    return web.Response(status=303, headers={"Location": href})


def _given(ground: Ground, sent: Mapping[str, str]) -> CallGiven:
    place, outcome, once = (sent.get(name, "") for name in ("place", "outcome", "once"))
    if outcome not in set(CallOutcome) or not _ONCE.fullmatch(once):
        raise refuse(400, "bad_request", "The form could not be read. Open the page again and press once more.")
    try:
        requirement_id = UUID(place)
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    return CallGiven(
        outcome=CallOutcome(outcome),
        called_at=ground.services.now(),
        # The mark is part of it: two buttons of one page are two calls, one button pressed twice is one.
        natural_key=f"{ground.actor}:{once}:{outcome}",
        requirement_id=requirement_id,
        spoke_to=clean_text(sent.get("spoke_to", ""))[:_LONGEST_NAME],
    )
