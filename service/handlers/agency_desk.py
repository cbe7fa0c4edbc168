"""A desk session's pages: the meetings of one agency's inbox for a shift, and who each is about.

The word in the cookie is the proof; each form also carries a word made from it, so that no other page can send one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import length_words
from service.domain.message_parts import when_words
from service.domain.papers import Proof
from service.domain.roles import words as role_words
from service.handlers.contacts import contacts_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.problems import refuse
from service.handlers.proving import REFUSALS, keep_word, refused_page, seen_page, word_of
from service.store.queries.proofs import DeskMeeting
from service.web.agency_desk import DeskPage, DeskRow
from service.web.meeting import answer_word
from service.web.proving import ProofForm, ProofPage, read_proof
from service.web.wording import phone_link
from service.workflow.desk_session import Desk, desk_of, end_desk_session, meetings_of_desk
from service.workflow.links import answer_link
from service.workflow.ports import Services

_ACTOR = "desk:"
_MOST_FIELDS = 20


async def _desk(request: web.Request) -> Desk | web.Response:
    """Whose session this is, or the page that says that there is none."""
    word = word_of(request)
    desk = await desk_of(request.app[SERVICES], word) if word else None
    if desk is None:
        return render_template("desk_over.html", request, {"contacts": contacts_of(request)}, status=401)
    return desk


def _form_word(desk: Desk) -> str:
    return hmac.digest(desk.word.encode(), b"convene desk form 1", hashlib.sha256).hex()


async def _form(request: web.Request, desk: Desk) -> dict[str, str]:
    """The sent form. Raises ProblemError 403 for one that this session was not shown."""
    sent = dict(await form_of(request, _MOST_FIELDS))
    if not hmac.compare_digest(sent.get("word", "").encode("utf-8", "surrogateescape"), _form_word(desk).encode()):
        raise refuse(403, "forged_form", "This form was not sent from our own page. Open the page again and send it.")
    return sent


async def home(request: web.Request) -> web.Response:
    """GET /desk: the agency's meetings. Changes nothing."""
    desk = await _desk(request)
    if isinstance(desk, web.Response):
        return desk
    services = request.app[SERVICES]
    rows = tuple(_row(services, desk, each) for each in await meetings_of_desk(services, desk))
    view = DeskPage(
        agency=desk.agency,
        name=desk.name,
        ends=length_words(max(desk.ends_at - services.real_now(), timedelta(minutes=1))),
        rows=rows,
        phone=phone_link(desk.service_phone),
        word=_form_word(desk),
    )
    return render_template("agency_desk.html", request, {"view": view})


def _row(services: Services, desk: Desk, each: DeskMeeting) -> DeskRow:
    link = answer_link(services.links, desk.partnership, each.requirement_id, each.starts_at) if each.starts_at else ""
    return DeskRow(
        reference=each.reference,
        when=when_words(each.starts_at, each.ends_at) if each.starts_at and each.ends_at else "no time at the moment",
        role=role_words(each.role),
        answer=answer_word(each.answer),
        see_href=f"/desk/{each.requirement_id}",
        answer_href=link.removeprefix(services.links.base_url),
    )


async def _place(request: web.Request, desk: Desk) -> DeskMeeting:
    """The meeting in the path, if it is one of this desk's. Raises ProblemError 404 for any other."""
    try:
        wanted = UUID(request.match_info["place"])
    except ValueError:
        wanted = None
    for each in await meetings_of_desk(request.app[SERVICES], desk):
        if each.requirement_id == wanted:
            return each
    raise refuse(404, "not_found", "There is nothing at this address.")


async def ask(request: web.Request) -> web.Response:
    """GET /desk/{place}: what is wanted, and what for. Changes nothing."""
    desk = await _desk(request)
    if isinstance(desk, web.Response):
        return desk
    return _page(request, desk, await _place(request, desk), ProofForm())


async def show(request: web.Request) -> web.Response:
    """POST /desk/{place}: what was asked for, or the form again."""
    desk = await _desk(request)
    if isinstance(desk, web.Response):
        return desk
    place, sent = await _place(request, desk), await _form(request, desk)
    asked, form = read_proof(sent, by_code=False, started=_started(request, place))
    if asked is None:
        return _page(request, desk, place, form, status=422)
    try:
        seen = await seen_page(
            request,
            desk.partnership,
            place.requirement_id,
            replace(asked, name=desk.name),
            Proof.DESK_SESSION,
            "/desk",
            f"{_ACTOR}{desk.session_id}",
        )
    except REFUSALS:
        return refused_page(request, desk.service_phone, "/desk")
    return render_template("seen.html", request, {"view": seen, "contacts": contacts_of(request, desk.partnership)})


async def end(request: web.Request) -> web.Response:
    """POST /desk/end: the session is over, here and on our side."""
    desk = await _desk(request)
    if isinstance(desk, web.Response):
        return desk
    await _form(request, desk)
    await end_desk_session(request.app[SERVICES], desk, actor=f"{_ACTOR}{desk.session_id}")
    response = render_template(
        "desk_over.html", request, {"ended": True, "contacts": contacts_of(request, desk.partnership)}
    )
    keep_word(request, response, "", seconds=0)
    return response


def _started(request: web.Request, place: DeskMeeting) -> bool:
    return place.starts_at is not None and place.starts_at <= request.app[SERVICES].now()


def _page(request: web.Request, desk: Desk, place: DeskMeeting, form: ProofForm, *, status: int = 200) -> web.Response:
    view = ProofPage(
        heading=f"See who {place.reference} is about",
        agency=desk.agency,
        action=f"/desk/{place.requirement_id}",
        back_href="/desk",
        phone=phone_link(desk.service_phone),
        word=_form_word(desk),
        started=_started(request, place),
    )
    return render_template("proving.html", request, {"view": view, "form": form}, status=status)
