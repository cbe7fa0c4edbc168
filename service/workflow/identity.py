"""The only caller that unseals. Every opening is audited in the same transaction.

The machine opens identities for the leak check: the words that must not leave, held against the exact bytes about to
go out; and for planning anew: which school is a child's, and when a child was or will be born. People open them on
pages that come with sign-in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.forbidden_words import ForbiddenWords, forbidden
from service.domain.requests import Child
from service.domain.tied_names import TiedNames, tied_names
from service.store.changes import answers, audit, meetings
from service.store.changes.disagreements import LockedDisagreement
from service.store.changes.meetings import LockedMeeting
from service.store.queries import sealed
from service.store.queries.family import parents_of, sealed_route
from service.store.queries.sealed import SealedFamily
from service.store.sealing import DataKey, KeyErased, Keyring, SealError, seal, unseal
from service.workflow.errors import (
    ErasedError,
    NoReasonError,
    NoSuchHeldItemError,
    NoSuchMailError,
    NoSuchMeetingError,
    NoSuchParentError,
)
from service.workflow.ports import Services

_LONGEST_REASON = 200
_SPOKE_TO = "sealed_spoke_to"


async def forbidden_words(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID
) -> ForbiddenWords:
    """Open a request's identities for the leak check. The caller audits it together with what it then sends.

    Raises:
        SealError: a sealed value cannot be read; then nothing may be sent.
    """
    # Where the identities are gone, none can leak.
    return forbidden(await _opened(conn, keyring, partnership, request_id))


async def _opened(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID
) -> Sequence[dict[str, Any]]:
    """Every identity of a request; none once it has been erased. Raises SealError."""
    held = await sealed.of_request(conn, partnership, request_id)
    try:
        key = keyring.open_data_key(held.key_id, held.wrapped_key)
    except KeyErased:
        return []
    return [json.loads(unseal(key, row.table, row.id, "sealed_identity", row.sealed)) for row in held.rows]


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """Somebody named for a place: what they are called, and their address. ``about``: ``named_person``, ``answer``."""

    names: tuple[str, ...]
    about: str
    requirement_id: UUID | None
    address: str = ""


async def may_be_tied(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    named: Named,
    *,
    actor: str,
) -> bool:
    """Whether somebody named for a place may be a person tied to the case. The comparison is audited, never the name.

    What cannot be compared, because the sealed names cannot be read, counts as tied: nobody slips through a fault.
    """
    try:
        tied = tied_names(await _opened(conn, services.keyring, partnership, meeting.request_id))
        hit = any(map(tied.may_be, named.names)) or (bool(named.address) and tied.in_address(named.address))
    except SealError:
        hit = True
    place = str(named.requirement_id) if named.requirement_id else None
    data = {"requirement": place, "for": named.about, "refused": hit}
    columns = {"columns": ["children.sealed_identity", "people.sealed_identity"]}
    event = audit.Event(
        partnership, meeting.id, services.now(), actor, audit.Action.NAMES_COMPARED, {**data, **columns}
    )
    await audit.append(conn, [event])
    return hit


async def words_of_papers(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID, paper_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """What some decisions or minutes say. The caller keeps the receipts and audits them in this transaction, and hands
    nothing back before it is committed.

    Raises:
        ErasedError: the request's key has been destroyed.
        SealError: a sealed value cannot be read.
    """
    held = await sealed.of_request(conn, partnership, request_id)
    try:
        key = keyring.open_data_key(held.key_id, held.wrapped_key)
    except KeyErased:
        raise ErasedError from None
    rows = await sealed.of_papers(conn, partnership, paper_ids)
    return {row.id: unseal(key, row.table, row.id, "sealed_text", row.sealed).decode() for row in rows}


def words_of_disagreement(keyring: Keyring, found: LockedDisagreement) -> str:
    """What a disagreement says. The caller audits it in its transaction and hands nothing back before the commit.

    Raises:
        ErasedError, SealError
    """
    try:
        key = keyring.open_data_key(found.key_id, found.wrapped_key)
    except KeyErased:
        raise ErasedError from None
    return unseal(key, "disagreements", found.id, "sealed_words", found.sealed_words).decode()


def police_reference_of(key: DataKey, outcome_id: UUID, sealed_reference: bytes) -> str:
    """The police's reference beside an outcome. The caller audits it in its transaction and hands nothing back before
    the commit.

    Raises:
        SealError: it cannot be read with this key.
    """
    return unseal(key, "meeting_outcomes", outcome_id, "sealed_police_reference", sealed_reference).decode()


def reason_said(reason: str) -> str:
    """The reason for an opening, as it is kept.

    Raises:
        NoReasonError: it is empty, too long or unprintable.
    """
    why = reason.strip()
    if not why or len(why) > _LONGEST_REASON or not why.isprintable():
        raise NoReasonError
    return why


async def children_for_planning(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID
) -> tuple[Child, ...]:
    """Each child's reference with the days and places that a plan is made from, and nothing else of it. Nobody sees
    them: the caller turns them into clocks and inboxes. Empty once the request's key has been erased.

    Raises:
        SealError: a sealed value cannot be read.
    """
    held = await sealed.of_request(conn, partnership, request_id)
    refs = await sealed.child_refs(conn, partnership, request_id)
    try:
        key = keyring.open_data_key(held.key_id, held.wrapped_key)
    except KeyErased:
        return ()
    return tuple(
        _planned_child(refs[row.id], json.loads(unseal(key, row.table, row.id, "sealed_identity", row.sealed)))
        for row in held.rows
        if row.id in refs
    )


def _planned_child(ref: str, opened: Mapping[str, str]) -> Child:
    return Child(
        ref,
        birth_date=_day(opened.get("birth_date", "")),
        expected_delivery_date=_day(opened.get("expected_delivery_date", "")),
        school_urn=opened.get("school_urn", ""),
        early_years_urn=opened.get("early_years_urn", ""),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


async def open_route(conn: AsyncConnection, keyring: Keyring, partnership: str, family_id: UUID) -> str:
    """A parent's address, for the message that is about to go there; empty when it has been erased or none is known.

    The caller audits it together with what it then sends.

    Raises:
        SealError: it cannot be read.
    """
    held = await sealed_route(conn, partnership, family_id)
    if held.sealed is None:
        return ""
    try:
        key = keyring.open_data_key(held.key_id, held.wrapped_key)
    except KeyErased:
        return ""
    return unseal(key, "family_invitations", held.id, "sealed_route", held.sealed).decode()


async def open_kept_message(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID, row_id: UUID, kept: bytes
) -> bytes:
    """The frozen bytes of a parent's message, for another try. They hold the parent's address, so they lie sealed.

    Raises:
        SealError: the key has been destroyed, or they cannot be read.
    """
    held = await sealed.of_request(conn, partnership, request_id)
    key = keyring.open_data_key(held.key_id, held.wrapped_key)
    return unseal(key, "outbox", row_id, "frozen", kept)


async def read_route(
    services: Services, partnership: str, reference: str, person: str, *, reason: str, actor: str
) -> str:
    """A parent's address or number, for the officer who posts, phones or goes. Empty when none is kept.

    Nothing is handed back before the audit event of the opening has been committed.

    Raises:
        NoReasonError, NoSuchMeetingError, NoSuchParentError
        SealError: it cannot be read.
    """
    why = reason_said(reason)
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        found = [row for row in await parents_of(conn, partnership, meeting.id) if row.person == person]
        if not found:
            raise NoSuchParentError
        route = await open_route(conn, services.keyring, partnership, found[0].id)
        data = {"parent": str(found[0].id), "reason": why, "columns": ["sealed_route"]}
        event = audit.Event(partnership, meeting.id, services.now(), actor, audit.Action.ROUTE_OPENED, data)
        await audit.append(conn, [event])
    return route


@dataclass(frozen=True, slots=True)
class DeputyWords:
    """What an officer wrote about who came instead of one agency's own person."""

    role: str
    sitting: int
    words: str


