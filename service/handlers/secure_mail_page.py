"""For which agencies secure mail is allowed: the page of whoever owns the partnership's policy. Off for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web

from service.domain.london import words
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.act_pages import done_words, gone, shown
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.directory import inboxes_for
from service.store.queries.secure_mail import Allowed, allowed_agencies
from service.store.queries.staff import staff_names
from service.web.act_page import ActPage, Field, Form, Kind, Row, Section
from service.web.wording import actor_words, as_begun
from service.workflow import secure_mail
from service.workflow.errors import NoReasonError


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/policy/secure-mail. Changes nothing."""
    return await _page(request, None)


async def allow(request: web.Request) -> web.Response:
    """POST /{partnership}/policy/secure-mail: allow it for one agency."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    form = _form(_home(request), await _agencies(request)).read(sent)
    if form.errors:
        return await _page(request, form)
    role, _, place = form.said("agency").partition("/")
    actor = person_of(request).actor(partnership)
    try:
        await secure_mail.allow(services, partnership, role, place, reason=form.said("reason"), actor=actor)
    except NoReasonError:
        return await _page(request, form.wrong(reason="Say why in up to 200 characters, without names"))
    return gone(_home(request), "secure_allowed")


async def end(request: web.Request) -> web.Response:
    """POST /{partnership}/policy/secure-mail/{allowed}: allow it no more. Pressed twice, it is ended once."""
    partnership = partnership_in(request)
    try:
        wanted = UUID(request.match_info["allowed"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
    await secure_mail.end(request.app[SERVICES], partnership, wanted, actor=person_of(request).actor(partnership))
    return gone(_home(request), "secure_ended")


def _home(request: web.Request) -> str:
    return f"/{partnership_in(request)}/policy/secure-mail"


async def _agencies(request: web.Request) -> dict[str, str]:
    async with request.app[SERVICES].engine.connect() as conn:
        inboxes = await inboxes_for(conn, partnership_in(request))
    return {f"{each.role}/{each.place}": _named(each.role, each.place) for each in inboxes if each.channel != "phone"}


def _named(role: str, place: str) -> str:
    return role_words(role) + (f", {place}" if place else "")


def _form(here: str, agencies: Mapping[str, str]) -> Form:
    return Form(
        action=here,
        button="Allow it for this agency",
        heading="Allow it for an agency",
        fields=(
            Field("agency", "Which agency?", Kind.PICK, agencies, needed="Choose an agency"),
            Field("reason", "Why, and who agreed to it?", needed="Say why, without names", longest=200),
        ),
        warns=True,
    )


async def _page(request: web.Request, wrong: Form | None) -> web.Response:
    partnership, here = partnership_in(request), _home(request)
    async with request.app[SERVICES].engine.connect() as conn:
        found = await allowed_agencies(conn, partnership)
        people = await staff_names(conn, partnership)
    rows = tuple(Row(_words(each, people)) for each in found)
    ends = [Form(f"{here}/{each.id}", f"Allow it no more for: {_named(each.role, each.place)}") for each in found]
    page = ActPage(
        heading="Secure mail",
        back_href=f"/{partnership}/policy",
        back_text="Back to the policy",
        intro=(
            "Who a meeting is about is told on a page behind a code, or on a call back.",
            "Where an agency can use neither, it can be sent to its confirmed inbox: for the agencies you allow.",
            "Allow it only where your mail system encrypts what has [secure] at the beginning of its subject.",
            "Ask the agency first who reads that inbox. A copy stays among the sent mail of your organiser mailbox.",
        ),
        sections=(Section("Allowed now", rows, empty="For no agency."),),
        forms=(wrong or _form(here, await _agencies(request)), *ends),
        done=done_words(request),
    )
    return shown(request, page, 422 if wrong else 200)


def _words(each: Allowed, people: Mapping[str, str]) -> str:
    who = people.get(each.allowed_by) or actor_words(each.allowed_by)
    return f"{as_begun(_named(each.role, each.place))}: by {who}, {words(each.allowed_at)}. {each.reason}"
