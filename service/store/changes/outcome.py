"""Writes of what a meeting came to: its outcome, its actions, and the reports that came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import actions, meeting_outcomes, reports_received

_OUTCOME = ("decided", "s47_started_at", "police", "next_meeting_at")
_RECORDED = ("recorded_by", "recorded_at")


async def _put(
    conn: AsyncConnection, table: Table, key: str, changed: tuple[str, ...], values: Mapping[str, Any]
) -> None:
    statement = insert(table).values(**values)
    replaced = {name: statement.excluded[name] for name in changed}
    await conn.execute(statement.on_conflict_do_update(index_elements=[key], set_=replaced))


async def put_outcome(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """Record or correct a meeting's outcome; the audit keeps what it was."""
    row = {**values, "partnership_id": partnership}
    await _put(conn, meeting_outcomes, "meeting_id", (*_OUTCOME, *_RECORDED), row)


@dataclass(frozen=True, slots=True)
class SealedPoliceReference:
    """The police's reference beside one outcome, as it is kept; None: none is."""

    outcome_id: UUID
    sealed: bytes | None


async def sealed_police_reference(
    conn: AsyncConnection, partnership: str, meeting_id: UUID
) -> SealedPoliceReference | None:
    """What is kept beside a meeting's outcome; None where no outcome is. The caller holds the meeting's lock."""
    o = meeting_outcomes.c
    wanted = select(o.id, o.sealed_police_reference).where(o.partnership_id == partnership, o.meeting_id == meeting_id)
    row = (await conn.execute(wanted)).one_or_none()
    return None if row is None else SealedPoliceReference(*row)


async def put_police_reference(conn: AsyncConnection, partnership: str, meeting_id: UUID, sealed: bytes) -> None:
    """Keep the police's reference beside the outcome that is there."""
    o = meeting_outcomes.c
    await conn.execute(
        update(meeting_outcomes)
        .where(o.partnership_id == partnership, o.meeting_id == meeting_id)
        .values(sealed_police_reference=sealed)
    )


async def put_report(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """Record or correct when an agency's written report came in; the audit keeps what it was."""
    row = {**values, "partnership_id": partnership}
    await _put(conn, reports_received, "requirement_id", ("received_at", *_RECORDED), row)


async def report_before(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> datetime | None:
    """When a report is said to have come in so far."""
    r = reports_received.c
    found: datetime | None = await conn.scalar(
        select(r.received_at).where(r.partnership_id == partnership, r.requirement_id == requirement_id)
    )
    return found


async def next_number(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> int:
    """The number of a meeting's next action. The caller holds the meeting's lock."""
    a = actions.c
    wanted = select(func.coalesce(func.max(a.number), 0)).where(
        a.partnership_id == partnership, a.meeting_id == meeting_id
    )
    return int(await conn.scalar(wanted) or 0) + 1


async def add_action(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """An action that was agreed."""
    await conn.execute(actions.insert().values(**values, partnership_id=partnership))


async def close_action(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, number: int, *, state: str, by: str, now: datetime
) -> bool:
    """Mark an open action done or dropped; False when none of this number is open."""
    a = actions.c
    done = await conn.execute(
        update(actions)
        .where(a.partnership_id == partnership, a.meeting_id == meeting_id, a.number == number, a.state == "open")
        .values(state=state, closed_by=by, closed_at=now)
    )
    return done.rowcount == 1
