"""Telling an agency that was called back who the meeting is about: for a name, in a role, with a reason kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from service.domain.roles import words as role_words
from service.handlers.act_pages import done_words, gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.problems import refuse
from service.handlers.show_meeting import titles_of
from service.store.ids import new_id
from service.store.queries.secure_mail import secure_places
from service.web.act_page import LONGEST_WORDS, ActPage, Field, Form, Kind, Row, Section
from service.web.wording import AGE_WORDS, opened
from service.workflow.disclosing import Asker, OpenedMeeting, open_for_agency
from service.workflow.errors import CannotSendSecurelyError, NoNameError, NoReasonError, NoSuchMeetingError
from service.workflow.secure_mail import send_securely

_REFUSED = (
    "Nothing is told to this person for this agency. Say that you know of no such meeting, and nothing more: do not "
    "say why. A task asks somebody to look into it."
)


_NOT_ALLOWED = "Secure mail is not allowed for any agency of this meeting. Call it back instead."


async def ask(request: web.Request) -> web.Response:
    """GET …/who-it-is-about: for which agency, to whom, and why."""
    ground = await ground_of(request)
    return _page(request, ground, _form(ground), secure=await _secure_form(ground), done=done_words(request))


async def send(request: web.Request) -> web.Response:
    """POST …/who-it-is-about/secure-mail: send it to an inbox where that is allowed. The same press twice is one."""
    ground, sent = await ground_of(request), await form_of(request)
    wanted = await _secure_form(ground)
    if wanted is None:
        return _page(request, ground, _form(ground), problem=_NOT_ALLOWED, status=409)
    form = wanted.read(sent)
    if form.errors:
        return _page(request, ground, _form(ground), secure=form, status=422)
    try:
        place, once = UUID(form.said("secure_agency")), UUID(sent.get("once", ""))
    except ValueError:
        raise refuse(400, "bad_request", "The form could not be read. Go back and send it again.") from None
    why = form.said("secure_reason")
    try:
        await send_securely(ground.services, ground.partnership, place, reason=why, once=once, actor=ground.actor)
    except (CannotSendSecurelyError, NoReasonError) as refused:
        return _page(request, ground, _form(ground), secure=form.wrong(secure_reason=str(refused)), status=422)
    return gone(f"{ground.href}/who-it-is-about", "secure_mail")


async def _secure_form(ground: Ground) -> Form | None:
    """The form for the agencies it is allowed for and whose address was confirmed; None where there is none."""
    titles = titles_of(ground.meeting.agencies)
    asked = [each.requirement_id for each in ground.meeting.agencies if each.state == "wanted"]
    async with ground.services.engine.connect() as conn:
        places = await secure_places(conn, ground.partnership, asked)
    known = {each.hex: titles[str(each)] for each in asked if each in places and places[each].may}
    if not known:
        return None
    return Form(
        action=f"{ground.href}/who-it-is-about/secure-mail",
        button="Send it by secure mail",
        heading="Or send it by secure mail",
        intro=("It goes to the agency's own inbox, with only whom its rules need, and is kept as told to that inbox.",),
        fields=(
            Field("secure_agency", "To which agency?", Kind.PICK, known, needed="Choose the agency"),
            Field("secure_reason", "Why does it need to know?", needed="Say why, in a sentence", longest=LONGEST_WORDS),
        ),
        hidden={"once": str(new_id(ground.services.now()))},
        warns=True,
    )


async def tell(request: web.Request) -> web.Response:
    """POST …/who-it-is-about: what this agency may know, to read out once; who asked and why is kept."""
    ground, sent = await ground_of(request), await form_of(request)
    form = _form(ground).read(sent)
    if form.errors:
        return _page(request, ground, form, status=422)
    place = next(each for each in ground.meeting.agencies if each.requirement_id.hex == form.said("agency"))
    asker = Asker(form.said("name"), place.role, form.said("reason"), slot=place.slot)
    try:
        told = await open_for_agency(
            ground.services, ground.partnership, ground.meeting.reference, asker, actor=ground.actor
        )
    except NoNameError as error:
        return _page(request, ground, form.wrong(name=str(error)), status=422)
    except NoReasonError as error:
        return _page(request, ground, form.wrong(reason=str(error)), status=422)
    except NoSuchMeetingError:
        return _page(request, ground, form, problem=_REFUSED, status=404)
    return _page(request, ground, _form(ground), told=told)


def _form(ground: Ground) -> Form:
    titles = titles_of(ground.meeting.agencies)
    known = {
        each.requirement_id.hex: f"{titles[str(each.requirement_id)]}"
        + (f", call back on {each.inbox.phone}" if each.inbox and each.inbox.phone else "")
        for each in ground.meeting.agencies
        if each.state != "withdrawn"
    }
    return Form(
        action=f"{ground.href}/who-it-is-about",
        button="Show what they may know",
        fields=(
            Field("agency", "Which agency is it?", Kind.PICK, known, needed="Choose the agency you have called back"),
            Field("name", "First and last name of whoever is on the phone", needed="Enter their name", longest=80),
            Field("reason", "Why do they need to know?", needed="Say why, in a sentence", longest=LONGEST_WORDS),
        ),
    )


def _page(
    request: web.Request,
    ground: Ground,
    form: Form,
    *,
    told: OpenedMeeting | None = None,
    secure: Form | None = None,
    done: str = "",
    problem: str = "",
    status: int = 200,
) -> web.Response:
    page = ActPage(
        heading=f"Who meeting {ground.meeting.reference} is about",
        back_href=ground.href,
        intro=(
            "Hang up and call the agency back on the directory's number before you tell anything.",
            "Each agency is told only whom its rules need. Who asked, and why, is kept.",
        ),
        sections=tuple(_told(told)) if told else (),
        forms=(form, secure) if secure else (form,),
        done=done,
        problem=problem,
        names=told is not None,
    )
    return shown(request, page, status)


def _told(told: OpenedMeeting) -> Iterator[Section]:
    rows = [
        Row(f"Child {child.ref}, {AGE_WORDS.get(child.age_band, child.age_band)}. {_identity(child.identity)}")
        for child in told.children
    ]
    rows += [Row(f"{person.relation.capitalize()}. {_identity(person.identity)}") for person in told.people]
    yield Section(f"What the {role_words(told.role)} may know: read it out, write it nowhere", tuple(rows))


def _identity(identity: Mapping[str, Any]) -> str:
    said = (
        f"{opened(name).capitalize()}: {', '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}."
        for name, value in identity.items()
        if value
    )
    return " ".join(said)
