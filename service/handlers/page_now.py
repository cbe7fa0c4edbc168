"""While a meeting sits: an agency is brought in, phone first; how to join goes out once the right person is reached."""

from __future__ import annotations

import re
import secrets

from aiohttp import web

from service.domain.calls import TELLS, CallOutcome
from service.domain.roles import words as role_words
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.page_agencies import add_form, asked_of, check_place, directory
from service.handlers.problems import refuse
from service.web.act_page import ActPage, Field, Form, Kind
from service.web.wording import phone_link
from service.workflow.add_agency import MoreAsked, NewPlace
from service.workflow.add_now import AddedNow, CallSaid, add_now, desk_to_phone
from service.workflow.errors import CannotInviteError

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")
_OUTCOMES = {
    CallOutcome.REACHED: "the right person was reached: send how to join",
    CallOutcome.JOINED: "the right person was reached and is on the line already",
    CallOutcome.LEFT_MESSAGE: "a message was left",
    CallOutcome.NO_ANSWER: "nobody answered",
}


async def ask_add(request: web.Request) -> web.Response:
    """GET …/add-now: which agency, and why."""
    ground = await ground_of(request)
    return _which_page(request, ground, await _which(ground))


async def add(request: web.Request) -> web.Response:
    """POST …/add-now: first whom to phone, then what the call came to."""
    ground, sent = await ground_of(request), await form_of(request)
    form = check_place((await _which(ground)).read(sent))
    if form.errors:
        return _which_page(request, ground, form, status=422)
    asked = asked_of(form)
    once = sent.get("once", "")
    try:
        place = None if once else await desk_to_phone(ground.services, ground.partnership, _reference(ground), asked)
        if place is not None:
            return _phone_page(request, ground, asked, place, _call_form(ground, form, secrets.token_urlsafe(12)))
        return await _called(request, ground, form, asked, once)
    except CannotInviteError as error:
        return _which_page(request, ground, form.wrong(role=str(error)), status=422)


async def _called(request: web.Request, ground: Ground, form: Form, asked: MoreAsked, once: str) -> web.Response:
    if not _ONCE.fullmatch(once):
        raise refuse(400, "bad_request", "The form could not be read. Open the page again and send it.")
    call = _call_form(ground, form, once).read(await form_of(request))
    reached = call.said("outcome") in set(map(str, TELLS))
    if reached and not call.said("spoke_to"):
        call = call.wrong(spoke_to="Enter who was reached. How to join goes only to somebody who is named here")
    if call.errors:
        place = await desk_to_phone(ground.services, ground.partnership, _reference(ground), asked)
        return _phone_page(request, ground, asked, place, call, status=422)
    outcome = CallOutcome(call.said("outcome"))
    key = f"{ground.actor}:{once}:{outcome}"
    said = CallSaid(outcome, call.said("spoke_to"), ground.services.now(), key)
    added = await add_now(ground.services, ground.partnership, _reference(ground), asked, said, actor=ground.actor)
    return ground.done(_done_word(added))


def _done_word(added: AddedNow) -> str:
    if not added.joined:
        return "call_kept"
    return "added_now" if added.details else "added_on_line"


def _reference(ground: Ground) -> str:
    return ground.meeting.reference


async def _which(ground: Ground) -> Form:
    return add_form(ground, await directory(ground), "add-now", "Whom to phone")


def _which_page(request: web.Request, ground: Ground, form: Form, *, status: int = 200) -> web.Response:
    page = ActPage(
        heading=f"Add an agency now to meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=(
            "For an agency that nobody had asked, while the meeting sits. You phone it first.",
            "How to join goes out only once you say that the right person was reached. Nobody else hears of it.",
        ),
        forms=(form,),
    )
    return shown(request, page, status)


def _call_form(ground: Ground, form: Form, once: str) -> Form:
    kept = {name: value for name, value in form.values.items() if value}
    return Form(
        action=f"{ground.href}/add-now",
        button="Keep this call",
        fields=(
            Field("outcome", "What did the call come to?", Kind.ONE, _OUTCOMES, needed="Choose what the call came to"),
            Field("spoke_to", "Who was reached?", hint="Kept under seal.", longest=80),
        ),
        hidden={**kept, "once": once},
    )


def _phone_page(
    request: web.Request, ground: Ground, asked: MoreAsked, place: NewPlace, form: Form, *, status: int = 200
) -> web.Response:
    inbox, number = place.inbox, phone_link(place.inbox.phone) if place.inbox is not None else None
    page = ActPage(
        heading=f"Phone the {role_words(asked.role)}",
        back_href=ground.href,
        intro=(
            "Use this number and no other: it is the directory's, so whoever answers is who we think."
            if number
            else "The directory has no number for it, so it gets no message. Phone it on a number you know is right.",
            f"Say: I am ringing about meeting {ground.meeting.reference}, which is under way. Can somebody join now?",
            "Say nothing of the child before the right person is on the phone.",
        ),
        links=((f"{inbox.name}: {number.text}", number.href),) if inbox and number else (),
        forms=(form,),
    )
    return shown(request, page, status)
