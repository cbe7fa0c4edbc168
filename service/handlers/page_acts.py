"""What staff do from a meeting's page: each act is a page with one question, and a form that can be sent twice."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.answers import Way
from service.domain.policy import Policy
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.api_acts import reference_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.web.act_forms import (
    PhonePage,
    ReasonForm,
    ReasonPage,
    cancel_choices,
    read_given_by,
    read_reason,
)
from service.web.answer_form import AnswerForm, SaidOnPage, choices, read_form
from service.web.wording import CANCEL_WORDS, phone_link
from service.workflow import desk, meetings, reply, restricting, short_notice, without_quorum
from service.workflow.errors import BadReasonError, NoReasonError, NoSuchMeetingError
from service.workflow.policy import policy_of
from service.workflow.ports import Services

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")
_NO_NAMES = "Do not write anybody's name here: agencies and inspectors read it."


@dataclass(frozen=True, slots=True)
class Ground:
    """What every act starts from."""

    services: Services
    partnership: str
    meeting: MeetingView
    actor: str
    href: str

    def done(self, word: str) -> web.Response:
        """Back to the meeting's page, which says what was done."""
        return web.Response(status=303, headers={"Location": f"{self.href}?done={word}"})


async def ground_of(request: web.Request) -> Ground:
    """The meeting in the path and who acts on it. Raises ProblemError: 404."""
    partnership, services, reference = partnership_in(request), request.app[SERVICES], reference_of(request)
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
    if meeting is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    href = f"/{partnership}/meetings/{reference}"
    return Ground(services, partnership, meeting, person_of(request).actor(partnership), href)


def seen_version(sent: Mapping[str, str]) -> int | None:
    """The version the page was drawn from, so that two people at one meeting do not undo each other unseen."""
    said = sent.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else None


async def phone_answer(request: web.Request) -> web.Response:
    """GET …/answers/{place}: what an agency says on the phone."""
    ground = await ground_of(request)
    return _phone_page(request, ground, place_in(request, ground), AnswerForm())


async def take_phone_answer(request: web.Request) -> web.Response:
    """POST …/answers/{place}: record it."""
    ground = await ground_of(request)
    place, sent = place_in(request, ground), await form_of(request)
    said, form = read_form(sent, ground.services.now())
    if said is None:
        form = replace(form, values={**form.values, "given_by": read_given_by(sent)})
        return _phone_page(request, ground, place, form, status=422)
    await reply.record_answer(
        ground.services,
        ground.partnership,
        ground.meeting.reference,
        _given(ground, place, said, sent),
        actor=ground.actor,
    )
    return ground.done("answer")


def place_in(request: web.Request, ground: Ground) -> AgencyLine:
    """The agency's place in the path. Raises ProblemError: 404."""
    wanted = request.match_info["place"]
    for agency in ground.meeting.agencies:
        if str(agency.requirement_id) == wanted and agency.state != "withdrawn":
            return agency
    raise refuse(404, "not_found", "There is nothing at this address.")


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


def _phone_page(
    request: web.Request, ground: Ground, place: AgencyLine, form: AnswerForm, *, status: int = 200
) -> web.Response:
    agency = role_words(place.role)
    view = PhonePage(
        heading=f"What does the {agency} say?",
        question=f"Will the {agency} be there?",
        meeting_href=ground.href,
        action=f"{ground.href}/answers/{place.requirement_id}",
        # One for each page shown: sent twice it is one answer, opened again it is another.
        once=secrets.token_urlsafe(12),
        version=ground.meeting.version,
        phone=phone_link(place.inbox.phone) if place.inbox else None,
    )
    return render_template("phone_answer.html", request, {"view": view, "form": form}, status=status)


async def ask_cancel(request: web.Request) -> web.Response:
    """GET …/cancel: why, and what will happen."""
    ground = await ground_of(request)
    return _cancel_page(request, ground, ReasonForm())


async def cancel(request: web.Request) -> web.Response:
    """POST …/cancel: call the meeting off."""
    ground, sent = await ground_of(request), await form_of(request)
    said, form = read_reason(sent, codes=CANCEL_WORDS, words=False)
    if said is None:
        return _cancel_page(request, ground, form, status=422)
    await meetings.cancel_meeting(
        ground.services,
        ground.partnership,
        ground.meeting.reference,
        reason=said[0],
        actor=ground.actor,
        seen_version=seen_version(sent),
    )
    return ground.done("cancelled")


def _cancel_page(request: web.Request, ground: Ground, form: ReasonForm, *, status: int = 200) -> web.Response:
    told = sum(agency.invitation is not None and agency.state != "withdrawn" for agency in ground.meeting.agencies)
    agencies = "1 agency that was" if told == 1 else f"{told} agencies that were"
    page = ReasonPage(
        heading=f"Cancel meeting {ground.meeting.reference}",
        meeting_href=ground.href,
        action=f"{ground.href}/cancel",
        version=ground.meeting.version,
        intro=(
            f"Outlook takes the meeting away from the {agencies} invited, and each gets a message." if told else "",
            "Nobody is chased any more. This cannot be undone: a meeting that is needed after all is asked for anew.",
        ),
        codes_legend="Why is it cancelled?",
        codes=cancel_choices(),
        button="Cancel the meeting" if not told else f"Cancel the meeting and tell {told}",
        warns=True,
    )
    return _reason_page(request, page, form, status)


async def ask_short_notice(request: web.Request) -> web.Response:
    """GET …/short-notice."""
    ground = await ground_of(request)
    return _short_notice_page(request, ground, await policy_for(ground), ReasonForm())


