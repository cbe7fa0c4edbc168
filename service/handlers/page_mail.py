"""Mail to read about a meeting: opened with a reason, and settled by what the reader says it means."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from service.domain.answers import Answer
from service.domain.references import normalise
from service.handlers.access import reader_of
from service.handlers.act_pages import gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.problems import refuse
from service.handlers.shift_reason import reading_form, reason_in, remember
from service.handlers.show_mail import sentence_of
from service.handlers.show_meeting import titles_of
from service.store.queries.mail_to_read import MailLine
from service.store.queries.readable import may_read_meeting
from service.web.act_page import LONGEST_WORDS, ActPage, Field, Form, Kind, Row, Section
from service.web.mail_words import MEANINGS
from service.workflow import identity
from service.workflow import mail_to_read as workflow
from service.workflow.errors import (
    BadReasonError,
    ErasedError,
    NameRefusedError,
    NoReasonError,
    NoSuchMailError,
    NoSuchRequirementError,
)
from service.workflow.identity import MailWords
from service.workflow.mail_moved import move_mail
from service.workflow.mail_to_read import Meant


async def ask(request: web.Request) -> web.Response:
    """GET …/mail/{mail}: from whom and when, and how to read it."""
    ground = await ground_of(request)
    mail = await _found(request, ground)
    return _page(request, ground, mail, await _forms(request, ground, mail))


async def read(request: web.Request) -> web.Response:
    """POST …/mail/{mail}/read: what it says, with a reason that is kept."""
    ground, sent = await ground_of(request), await form_of(request)
    mail = await _found(request, ground)
    form = (await _read_form(request, ground, mail)).read(sent)
    if form.errors:
        return _page(request, ground, mail, await _forms(request, ground, mail, form), status=422)
    reason = await reason_in(request, ground, form)
    try:
        said = await identity.open_mail(
            ground.services, ground.partnership, ground.meeting.reference, mail.id, reason=reason, actor=ground.actor
        )
    except (ErasedError, NoReasonError) as error:
        form = form.wrong(reading_reason=str(error))
        return _page(request, ground, mail, await _forms(request, ground, mail, form), status=422)
    await remember(request, ground, form)
    return _page(request, ground, mail, (_meaning_form(ground, mail), _move_form(ground, mail)), said=said)


async def settle(request: web.Request) -> web.Response:
    """POST …/mail/{mail}: what it means, as an answer like any other, or nothing to do."""
    ground, sent = await ground_of(request), await form_of(request)
    mail = await _found(request, ground)
    form = _meaning_form(ground, mail).read(sent)
    if form.said("meaning") == Answer.DEPUTY and not form.said("deputy"):
        form = form.wrong(deputy="Enter the name and job of whoever comes instead")
    if form.errors:
        return _page(request, ground, mail, await _forms(request, ground, mail, form), status=422)
    try:
        await workflow.settle_mail(
            ground.services, ground.partnership, ground.meeting.reference, mail.id, _meant(form), actor=ground.actor
        )
    except NoSuchRequirementError:
        form = form.wrong(meaning="Choose the agency it is from: it is asked to this meeting no more, or never was")
        return _page(request, ground, mail, await _forms(request, ground, mail, form), status=422)
    except NameRefusedError as error:
        form = form.wrong(deputy=str(error))
        return _page(request, ground, mail, await _forms(request, ground, mail, form), status=422)
    return gone(ground.href, "mail")


async def move(request: web.Request) -> web.Response:
    """POST …/mail/{mail}/move: it is about another meeting, and waits to be read there."""
    ground, sent = await ground_of(request), await form_of(request)
    mail = await _found(request, ground)
    form = _move_form(ground, mail).read(sent)
    if not form.errors:
        to = normalise(form.said("to"))
        async with ground.services.engine.connect() as conn:
            known = to is not None and await may_read_meeting(conn, ground.partnership, to, reader_of(request))
        if to is None or not known:
            form = form.wrong(to="There is no such meeting. Check the reference, like CV-7K3Q-9XHD")
        else:
            try:
                await move_mail(
                    ground.services, ground.partnership, ground.meeting.reference, mail.id, to, actor=ground.actor
                )
            except (BadReasonError, ErasedError) as error:
                form = form.wrong(to=str(error))
            else:
                return gone(ground.href, "mail_moved")
    return _page(request, ground, mail, await _forms(request, ground, mail, form), status=422)


async def _forms(request: web.Request, ground: Ground, mail: MailLine, *tried: Form) -> tuple[Form, ...]:
    """The forms of the page, with those that were tried in their places."""
    fresh = (await _read_form(request, ground, mail), _meaning_form(ground, mail), _move_form(ground, mail))
    by_action = {each.action: each for each in tried}
    return tuple(by_action.get(each.action, each) for each in fresh)


def _meant(form: Form) -> Meant:
    meaning, agency = form.said("meaning"), form.said("agency")
    return Meant(
        answer=None if meaning == "nothing" else Answer(meaning),
        requirement_id=UUID(agency) if agency else None,
        reason=form.said("deputy") if meaning == Answer.DEPUTY else "",
    )


async def _found(request: web.Request, ground: Ground) -> MailLine:
    try:
        wanted = UUID(request.match_info["mail"])
        return await workflow.mail_at(ground.services, ground.partnership, ground.meeting.reference, wanted)
    except (ValueError, NoSuchMailError):
        raise refuse(404, "not_found", "There is nothing at this address.") from None


def _page(
    request: web.Request,
    ground: Ground,
    mail: MailLine,
    forms: tuple[Form, ...],
    *,
    said: MailWords | None = None,
    status: int = 200,
) -> web.Response:
    titles = titles_of(ground.meeting.agencies)
    quotes = ((f"{said.sender}: {said.subject}", said.words),) if said else ()
    page = ActPage(
        heading=f"A mail about meeting {ground.meeting.reference}",
        back_href=ground.href,
        back_text="Back to the meeting",
        intro=("What it says is kept sealed. Whoever reads it says why, and that is kept beside it.",),
        sections=(
            Section("Which mail", (Row(sentence_of(mail, titles)),)),
            *((Section("What it says", quotes=quotes),) if quotes else ()),
        ),
        forms=forms if mail.state == "open" else tuple(form for form in forms if form.action.endswith("/read")),
    )
    return shown(request, page, status)


async def _read_form(request: web.Request, ground: Ground, mail: MailLine) -> Form:
    return await reading_form(request, ground, f"mail/{mail.id}/read", "Read it", "Why do you read it?")


def _meaning_form(ground: Ground, mail: MailLine) -> Form:
    titles = titles_of(ground.meeting.agencies)
    places = {str(each.requirement_id): titles[str(each.requirement_id)] for each in ground.meeting.agencies
              if each.state != "withdrawn"}  # fmt: skip
    which = () if mail.requirement_id else (Field("agency", "Which agency is it from?", Kind.PICK, places),)
    return Form(
        action=f"{ground.href}/mail/{mail.id}",
        button="Record it",
        heading="What does it mean?",
        fields=(
            Field("meaning", "It means", Kind.ONE, MEANINGS, needed="Choose what it means"),
            *which,
            Field("deputy", "If someone else comes: name and job", longest=LONGEST_WORDS),
        ),
    )


def _move_form(ground: Ground, mail: MailLine) -> Form:
    return Form(
        action=f"{ground.href}/mail/{mail.id}/move",
        button="Move it there",
        heading="Is it about another meeting?",
        fields=(
            Field(
                "to",
                "Reference of the meeting it is about",
                hint="Like CV-7K3Q-9XHD. It waits to be read there, sealed under that meeting's key.",
                needed="Enter the reference of the meeting it is about",
            ),
        ),
    )
