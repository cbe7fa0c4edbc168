"""Writes of attendance: who came to which sitting, agencies that joined during a meeting, and further sittings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import attendances, requirements, sittings


@dataclass(frozen=True, slots=True)
class Kept:
    """One agency's attendance as it stands before somebody corrects it. The deputy's words stay sealed."""

    id: UUID
    requirement_id: UUID
    outcome: str
    how: str | None
    seniority_confirmed: bool | None
    contribution: str | None
    deputy: str | None
    sealed_deputy: bytes | None
    deputy_named: bool
    state: str
    recorded_by: str
    recorded_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sitting:
    """A sitting after the first of an adjourned meeting."""

    id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime


_CORRECTED = (
    "outcome",
    "how",
    "seniority_confirmed",
    "contribution",
    "deputy",
    "sealed_deputy",
    "deputy_named",
    "state",
    "recorded_by",
    "recorded_at",
)


async def put_attendances(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record attendance; recording a place's sitting again corrects it, and the audit keeps what it was."""
    statement = insert(attendances)
    corrected = {name: statement.excluded[name] for name in _CORRECTED}
    await conn.execute(
        statement.on_conflict_do_update(
            index_elements=["requirement_id", "sitting"],
            set_=corrected | {"confirmed_by": None, "confirmed_at": None},
        ),
        list(rows),
    )


async def recorded_at_sitting(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, sitting: int
) -> dict[UUID, Kept]:
    """What is recorded of one sitting so far, by requirement."""
    a = attendances.c
    found = await conn.execute(
        select(*(a[field.name] for field in fields(Kept))).where(
            a.partnership_id == partnership, a.meeting_id == meeting_id, a.sitting == sitting
        )
    )
    return {row.requirement_id: Kept(*row) for row in found}


async def confirm_attendances(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, *, by: str, now: datetime
) -> int:
    """The chair's confirmation of all that an officer has recorded; returns how many rows it confirmed."""
    a = attendances.c
    done = await conn.execute(
        attendances.update()
        .where(a.partnership_id == partnership, a.meeting_id == meeting_id, a.state == "recorded")
        .values(state="confirmed", confirmed_by=by, confirmed_at=now)
    )
    return done.rowcount


async def add_joined(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """The place of an agency that was not asked and joined during the meeting."""
    await conn.execute(requirements.insert().values(**values, partnership_id=partnership, state="joined"))


async def sittings_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Sitting]:
    """The sittings after the first, in order."""
    s = sittings.c
    found = await conn.execute(
        select(s.id, s.number, s.starts_at, s.ends_at)
        .where(s.partnership_id == partnership, s.meeting_id == meeting_id)
        .order_by(s.number)
    )
    return [Sitting(*row) for row in found]


async def put_sitting(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """Add a sitting, or give one that has not begun another time."""
    statement = insert(sittings).values(**values, partnership_id=partnership)
    changed = {name: statement.excluded[name] for name in ("starts_at", "ends_at", "because", "adjourned_by")}
    await conn.execute(statement.on_conflict_do_update(index_elements=["meeting_id", "number"], set_=changed))
