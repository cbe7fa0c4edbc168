"""One inbox of the directory: changing it, and confirming a new address on a call back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.new_addresses import FIELD_WORDS, AddressField, Check, Proof
from service.domain.one_time_codes import NO_CODE_WORDS
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.address_checks import InboxEvent, checks_of, inbox_history
from service.store.queries.directory import Inbox, directory
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.web.directory import COLUMN_WORDS
from service.web.inbox_form import FIELDS, CheckLine, HistoryLine, InboxPage
from service.web.timeline import TITLES
from service.web.wording import actor_words, opened, phone_link
from service.workflow import new_addresses
from service.workflow.errors import BadInboxError, ChangedMeanwhileError, NoSuchAddressError, NoSuchInboxError
from service.workflow.inbox_edit import CHANGEABLE, change_inbox

_DONE = {
    "saved": "The inbox is as you said.",
    "waits": "The inbox is saved. Its new address is used once it is confirmed: a code is on its way to it.",
    "same": "Nothing was changed: the inbox is as it was.",
    "confirmed": "The new address is confirmed and used from now on.",
    "again": "A new code is on its way. The one before works no more.",
    "dropped": "The new address is dropped. What was used before is used on.",
}
_MAIL = {
    "waiting": "Its code is on its way.",
    "sent": "Its code was sent.",
    "failed": "Its code could not be sent: is the address right?",
    "none": "",
}
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Found:
    inbox: Inbox
    checks: list[Check]
    history: list[InboxEvent]
    people: Mapping[str, str]

    def who(self, actor: str) -> str:
        """Who did something, by name where it was one of ours."""
        return self.people.get(actor) or actor_words(actor)


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/directory/inboxes/{inbox}. Changes nothing."""
    found = await _found(request)
    done = _DONE.get(request.query.get("done", ""), "")
    return render_template("inbox.html", request, {"view": replace(_view(request, found), done=done)})


async def save(request: web.Request) -> web.Response:
    """POST …/inboxes/{inbox}: what was typed, or the form again with what is wrong; nothing typed is lost."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    found = await _found(request)
    typed = {name: clean_text(sent[name])[:_LONGEST] for name in CHANGEABLE if name in sent}
    try:
        seen = datetime.fromisoformat(sent.get("seen", ""))
        done = await change_inbox(
            services,
            partnership,
            found.inbox.id,
            typed,
            actor=person_of(request).actor(partnership),
            seen=seen if seen.tzinfo else None,
        )
    except BadInboxError as bad:
        return _again(request, found, typed, errors=bad.problems)
    except (ChangedMeanwhileError, ValueError):
        note = "Somebody else changed this inbox meanwhile. What you typed is below: look it over, and save it again."
        return _again(request, await _found(request), typed, note=note, status=409)
    except NoSuchInboxError:
        _gone()
    word = "waits" if done.to_confirm else "saved" if done.fields else "same"
    raise web.HTTPSeeOther(f"{_home(request)}/inboxes/{found.inbox.id}?done={word}")


async def settle(request: web.Request) -> web.Response:
    """POST …/inboxes/{inbox}/addresses/{check}: the code read out on a call back, a new code, or none at all."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    found, actor = await _found(request), person_of(request).actor(partnership)
    check = next((each for each in found.checks if str(each.id) == request.match_info["check"]), None)
    if check is None:
        _gone()
    here = f"{_home(request)}/inboxes/{found.inbox.id}"
    try:
        match sent.get("act"):
            case "drop":
                await new_addresses.drop(services, partnership, check.id, actor=actor)
                raise web.HTTPSeeOther(f"{here}?done=dropped")
            case "again":
                await new_addresses.send_again(services, partnership, check.id, actor=actor)
                raise web.HTTPSeeOther(f"{here}?done=again")
        code = clean_text(sent.get("code", ""))[:20]
        if not code:
            return _again(request, found, {}, errors={_code_id(check): "Enter the code they read out"})
        refused = await new_addresses.verify(services, partnership, check.id, code, proof=Proof.CALL_BACK, actor=actor)
    except NoSuchAddressError:
        _gone()
    if refused is not None:
        return _again(request, found, {}, errors={_code_id(check): NO_CODE_WORDS[refused]})
    # Under its new address the inbox is another entry of the directory, so the way back leads to the list.
    raise web.HTTPSeeOther(f"{_home(request)}?done=confirmed")


def _gone() -> NoReturn:
    raise refuse(404, "not_found", "There is nothing at this address.")


def _again(
    request: web.Request,
    found: _Found,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    note: str = "",
    status: int = 422,
) -> web.Response:
    view = _view(request, found)
    view = replace(view, values={**view.values, **typed}, errors=dict(errors or {}), note=note)
    return render_template("inbox.html", request, {"view": view}, status=status)


async def _found(request: web.Request) -> _Found:
    partnership = partnership_in(request)
    try:
        wanted = UUID(request.match_info["inbox"])
    except ValueError:
        _gone()
    async with request.app[SERVICES].engine.connect() as conn:
        there = await directory(conn, partnership)
        inbox = next((each for each in there if each.id == wanted and each.active), None)
        if inbox is None:
            _gone()
        job = [each.id for each in there if (each.role, each.place, each.name) == (inbox.role, inbox.place, inbox.name)]
        checks = new_addresses.newest(await checks_of(conn, partnership, wanted), wanted)
        history = await inbox_history(conn, partnership, job)
        return _Found(inbox, checks, history, await staff_names(conn, partnership))


def _home(request: web.Request) -> str:
    return f"/{partnership_in(request)}/directory"


def _code_id(check: Check) -> str:
    return f"code-{check.field}"


def _view(request: web.Request, found: _Found) -> InboxPage:
    inbox, here = found.inbox, f"{_home(request)}/inboxes/{found.inbox.id}"
    return InboxPage(
        heading=inbox.name,
        role=role_words(inbox.role) + (f", {inbox.place}" if inbox.place else ""),
        action=here,
        back_href=_home(request),
        seen=inbox.updated_at.isoformat(),
        done="",
        note="",
        checks=tuple(_check(found, check, here) for check in found.checks),
        history=tuple(_line(found, event) for event in found.history),
        values={name: str(getattr(inbox, name)) for name in (*FIELDS, "channel")},
    )


def _check(found: _Found, check: Check, here: str) -> CheckLine:
    return CheckLine(
        what=FIELD_WORDS[check.field],
        address=check.address,
        since=words(check.asked_at),
        by=found.who(check.asked_by),
        mail=_MAIL[check.mail_state],
        call=phone_link(check.known_phone),
        action=f"{here}/addresses/{check.id}",
        code_id=_code_id(check),
        used_now=used_now(found.inbox, check),
    )


def used_now(inbox: Inbox, check: Check) -> str:
    """What is used until a new address is confirmed."""
    if check.field is AddressField.ESCALATION:
        old = inbox.escalation_address
        return f"Until then {old} is used." if old else "Until then nobody is written to when this inbox stays silent."
    if inbox.channel == "phone":
        return "Not verified: phone. Until then it is asked by phone, and each meeting has a task for it."
    return f"Until then {inbox.address} is used."


def _line(found: _Found, event: InboxEvent) -> HistoryLine:
    fields = ", ".join(COLUMN_WORDS.get(name, opened(name)) for name in event.fields)
    what = TITLES.get(event.action, opened(event.action)) + (f" ({fields})" if fields else "")
    return HistoryLine(words(event.at), found.who(event.actor), what)
