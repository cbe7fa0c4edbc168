"""Writes of chases: each planned one ends as sent, or as not sent because of a named reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import calendar_events, chases, outbox


@dataclass(frozen=True, slots=True)
class DueChase:
    """A chase whose time has come, with its row locked. ``next_due_at`` is the agency's next planned step."""

    id: UUID
    partnership: str
    meeting_id: UUID
    requirement_id: UUID
    version: int
    step: int
    to: str
    due_at: datetime
    next_due_at: datetime | None


async def due(conn: AsyncConnection, now: datetime, limit: int = 200) -> list[tuple[UUID, str, UUID]]:
    """Chases whose time has come, over all partnerships, oldest first: (id, partnership, meeting id)."""
    found = await conn.execute(
        select(chases.c.id, chases.c.partnership_id, chases.c.meeting_id)
        .where(chases.c.state == "due", chases.c.due_at <= now)
        .order_by(chases.c.due_at)
        .limit(limit)
    )
    return [(row.id, row.partnership_id, row.meeting_id) for row in found]


async def lock_due(conn: AsyncConnection, partnership: str, chase_id: UUID) -> DueChase | None:
    """Lock one due chase, or None when another worker has dealt with it."""
    other = chases.alias("other")
    next_due = (
        select(func.min(other.c.due_at))
        .where(
            other.c.requirement_id == chases.c.requirement_id,
            other.c.version == chases.c.version,
            other.c.step > chases.c.step,
            other.c.state == "due",
        )
        .scalar_subquery()
    )
    found = (
        await conn.execute(
            select(
                chases.c.id,
                chases.c.partnership_id,
                chases.c.meeting_id,
                chases.c.requirement_id,
                chases.c.version,
                chases.c.step,
                chases.c.to,
                chases.c.due_at,
                next_due,
            )
            .where(chases.c.partnership_id == partnership, chases.c.id == chase_id, chases.c.state == "due")
            .with_for_update(of=chases)
        )
    ).one_or_none()
    return None if found is None else DueChase(*found)


async def end(
    conn: AsyncConnection,
    partnership: str,
    chase_id: UUID,
    state: str,
    now: datetime,
    *,
    because: str | None = None,
) -> bool:
    """Move a chase on: ``handed`` to the outbox, ``sent``, or ``not_sent`` with its reason. False when it had ended."""
    done = await conn.execute(
        update(chases)
        .where(chases.c.partnership_id == partnership, chases.c.id == chase_id, chases.c.state.in_(("due", "handed")))
        .values(state=state, not_sent_because=because, finished_at=None if state == "handed" else now)
    )
    return done.rowcount == 1


async def put_off(conn: AsyncConnection, partnership: str, chase_id: UUID, until: datetime) -> bool:
    """Let a chase by mail wait until its agency opens: it is ``due`` then, also when it was handed over already and did
    not leave, or was given up on and is tried again by hand. False when it has ended otherwise."""
    c = chases.c
    done = await conn.execute(
        update(chases)
        .where(c.partnership_id == partnership, c.id == chase_id)
        .where(or_(c.state.in_(("due", "handed")), c.not_sent_because == "not_delivered"))
        .values(state="due", due_at=until, not_sent_because=None, finished_at=None)
    )
    return done.rowcount == 1


async def mean_again(conn: AsyncConnection, intent: Mapping[str, Any]) -> bool:
    """Let the intent of a chase wait anew, with nothing of what was frozen for the hour it did not leave at. False when
    there is none of this id that was closed."""
    anew = {name: intent[name] for name in ("detail", "state", "attempts", "next_try_at", "created_at", "mailbox_id")}
    gone = dict.fromkeys(("not_sent_because", "last_error", "frozen", "frozen_at", "finished_at"))
    done = await conn.execute(
        update(outbox).where(outbox.c.id == intent["id"], outbox.c.state == "not_sent").values(**anew, **gone)
    )
    return done.rowcount == 1


async def event_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> tuple[UUID, UUID] | None:
    """The newest calendar event of a meeting and its mailbox, whatever its state: (event id, mailbox id)."""
    found = (
        await conn.execute(
            select(calendar_events.c.id, calendar_events.c.mailbox_id)
            .where(calendar_events.c.partnership_id == partnership, calendar_events.c.meeting_id == meeting_id)
            .order_by(calendar_events.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if found is None else (found.id, found.mailbox_id)
