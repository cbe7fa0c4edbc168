"""New addresses of the directory: nothing is sent to one before somebody who reads it has confirmed it.

A code is mailed to the new address alone. It comes back by the page behind the mail's link, typed by whoever reads that
inbox, or over the phone: an administrator calls back the number that stood in the directory before. Until then the old
address is used, or the agency is asked by phone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.new_addresses import FIELD_WORDS, AddressField, Check, Proof
from service.domain.one_time_codes import CHARACTERS, NoCode
from service.domain.references import code_of, code_typed
from service.domain.roles import words as role_words
from service.store.changes import address_checks, audit, tasks
from service.store.changes.directory import InboxEntry, Key, put_inboxes
from service.store.ids import new_id
from service.store.queries import address_checks as reads
from service.store.queries.address_checks import Asked
from service.store.queries.directory import Inbox, directory, inbox
from service.workflow.bind import empty_places, fill_gaps
from service.workflow.channels import move_channels
from service.workflow.errors import LinkBrokenError, NoSuchAddressError, NotVouchedError
from service.workflow.ports import AnswerLinks, Services
from service.workflow.tasks import TaskKind, task_row
from service.workflow.withholding import NewAddress

_CODE = b"convene address code 1\x00"
_LINK = b"convene address link 1\x00"
_SIGNATURE_BYTES = 16
_UUID_BYTES = 16
_MOST_WORDS = 500


def words_of_code(links: AnswerLinks, check: Check) -> str:
    """What the code for an address says now."""
    said = _CODE + check.id.bytes + check.number.to_bytes(4, "big")
    return code_of(hmac.digest(links.secret, said, hashlib.sha256), CHARACTERS)


def link_of(links: AnswerLinks, partnership: str, check_id: UUID) -> str:
    """The page on which the code is typed. It says whose address it is to be, and holds no code."""
    payload = check_id.bytes + partnership.encode()
    token = hmac.digest(links.secret, _LINK + payload, hashlib.sha256)[:_SIGNATURE_BYTES] + payload
    return f"{links.base_url}/inbox/{base64.urlsafe_b64encode(token).rstrip(b'=').decode()}"


def open_link(links: AnswerLinks, token: str) -> tuple[str, UUID]:
    """Partnership and check of such a link.

    Raises:
        LinkBrokenError: not one of ours, or altered.
    """
    broken = LinkBrokenError("This link is not one of ours, or part of it is missing.")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        wanted = hmac.digest(links.secret, _LINK + payload, hashlib.sha256)[:_SIGNATURE_BYTES]
        if len(payload) <= _UUID_BYTES or not hmac.compare_digest(signature, wanted):
            raise broken
        return payload[_UUID_BYTES:].decode(), UUID(bytes=payload[:_UUID_BYTES])
    except ValueError:
        raise broken from None


async def keep(
    services: Services, conn: AsyncConnection, partnership: str, waiting: Sequence[NewAddress], *, actor: str
) -> list[Check]:
    """Keep the addresses that are to wait; those that wait already, go on waiting. Under the directory's lock."""
    by_key = {(each.role, each.place, each.address): each for each in await directory(conn, partnership)}
    there = {(each.inbox_id, each.field): each for each in await reads.open_checks(conn, partnership)}
    now, real_now, kept = services.now(), services.real_now(), []
    for new in waiting:
        inbox_id = by_key[new.key].id
        stands = there.get((inbox_id, new.field))
        if stands is not None and stands.address == new.address:
            await address_checks.set_channel(conn, partnership, stands.id, new.channel)
            kept.append(stands)
            continue
        if stands is not None:
            await _drop(services, conn, partnership, stands, actor=actor, reason="another address was given")
        about = {"inbox_id": inbox_id, "field": str(new.field), "address": new.address, "channel": new.channel}
        asked = {"asked_by": actor, "asked_at": now, "coded_at": real_now, "known_phone": new.known_phone}
        check_id = new_id(now)
        await address_checks.add(conn, partnership, [{"id": check_id, **about, **asked, "next_try_at": real_now}])
        values = {"number": 1, "wrong": 0, "mail_state": "waiting", "last_error": None}
        kept.append(Check(id=check_id, **(about | {"field": new.field}), **asked, **values))  # type: ignore[arg-type]
        told = {"inbox": str(inbox_id), "check": str(check_id), "field": str(new.field)}
        event = audit.Event(partnership, None, now, actor, audit.Action.ADDRESS_PROPOSED, told)
        await audit.append(conn, [event])
    return kept


