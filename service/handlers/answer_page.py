"""The answer page behind a personal link: seen by anybody who holds the link, changed only by sending its form.

GET and HEAD change nothing, because mail scanners follow links. No cookie and no sign-in stand behind the form, so a
forged post from another site gains nothing: whoever can name the address already holds the link's 128-bit signature,
which is the whole of the proof. The hidden ``once`` makes a double press one answer.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.answers import Answer, Way
from service.domain.london import words
from service.domain.message_parts import MODE_WORDS, when_words
from service.domain.roles import words as role_words
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.store.queries.answering import AnswerPlace, answer_place
from service.store.queries.partnerships import every_partnership
from service.web.answer_form import AnswerForm, AnswerPage, SaidOnPage, read_form, recorded_words
from service.web.meeting import answer_word, summary_row
from service.web.wording import opened, phone_link
from service.workflow.errors import LinkBrokenError, NameRefusedError
from service.workflow.links import AnswerToken, open_token
from service.workflow.reply import GivenAnswer, record_answer

ACTOR = "page:"
_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_FIELDS = 50


async def show(request: web.Request) -> web.Response:
    """GET /r/{token}: the page. Changes nothing."""
    place = await _place(request)
    if isinstance(place, web.Response):
        return place
    recorded = recorded_words(place.answer) if request.query.get("sent") == "1" and place.answer else ""
    return _page(request, place, AnswerForm(), recorded=recorded)


async def answer(request: web.Request) -> web.Response:
    """POST /r/{token}: record what the form says, then show the page again by a redirect."""
    place = await _place(request)
    if isinstance(place, web.Response):
        return place
    services = request.app[SERVICES]
    sent = await form_of(request, _MOST_FIELDS)
    if _closed(place, services.now()):
        return _page(request, place, AnswerForm(), status=409)
    said, form = read_form(sent, services.now())
    if said is None:
        return _page(request, place, form, status=422)
    token = _token(request)
    given = _given(place, said, sent, services.now())
    try:
        recorded = await record_answer(
            services, token.partnership, place.reference, given, actor=f"{ACTOR}{place.role}"
        )
    except NameRefusedError as refused:
        where = "deputy_name" if said.answer is Answer.DEPUTY else "your_name"
        return _page(request, place, replace(form, errors={where: str(refused)}), status=422)
    if not recorded.counted:
        # It stays in the record as an answer to the old time. Whoever gave it must see that there is a new one.
        now = await _place(request)
        return now if isinstance(now, web.Response) else _page(request, now, form.about_the_old_time(), status=409)
    raise web.HTTPSeeOther(f"/r/{request.match_info['token']}?sent=1")


async def link_place(request: web.Request) -> tuple[str, AnswerPlace] | web.Response:
    """The partnership and the place a personal link stands for, or the page that says why it is no use."""
    place = await _place(request)
    return place if isinstance(place, web.Response) else (_token(request).partnership, place)


def _token(request: web.Request) -> AnswerToken:
    # Opened as if long ago, so that an expired link still says whose it is; the caller looks at its end.
    return open_token(request.app[SERVICES].links, request.match_info["token"], _LONG_AGO)


async def _place(request: web.Request) -> AnswerPlace | web.Response:
    """The place the link stands for, or the kind page that says the link is no use and who to phone."""
    services = request.app[SERVICES]
    try:
        token = _token(request)
    except LinkBrokenError:
        return await _no_use(request, "This link does not work", _BROKEN, status=404)
    if services.now() > token.expires_at:
        return await _no_use(request, "This link has run out", _EXPIRED, status=410, partnership=token.partnership)
    async with services.engine.connect() as conn:
        place = await answer_place(conn, token.partnership, token.requirement_id)
    if place is None or place.state == "stopped":
        # A stopped place was never sent a link: whoever holds one learns no more than from a link we never made.
        return await _no_use(request, "This link does not work", _BROKEN, status=404, partnership=token.partnership)
    return place


_BROKEN = "Part of it may be missing: try copying the whole link from the message again."
_EXPIRED = "A link works until a week after the meeting it is about."


async def _no_use(
    request: web.Request, heading: str, detail: str, *, status: int, partnership: str | None = None
) -> web.Response:
    async with request.app[SERVICES].engine.connect() as conn:
        known = await every_partnership(conn)
    contacts = [
        {"name": each.name, "phone": phone_link(each.service_phone)}
        for each in known
        if partnership is None or each.id == partnership
    ]
    view = {"heading": heading, "detail": detail, "contacts": contacts}
    return render_template("link_problem.html", request, view, status=status)


def _version(sent: Mapping[str, str], place: AnswerPlace) -> int:
    """The invitation version the person saw: an answer to a time that has since moved must not count for the new."""
    said = sent.get("version", "")
    seen = int(said) if said.isascii() and said.isdigit() and len(said) < 7 else place.version
    return min(seen, place.version)


def _given(place: AnswerPlace, said: SaidOnPage, sent: Mapping[str, str], now: datetime) -> GivenAnswer:
    once = sent.get("once", "")
    if not _ONCE.fullmatch(once):
        once = secrets.token_urlsafe(12)
    content = f"{said.answer}|{said.reason}|{said.comment}|{said.proposed_start}"
    digest = hashlib.sha256(content.encode()).hexdigest()[:24]
    return GivenAnswer(
        answer=said.answer,
        way=Way.PAGE,
        answered_at=now,
        natural_key=f"page:{once}:{digest}",
        requirement_id=place.requirement_id,
        version=_version(sent, place),
        given_by=said.given_by,
        reason=said.reason,
        comment=said.comment,
        proposed_start=said.proposed_start,
    )


def _closed(place: AnswerPlace, now: datetime) -> str:
    """Why nothing can be answered any more; empty while it can."""
    if place.state == "withdrawn":
        return "Your agency is no longer asked to this meeting. You do not need to do anything."
    if place.meeting_state == "cancelled":
        return "This meeting has been cancelled. You do not need to do anything."
    if place.starts_at is None:
        return "This meeting has no time at the moment. You will be told when it has."
    if place.meeting_state == "held" or place.starts_at <= now:
        return "This meeting has started. Phone us if there is something we should know."
    return ""


def _rows(place: AnswerPlace) -> list[dict[str, Any]]:
    """What an agency sees of the meeting; one that is no longer asked learns nothing of where and when it is now."""
    reference = summary_row("Reference", place.reference)
    if place.state == "withdrawn":
        return [reference]
    time = when_words(place.starts_at, place.ends_at) if place.starts_at and place.ends_at else "no time at the moment"
    return [
        reference,
        summary_row("When", time),
        summary_row("How", MODE_WORDS.get(place.mode, opened(place.mode))),
        *([summary_row("Where", place.venue)] if place.venue else []),
        summary_row("You are asked as", role_words(place.role)),
        summary_row(
            "Your answer so far",
            f"{answer_word(place.answer)}, {words(place.answered_at)}" if place.answered_at else "none yet",
        ),
    ]


def _page(
    request: web.Request, place: AnswerPlace, form: AnswerForm, *, recorded: str = "", status: int = 200
) -> web.Response:
    now = request.app[SERVICES].now()
    view = AnswerPage(
        heading=f"Professionals' meeting {place.reference}",
        agency=place.agency or "your agency",
        action=f"/r/{request.match_info['token']}",
        once=secrets.token_urlsafe(12),
        version=place.version,
        has_time=place.starts_at is not None,
        summary_rows=_rows(place),
        phone=phone_link(place.service_phone),
        recorded=recorded,
        closed=_closed(place, now),
        who_href=f"/r/{request.match_info['token']}/who" if place.state == "wanted" else "",
        answered=place.answered_at is not None,
    )
    return render_template("answer.html", request, {"view": view, "form": form}, status=status)
