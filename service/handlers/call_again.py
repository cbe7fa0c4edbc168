"""…/again: a meeting that was called off is needed after all, and becomes a new one that is linked to it."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from aiohttp_jinja2 import render_template
from pydantic import Field

from service.domain.london import words
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Instant, Strict
from service.handlers.keys import SERVICES
from service.handlers.page_acts import ground_of
from service.handlers.problems import refuse
from service.web.act_forms import ReasonForm, ReasonPage
from service.workflow.call_again import call_again


class CallAgainBody(Strict):
    """The new meeting's start. Left out, the old one counts where it is still to come; else a time is chosen later."""

    start: Instant | None = None


class CalledAgain(Answer):
    """The new meeting. It begins anew: quorum, notice, answers and attendance are its own."""

    linked_reference: str = Field(description="the cancelled meeting, which stays cancelled and is counted so")
    meeting_reference: str
    state: str
    starts_at: datetime | None


async def again(request: web.Request) -> web.Response:
    """POST /api/v1/meetings/{reference}/again: sent again, it is the same new meeting."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, CallAgainBody)
    found = await call_again(request.app[SERVICES], partnership, reference, actor=actor_of(request), start=body.start)
    shown = CalledAgain(
        linked_reference=reference, meeting_reference=found.reference, state=found.state, starts_at=found.starts_at
    )
    return respond(shown, 201)


async def ask(request: web.Request) -> web.Response:
    """GET /{partnership}/meetings/{reference}/again: what will happen."""
    ground = await ground_of(request)
    if ground.meeting.state != "cancelled":
        raise refuse(409, "cannot_follow_up", "This meeting was not called off, so there is nothing to call again.")
    start = ground.meeting.starts_at
    to_come = start is not None and start > ground.services.now()
    page = ReasonPage(
        heading=f"Call meeting {ground.meeting.reference} again",
        meeting_href=ground.href,
        action=f"{ground.href}/again",
        version=ground.meeting.version,
        intro=(
            "The cancelled meeting stays cancelled. A new one takes its place, about the same people and linked to it.",
            f"It keeps the time {words(start)}. Each agency gets one invitation that says which meeting it replaces."
            if to_come and start
            else "Its time is chosen next. Each agency then gets one invitation that says which meeting it replaces.",
            "Answers begin anew, and so do quorum and notice.",
        ),
        button="Call it again",
    )
    return render_template("reason.html", request, {"view": page, "form": ReasonForm(), "no_names": ""})


async def press(request: web.Request) -> web.Response:
    """POST /{partnership}/meetings/{reference}/again: on to the new meeting, or to where its time is chosen."""
    ground = await ground_of(request)
    found = await call_again(ground.services, ground.partnership, ground.meeting.reference, actor=ground.actor)
    time = "/time" if found.state == "planned" else ""
    href = f"/{ground.partnership}/meetings/{found.reference}{time}"
    return web.Response(status=303, headers={"Location": href})
