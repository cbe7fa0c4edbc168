"""One inbox more in the directory, or one that is used no more: without a file of all of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aiohttp import web

from service.domain.roles import MATCHED_BY_PLACE, ROLES
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.act_pages import gone, shown
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.directory import Inbox, inboxes_for
from service.web.act_page import ActPage, Field, Form, Kind
from service.web.directory import CHANNEL_WORDS
from service.web.inbox_form import FIELDS
from service.workflow.errors import BadInboxError, ChangedMeanwhileError
from service.workflow.inbox_edit import add_inbox, retire_inbox

_CHANGED = "Somebody else changed this inbox meanwhile. Look it over, and press again."


async def ask_add(request: web.Request) -> web.Response:
    """GET /{partnership}/directory/add: one more inbox; ``?role=`` chooses whose job it does."""
    role = request.query.get("role", "")
    form = _add_form(request).filled(role=role if role in ROLES else "", channel="outlook", capacity="1")
    return _add_page(request, form)


async def add(request: web.Request) -> web.Response:
    """POST /{partnership}/directory/add: read as a row of a file is; meetings that lacked this agency ask it."""
    partnership, form = partnership_in(request), _add_form(request).read(await form_of(request))
    if form.errors:
        return _add_page(request, form, status=422)
    cells = {each.name: form.said(each.name) for each in form.fields}
    actor = person_of(request).actor(partnership)
    try:
        waits = await add_inbox(request.app[SERVICES], partnership, cells, actor=actor)
    except BadInboxError as bad:
        return _add_page(request, form.wrong(**bad.problems), status=422)
    return gone(f"/{partnership}/directory", "added_waits" if waits else "added")


def _add_form(request: web.Request) -> Form:
    roles = {role: role_words(role) for role in sorted(ROLES, key=role_words)}
    by_place = " or ".join(role_words(role) for role in sorted(MATCHED_BY_PLACE))
    return Form(
        action=f"/{partnership_in(request)}/directory/add",
        button="Add the inbox",
        fields=(
            Field("role", "Which agency's job does it do?", Kind.PICK, roles, needed="Choose whose job it does"),
            Field("place", "Number of the school or nursery, URN", hint=f"Only for a {by_place}", longest=20),
            Field("channel", "How it is asked", Kind.ONE, CHANNEL_WORDS, needed="Choose how it is asked"),
            *(Field(name, label, hint=hint, longest=1000) for name, (label, hint) in FIELDS.items()),
        ),
    )


def _add_page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    page = ActPage(
        heading="Add an inbox to the directory",
        back_href=f"/{partnership_in(request)}/directory",
        back_text="Back to the directory",
        intro=(
            "Meetings to come that lack this agency ask it at once.",
            "An e-mail address is used once whoever reads it has confirmed it. Until then it is asked by phone.",
        ),
        forms=(form,),
    )
    return shown(request, page, status)


async def ask_retire(request: web.Request) -> web.Response:
    """GET /{partnership}/directory/inboxes/{inbox}/retire: what using it no more does."""
    return _retire_page(request, await _found(request))


async def retire(request: web.Request) -> web.Response:
    """POST …/inboxes/{inbox}/retire: it is used no more."""
    partnership, sent = partnership_in(request), await form_of(request)
    inbox = await _found(request)
    try:
        seen = datetime.fromisoformat(sent.get("seen", ""))
        actor = person_of(request).actor(partnership)
        await retire_inbox(request.app[SERVICES], partnership, inbox.id, actor=actor, seen=seen)
    except (ChangedMeanwhileError, ValueError):
        return _retire_page(request, await _found(request), problem=_CHANGED, status=409)
    return gone(f"/{partnership}/directory", "retired")


async def _found(request: web.Request) -> Inbox:
    try:
        wanted = UUID(request.match_info["inbox"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    async with request.app[SERVICES].engine.connect() as conn:
        there = await inboxes_for(conn, partnership_in(request))
    for each in there:
        if each.id == wanted:
            return each
    raise refuse(404, "not_found", "There is nothing at this address.")


def _retire_page(request: web.Request, inbox: Inbox, *, problem: str = "", status: int = 200) -> web.Response:
    here = f"/{partnership_in(request)}/directory/inboxes/{inbox.id}"
    page = ActPage(
        heading=f"{inbox.name} is used no more",
        back_href=here,
        back_text="Back to the inbox",
        intro=(
            f"It does the job of: {role_words(inbox.role)}{f', {inbox.place}' if inbox.place else ''}.",
            "Nothing is sent to it any more, and it leaves the guest list of every meeting to come.",
            "Where another inbox does the same job, that one is asked. Where none does, a task asks who comes.",
            "Its history stays. It can be added again.",
        ),
        forms=(Form(f"{here}/retire", "Use it no more", hidden={"seen": inbox.updated_at.isoformat()}, warns=True),),
        problem=problem,
    )
    return shown(request, page, status)
