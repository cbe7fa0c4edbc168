"""The directory of shared inboxes as a page, and its import: a file is checked, shown, and only then taken in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.new_addresses import FIELD_WORDS, Check
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.forms import file_of, form_of
from service.handlers.inbox_page import used_now
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import refuse
from service.store.queries.address_checks import open_checks
from service.store.queries.directory import Inbox, inboxes_for
from service.store.queries.partnerships import partnership_by_id
from service.store.queries.stale_contacts import bounces
from service.web.answer_form import clean_text
from service.web.directory import (
    CHANNEL_WORDS,
    COLUMN_WORDS,
    ChangeLine,
    DirectoryPage,
    ImportPage,
    InboxLine,
    WaitingLine,
    bounced_words,
)
from service.web.wording import opened, phone_link
from service.workflow.bind import fill_gaps
from service.workflow.directory import ImportResult, check_directory, import_inboxes
from service.workflow.directory_file import DirectoryRefusedError, read_directory
from service.workflow.errors import NotVouchedError
from service.workflow.long_imports import look
from service.workflow.new_addresses import newest, reason_of

# Ours: nobody has published how often a contact should be looked at. Half a year is two turns of a rota.
STALE = timedelta(days=182)
# What can be sent back with the second press, as text, within the limit of every form.
_LARGEST = 40 * 1024
_DONE = {
    "imported": "The directory is as the file says. New addresses are used once they are confirmed.",
    "vouched": "The directory is as the file says, with its new addresses.",
    "added": "The inbox is in the directory. Meetings to come that lacked it ask it now.",
    "added_waits": "The inbox is in the directory. Its address is used once it is confirmed: a code is on its way.",
    "retired": "The inbox is used no more. Meetings to come have taken their places back from it.",
    "confirmed": "The new address is confirmed and used from now on.",
}


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/directory: every inbox in use, what the policy asks for and nobody does, what is old."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    async with services.engine.connect() as conn:
        home = await partnership_by_id(conn, partnership)
        inboxes = await inboxes_for(conn, partnership)
        waiting = await open_checks(conn, partnership)
        back = await bounces(conn, partnership)
    findings = await check_directory(services, partnership)
    view = DirectoryPage(
        partnership=home.name if home else partnership,
        done=_DONE.get(request.query.get("done", ""), ""),
        add_href=f"/{partnership}/directory/add",
        import_href=f"/{partnership}/directory/import",
        operations_href=f"/{partnership}/operations",
        desks_href=f"/{partnership}/directory/desks",
        findings=tuple(finding.sentence for finding in findings),
        inboxes=tuple(_line(partnership, each, waiting, services.now(), back.get(each.id, 0)) for each in inboxes),
        waiting=tuple(_waits(partnership, each, check) for each in inboxes for check in newest(waiting, each.id)),
        stale_after="6 months",
    )
    return render_template("directory.html", request, {"view": view})


def _line(partnership: str, each: Inbox, waiting: list[Check], now: datetime, back: int) -> InboxLine:
    return InboxLine(
        role=role_words(each.role) + (f", {each.place}" if each.place else ""),
        name=each.name,
        address=each.address,
        phone=phone_link(each.phone),
        hours=each.hours,
        channel=CHANNEL_WORDS.get(each.channel, opened(each.channel)),
        changed=words(each.updated_at),
        stale=now - each.updated_at > STALE,
        href=f"/{partnership}/directory/inboxes/{each.id}",
        fails=bounced_words(back) if back else "",
        waits=tuple(f"{check.address}. {used_now(each, check)}" for check in newest(waiting, each.id)),
    )


def _waits(partnership: str, each: Inbox, check: Check) -> WaitingLine:
    return WaitingLine(
        text=f"{each.name}, new {FIELD_WORDS[check.field]}: {check.address}",
        used_now=used_now(each, check),
        href=f"/{partnership}/directory/inboxes/{each.id}",
    )


def _blank(request: web.Request) -> ImportPage:
    home = f"/{partnership_in(request)}/directory"
    return ImportPage(href=f"{home}/import", back_href=home)


async def ask_import(request: web.Request) -> web.Response:
    """GET /{partnership}/directory/import: choose a file. Changes nothing."""
    return render_template("directory_import.html", request, {"view": _blank(request)})


async def take_import(request: web.Request) -> web.Response:
    """POST …/directory/import: show what a file would change; with the fingerprint of what was shown, do it.

    A directory that somebody else has changed meanwhile is shown anew instead.
    """
    partnership, services, blank = partnership_in(request), request.app[SERVICES], _blank(request)
    actor, sent = person_of(request).actor(partnership), await form_of(request)
    raw = await file_of(request) or _sent_back(sent)
    if not raw:
        return _again(request, replace(blank, error="Choose a CSV file"))
    try:
        rows = read_directory(raw)
    except DirectoryRefusedError as refused:
        return _again(request, replace(blank, problems=tuple(map(str, refused.problems))))
    if len(raw) > _LARGEST:
        return _again(
            request,
            replace(blank, error="This file is too large. Choose files of up to 40 kB, one after another"),
        )
    found = await import_inboxes(services, partnership, rows, dry_run=True, actor=actor)
    shown = _shown(blank, found, raw, sent)
    if not sent.get("fingerprint"):
        return render_template("directory_import.html", request, {"view": shown})
    if sent["fingerprint"] != shown.fingerprint:
        note = "Somebody changed the directory meanwhile. This is what the file would change now."
        return render_template("directory_import.html", request, {"view": replace(shown, note=note)}, status=409)
    vouched = sent.get("reason", "") if found.to_confirm and sent.get("confirm") == "vouched" else None
    try:
        reason = None if vouched is None else reason_of(vouched)
    except NotVouchedError:
        wrong = {"reason": "Say in up to 500 characters how you know that the addresses are right"}
        return _again(request, replace(shown, errors=wrong))
    done = await import_inboxes(
        services, partnership, rows, dry_run=False, actor=actor, vouched=reason, follow_up_later=found.is_long
    )
    if done.follow_up is not None:
        raise web.HTTPSeeOther(f"{blank.back_href}/imports/{done.follow_up}")
    await fill_gaps(services, partnership, actor=actor)
    raise web.HTTPSeeOther(f"{blank.back_href}?done={'imported' if reason is None else 'vouched'}")


async def show_import(request: web.Request) -> web.Response:
    """GET /{partnership}/directory/imports/{import}: what a long file did, and how far the meetings to come are."""
    partnership = partnership_in(request)
    try:
        found = await look(request.app[SERVICES], partnership, UUID(request.match_info["import"]))
    except ValueError:
        found = None
    if found is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    home = f"/{partnership}/directory"
    view = {
        "here": f"{home}/imports/{found.id}",
        "back_href": home,
        "found": found,
        "asked": words(found.asked_at),
        "rows": found.added + found.changed + found.unchanged,
        "over": found.state == "done",
        "begun": found.total > 0,
    }
    return render_template("directory_import_waits.html", request, {"view": view})


def _shown(blank: ImportPage, found: ImportResult, raw: bytes, sent: Mapping[str, str]) -> ImportPage:
    """What the file would change, and which of its addresses are new."""
    return replace(
        blank,
        checked=True,
        lines=tuple(_changes(found)),
        unchanged=found.unchanged,
        to_confirm=tuple(
            f"{new.address}, {FIELD_WORDS[new.field]} of the {role_words(new.key[0])}" for new in found.to_confirm
        ),
        content=base64.b64encode(raw).decode(),
        fingerprint=_fingerprint(found),
        values={"confirm": sent.get("confirm", ""), "reason": clean_text(sent.get("reason", ""))[:600]},
    )


def _again(request: web.Request, view: ImportPage) -> web.Response:
    return render_template("directory_import.html", request, {"view": view}, status=422)


def _sent_back(sent: Mapping[str, str]) -> bytes:
    try:
        return base64.b64decode(sent.get("content", ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _fingerprint(found: ImportResult) -> str:
    shown = json.dumps(
        [asdict(found)[name] for name in ("added", "changed", "to_confirm")], sort_keys=True, default=str
    )
    return hashlib.sha256(shown.encode()).hexdigest()


def _changes(found: ImportResult) -> Iterator[ChangeLine]:
    for entry in found.added:
        yield ChangeLine(f"{role_words(entry.role)}: {entry.name}, {entry.address}", "new")
    for changed in found.changed:
        said = "; ".join(
            f"{COLUMN_WORDS.get(name, opened(name))}: {before or 'nothing'} becomes {after or 'nothing'}"
            for name, (before, after) in changed.fields.items()
        )
        yield ChangeLine(f"{role_words(changed.role)}: {changed.name}, {changed.address}", said)
    told = {entry.key for entry in found.added}
    for new in found.to_confirm:
        if new.key not in told:
            yield ChangeLine(f"{role_words(new.key[0])}: {new.key[2]}", f"new {FIELD_WORDS[new.field]}: {new.address}")
