"""Planning a meeting anew from its page: the facts as they are now, then the difference, and only then the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from service.domain.facts import RequestFacts
from service.domain.replanned import Effect, Replanned
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.web.act_page import ActPage, Form, Row, Section
from service.web.replan_form import change_of, facts_form, facts_mark
from service.web.replan_words import replan_sentences
from service.workflow.errors import BadFactsError, CannotReplanError, DifferentNowError
from service.workflow.replan import facts_now, preview, replan_meeting
from service.workflow.replan_look import ReplanAsked

_OTHER_FACTS = (
    "The facts have been changed since you opened this page. What you chose is still here: check it against what "
    "stands now, then go on."
)
_HEARS = {Effect.INVITED, Effect.TOLD, Effect.TAKEN_BACK}


async def ask(request: web.Request) -> web.Response:
    """GET …/replan: the facts as they are."""
    ground = await ground_of(request)
    return _facts_page(request, ground, _form(ground, await _facts(ground)))


async def look(request: web.Request) -> web.Response:
    """POST …/replan/look: who is added, who falls away, and what becomes of each invitation. Changes nothing."""
    ground, sent = await ground_of(request), await form_of(request)
    facts = await _facts(ground)
    form = _form(ground, facts).read(sent)
    if sent.get("back"):
        return _facts_page(request, ground, replace(form, errors={}))
    if sent.get("facts", "") != facts_mark(facts):
        return _facts_page(request, ground, replace(form, errors={}), problem=_OTHER_FACTS, status=409)
    if form.errors:
        return _facts_page(request, ground, form, status=422)
    return await _difference(request, ground, form, _asked(form, facts))


async def replan(request: web.Request) -> web.Response:
    """POST …/replan: do what was shown; another difference than that is shown first."""
    ground, sent = await ground_of(request), await form_of(request)
    facts = await _facts(ground)
    form = _form(ground, facts).read(sent)
    if sent.get("facts", "") != facts_mark(facts):
        return _facts_page(request, ground, replace(form, errors={}), problem=_OTHER_FACTS, status=409)
    if form.errors:
        return _facts_page(request, ground, form, status=422)
    asked = replace(_asked(form, facts), seen=sent.get("seen", "")[:16])
    if not asked.seen:
        return await _difference(request, ground, form, asked)
    try:
        found = await replan_meeting(
            ground.services, ground.partnership, ground.meeting.reference, asked, actor=ground.actor
        )
    except DifferentNowError as error:
        return await _difference(request, ground, form, replace(asked, seen=""), problem=str(error), status=409)
    except (BadFactsError, CannotReplanError) as error:
        return _facts_page(request, ground, form, problem=str(error), status=409)
    return ground.done("replanned" if found.done else "same_plan")


async def _facts(ground: Ground) -> RequestFacts:
    return await facts_now(ground.services, ground.partnership, ground.meeting.reference)


def _asked(form: Form, facts: RequestFacts) -> ReplanAsked:
    return ReplanAsked(change_of(form, facts), in_force=bool(form.ticked("policy")))


def _form(ground: Ground, facts: RequestFacts) -> Form:
    asked = [each.role for each in ground.meeting.agencies if each.state in {"wanted", "no_inbox"}]
    return facts_form(f"{ground.href}/replan/look", facts, asked)


def _facts_page(
    request: web.Request, ground: Ground, form: Form, *, problem: str = "", status: int = 200
) -> web.Response:
    page = ActPage(
        heading=f"Plan meeting {ground.meeting.reference} anew",
        back_href=ground.href,
        intro=(
            "Correct the facts, or add to them. The next page shows who is added, who falls away and who hears of it.",
            "Nothing is changed and nobody is told before you have seen it.",
        ),
        forms=(form,),
        problem=problem,
    )
    return shown(request, page, status)


async def _difference(
    request: web.Request, ground: Ground, form: Form, asked: ReplanAsked, *, problem: str = "", status: int = 200
) -> web.Response:
    try:
        found = await preview(ground.services, ground.partnership, ground.meeting.reference, asked)
    except (BadFactsError, CannotReplanError) as error:
        return _facts_page(request, ground, form, problem=str(error), status=409)
    kept = {**_hidden(form), **form.hidden}
    act = Form(f"{ground.href}/replan", _button(found), hidden={**kept, "seen": found.mark})
    back = Form(f"{ground.href}/replan/look", "Change what I said", hidden={**kept, "back": "yes"})
    page = ActPage(
        heading=f"What changes at meeting {ground.meeting.reference}",
        back_href=ground.href,
        sections=(Section("", tuple(map(Row, replan_sentences(found)))),),
        forms=(back,) if found.nothing_to_do else (act, back),
        problem=problem,
    )
    return shown(request, page, status)


def _hidden(form: Form) -> Mapping[str, str]:
    return {name: value for name, value in form.values.items() if value}


def _button(found: Replanned) -> str:
    told = sum(effect in _HEARS for effect in found.effects.values())
    agencies = {0: "", 1: " and send 1 message"}.get(told, f" and send {told} messages")
    return f"Plan it anew{agencies}"