async def open_deputies(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str
) -> list[DeputyWords]:
    """The words about who came instead, by role and sitting; none once the request's key has been erased.

    Nothing is handed back before the audit event of the opening has been committed.

    Raises:
        NoReasonError: the reason is empty, too long or unprintable.
        NoSuchMeetingError: this partnership has no such meeting.
        SealError: sealed words cannot be read.
    """
    why = reason_said(reason)
    async with services.engine.begin() as conn:
        held = await sealed.deputies_of(conn, partnership, reference)
        if held is None:
            raise NoSuchMeetingError(reference)
        try:
            key = services.keyring.open_data_key(held.key_id, held.wrapped_key)
        except KeyErased:
            return []
        opened = [
            DeputyWords(row.role, row.sitting, unseal(key, "attendances", row.id, "sealed_deputy", row.sealed).decode())
            for row in held.rows
        ]
        if opened:
            data = {"reason": why, "columns": ["sealed_deputy"]}
            event = audit.Event(partnership, held.meeting_id, services.now(), actor, audit.Action.IDENTITY_OPENED, data)
            await audit.append(conn, [event])
    return opened


@dataclass(frozen=True, slots=True, repr=False)
class SpokenTo:
    """Whom one call reached."""

    role: str
    outcome: str
    called_at: datetime
    name: str