async def vouch(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    waiting: Sequence[NewAddress],
    *,
    actor: str,
    reason: str,
) -> None:
    """Somebody named has said that these addresses are right, and why they know: they hold from now on, in this
    transaction. They stand in ``asked_by`` and ``ended_by`` as the audit names them."""
    by_key = {(each.role, each.place, each.address): each for each in await directory(conn, partnership)}
    there = {(each.inbox_id, each.field): each for each in await reads.open_checks(conn, partnership)}
    now, rows, events = services.now(), [], []
    for new in waiting:
        key: Key = (new.key[0], new.key[1], new.address) if new.field is AddressField.ADDRESS else new.key
        inbox_id = by_key[key].id
        stands = there.get((inbox_id, new.field))
        if stands is not None:
            await _drop(services, conn, partnership, stands, actor=actor, reason="somebody vouched for an address")
        ended = {"state": "verified", "proof": str(Proof.VOUCHED), "reason": reason, "ended_by": actor, "ended_at": now}
        about = {"inbox_id": inbox_id, "field": str(new.field), "address": new.address, "channel": new.channel}
        sent = {"coded_at": services.real_now(), "next_try_at": services.real_now(), "mail_state": "none"}
        check_id = new_id(now)
        rows.append({"id": check_id, **about, **ended, **sent, "asked_by": actor, "asked_at": now})
        told = {"inbox": str(inbox_id), "check": str(check_id), "field": str(new.field), "proof": str(Proof.VOUCHED)}
        events.append(audit.Event(partnership, None, now, actor, audit.Action.ADDRESS_VERIFIED, told))
    await address_checks.add(conn, partnership, rows)
    await audit.append(conn, events)


def reason_of(reason: str) -> str:
    """Why somebody vouches for addresses.

    Raises:
        NotVouchedError: nothing is said, or far too much.
    """
    said = " ".join(reason.split())
    if not said or len(said) > _MOST_WORDS:
        raise NotVouchedError
    return said


async def asked_of(services: Services, partnership: str, check_id: UUID) -> Asked:
    """One address that waits.

    Raises:
        NoSuchAddressError: it waits no more, or never did.
    """
    async with services.engine.connect() as conn:
        found = await reads.asked(conn, partnership, check_id)
    if found is None:
        raise NoSuchAddressError
    return found


async def verify(
    services: Services, partnership: str, check_id: UUID, typed: str, *, proof: Proof, actor: str
) -> NoCode | None:
    """Take the code that was typed: the address holds from now on, and the meetings to come go over to it. None when it
    is taken, else why it is not; a wrong one is counted and written down.

    Raises:
        NoSuchAddressError: no such address waits.
    """
    refused = await _take(services, partnership, check_id, typed, proof, actor)
    if refused is None:
        await go_over(services, partnership, actor=actor)
    return refused


async def go_over(services: Services, partnership: str, *, actor: str) -> int:
    """Bring the meetings to come in line with the directory; done again it does nothing. Returns how many places that
    lacked an inbox have one now."""
    await empty_places(services, partnership, actor=actor)
    await move_channels(services, partnership, actor=actor)
    return len(await fill_gaps(services, partnership, actor=actor))


async def send_again(services: Services, partnership: str, check_id: UUID, *, actor: str) -> None:
    """Mail a new code; the one before works no more.

    Raises:
        NoSuchAddressError: no such address waits.
    """
    async with services.engine.begin() as conn:
        await address_checks.hold_directory(conn, partnership)
        found = await _found(conn, partnership, check_id)
        await address_checks.renew(conn, partnership, check_id, services.real_now())
        told = {"inbox": str(found.inbox_id), "check": str(check_id), "field": str(found.field)}
        event = audit.Event(partnership, None, services.now(), actor, audit.Action.ADDRESS_PROPOSED, told)
        await audit.append(conn, [event])


async def drop(services: Services, partnership: str, check_id: UUID, *, actor: str) -> None:
    """The new address is not to be used after all.

    Raises:
        NoSuchAddressError: no such address waits.
    """
    async with services.engine.begin() as conn:
        await address_checks.hold_directory(conn, partnership)
        await _drop(services, conn, partnership, await _found(conn, partnership, check_id), actor=actor, reason="")


