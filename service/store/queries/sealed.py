"""Reads of ciphertext, for ``workflow.identity`` alone. What comes back is still sealed: no query opens an identity."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, Text, Uuid, bindparam, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import (
    attendances,
    calls,
    children,
    held_items,
    mail_to_read,
    meetings,
    not_held,
    papers,
    people,
    requests,
    requirements,
)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One sealed identity and the place it was sealed for."""

    table: str
    id: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealedIdentities:
    """A request's wrapped key and the identities sealed under it."""

    key_id: str
    wrapped_key: bytes | None
    rows: tuple[SealedRow, ...]


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A held delivery's wrapped key and its body, sealed under it; either is None once it has been erased."""

    id: UUID
    key_id: str
    wrapped_key: bytes | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class SealedDeputy:
    """Sealed words about who came instead, with the row they were sealed for."""

    role: str
    sitting: int
    id: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealedDeputies:
    """A meeting's words about who came instead, and its request's wrapped key."""

    meeting_id: UUID
    key_id: str
    wrapped_key: bytes | None
    rows: tuple[SealedDeputy, ...]


async def deputies_of(conn: AsyncConnection, partnership: str, reference: str) -> SealedDeputies | None:
    """The sealed words about who came instead to one meeting; None when this partnership has no such meeting."""
    m, q, a, r = meetings.c, requests.c, attendances.c, requirements.c
    whose = await conn.execute(
        select(m.id, q.key_id, q.wrapped_key)
        .select_from(meetings.join(requests, q.id == m.request_id))
        .where(m.partnership_id == partnership, m.reference == reference)
    )
    meeting = whose.one_or_none()
    if meeting is None:
        return None
    found = await conn.execute(
        select(r.role, a.sitting, a.id, a.sealed_deputy)
        .select_from(attendances.join(requirements, r.id == a.requirement_id))
        .where(a.partnership_id == partnership, a.meeting_id == meeting.id, a.sealed_deputy.is_not(None))
        .order_by(a.sitting, r.role, r.slot)
    )
    return SealedDeputies(*meeting, tuple(SealedDeputy(*row) for row in found))


@dataclass(frozen=True, slots=True)
class SealedCall:
    """The sealed name of whoever one call reached, with the row it was sealed for."""

    role: str
    outcome: str
    called_at: datetime
    id: UUID
    sealed: bytes


async def calls_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[SealedCall]:
    """Whom the calls of one meeting reached, still sealed, in the order of the calls."""
    c, r = calls.c, requirements.c
    found = await conn.execute(
        select(r.role, c.outcome, c.called_at, c.id, c.sealed_spoke_to)
        .select_from(calls.join(requirements, r.id == c.requirement_id))
        .where(c.partnership_id == partnership, c.meeting_id == meeting_id, c.sealed_spoke_to.is_not(None))
        .order_by(c.called_at, c.id)
    )
    return [SealedCall(*row) for row in found]


async def protection_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[SealedRow]:
    """What was to protect the child on days a meeting could not be held, still sealed, oldest first."""
    n = not_held.c
    found = await conn.execute(
        select(literal("not_held"), n.id, n.sealed_protects)
        .where(n.partnership_id == partnership, n.meeting_id == meeting_id, n.sealed_protects.is_not(None))
        .order_by(n.recorded_at, n.id)
    )
    return [SealedRow(*row) for row in found]


async def of_held_item(conn: AsyncConnection, partnership: str, reference: str) -> SealedBody | None:
    """The sealed body of one held delivery, dealt with or not."""
    h = held_items.c
    found = await conn.execute(
        select(h.id, h.key_id, h.wrapped_key, h.sealed_body).where(
            h.partnership_id == partnership, h.reference == reference
        )
    )
    row = found.one_or_none()
    return None if row is None else SealedBody(*row)


@dataclass(frozen=True, slots=True)
class SealedMail:
    """One mail about a meeting, still sealed, with the key of its request."""

    id: UUID
    meeting_id: UUID
    key_id: str
    wrapped_key: bytes | None
    sealed: bytes | None


