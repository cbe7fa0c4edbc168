"""What staff do from a meeting's page: each act is a page with one question, and a form that can be sent twice."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.meetings import MeetingState
from service.domain.policy import Policy
from service.handlers.access import person_of
from service.handlers.api_acts import reference_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.web.act_forms import ReasonForm, ReasonPage, read_reason
from service.web.answer_form import choices
from service.workflow import desk, restricting, short_notice, without_quorum
from service.workflow.errors import BadReasonError, NoReasonError, NoSuchMeetingError, NoSuchTaskError
from service.workflow.policy import policy_of
from service.workflow.ports import Services

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


def changed_words(meeting: MeetingView) -> str:
    """What is said where somebody changed the meeting while a form stood open: how it stands now."""
    if meeting.state in {MeetingState.PLANNED, MeetingState.CONFIRMED}:
        now = f"It is at {words(meeting.starts_at)} now." if meeting.starts_at else "It has no time now."
        return f"Somebody has just changed this meeting. {now} Check what you typed, then send it again."
    return f"Somebody has just changed this meeting. It is {meeting.state} now."


def place_in(request: web.Request, ground: Ground) -> AgencyLine:
    """The agency's place in the path. Raises ProblemError: 404."""
    wanted = request.match_info["place"]
    for agency in ground.meeting.agencies:
        if str(agency.requirement_id) == wanted and agency.state != "withdrawn":
            return agency
    raise refuse(404, "not_found", "There is nothing at this address.")


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
    try:
        await end(request.app[SERVICES], partnership, task, actor=person_of(request).actor(partnership))
    except NoSuchTaskError:
        # The guard has let the task through, so there is one: somebody else has ended it since the page was shown.
        word = "task_gone"
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
