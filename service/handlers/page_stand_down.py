"""Standing a conference down from its page, where the policy says that it may be. Never a strategy meeting."""

from __future__ import annotations

from aiohttp import web

from service.domain.family import may_come
from service.domain.roles import words as role_words
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.web.act_page import LONGEST_WORDS, NO_NAMES, ActPage, Field, Form, Kind
from service.workflow.errors import BadReasonError, CannotStandDownError
from service.workflow.stand_down import stand_down as call_off

_INTRO = (
    "The policy says when too few for its quorum stand a conference down.",
    "Every agency is told, it is counted apart, and a task asks to call it again.",
)
_NEVER = (
    "A strategy meeting is never stood down: it goes on with whoever is there, because safety comes first. Say why it "
    "goes on without everyone."
)


async def ask(request: web.Request) -> web.Response:
    """GET …/stand-down: who is there, and why it cannot be held."""
    ground = await ground_of(request)
    return _page(request, ground, _form(ground))


async def stand_down(request: web.Request) -> web.Response:
    """POST …/stand-down: the conference is called off for want of its quorum."""
    ground, sent = await ground_of(request), await form_of(request)
    form = _form(ground).read(sent)
    if form.errors:
        return _page(request, ground, form, status=422)
    came = form.ticked("came") if _begun(ground) else []
    try:
        await call_off(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            reason=form.said("reason"),
            came=came,
            actor=ground.actor,
        )
    except BadReasonError as error:
        return _page(request, ground, form.wrong(reason=str(error)), status=422)
    except CannotStandDownError as error:
        return _page(request, ground, form, problem=str(error), status=409)
    return ground.done("stood_down")


def _begun(ground: Ground) -> bool:
    return ground.meeting.starts_at is not None and ground.meeting.starts_at <= ground.services.now()


def _form(ground: Ground) -> Form:
    asked = {each.role: role_words(each.role) for each in ground.meeting.agencies if each.state != "withdrawn"}
    there = Field("came", "Who is there?", Kind.SOME, asked, hint="Tick everybody who has come.")
    why = Field(
        "reason",
        "Why, in a sentence",
        Kind.WORDS,
        needed="Say why in a sentence, without anybody's name",
        hint=NO_NAMES,
        longest=LONGEST_WORDS,
    )
    return Form(
        action=f"{ground.href}/stand-down",
        button="Stand the conference down",
        fields=((there,) if _begun(ground) else ()) + (why,),
        warns=True,
    )


def _page(request: web.Request, ground: Ground, form: Form, *, problem: str = "", status: int = 200) -> web.Response:
    conference = may_come(ground.meeting.meeting_type)
    page = ActPage(
        heading=f"Stand down {ground.meeting.reference}",
        back_href=ground.href,
        intro=_INTRO if conference else (),
        forms=(form,) if conference else (),
        closed="" if conference else _NEVER,
        problem=problem if conference else "",
    )
    return shown(request, page, status)