def late_task(partnership: str, asked: Asked, now: datetime) -> dict[str, Any]:
    """The task about an address that nobody has confirmed."""
    check = asked.check
    call = f" Call back {check.known_phone}" if check.known_phone else " Find a number that is known to be theirs"
    return task_row(
        partnership=partnership,
        kind=TaskKind.ADDRESS_UNVERIFIED,
        detail=f"Nobody has confirmed the new {FIELD_WORDS[check.field]} of {asked.inbox} "
        f"({role_words(asked.role)}).{call}, ask for the code, and type it in on the directory's page.",
        now=now,
        about=str(check.id),
        owner="administrator",
    )


async def _found(conn: AsyncConnection, partnership: str, check_id: UUID) -> Check:
    found = await reads.asked(conn, partnership, check_id)
    if found is None:
        raise NoSuchAddressError
    return found.check


async def _take(
    services: Services, partnership: str, check_id: UUID, typed: str, proof: Proof, actor: str
) -> NoCode | None:
    now, real_now = services.now(), services.real_now()
    async with services.engine.begin() as conn:
        await address_checks.hold_directory(conn, partnership)
        check = await _found(conn, partnership, check_id)
        fits = hmac.compare_digest(
            code_typed(words_of_code(services.links, check)).encode(), code_typed(typed).encode()
        )
        told = {"inbox": str(check.inbox_id), "check": str(check_id), "field": str(check.field)}
        if not fits or not check.lives(real_now):
            await address_checks.count_wrong(conn, partnership, check_id)
            event = audit.Event(partnership, None, now, actor, audit.Action.ADDRESS_REFUSED, told)
            await audit.append(conn, [event])
            return check.why_not(real_now, typed_wrong=not fits)
        ended = {"state": "verified", "proof": str(proof), "ended_by": actor, "ended_at": now}
        await address_checks.end(conn, partnership, check_id, ended)
        await _close_task(services, conn, partnership, check_id, actor)
        event = audit.Event(partnership, None, now, actor, audit.Action.ADDRESS_VERIFIED, told | {"proof": str(proof)})
        await audit.append(conn, [event])
        await _apply(services, conn, partnership, check, actor)
    return None


async def _apply(services: Services, conn: AsyncConnection, partnership: str, check: Check, actor: str) -> None:
    """The directory as it is with the confirmed address."""
    stands = await inbox(conn, partnership, check.inbox_id)
    if stands is None:
        raise NoSuchAddressError
    entry = entry_of(stands)
    if check.field is AddressField.ESCALATION:
        entries = [replace(entry, escalation_address=check.address)]
    elif check.address == stands.address:
        entries = [replace(entry, channel=check.channel, active=True)]
    else:
        moved = replace(entry, address=check.address, channel=check.channel, active=True)
        entries = [moved, replace(entry, active=False)]
    await put_inboxes(conn, partnership, entries, by=actor, now=services.now())
    if len(entries) > 1:
        by_key = {(each.role, each.place, each.address): each.id for each in await directory(conn, partnership)}
        await address_checks.take_over(conn, partnership, stands.id, by_key[entries[0].key])


def entry_of(stands: Inbox) -> InboxEntry:
    """An inbox as an import would give it."""
    values = {name: value for name, value in asdict(stands).items() if name not in {"id", "updated_at"}}
    return InboxEntry(**values)


async def _drop(
    services: Services, conn: AsyncConnection, partnership: str, check: Check, *, actor: str, reason: str
) -> None:
    ended = {"state": "dropped", "reason": reason, "ended_by": actor, "ended_at": services.now()}
    await address_checks.end(conn, partnership, check.id, ended)
    await _close_task(services, conn, partnership, check.id, actor)
    told = {"inbox": str(check.inbox_id), "check": str(check.id), "field": str(check.field)}
    event = audit.Event(partnership, None, services.now(), actor, audit.Action.ADDRESS_DROPPED, told)
    await audit.append(conn, [event])


async def _close_task(services: Services, conn: AsyncConnection, partnership: str, check_id: UUID, actor: str) -> None:
    await tasks.close_about(conn, partnership, check_id, by=actor, now=services.now())


def newest(checks: Iterable[Check], inbox_id: UUID) -> list[Check]:
    """What waits for one inbox, its own address first."""
    return sorted((each for each in checks if each.inbox_id == inbox_id), key=lambda each: each.field)
