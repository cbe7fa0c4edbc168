"""Writes of a plan made anew: the request's facts, and the places that are added, changed or withdrawn.

Call them under the lock of the meeting's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.facts import ChildFacts
from service.store.tables import children, meetings, requests, requirements


async def lock_facts(conn: AsyncConnection, partnership: str, request_id: UUID) -> tuple[dict[str, Any], datetime]:
    """A request's facts as the row keeps them and when its concern was recorded, with the row locked: a request may
    have several meetings, and each is changed under a lock of its own."""
    r = requests.c
    found = await conn.execute(
        select(r.facts, r.concern_recorded_at)
        .where(r.partnership_id == partnership, r.id == request_id)
        .with_for_update(of=requests)
    )
    row = found.one()
    return row.facts, row.concern_recorded_at


async def set_facts(
    conn: AsyncConnection, partnership: str, request_id: UUID, *, facts: Mapping[str, Any], urgency: str
) -> None:
    """The facts of a request are these from now on. What they were stays in the audit."""
    await conn.execute(
        update(requests)
        .where(requests.c.partnership_id == partnership, requests.c.id == request_id)
        .values(facts=facts, urgency=urgency)
    )


async def set_child(conn: AsyncConnection, partnership: str, request_id: UUID, child: ChildFacts) -> None:
    """The derived facts of one child. Its sealed identity stays as it is."""
    c = children.c
    await conn.execute(
        update(children)
        .where(c.partnership_id == partnership, c.request_id == request_id, c.ref == child.ref)
        .values(age_band=str(child.age_band), on_school_roll=child.on_school_roll, flags=sorted(child.flags))
    )


async def set_plan(
    conn: AsyncConnection,
    partnership: str,
    meeting_id: UUID,
    *,
    policy_hash: str,
    deadline_at: datetime | None,
    earliest_fair_at: datetime | None,
    minutes_due_at: datetime | None,
    team: str | None,
) -> None:
    """Which policy planned a meeting, its two clocks, when its minutes are due, and the partnership's own team."""
    await conn.execute(
        update(meetings)
        .where(meetings.c.partnership_id == partnership, meetings.c.id == meeting_id)
        .values(
            policy_hash=policy_hash,
            deadline_at=deadline_at,
            earliest_fair_at=earliest_fair_at,
            minutes_due_at=minutes_due_at,
            team=team,
        )
    )


async def add_place(conn: AsyncConnection, partnership: str, row: Mapping[str, Any]) -> UUID:
    """Add one place, or take up again the one of this role and slot that was withdrawn; returns its id."""
    if row["partnership_id"] != partnership:
        raise ValueError("the row belongs to another partnership")
    again = {name: value for name, value in row.items() if name != "id"}
    added = await conn.execute(
        insert(requirements)
        .values(**row)
        .on_conflict_do_update(
            index_elements=["meeting_id", "role", "slot"], set_=again, where=requirements.c.state == "withdrawn"
        )
        .returning(requirements.c.id)
    )
    place: UUID = added.scalar_one()
    return place


async def change_place(
    conn: AsyncConnection, partnership: str, requirement_id: UUID, values: Mapping[str, Any]
) -> None:
    """Change one place's level, reasons, children, notice or state."""
    await conn.execute(
        update(requirements)
        .where(requirements.c.partnership_id == partnership, requirements.c.id == requirement_id)
        .values(**values)
    )
