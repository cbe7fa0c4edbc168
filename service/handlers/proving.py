"""Who a meeting is about and what it decided, for somebody at an agency's inbox: behind a code sent to that inbox.

Looking changes nothing: a code is sent, and anything is shown, only by pressing a button. What is shown is the answer
to that press, stands in no address and no cache, and is written down before it is handed out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.one_time_codes import NO_CODE_WORDS, PHONE_AFTER, NoCode
from service.domain.papers import Kind, Opener, Proof
from service.handlers.answer_page import ACTOR, link_place
from service.handlers.contacts import contacts_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.store.queries.answering import AnswerPlace
from service.store.queries.proofs import ProofPlace, proof_place
from service.web.meeting import summary_row
from service.web.proving import DECISIONS, WHO, Asked, ProofForm, ProofPage, Section, SeenPage, read_proof
from service.web.wording import opened, phone_link, when
from service.workflow.codes import ask_for_code, codes_out, try_code
from service.workflow.desk_session import begin_desk_session
from service.workflow.disclosing import Asker, OpenedMeeting, open_for_agency
from service.workflow.errors import (
    BadWordsError,
    CannotOpenError,
    CannotSendCodeError,
    ErasedError,
    NoNameError,
    NoReasonError,
    NoSuchMeetingError,
    NoSuchRequirementError,
)
from service.workflow.opening import open_papers
from service.workflow.papers import PlaceNamed

REFUSALS = (
    BadWordsError, CannotOpenError, ErasedError, NoNameError, NoReasonError, NoSuchMeetingError, NoSuchRequirementError
)  # fmt: skip
"""Everything an opening can be refused for. An agency is told one sentence for all of it."""
_MOST_FIELDS = 20
DESK_COOKIE = "convene-desk"


async def ask(request: web.Request) -> web.Response:
    """GET /r/{token}/who: the page. Changes nothing."""
    found = await link_place(request)
    if isinstance(found, web.Response):
        return found
    return await _page(request, *found, ProofForm())


async def send_code(request: web.Request) -> web.Response:
    """POST /r/{token}/code: a code goes to the agency's inbox."""
    found = await link_place(request)
    if isinstance(found, web.Response):
        return found
    partnership, place = found
    try:
        await ask_for_code(request.app[SERVICES], partnership, place.requirement_id, actor=f"{ACTOR}{place.role}")
    except CannotSendCodeError as refused:
        return await _page(request, partnership, place, ProofForm(), note=str(refused), status=409)
    raise web.HTTPSeeOther(f"/r/{request.match_info['token']}/who")


async def show(request: web.Request) -> web.Response:
    """POST /r/{token}/who: what was asked for, or the form again."""
    found = await link_place(request)
    if isinstance(found, web.Response):
        return found
    partnership, place = found
    services = request.app[SERVICES]
    sent = await form_of(request, _MOST_FIELDS)
    asked, form = read_proof(sent, by_code=True, started=_started(place, services.now()))
    if asked is None:
        return await _page(request, partnership, place, form, status=422)
    actor = f"{ACTOR}{place.role}"
    used = await try_code(services, partnership, place.requirement_id, asked.code, actor=actor)
    if isinstance(used, NoCode):
        wrong = ProofForm(form.values, {"code": NO_CODE_WORDS[used]})
        return await _page(request, partnership, place, wrong, status=422)
    back = f"/r/{request.match_info['token']}"
    try:
        if asked.shift:
            word = await begin_desk_session(services, partnership, place.requirement_id, used, asked.name, actor=actor)
            response = web.Response(status=303, headers={"Location": "/desk"})
            keep_word(request, response, word)
            return response
        seen = await seen_page(request, partnership, place.requirement_id, asked, Proof.CODE, back, actor)
    except REFUSALS:
        return refused_page(request, place.service_phone, back)
    return render_template("seen.html", request, {"view": seen, "contacts": contacts_of(request, partnership)})