async def open_spoken_to(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str
) -> list[SpokenTo]:
    """Whom the calls of a meeting reached, in the order of the calls; none once the request's key has been erased.

    Nothing is handed back before the audit event of the opening has been committed.

    Raises:
        NoReasonError, NoSuchMeetingError
        SealError: a sealed name cannot be read.
    """
    why = reason_said(reason)
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        held = await sealed.of_request(conn, partnership, meeting.request_id)
        try:
            key = services.keyring.open_data_key(held.key_id, held.wrapped_key)
        except KeyErased:
            return []
        opened = [
            SpokenTo(row.role, row.outcome, row.called_at, unseal(key, "calls", row.id, _SPOKE_TO, row.sealed).decode())
            for row in await sealed.calls_of(conn, partnership, meeting.id)
        ]
        if opened:
            data = {"reason": why, "columns": [_SPOKE_TO]}
            event = audit.Event(partnership, meeting.id, services.now(), actor, audit.Action.CALLS_OPENED, data)
            await audit.append(conn, [event])
    return opened


async def open_protection(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str
) -> list[str]:
    """What protects the child where a meeting could not be held, one text for each such day, oldest first; none once
    the request's key has been erased. Nothing is handed back before the audit event has been committed.

    Raises:
        NoReasonError, NoSuchMeetingError
        SealError: sealed words cannot be read.
    """
    why = reason_said(reason)
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        held = await sealed.of_request(conn, partnership, meeting.request_id)
        try:
            key = services.keyring.open_data_key(held.key_id, held.wrapped_key)
        except KeyErased:
            return []
        rows = await sealed.protection_of(conn, partnership, meeting.id)
        opened = [unseal(key, row.table, row.id, "sealed_protects", row.sealed).decode() for row in rows]
        if opened:
            data = {"reason": why, "columns": ["sealed_protects"]}
            event = audit.Event(partnership, meeting.id, services.now(), actor, audit.Action.PROTECTION_OPENED, data)
            await audit.append(conn, [event])
    return opened


@dataclass(frozen=True, slots=True, repr=False)
class Unsealed:
    """A family with its identities open, by reference; empty once it was erased. Lives as long as one answer."""

    children: Mapping[str, Mapping[str, Any]]
    people: Mapping[str, Mapping[str, Any]]

    @property
    def names(self) -> TiedNames:
        """Everybody's names, to hold somebody who asks against."""
        return tied_names([*map(dict, self.children.values()), *map(dict, self.people.values())])


