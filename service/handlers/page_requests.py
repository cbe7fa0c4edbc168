"""Asking for a meeting by hand: one form, a page to check who will be asked and when, and the reference.

What is typed is kept sealed from the first press on, so that a time-out or a phone call loses nothing.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.handlers.forms import form_of
from service.handlers.request_desk import (
    already_sent,
    changed_elsewhere,
    desk_of,
    draft_id_of,
    form_page,
    go,
    id_of_page,
    version_of,
    who_panel,
)
from service.handlers.request_steps import typed_so_far
from service.web.request_form import MORE, RequestForm, dated, read_fields, with_another
from service.web.wording import ago_words
from service.workflow import drafts
from service.workflow.errors import OldDraftError


async def blank(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/new: the empty form."""
    desk = desk_of(request)
    return await form_page(request, desk, RequestForm(), f"{desk.base}/new", begins=True)


async def list_begun(request: web.Request) -> web.Response:
    """GET /{partnership}/requests: the drafts this person has begun, and what they sent of late."""
    desk = desk_of(request)
    now = desk.services.real_now()
    found = [
        {
            "href": f"{desk.base}/{draft_id}",
            "steps_href": f"{desk.base}/{draft_id}/steps",
            "when": ago_words(now - touched),
        }
        for draft_id, touched in await drafts.begun(desk.services, desk.author)
    ]
    view = {
        "drafts": found,
        "new_href": f"{desk.base}/new",
        "steps_href": f"{desk.base}/new/steps",
        "sent": [
            {"href": f"{desk.base}/{draft_id}/sent", "reference": reference, "when": ago_words(now - at)}
            for draft_id, reference, at in await drafts.sent_of(desk.services, desk.author)
        ],
        # For whoever may only ask for meetings this is the first page: there is none to go back to.
        "back": desk.back if desk.may_read else None,
    }
    return render_template("request_drafts.html", request, {"view": view})


async def again(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}: the form as its author left it."""
    desk, draft_id = desk_of(request), draft_id_of(request)
    if await already_sent(desk, draft_id):
        return go(f"{desk.base}/{draft_id}/sent?already=1")
    kept = await drafts.read(desk.services, desk.author, draft_id)
    return await form_page(request, desk, RequestForm(kept.form), f"{desk.base}/{draft_id}", kept.version)


async def keep(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/new and …/{draft}: keep what was typed; on to the check, or back with its faults."""
    desk = desk_of(request)
    draft_id = draft_id_of(request) if "draft" in request.match_info else None
    if draft_id and await already_sent(desk, draft_id):
        return go(f"{desk.base}/{draft_id}/sent?already=1")
    sent = await form_of(request)
    over = version_of(sent)
    if draft_id is None and (draft_id := id_of_page(sent)):
        _, reference = await drafts.begun_by(desk.services, desk.author, draft_id)
        if reference:
            return go(f"{desk.base}/{draft_id}/sent?already=1")
        over = 0
    fields = dated(read_fields(sent), desk.services.now())
    more = sent.get("more", "")
    if more in MORE:
        fields = with_another(fields, more)
    try:
        kept = await drafts.keep(desk.services, desk.author, draft_id, fields, over=over)
    except OldDraftError as old:
        return changed_elsewhere(request, desk, old)
    here = f"{desk.base}/{kept.id}"
    if more:
        return go(_left_for(desk.base, here, more))
    read = desk.read(fields, str(kept.id))
    if isinstance(read, RequestForm):
        return await form_page(request, desk, read, here, kept.version, status=422)
    return go(f"{here}/check")


def _left_for(base: str, here: str, more: str) -> str:
    """Where a button other than the one that goes on leads: by a redirect, so that loading it again sends nothing."""
    known = {"keep": base, "steps": f"{here}/steps", "who": f"{here}#who", "children": f"{here}#child-last"}
    known["excluded"] = f"{here}#excluded-last"
    return known.get(more, f"{here}#person-last")


async def who(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/who: who would have to come, from what is typed so far. Nothing is kept."""
    desk = desk_of(request)
    fields = await typed_so_far(desk, request.query, read_fields(await form_of(request)))
    panel = await who_panel(desk, fields)
    return render_template("who_panel.html", request, {"who_comes": panel})


async def drop(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/{draft}/drop: throw the draft away."""
    desk = desk_of(request)
    await drafts.drop(desk.services, desk.author, draft_id_of(request))
    return go(desk.base)