async def explain_short_notice(request: web.Request) -> web.Response:
    """POST …/short-notice."""
    ground, sent = await ground_of(request), await form_of(request)
    policy = await policy_for(ground)
    said, form = read_reason(sent, codes=policy.short_notice_reasons, words=True)
    if said is None:
        return _short_notice_page(request, ground, policy, form, status=422)
    code, words = said
    return await _kept(
        ground,
        "short_notice",
        lambda: short_notice.explain_short_notice(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            code=code,
            text=words,
            actor=ground.actor,
        ),
        lambda error: _short_notice_page(request, ground, policy, _with(form, error), status=422),
    )


def _short_notice_page(
    request: web.Request, ground: Ground, policy: Policy, form: ReasonForm, *, status: int = 200
) -> web.Response:
    page = ReasonPage(
        heading="Why is notice short?",
        meeting_href=ground.href,
        action=f"{ground.href}/short-notice",
        version=ground.meeting.version,
        intro=("Short notice stops no meeting: safety comes first. It is counted, with its reason.",),
        codes_legend="Which reason fits best?",
        codes=choices(policy.short_notice_reasons),
        words_label="Why, in a sentence",
    )
    return _reason_page(request, page, form, status)


async def ask_go_on(request: web.Request) -> web.Response:
    """GET …/go-on."""
    return _go_on_page(request, await ground_of(request), ReasonForm())


async def go_on(request: web.Request) -> web.Response:
    """POST …/go-on."""
    ground = await ground_of(request)
    said, form = read_reason(await form_of(request), codes=None, words=True)
    if said is None:
        return _go_on_page(request, ground, form, status=422)
    return await _kept(
        ground,
        "go_on",
        lambda: without_quorum.go_on_without_quorum(
            ground.services, ground.partnership, ground.meeting.reference, reason=said[1], actor=ground.actor
        ),
        lambda error: _go_on_page(request, ground, _with(form, error), status=422),
    )


def _go_on_page(request: web.Request, ground: Ground, form: ReasonForm, *, status: int = 200) -> web.Response:
    page = ReasonPage(
        heading="Why does it go on without everyone?",
        meeting_href=ground.href,
        action=f"{ground.href}/go-on",
        version=ground.meeting.version,
        intro=("A strategy meeting may always go on: safety comes first. Your name and your reason are kept with it.",),
        words_label="Why, in a sentence",
    )
    return _reason_page(request, page, form, status)


async def policy_for(ground: Ground) -> Policy:
    """The policy that planned the meeting."""
    async with ground.services.engine.connect() as conn:
        return await policy_of(ground.services, conn, ground.partnership, ground.meeting.policy_hash)


def _with(form: ReasonForm, error: BadReasonError) -> ReasonForm:
    return replace(form, errors={"reason": str(error)})


async def _kept(
    ground: Ground,
    word: str,
    act: Callable[[], Awaitable[object]],
    again: Callable[[BadReasonError], web.Response],
) -> web.Response:
    """Do it, and go back; a reason that is refused is asked for again with what was typed."""
    try:
        await act()
    except BadReasonError as error:
        return again(error)
    return ground.done(word)


def _reason_page(request: web.Request, page: ReasonPage, form: ReasonForm, status: int) -> web.Response:
    view = {"view": page, "form": form, "no_names": _NO_NAMES}
    return render_template("reason.html", request, view, status=status)


async def task_done(request: web.Request) -> web.Response:
    """POST /{partnership}/tasks/{task}/done."""
    return await _end_task(request, desk.close_task, "task_done")


async def task_dropped(request: web.Request) -> web.Response:
    """POST /{partnership}/tasks/{task}/drop."""
    return await _end_task(request, desk.drop_task, "task_dropped")


async def _end_task(request: web.Request, end: Callable[..., Awaitable[None]], word: str) -> web.Response:
    partnership = partnership_in(request)
    try:
        task = UUID(request.match_info["task"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    await end(request.app[SERVICES], partnership, task, actor=person_of(request).actor(partnership))
    back = (await form_of(request)).get("back", "")
    href = f"/{partnership}/meetings/{back}" if re.fullmatch(r"CV-[A-Z0-9]{4}-[A-Z0-9]{4}", back) else ""
    return web.Response(status=303, headers={"Location": f"{href or f'/{partnership}/worklist'}?done={word}"})


async def ask_break_glass(request: web.Request) -> web.Response:
    """GET …/break-glass: the same page for every reference, whether or not there is such a meeting."""
    return _glass_page(request, ReasonForm())


async def break_the_glass(request: web.Request) -> web.Response:
    """POST …/break-glass: the meeting is shown for some hours, and a manager is told."""
    said, form = read_reason(await form_of(request), codes=None, words=True)
    if said is None:
        return _glass_page(request, form, status=422)
    partnership, reference = partnership_in(request), reference_of(request)
    try:
        await restricting.break_glass(
            request.app[SERVICES],
            partnership,
            reference,
            reason=said[1],
            actor=person_of(request).actor(partnership),
        )
    except NoReasonError as error:
        return _glass_page(request, _with(form, BadReasonError(str(error))), status=422)
    except NoSuchMeetingError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    raise web.HTTPSeeOther(f"/{partnership}/meetings/{reference}")


def _glass_page(request: web.Request, form: ReasonForm, *, status: int = 200) -> web.Response:
    partnership, reference = partnership_in(request), reference_of(request)
    page = ReasonPage(
        heading="Look at a restricted case",
        meeting_href=f"/{partnership}/worklist",
        back_text="Back to the worklist",
        action=f"/{partnership}/meetings/{reference}/break-glass",
        version=0,
        intro=(
            "Do this only where a child is not safe unless you see this case now. It lasts four hours.",
            "Your name and your reason are kept, and a team manager is told at once.",
        ),
        words_label="Why must you see it, in a sentence without names?",
    )
    return _reason_page(request, page, form, status)