def keep_word(request: web.Request, response: web.Response, word: str, seconds: int = 8 * 3600) -> None:
    """Let the browser keep a desk session's word; no other site can make it send it along. No seconds: forget it."""
    secure = request.app[SERVICES].links.base_url.startswith("https:")
    name = f"__Host-{DESK_COOKIE}" if secure else DESK_COOKIE
    response.set_cookie(name, word, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Strict")


def word_of(request: web.Request) -> str:
    """The word a browser brings along; empty when it brings none."""
    secure = request.app[SERVICES].links.base_url.startswith("https:")
    return request.cookies.get(f"__Host-{DESK_COOKIE}" if secure else DESK_COOKIE, "")


async def seen_page(
    request: web.Request, partnership: str, requirement_id: Any, asked: Asked, proof: Proof, back: str, actor: str
) -> SeenPage:
    """What somebody who has proved themselves asked for.

    Raises:
        any of ``REFUSALS``, which are answered alike.
    """
    services = request.app[SERVICES]
    async with services.engine.connect() as conn:
        place = await proof_place(conn, partnership, requirement_id)
    if place is None:
        raise NoSuchMeetingError("")
    if asked.see == WHO:
        asker = Asker(asked.name, place.role, asked.reason, proof, place.slot)
        about = await open_for_agency(services, partnership, place.reference, asker, actor=actor)
        return SeenPage(f"Who {place.reference} is about", _agency(place), back, _people(about))
    kind = Kind.DECISION if asked.see == DECISIONS else Kind.MINUTES
    papers = await open_papers(
        services,
        partnership,
        place.reference,
        kind,
        Opener(asked.name, proof, asked.reason),
        PlaceNamed(place.role, place.slot),
        actor=actor,
    )
    what, one = ("What {} decided", "Decision") if kind is Kind.DECISION else ("The minutes of {}", "Part")
    sections = tuple(
        Section(f"{one} {paper.number}", words=paper.text, rows=[summary_row("Out since", when(paper.issued_at, "-"))])
        for paper in papers
    )
    return SeenPage(what.format(place.reference), _agency(place), back, sections)


def _agency(place: ProofPlace) -> str:
    return place.agency or "your agency"


def _people(about: OpenedMeeting) -> tuple[Section, ...]:
    children = [
        Section(f"Child {number}", _identity(each.identity)) for number, each in enumerate(about.children, start=1)
    ]
    people = [Section(opened(each.relation).capitalize(), _identity(each.identity)) for each in about.people]
    return (*children, *people)


def _identity(known: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, value in known.items():
        said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if said:
            rows.append(summary_row(opened(name).capitalize(), said))
    return rows or [summary_row("Nothing more", "your agency needs no more than that there is one")]


def refused_page(request: web.Request, phone: str, back: str) -> web.Response:
    """One page for every refusal: it says neither whether there is something, nor why it is not shown."""
    link = phone_link(phone)
    view = {
        "heading": "We cannot show you this here",
        "detail": "Phone us, and we will help you.",
        "contacts": [{"name": "Phone", "phone": link}] if link else [],
        "back": back,
    }
    return render_template("link_problem.html", request, view, status=404)


def _started(place: AnswerPlace, now: datetime) -> bool:
    return place.starts_at is not None and place.starts_at <= now


async def _page(
    request: web.Request,
    partnership: str,
    place: AnswerPlace,
    form: ProofForm,
    *,
    note: str = "",
    status: int = 200,
) -> web.Response:
    services, own = request.app[SERVICES], f"/r/{request.match_info['token']}"
    out = await codes_out(services, partnership, place.requirement_id)
    view = ProofPage(
        heading=f"See who {place.reference} is about",
        agency=place.agency or "your agency",
        action=f"{own}/who",
        back_href=own,
        phone=phone_link(place.service_phone),
        code_href=f"{own}/code",
        code_note=note or _note(out.last_asked_at, services.real_now()),
        code_phone=phone_link(place.service_phone) if out.last_asked_at and not note else None,
        code_is_out=out.last_asked_at is not None,
        started=_started(place, services.now()),
    )
    return render_template("proving.html", request, {"view": view, "form": form}, status=status)


def _note(asked_at: datetime | None, now: datetime) -> str:
    """What is said of a code that was asked for; the number to phone, as a link, ends the sentence."""
    if asked_at is None:
        return ""
    if now - asked_at >= PHONE_AFTER:
        return "A code was sent more than a minute ago. If it has not come, we will help you:"
    return "A code is on its way to your agency's inbox. If it is not there within a minute,"
