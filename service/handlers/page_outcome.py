"""What a meeting came to, typed in on its pages: the outcome, the actions it agreed, and the reports that came in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aiohttp import web

from service.domain.london import local_date, words
from service.domain.notice import NOT_SET
from service.domain.outcome import ActionState, Decided, Outcome, Police, overdue
from service.domain.roles import ROLES
from service.domain.roles import words as role_words
from service.handlers.act_pages import done_words, gone, not_begun, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.problems import refuse
from service.handlers.show_meeting import titles_of
from service.store.queries.outcome import KeptOutcome
from service.web.act_page import (
    LONGEST_WORDS,
    NO_NAMES,
    ActPage,
    Field,
    Form,
    Kind,
    Press,
    Row,
    Section,
    day,
    moment,
    moment_said,
    read_day,
    read_moment,
)
from service.web.outcome_words import DECIDED_WORDS, POLICE_CHOICES, action_row, report_words
from service.workflow import outcome as workflow
from service.workflow.errors import BadOutcomeError, BadTimeError, ChangedMeanwhileError, NoSuchActionError

_ELSEWHERE = "The outcome has been recorded since you opened this page. What you typed is still here; check it against "
_SAVE = "Save the outcome"


async def ask_outcome(request: web.Request) -> web.Response:
    """GET …/outcome: what was decided, with what is recorded filled in."""
    ground = await ground_of(request)
    kept = (await workflow.came_to(ground.services, ground.partnership, ground.meeting.reference)).outcome
    return _outcome_page(request, ground, _filled(_outcome_form(ground, kept.recorded_at if kept else None), kept))


async def record_outcome(request: web.Request) -> web.Response:
    """POST …/outcome: record or correct it."""
    ground, sent = await ground_of(request), await form_of(request)
    kept = (await workflow.came_to(ground.services, ground.partnership, ground.meeting.reference)).outcome
    seen = kept.recorded_at if kept else None
    form = _outcome_form(ground, seen).read(sent)
    said, form = _read_outcome(form, ground.services.now())
    if form.errors:
        return _outcome_page(request, ground, form, 422)
    if kept is not None and kept.outcome == said:
        return ground.done("outcome")
    if sent.get("seen", "") != _seen(seen):
        return _outcome_page(request, ground, form, 409, problem=f"{_ELSEWHERE}what stands there now.")
    try:
        await workflow.record_outcome(
            ground.services, ground.partnership, ground.meeting.reference, said, actor=ground.actor, seen=(seen,)
        )
    except ChangedMeanwhileError:
        return _outcome_page(request, ground, form, 409, problem=f"{_ELSEWHERE}the meeting's page.")
    except (BadOutcomeError, BadTimeError) as error:
        return _outcome_page(request, ground, form, 422, problem=str(error))
    return ground.done("outcome")


def _seen(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _outcome_form(ground: Ground, seen: datetime | None) -> Form:
    return Form(
        action=f"{ground.href}/outcome",
        button=_SAVE,
        hidden={"seen": _seen(seen)},
        fields=(
            Field("decided", "What was decided?", Kind.SOME, DECIDED_WORDS, needed="Choose what was decided"),
            *moment("s47", "Section 47 enquiry actually started (optional)", past=True),
            Field("police", "Do the police investigate?", Kind.ONE, POLICE_CHOICES),
            *moment("next", "Next meeting (optional)"),
        ),
    )


def _filled(form: Form, kept: KeptOutcome | None) -> Form:
    if kept is None:
        return form
    outcome = kept.outcome
    return form.filled(
        **{f"decided.{each}": "yes" for each in outcome.decided},
        **moment_said(outcome.s47_started_at, "s47"),
        police=str(outcome.police or ""),
        **moment_said(outcome.next_meeting_at, "next"),
    )


def _read_outcome(form: Form, now: datetime) -> tuple[Outcome, Form]:
    started, form = read_moment(form, "s47", now, past=True)
    following, form = read_moment(form, "next", now)
    if started is not None and started > now:
        form = form.wrong(
            s47_day="An enquiry that is still to start has no actual start yet; leave it out until it has"
        )
    decided = tuple(Decided(each) for each in form.ticked("decided"))
    if Decided.NOTHING in decided and len(decided) > 1:
        form = form.wrong(decided="No further action stands alone: untick it, or everything beside it")
    elif started is not None and Decided.ENQUIRY not in decided:
        form = form.wrong(decided="An enquiry that has started was decided on: tick it too")
    police = form.said("police")
    return Outcome(
        decided, started, Police(police) if police and "police" not in form.errors else None, following
    ), form


def _outcome_page(
    request: web.Request, ground: Ground, form: Form, status: int = 200, *, problem: str = ""
) -> web.Response:
    closed = not_begun(ground)
    page = ActPage(
        heading=f"What did meeting {ground.meeting.reference} come to?",
        back_href=ground.href,
        forms=() if closed else (form,),
        closed=closed,
        problem="" if closed else problem,
        links=(("Actions", f"{ground.href}/actions"), ("Medical", f"{ground.href}/medical")),
    )
    return shown(request, page, 409 if closed and status != 200 else status)


async def ask_actions(request: web.Request) -> web.Response:
    """GET …/actions: what was agreed, who does it by when, and one more."""
    ground = await ground_of(request)
    return await _actions_page(request, ground, _action_form(ground))


async def agree_action(request: web.Request) -> web.Response:
    """POST …/actions: one more action. The same pressed twice is one."""
    ground, sent = await ground_of(request), await form_of(request)
    now = ground.services.now()
    due, form = read_day(_action_form(ground).read(sent), "due", now)
    if form.errors:
        return await _actions_page(request, ground, form, 422)
    owner, what = form.said("owner"), form.said("what")
    came = await workflow.came_to(ground.services, ground.partnership, ground.meeting.reference)
    known = {(each.owner_role, each.what, each.due_on) for each in came.actions if each.state is ActionState.OPEN}
    if (owner, what, due) not in known:
        try:
            await workflow.agree_action(
                ground.services,
                ground.partnership,
                ground.meeting.reference,
                owner_role=owner,
                what=what,
                due_on=due,
                actor=ground.actor,
            )
        except BadOutcomeError as error:
            return await _actions_page(request, ground, form.wrong(what=str(error)), 422)
        except BadTimeError:
            return await _actions_page(request, ground, form, 409)
    return gone(f"{ground.href}/actions", "action")


async def close_action(request: web.Request) -> web.Response:
    """POST …/actions/{number}/close: it is done, or dropped."""
    ground, sent = await ground_of(request), await form_of(request)
    number, state = request.match_info["number"], sent.get("state", "")
    if not (number.isascii() and number.isdigit() and len(number) < 6) or state not in {"done", "dropped"}:
        raise refuse(404, "not_found", "There is nothing at this address.")
    try:
        await workflow.close_action(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            int(number),
            state=ActionState(state),
            actor=ground.actor,
        )
    except NoSuchActionError:
        problem = "That action has been closed already. The list shows how it stands."
        return await _actions_page(request, ground, _action_form(ground), 409, problem=problem)
    return gone(f"{ground.href}/actions", "action_closed")


def _action_form(ground: Ground) -> Form:
    asked = {each.role: role_words(each.role) for each in ground.meeting.agencies if each.role in ROLES}
    others = {role.slug: role.words for role in sorted(ROLES.values(), key=lambda each: each.words.lower())}
    return Form(
        action=f"{ground.href}/actions",
        button="Add this action",
        heading="Another action",
        fields=(
            Field("owner", "Which agency does it?", Kind.PICK, asked | others, needed="Choose which agency does it"),
            Field(
                "what",
                "What is to be done?",
                Kind.WORDS,
                needed="Say what is to be done, without names",
                hint=NO_NAMES,
                longest=LONGEST_WORDS,
            ),
            day("due", "By which day? (optional)"),
        ),
    )


async def _actions_page(
    request: web.Request, ground: Ground, form: Form, status: int = 200, *, problem: str = ""
) -> web.Response:
    came = await workflow.came_to(ground.services, ground.partnership, ground.meeting.reference)
    closed, today = not_begun(ground), local_date(ground.services.now())
    rows = []
    for each in came.actions:
        late = overdue(each.due_on, each.state, today)
        said = action_row(each.number, each.owner_role, each.what, each.due_on, str(each.state), late=late)
        presses = [
            Press(f"{ground.href}/actions/{each.number}/close", text, f"action {each.number}", {"state": state})
            for state, text in (("done", "Done"), ("dropped", "Dropped"))
            if each.state is ActionState.OPEN
        ]
        rows.append(Row(f"{said.number}. {said.who}: {said.what} By: {said.by}. {said.state}.", tuple(presses)))
    page = ActPage(
        heading=f"Actions of meeting {ground.meeting.reference}",
        back_href=ground.href,
        sections=(Section("Agreed", tuple(rows), empty="No action is written down yet."),),
        forms=() if closed else (form,),
        closed=closed,
        problem=problem,
        done=done_words(request),
    )
    return shown(request, page, status)


async def ask_reports(request: web.Request) -> web.Response:
    """GET …/written-information: what came in, by when it was due, and one more."""
    ground = await ground_of(request)
    return await _reports_page(request, ground, _report_form(ground))


async def receive_report(request: web.Request) -> web.Response:
    """POST …/written-information: an agency's written report came in; said again, it corrects when."""
    ground, sent = await ground_of(request), await form_of(request)
    now = ground.services.now()
    received, form = read_moment(_report_form(ground).read(sent), "received", now, past=True)
    if form.errors:
        return await _reports_page(request, ground, form, 422)
    place = next(each for each in ground.meeting.agencies if each.requirement_id.hex == form.said("agency"))
    try:
        await workflow.receive_report(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            role=place.role,
            slot=place.slot,
            received_at=received or now,
            actor=ground.actor,
        )
    except BadTimeError as error:
        return await _reports_page(request, ground, form.wrong(received_day=str(error)), 422)
    return gone(f"{ground.href}/written-information", "report")


