"""Dissent and refused requests about a meeting: written down, taken further, settled, and read with a reason."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from service.domain.disagreeing import KIND_WORDS, Disagreement
from service.domain.disagreeing import Kind as Disagreeing
from service.handlers.act_pages import done_words, gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.problems import refuse
from service.handlers.shift_reason import reading_form, reason_in, remember
from service.handlers.show_papers import titles_of
from service.web.act_page import ActPage, Field, Form, Kind, Press, Row, Section
from service.web.papers_words import disagreement_sentence
from service.workflow import disagree as workflow
from service.workflow import papers
from service.workflow.errors import BadReasonError, BadWordsError, ErasedError, NoReasonError, NoSuchDisagreementError
from service.workflow.papers import LONGEST_WORDS as LONGEST_PAPER
from service.workflow.papers import PlaceNamed


async def ask(request: web.Request) -> web.Response:
    """GET …/disagreements: where each stands on the partnership's ladder, and one more."""
    ground = await ground_of(request)
    return await _list_page(request, ground, await _raise_form(ground))


async def raise_one(request: web.Request) -> web.Response:
    """POST …/disagreements: write one down. The same words twice are one."""
    ground, sent = await ground_of(request), await form_of(request)
    form = (await _raise_form(ground)).read(sent)
    kind = form.said("disagreement")
    if kind == Disagreeing.DISSENT and not form.said("decision"):
        form = form.wrong(decision="Choose the decision it dissents from")
    if form.errors:
        return await _list_page(request, ground, form, 422)
    standing = await papers.standing(ground.services, ground.partnership, ground.meeting.reference)
    place = next(each.place for each in standing.places if each.place.id.hex == form.said("agency"))
    given = workflow.DisagreementGiven(
        kind=Disagreeing(kind),
        place=PlaceNamed(place.role, place.slot),
        text=form.said("text"),
        decision=int(form.said("decision")) if kind == Disagreeing.DISSENT else None,
    )
    try:
        await workflow.raise_disagreement(
            ground.services, ground.partnership, ground.meeting.reference, given, actor=ground.actor
        )
    except (BadReasonError, BadWordsError, ErasedError) as error:
        return await _list_page(request, ground, form.wrong(text=str(error)), 422)
    return gone(f"{ground.href}/disagreements", "disagreement")


async def ask_one(request: web.Request) -> web.Response:
    """GET …/disagreements/{disagreement}: where it stands, reading it, settling it."""
    ground = await ground_of(request)
    return await _one_page(request, ground, await _found(request, ground))


async def take_further(request: web.Request) -> web.Response:
    """POST …/disagreements/{disagreement}/further: to the ladder's next stage."""
    ground = await ground_of(request)
    found = await _found(request, ground)
    try:
        at = await workflow.take_further(ground.services, ground.partnership, found.id, actor=ground.actor)
    except NoSuchDisagreementError:
        return await _one_page(request, ground, found, problem="It has been settled meanwhile.", status=409)
    if at is None:
        problem = "There is no further stage on the partnership's ladder. Settle it here."
        return await _one_page(request, ground, found, problem=problem, status=409)
    return gone(f"{ground.href}/disagreements", "disagreement_further")


async def settle(request: web.Request) -> web.Response:
    """POST …/disagreements/{disagreement}/settle: how it was settled, kept sealed."""
    ground, sent = await ground_of(request), await form_of(request)
    found = await _found(request, ground)
    form = _settle_form(ground, found).read(sent)
    if form.errors:
        return await _one_page(request, ground, found, settling=form, status=422)
    try:
        await workflow.settle_disagreement(
            ground.services, ground.partnership, found.id, form.said("settled"), actor=ground.actor
        )
    except NoSuchDisagreementError:
        return await _one_page(request, ground, found, problem="It has been settled already.", status=409)
    except (BadWordsError, ErasedError) as error:
        return await _one_page(request, ground, found, settling=form.wrong(settled=str(error)), status=422)
    return gone(f"{ground.href}/disagreements", "disagreement_settled")


