"""An answer that an agency gives by phone, taken down by whoever has it on the line."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.answers import Answer, Way
from service.domain.message_parts import when_words
from service.domain.roles import words as role_words
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of, place_in, seen_version
from service.handlers.problems import refuse
from service.store.queries.meeting_lines import AgencyLine
from service.web.act_forms import PhonePage, read_given_by
from service.web.answer_form import AnswerForm, SaidOnPage, read_form
from service.web.wording import phone_link
from service.workflow import reply
from service.workflow.errors import NameRefusedError

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


async def ask(request: web.Request) -> web.Response:
    """GET …/answers/{place}: what an agency says on the phone."""
    ground = await ground_of(request)
    return _page(request, ground, place_in(request, ground), AnswerForm())


async def take(request: web.Request) -> web.Response:
    """POST …/answers/{place}: record it. What was typed stays while somebody is on the line, whatever is refused."""
    ground = await ground_of(request)
    place, sent = place_in(request, ground), await form_of(request)
    said, form = read_form(sent, ground.services.now())
    form = replace(form, values={**form.values, "given_by": read_given_by(sent)})
    if said is None:
        return _page(request, ground, place, form, status=422)
    given = _given(ground, place, said, sent)
    try:
        recorded = await reply.record_answer(
            ground.services, ground.partnership, ground.meeting.reference, given, actor=ground.actor
        )
    except NameRefusedError as refused:
        where = "deputy_name" if said.answer is Answer.DEPUTY else "given_by"
        return _page(request, ground, place, replace(form, errors={where: str(refused)}), status=422)
    if not recorded.counted:
        ground = await ground_of(request)
        return _page(request, ground, place_in(request, ground), form.about_the_old_time(), status=409)
    return ground.done("answer")


def _given(ground: Ground, place: AgencyLine, said: SaidOnPage, sent: Mapping[str, str]) -> reply.GivenAnswer:
    once = sent.get("once", "")
    if not _ONCE.fullmatch(once):
        raise refuse(400, "bad_request", "The form could not be read. Open the page again and send it.")
    return reply.GivenAnswer(
        answer=said.answer,
        way=Way.PHONE,
        answered_at=ground.services.now(),
        natural_key=f"{ground.actor}:{once}",
        requirement_id=place.requirement_id,
        version=min(seen_version(sent) or ground.meeting.version, ground.meeting.version),
        given_by=read_given_by(sent),
        reason=said.reason,
        comment=said.comment,
        proposed_start=said.proposed_start,
    )


def _page(
    request: web.Request, ground: Ground, place: AgencyLine, form: AnswerForm, *, status: int = 200
) -> web.Response:
    agency, meeting = role_words(place.role), ground.meeting
    view = PhonePage(
        heading=f"What does the {agency} say?",
        question=f"Will the {agency} be there?",
        meeting_href=ground.href,
        action=f"{ground.href}/answers/{place.requirement_id}",
        # One for each page shown: sent twice it is one answer, opened again it is another.
        once=secrets.token_urlsafe(12),
        version=meeting.version,
        when=when_words(meeting.starts_at, meeting.ends_at) if meeting.starts_at and meeting.ends_at else "",
        phone=phone_link(place.inbox.phone) if place.inbox else None,
    )
    return render_template("phone_answer.html", request, {"view": view, "form": form}, status=status)
