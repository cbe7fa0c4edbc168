"""Reads for opening identities: the place of an agency that asks who a meeting is about. Nothing here is unsealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import inboxes, meetings, requirements


@dataclass(frozen=True, slots=True)
class OpeningPlace:
    """One agency's place at one meeting, with what decides whom it may be told of.

    ``person`` is who was named for it by a route of their own, empty where a shared inbox holds it.
    """

    meeting_id: UUID
    request_id: UUID
    requirement_id: UUID
    role: str
    slot: str
    state: str
    meeting_state: str
    because: list[dict[str, Any]]
    children: list[str]
    person: str
    holds_location: bool


async def person_at(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> str:
    """Who was named for a place by a route of their own; empty where nobody was."""
    r, i = requirements.c, inboxes.c
    found = await conn.execute(
        select(i.name)
        .join(requirements, r.inbox_id == i.id)
        .where(r.partnership_id == partnership, r.id == requirement_id, i.kind == "person")
    )
    return str(found.scalar_one_or_none() or "")


async def opening_place(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> OpeningPlace | None:
    """One place, by its id."""
    found = await _places(conn, partnership, requirements.c.id == requirement_id)
    return found[0] if found else None


async def opening_places(conn: AsyncConnection, partnership: str, reference: str, role: str) -> list[OpeningPlace]:
    """The places of one role at one meeting, whatever their state; none where there is no such meeting."""
    return await _places(conn, partnership, meetings.c.reference == reference, requirements.c.role == role)


async def _places(conn: AsyncConnection, partnership: str, *which: ColumnElement[bool]) -> list[OpeningPlace]:
    r, m, i = requirements.c, meetings.c, inboxes.c
    found = await conn.execute(
        select(
            m.id,
            m.request_id,
            r.id,
            r.role,
            r.slot,
            r.state,
            m.state,
            r.because,
            r.children,
            i.kind,
            i.name,
            r.location_held_by,
        )
        .select_from(requirements.join(meetings, m.id == r.meeting_id).outerjoin(inboxes, i.id == r.inbox_id))
        .where(r.partnership_id == partnership, m.partnership_id == partnership, *which)
        .order_by(r.slot)
    )
    return [
        OpeningPlace(*row[:9], person=row.name if row.kind == "person" else "", holds_location=row[-1] is not None)
        for row in found
    ]
