"""…/calls and …/follow-up: whom to phone now, one press for each mark, and what follows. Made for a phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.calls import CallOutcome
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.show_calls import call_page, follow_up_card
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.workflow.calls import CallGiven, call_list, record_call
from service.workflow.follow_up import follow_up_at, plan_follow_up

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
    meeting = found.meeting
    if begins and meeting.state != "cancelled" and meeting.starts_at and meeting.starts_at <= ground.services.now():
        stands = await follow_up_at(ground.services, ground.partnership, meeting.reference)
        view = replace(view, follow_up=follow_up_card(stands, f"/{ground.partnership}", may_plan=may_mark))
    return render_template("calls.html", request, {"view": view})


async def mark(request: web.Request) -> web.Response:
    """POST …/calls: one press, one mark; back to the same agency on the list."""
    ground, sent = await ground_of(request), await form_of(request)
    given = _given(ground, sent)
    kept = await record_call(ground.services, ground.partnership, ground.meeting.reference, given, actor=ground.actor)
    word = "began" if kept.began else "marked"
    href = f"{ground.href}/calls?done={word}#place-{kept.requirement_id}"
    return web.Response(status=303, headers={"Location": href})


async def follow(request: web.Request) -> web.Response:
    """POST …/follow-up: plan the meeting that follows, and go to where its time is chosen with one press."""
    ground = await ground_of(request)
    found = await plan_follow_up(ground.services, ground.partnership, ground.meeting.reference, actor=ground.actor)
    if found.planned is None:
        raise refuse(409, "changed_meanwhile", "The meeting that follows is not there. Open the page again.")
    time = "/time" if found.planned.state == "planned" else ""
    href = f"/{ground.partnership}/meetings/{found.planned.reference}{time}"
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
