"""Calling a meeting off from its page."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.meetings import IllegalMoveError, MeetingState
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, changed_words, ground_of, seen_version
from service.web.act_forms import ReasonForm, ReasonPage, cancel_choices, read_reason
from service.web.wording import CANCEL_WORDS
from service.workflow import meetings
from service.workflow.errors import ChangedMeanwhileError

_OPEN = {MeetingState.PLANNED, MeetingState.CONFIRMED}


async def ask(request: web.Request) -> web.Response:
    """GET …/cancel: why, and what will happen."""
    return _page(request, await ground_of(request), ReasonForm())


async def cancel(request: web.Request) -> web.Response:
    """POST …/cancel: call the meeting off. From a page that is older than the meeting, it is asked once more."""
    ground, sent = await ground_of(request), await form_of(request)
    said, form = read_reason(sent, codes=CANCEL_WORDS, words=False)
    if said is None:
        return _page(request, ground, form, status=422)
    try:
        await meetings.cancel_meeting(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            reason=said[0],
            actor=ground.actor,
            seen_version=seen_version(sent),
        )
    except (ChangedMeanwhileError, IllegalMoveError):
        ground = await ground_of(request)
        return _page(request, ground, replace(form, problem=changed_words(ground.meeting)), status=409)
    return ground.done("cancelled")


def _page(request: web.Request, ground: Ground, form: ReasonForm, *, status: int = 200) -> web.Response:
    told = sum(agency.invitation is not None and agency.state != "withdrawn" for agency in ground.meeting.agencies)
    agencies = "1 agency that was" if told == 1 else f"{told} agencies that were"
    state = ground.meeting.state
    page = ReasonPage(
        heading=f"Cancel meeting {ground.meeting.reference}",
        meeting_href=ground.href,
        action=f"{ground.href}/cancel",
        version=ground.meeting.version,
        intro=(
            f"Outlook takes the meeting away from the {agencies} invited, and each gets a message." if told else "",
            "Nobody is chased any more.",
            "If it is needed after all, Call it again on its page makes a new one about the same people.",
        )
        if state in _OPEN
        else (),
        codes_legend="Why is it cancelled?",
        codes=cancel_choices(),
        button="Cancel the meeting" if not told else f"Cancel the meeting and tell {told}",
        warns=True,
        closed="" if state in _OPEN else f"This meeting is {state}, so there is nothing to cancel.",
        links=(("Call it again", f"{ground.href}/again"),) if state == MeetingState.CANCELLED else (),
    )
    return render_template("reason.html", request, {"view": page, "form": form, "no_names": ""}, status=status)