def unseal_family(keyring: Keyring, family: SealedFamily) -> Unsealed:
    """Open a whole family. The caller audits it, and hands out only what ``domain.may_see`` lets it.

    Raises:
        SealError: a sealed value cannot be read; then nothing may be told.
    """
    try:
        key = keyring.open_data_key(family.key_id, family.wrapped_key)
    except KeyErased:
        return Unsealed({}, {})
    young = {
        each.ref: json.loads(unseal(key, "children", each.id, "sealed_identity", each.sealed))
        for each in family.children
        if each.sealed is not None
    }
    tied = {
        each.ref: json.loads(unseal(key, "people", each.id, "sealed_identity", each.sealed))
        for each in family.people
        if each.sealed is not None
    }
    return Unsealed(young, tied)


async def open_held_item(services: Services, partnership: str, reference: str, *, reason: str, actor: str) -> bytes:
    """The body of a delivery that could not be understood, for the person who deals with it.

    Nothing is handed back before the audit event of the opening has been committed.

    Raises:
        NoReasonError: the reason is empty, too long or unprintable.
        NoSuchHeldItemError: nothing is kept under this reference, or its key has been erased.
        SealError: the sealed body cannot be read.
    """
    why = reason_said(reason)
    async with services.engine.begin() as conn:
        held = await sealed.of_held_item(conn, partnership, reference)
        if held is None or held.sealed is None:
            raise NoSuchHeldItemError(reference)
        try:
            key = services.keyring.open_data_key(held.key_id, held.wrapped_key)
        except KeyErased:
            raise NoSuchHeldItemError(reference) from None
        body = unseal(key, "held_items", held.id, "sealed_body", held.sealed)
        data = {"item": reference, "reason": why, "columns": ["sealed_body"]}
        event = audit.Event(partnership, None, services.now(), actor, audit.Action.HELD_BODY_OPENED, data)
        await audit.append(conn, [event])
    return body


@dataclass(frozen=True, slots=True, repr=False)
class MailWords:
    """What one mail says. Never logged, stored or sent on."""

    sender: str
    subject: str
    words: str


async def resealed_mail(
    conn: AsyncConnection, services: Services, partnership: str, reference: str, mail_id: UUID, to_request: UUID
) -> tuple[bytes, str]:
    """A mail sealed anew under another request's key, and from whom it is; nobody is shown it.

    Raises:
        NoSuchMailError
        ErasedError: either request's key has been destroyed.
        SealError: the sealed mail cannot be read.
    """
    held = await sealed.of_mail(conn, partnership, reference, mail_id)
    if held is None:
        raise NoSuchMailError
    key_id, wrapped = await answers.data_key_of(conn, partnership, to_request)
    try:
        old = services.keyring.open_data_key(held.key_id, held.wrapped_key)
        new = services.keyring.open_data_key(key_id, wrapped)
    except KeyErased:
        raise ErasedError from None
    if held.sealed is None:
        raise ErasedError
    raw = unseal(old, "mail_to_read", held.id, "sealed_mail", held.sealed)
    return seal(new, "mail_to_read", held.id, "sealed_mail", raw), str(json.loads(raw)["from"])


async def open_mail(
    services: Services, partnership: str, reference: str, mail_id: UUID, *, reason: str, actor: str
) -> MailWords:
    """What a mail about a meeting says, for whoever settles it.

    Nothing is handed back before the audit event of the opening has been committed.

    Raises:
        NoReasonError, NoSuchMailError
        ErasedError: the request's key has been destroyed.
        SealError: the sealed mail cannot be read.
    """
    why = reason_said(reason)
    async with services.engine.begin() as conn:
        held = await sealed.of_mail(conn, partnership, reference, mail_id)
        if held is None:
            raise NoSuchMailError
        try:
            key = services.keyring.open_data_key(held.key_id, held.wrapped_key)
        except KeyErased:
            raise ErasedError from None
        if held.sealed is None:
            raise ErasedError
        said = json.loads(unseal(key, "mail_to_read", held.id, "sealed_mail", held.sealed))
        data = {"mail": str(mail_id), "reason": why, "columns": ["sealed_mail"]}
        event = audit.Event(partnership, held.meeting_id, services.now(), actor, audit.Action.MAIL_OPENED, data)
        await audit.append(conn, [event])
    return MailWords(said["from"], said["subject"], said["words"])
