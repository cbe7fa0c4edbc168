"""Reads of a meeting's medical and of who came to it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t

_M, _A = t.medicals.c, t.medical_attendances.c


@dataclass(frozen=True, slots=True)
class MedicalRow:
    """The medical of one meeting. ``reason_code`` is of the policy's list, where none is needed."""

    id: UUID
    state: str
    reason_code: str | None
    reason: str | None
    decided_by: str
    decided_at: datetime
    starts_at: datetime | None
    place: str
    bookings: int


@dataclass(frozen=True, slots=True)
class MedicalAttendance:
    """Whether one person came to the medical."""

    who: str
    came: bool
    recorded_by: str
    recorded_at: datetime


async def medical_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> MedicalRow | None:
    """The medical of a meeting; None while nobody has decided."""
    wanted = select(*(_M[field.name] for field in fields(MedicalRow)))
    found = (await conn.execute(wanted.where(_M.partnership_id == partnership, _M.meeting_id == meeting_id))).first()
    return None if found is None else MedicalRow(*found)


async def came_to_medical(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[MedicalAttendance]:
    """Who came to a meeting's medical, as recorded."""
    wanted = select(*(_A[field.name] for field in fields(MedicalAttendance)))
    found = await conn.execute(
        wanted.select_from(t.medical_attendances.join(t.medicals, _M.id == _A.medical_id))
        .where(_A.partnership_id == partnership, _M.meeting_id == meeting_id)
        .order_by(_A.who)
    )
    return [MedicalAttendance(*row) for row in found]