async def read(request: web.Request) -> web.Response:
    """POST …/disagreements/{disagreement}/read: what it says, with a reason that is kept."""
    ground, sent = await ground_of(request), await form_of(request)
    found = await _found(request, ground)
    form = (await _read_form(request, ground, found)).read(sent)
    if form.errors:
        return await _one_page(request, ground, found, reading=form, status=422)
    try:
        reason = await reason_in(request, ground, form)
        words = await workflow.read_disagreement(
            ground.services, ground.partnership, found.id, reason=reason, actor=ground.actor
        )
    except (ErasedError, NoReasonError) as error:
        return await _one_page(request, ground, found, reading=form.wrong(reading_reason=str(error)), status=422)
    await remember(request, ground, form)
    return await _one_page(request, ground, found, words=words)


async def _found(request: web.Request, ground: Ground) -> Disagreement:
    try:
        wanted = UUID(request.match_info["disagreement"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    about = await workflow.list_disagreements(ground.services, ground.partnership, ground.meeting.reference)
    for each in about:
        if each.id == wanted:
            return each
    raise refuse(404, "not_found", "There is nothing at this address.")


async def _raise_form(ground: Ground) -> Form:
    standing = await papers.standing(ground.services, ground.partnership, ground.meeting.reference)
    titles = titles_of(each.place for each in standing.places)
    decisions = {each.number: f"decision {each.number}" for each in standing.decisions}
    return Form(
        action=f"{ground.href}/disagreements",
        button="Write it down",
        heading="Another one",
        fields=(
            Field("disagreement", "What is it?", Kind.ONE, KIND_WORDS, needed="Choose what it is"),
            Field(
                "agency",
                "Which agency's is it?",
                Kind.PICK,
                {each.place.id.hex: titles[each.place.id] for each in standing.places},
                needed="Choose the agency",
            ),
            Field("decision", "If it dissents: from which decision?", Kind.PICK, decisions),
            Field(
                "text",
                "What it says",
                Kind.WORDS,
                needed="Write what the agency says",
                hint="Kept sealed: names may stand here.",
                longest=LONGEST_PAPER,
                rows=6,
            ),
        ),
    )


async def _list_page(request: web.Request, ground: Ground, form: Form, status: int = 200) -> web.Response:
    about = await workflow.list_disagreements(ground.services, ground.partnership, ground.meeting.reference)
    page = ActPage(
        heading=f"Disagreements about meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=("Each stands on the partnership's own ladder until somebody settles it. Its words are sealed.",),
        sections=(
            Section(
                "Written down",
                tuple(Row(disagreement_sentence(each)) for each in about),
                empty="No dissent and no refused request is written down.",
            ),
        ),
        links=tuple(
            (f"Read, take further or settle number {number}", f"{ground.href}/disagreements/{each.id}")
            for number, each in enumerate(about, 1)
        ),
        forms=(form,),
        done=done_words(request),
    )
    return shown(request, page, status)


async def _one_page(
    request: web.Request,
    ground: Ground,
    found: Disagreement,
    *,
    settling: Form | None = None,
    reading: Form | None = None,
    words: str = "",
    problem: str = "",
    status: int = 200,
) -> web.Response:
    further = Press(f"{ground.href}/disagreements/{found.id}/further", "Take it further", "this disagreement")
    presses = (further,) if found.settled_at is None and found.rung.number else ()
    forms = (reading or await _read_form(request, ground, found), settling or _settle_form(ground, found))
    page = ActPage(
        heading=f"A disagreement about meeting {ground.meeting.reference}",
        back_href=f"{ground.href}/disagreements",
        back_text="Back to the disagreements",
        sections=(
            *((Section("What it says", quotes=(("In the agency's words", words),)),) if words else ()),
            Section("Where it stands", (Row(disagreement_sentence(found), presses),)),
        ),
        forms=forms if found.settled_at is None else forms[:1],
        problem=problem,
        names=bool(words),
    )
    return shown(request, page, status)


def _settle_form(ground: Ground, found: Disagreement) -> Form:
    return Form(
        action=f"{ground.href}/disagreements/{found.id}/settle",
        button="It is settled",
        heading="Settle it",
        fields=(
            Field(
                "settled",
                "How it was settled",
                Kind.WORDS,
                needed="Write how it was settled",
                hint="Kept sealed: names may stand here.",
                longest=LONGEST_PAPER,
            ),
        ),
    )


async def _read_form(request: web.Request, ground: Ground, found: Disagreement) -> Form:
    return await reading_form(request, ground, f"disagreements/{found.id}/read", "Read it", "Why do you read it?")