async def of_mail(conn: AsyncConnection, partnership: str, reference: str, mail_id: UUID) -> SealedMail | None:
    """One mail of one meeting, or None when there is no such one."""
    m, r, e = meetings.c, requests.c, mail_to_read.c
    found = await conn.execute(
        select(e.id, e.meeting_id, r.key_id, r.wrapped_key, e.sealed_mail)
        .select_from(mail_to_read.join(meetings, m.id == e.meeting_id).join(requests, r.id == m.request_id))
        .where(e.partnership_id == partnership, m.reference == reference, e.id == mail_id)
    )
    row = found.one_or_none()
    return None if row is None else SealedMail(*row)


@dataclass(frozen=True, slots=True)
class SealedChild:
    """One child of a request, its identity still sealed."""

    id: UUID
    ref: str
    age_band: str
    flags: list[str]
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """One person tied to a request, their identity still sealed. ``ties`` as the row keeps them."""

    id: UUID
    ref: str
    relation: str
    ties: list[dict[str, Any]]
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class SealedFamily:
    """A request's wrapped key, and its children and people by reference."""

    key_id: str
    wrapped_key: bytes | None
    children: tuple[SealedChild, ...]
    people: tuple[SealedPerson, ...]


async def family_of_request(conn: AsyncConnection, partnership: str, request_id: UUID) -> SealedFamily | None:
    """The children and people of one request, each in the order of its reference; None when there is no such request.

    The same three reads whether or not there is one.
    """
    q, c, p = requests.c, children.c, people.c
    key = (
        await conn.execute(select(q.key_id, q.wrapped_key).where(q.partnership_id == partnership, q.id == request_id))
    ).one_or_none()
    young = await conn.execute(
        select(c.id, c.ref, c.age_band, c.flags, c.sealed_identity)
        .where(c.partnership_id == partnership, c.request_id == request_id)
        .order_by(c.ref)
    )
    tied = await conn.execute(
        select(p.id, p.ref, p.relation, p.ties, p.sealed_identity)
        .where(p.partnership_id == partnership, p.request_id == request_id)
        .order_by(p.ref)
    )
    family = (tuple(SealedChild(*row) for row in young), tuple(SealedPerson(*row) for row in tied))
    return None if key is None else SealedFamily(key.key_id, key.wrapped_key, *family)


async def of_request(conn: AsyncConnection, partnership: str, request_id: UUID) -> SealedIdentities:
    """Every sealed identity of one request."""
    said = {"partnership": partnership, "request_id": request_id}
    key = (await conn.execute(_key_of_request(), said)).one()
    found = await conn.execute(_identities_of_request(), said)
    return SealedIdentities(key.key_id, key.wrapped_key, tuple(SealedRow(*row) for row in found))


# Built once: whatever leaves the house is held against these identities before it may.
_PARTNERSHIP: Any = bindparam("partnership", type_=Text)
_REQUEST: Any = bindparam("request_id", type_=Uuid)


@lru_cache(maxsize=1)
def _key_of_request() -> Select[Any]:
    r = requests.c
    return select(r.key_id, r.wrapped_key).where(r.partnership_id == _PARTNERSHIP, r.id == _REQUEST)


@lru_cache(maxsize=1)
def _identities_of_request() -> CompoundSelect[Any]:
    return union_all(
        *(
            select(literal(table.name), table.c.id, table.c.sealed_identity).where(
                table.c.partnership_id == _PARTNERSHIP,
                table.c.request_id == _REQUEST,
                table.c.sealed_identity.is_not(None),
            )
            for table in (children, people)
        )
    )


async def of_papers(conn: AsyncConnection, partnership: str, paper_ids: Collection[UUID]) -> list[SealedRow]:
    """The sealed words of some decisions and minutes."""
    p = papers.c
    found = await conn.execute(
        select(literal("papers"), p.id, p.sealed_text).where(p.partnership_id == partnership, p.id.in_(paper_ids))
    )
    return [SealedRow(*row) for row in found]


async def child_refs(conn: AsyncConnection, partnership: str, request_id: UUID) -> dict[UUID, str]:
    """The reference of each child of one request, by the id of its row."""
    c = children.c
    found = await conn.execute(select(c.id, c.ref).where(c.partnership_id == partnership, c.request_id == request_id))
    return {row.id: row.ref for row in found}
