"""Asking for a meeting one question at a time, over the same draft and with the same checks as the whole form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.handlers.forms import form_of
from service.handlers.problems import refuse
from service.handlers.request_desk import (
    Desk,
    already_sent,
    changed_elsewhere,
    desk_of,
    draft_id_from,
    draft_id_of,
    go,
    id_of_page,
    unfinished_of,
    who_panel,
)
from service.web.request_form import EXCLUDED, RequestForm, dated, read_fields, with_another
from service.web.request_pages import FormPage
from service.web.request_step_pages import StepPage, TasksPage, caption, listed, sections
from service.web.request_steps import (
    Step,
    after,
    answered,
    before,
    in_order,
    is_answered,
    next_free,
    step_named,
    to_judge,
    without,
)
from service.workflow import drafts
from service.workflow.errors import OldDraftError

# In the address instead of a draft's id while nothing is kept yet.
NEW = "new"
_REMOVE = re.compile(r"remove-([1-9]|10)")


async def tasks(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}/steps: every question with how it stands."""
    desk, draft_id = desk_of(request), _draft_of(request)
    if draft_id and await already_sent(desk, draft_id):
        return go(f"{desk.base}/{draft_id}/sent?already=1")
    return await tasks_page(request, desk, draft_id, await _values(desk, draft_id))


async def tasks_page(
    request: web.Request, desk: Desk, draft_id: UUID | None, values: Mapping[str, str], *, status: int = 200
) -> web.Response:
    """The list of questions; with ``status`` 422 it opens with what stops the request from being checked."""
    here = f"{desk.base}/{draft_id or NEW}"
    form, order = RequestForm(values), in_order(values)
    wrong = {step.id: bool(step_errors(desk, values, step)) for step in order}
    todo = [step for step in order if (step.needed and not is_answered(step, values)) or _is_wrong(step, values, wrong)]
    left = sum(step.needed and not is_answered(step, values) for step in order)
    page = TasksPage(
        back=desk.back,
        page_href=here,
        sections=sections(values, wrong, f"{here}/steps"),
        progress=f"{left} question{' is' if left == 1 else 's are'} still to be answered."
        if left
        else "All is answered.",
        go_text="Go on" if todo and draft_id else "Start" if todo else "Check who is asked, and when",
        go_href=f"{here}/steps/{todo[0].id}" if todo else f"{here}/check",
        who=await who_panel(desk, values),
        errors=_errors(desk, values, draft_id, order, here) if status != 200 else [],
        unfinished=None if draft_id else await unfinished_of(desk, steps=True),
    )
    return render_template("request_tasks.html", request, {"tasks": page, "form": form}, status=status)


def _is_wrong(step: Step, values: Mapping[str, str], wrong: Mapping[str, bool]) -> bool:
    return is_answered(step, values) and wrong[step.id]


def _errors(
    desk: Desk, values: Mapping[str, str], draft_id: UUID | None, order: tuple[Step, ...], here: str
) -> list[dict[str, str]]:
    """What stops the request, each led to its question."""
    read = desk.read(values, str(draft_id))
    if not isinstance(read, RequestForm):
        return []
    found = [{"text": text} for text in read.general]
    for name, text in read.errors.items():
        step = next((each for each in order if each.owns(name)), None)
        found.append({"text": text, "href": f"{here}/steps/{step.id}"} if step else {"text": text})
    return found


async def ask(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}/steps/{step}: one question, as it was answered so far."""
    desk, draft_id = desk_of(request), _draft_of(request)
    if draft_id and await already_sent(desk, draft_id):
        return go(f"{desk.base}/{draft_id}/sent?already=1")
    values = await _values(desk, draft_id)
    return await _step_page(request, desk, draft_id, _step_of(request, values), RequestForm(values))


async def answer(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/{draft}/steps/{step}: keep the answer; on to the next question, or back with its
    faults. The same question answered twice keeps the later answer, so that Back may be pressed at any moment."""
    desk, draft_id = desk_of(request), _draft_of(request)
    if draft_id and await already_sent(desk, draft_id):
        return go(f"{desk.base}/{draft_id}/sent?already=1")
    sent = await form_of(request)
    kept, over = None, None
    if draft_id:
        kept = await drafts.read(desk.services, desk.author, draft_id)
    elif draft_id := id_of_page(sent):
        kept, reference = await drafts.begun_by(desk.services, desk.author, draft_id)
        if reference:
            return go(f"{desk.base}/{draft_id}/sent?already=1")
        over = 0
    values, over = (kept.form, kept.version) if kept else ({}, over)
    step = _step_of(request, values)
    more = sent.get("more", "")
    if step.lists and (match := _REMOVE.fullmatch(more)):
        values = without(values, step, int(match[1]))
    fields = dated(answered(values, step, read_fields(sent)), desk.services.now())
    if more == EXCLUDED:
        fields = with_another(fields, more)
    try:
        now_kept = await drafts.keep(desk.services, desk.author, draft_id, fields, over=over)
    except OldDraftError as old:
        return changed_elsewhere(request, desk, old)
    return await _on(request, desk, now_kept.id, step, fields, more)


