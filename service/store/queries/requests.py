"""Reads of requests: what was taken in, and what was answered to it. Sealed columns stay where they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, readable
from service.store.tables import idempotency_keys, meetings, requests


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A delivery that was answered before."""

    fingerprint: bytes
    status: int
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request that is already here, with its first meeting's reference and the answer its sender was given."""

    id: UUID
    fingerprint: bytes
    meeting_reference: str
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request without its identities. ``facts`` are derived: age bands, flags, circumstances, roles."""

    id: UUID
    source: str
    source_ref: str
    case_ref: str
    meeting_type: str
    urgency: str
    concern_recorded_at: datetime
    received_at: datetime
    facts: dict[str, Any]


async def by_key(conn: AsyncConnection, partnership: str, door: str, key: str) -> KnownKey | None:
    """What an idempotency key was answered with."""
    k = idempotency_keys.c
    found = await conn.execute(
        select(k.fingerprint, k.status, k.answer).where(k.partnership_id == partnership, k.door == door, k.key == key)
    )
    row = found.one_or_none()
    return None if row is None else KnownKey(*row)


async def by_source_ref(conn: AsyncConnection, partnership: str, source: str, source_ref: str) -> KnownRequest | None:
    """A request by its sender's own reference. The answer is empty once its key has been cleared away."""
    r, k, m = requests.c, idempotency_keys.c, meetings.c
    reference = select(m.reference).where(m.request_id == r.id).order_by(m.created_at, m.id).limit(1).scalar_subquery()
    # A key is written with its request, at the same instant: the instant narrows, the id in the answer decides.
    given = and_(
        k.partnership_id == r.partnership_id,
        k.created_at == r.received_at,
        k.answer["request_id"].astext == cast(r.id, Text),
    )
    found = await conn.execute(
        select(r.id, r.fingerprint, reference, k.answer)
        .select_from(requests.outerjoin(idempotency_keys, given))
        .where(r.partnership_id == partnership, r.source == source, r.source_ref == source_ref)
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else KnownRequest(row[0], row[1], row[2] or "", row[3] or {})


async def request_by_id(
    conn: AsyncConnection, partnership: str, reader: Reader | None, request_id: UUID
) -> RequestLine | None:
    """One request by its id."""
    r = requests.c
    found = await conn.execute(
        select(
            r.id,
            r.source,
            r.source_ref,
            r.case_ref,
            r.meeting_type,
            r.urgency,
            r.concern_recorded_at,
            r.received_at,
            r.facts,
        ).where(r.partnership_id == partnership, r.id == request_id, readable(r.id, partnership, reader))
    )
    row = found.one_or_none()
    return None if row is None else RequestLine(*row)