def _report_form(ground: Ground) -> Form:
    titles = titles_of(ground.meeting.agencies)
    known = {
        each.requirement_id.hex: titles[str(each.requirement_id)]
        for each in ground.meeting.agencies
        if each.state != "withdrawn"
    }
    received, at = moment("received", "When it came in", past=True)
    return Form(
        action=f"{ground.href}/written-information",
        button="Save that it came in",
        heading="Written information came in",
        intro=("Only when it came in is kept here, not the information itself.",),
        fields=(
            Field("agency", "From which agency?", Kind.PICK, known, needed="Choose which agency sent it"),
            replace(received, hint=f"{received.hint}. Leave day and time empty for now."),
            at,
        ),
    )


async def _reports_page(request: web.Request, ground: Ground, form: Form, status: int = 200) -> web.Response:
    came = await workflow.came_to(ground.services, ground.partnership, ground.meeting.reference)
    due = f"It is due by {words(came.reports_due_at)}." if came.reports_due_at else f"When it is due is {NOT_SET}."
    rows = (report_words(each.role, each.received_at, each.due_at, in_time=each.in_time) for each in came.reports)
    page = ActPage(
        heading=f"Written information for meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=(due,),
        sections=(Section("What came in", tuple(map(Row, rows)), empty="Nothing has come in yet."),),
        forms=(form,),
        done=done_words(request),
    )
    return shown(request, page, status)