async def _on(
    request: web.Request, desk: Desk, draft_id: UUID, step: Step, fields: Mapping[str, str], more: str
) -> web.Response:
    """Where a kept answer leads."""
    here, query = f"{desk.base}/{draft_id}", _query(request)
    left_for = {"keep": desk.base, "page": here, "tasks": f"{here}/steps"}
    if more in left_for:
        return go(left_for[more])
    if more == EXCLUDED:
        return go(f"{here}/steps/{step.id}{query}#excluded-last")
    if step.lists and more == "add" and (free := next_free(fields, step)):
        return go(f"{here}/steps/{free}{query}")
    if step.lists and _REMOVE.fullmatch(more):
        return go(f"{here}/steps/{step.id}{query}")
    errors = step_errors(desk, fields, step)
    if errors:
        return await _step_page(request, desk, draft_id, step, RequestForm(fields, errors), status=422)
    following = after(step, fields, to_check=bool(query))
    if following:
        return go(f"{here}/steps/{following}{query}")
    ready = not isinstance(desk.read(fields, str(draft_id)), RequestForm)
    return go(f"{here}/check" if ready else f"{here}/steps")


async def typed_so_far(desk: Desk, asked: Mapping[str, str], sent: Mapping[str, str]) -> Mapping[str, str]:
    """What the script of a page sends, laid over the draft where it is one question's: ``asked`` is its address's own.

    Raises:
        NoSuchDraftError: it was sent already, or it is not this person's.
    """
    said, word = asked.get("draft", NEW), asked.get("step", "")
    if not word:
        return sent
    values = await _values(desk, None if said == NEW else draft_id_from(said))
    step = step_named(word, values)
    return sent if step is None else answered(values, step, sent)


def step_errors(desk: Desk, fields: Mapping[str, str], step: Step) -> dict[str, str]:
    """What the form's own checks say of one question's answer, whether or not the others are answered."""
    if step.lists:
        return {}
    read = desk.read(to_judge(fields, step, desk.kinds, desk.services.now()), "not-sent")
    return (
        {name: text for name, text in read.errors.items() if step.owns(name)} if isinstance(read, RequestForm) else {}
    )


async def _step_page(
    request: web.Request, desk: Desk, draft_id: UUID | None, step: Step, form: RequestForm, *, status: int = 200
) -> web.Response:
    here, query = f"{desk.base}/{draft_id or NEW}", _query(request)
    if query and not step.group:
        back = f"{here}/check"
    else:
        earlier = step.group if query else before(step, form.values)
        back = f"{here}/steps/{earlier}{query}" if earlier else f"{here}/steps"
    rows, add = listed(step, form, f"{here}/steps", query)
    begins = "" if draft_id else str(drafts.id_for_a_page(desk.services))
    page = StepPage(
        step,
        caption(step, form.values),
        f"{here}/steps/{step.id}{query}",
        back,
        rows,
        add,
        await who_panel(desk, form.values),
        begins,
        f"{desk.base}/who?draft={draft_id or NEW}&step={step.id}",
        None if draft_id else await unfinished_of(desk, steps=True),
    )
    view = FormPage(desk.author.partnership, page.action, {}, form, desk.kinds)
    return render_template("request_step.html", request, {"page": page, "view": view, "form": form}, status=status)


def _query(request: web.Request) -> str:
    """Whether one answer is being changed from the page that checks them."""
    return "?from=check" if request.query.get("from") == "check" else ""


def _draft_of(request: web.Request) -> UUID | None:
    return None if request.match_info["draft"] == NEW else draft_id_of(request)


async def _values(desk: Desk, draft_id: UUID | None) -> Mapping[str, str]:
    return (await drafts.read(desk.services, desk.author, draft_id)).form if draft_id else {}


def _step_of(request: web.Request, values: Mapping[str, str]) -> Step:
    step = step_named(request.match_info["step"], values)
    if step is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    return step
