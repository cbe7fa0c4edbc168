"""Writes of differences found in Outlook, each with its audit event; call them under the meeting's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes import tasks
from service.store.changes.audit import Event, append
from service.store.tables import calendar_events, drifts, mailboxes, meetings

_ENDED = {
    "adopted": Action.DRIFT_ADOPTED,
    "restored": Action.DRIFT_RESTORED,
    "cleared": Action.DRIFT_CLEARED,
}


async def add(conn: AsyncConnection, row: Mapping[str, Any], *, by: str) -> bool:
    """Keep a difference, unless one of its kind is open for its event. The row names its partnership."""
    known = insert(drifts).values(**row)
    open_one = known.on_conflict_do_nothing(index_elements=["event_id", "kind"], index_where=drifts.c.state == "open")
    if (await conn.execute(open_one)).rowcount == 0:
        return False
    data = {"drift": str(row["id"]), "what": str(row["kind"]), "version": row["version"]}
    await append(conn, [Event(row["partnership_id"], row["meeting_id"], row["found_at"], by, Action.DRIFT_FOUND, data)])
    return True


async def end(
    conn: AsyncConnection,
    partnership: str,
    meeting_id: UUID,
    state: str,
    *,
    by: str,
    now: datetime,
    only: Collection[UUID] | None = None,
) -> int:
    """End a meeting's open differences (``only`` some of them) and the tasks about them; returns how many ended."""
    wanted = [drifts.c.partnership_id == partnership, drifts.c.meeting_id == meeting_id, drifts.c.state == "open"]
    if only is not None:
        wanted.append(drifts.c.id.in_(list(only)))
    ended = (
        await conn.execute(
            update(drifts)
            .where(*wanted)
            .values(state=state, ended_at=now, ended_by=by)
            .returning(drifts.c.id, drifts.c.kind)
        )
    ).all()
    for drift_id, _ in ended:
        await tasks.close_about(conn, partnership, drift_id, by=by, now=now)
    if any(kind in {"gone", "mailbox"} for _, kind in ended):
        await tasks.close_kind(conn, partnership, meeting_id, "event_gone", by=by, now=now)
    await append(
        conn,
        [
            Event(partnership, meeting_id, now, by, _ENDED[state], {"drift": str(drift_id), "what": kind})
            for drift_id, kind in ended
        ],
    )
    return len(ended)


async def keep_body_mark(conn: AsyncConnection, partnership: str, event_id: UUID, mark: str | None) -> None:
    """What the event's body was when it was first compared; None forgets it, as our own words will change it."""
    await conn.execute(
        update(calendar_events)
        .where(calendar_events.c.partnership_id == partnership, calendar_events.c.id == event_id)
        .values(body_mark=mark)
    )


async def replace_event(conn: AsyncConnection, partnership: str, event_id: UUID, *, gone: bool) -> None:
    """Another event takes this one's place. ``gone`` False: it stands, or may stand in a mailbox nobody reaches."""
    await conn.execute(
        update(calendar_events)
        .where(calendar_events.c.partnership_id == partnership, calendar_events.c.id == event_id)
        .values(state="cancelled" if gone else "replaced")
    )


async def raise_version(conn: AsyncConnection, partnership: str, meeting_id: UUID, version: int) -> None:
    """The meeting keeps its time and is asked to once more, as this version."""
    await conn.execute(
        update(meetings)
        .where(meetings.c.partnership_id == partnership, meetings.c.id == meeting_id)
        .values(version=version)
    )


async def compared(conn: AsyncConnection, partnership: str, mailbox_id: UUID, at: datetime | None) -> None:
    """A mailbox's events have been compared with ours; None asks for it to be done again at once."""
    await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id)
        .values(compared_at=at)
    )


async def read_anew(conn: AsyncConnection, partnership: str, event_id: UUID, now: datetime) -> UUID:
    """Have the mailbox of an event read from the beginning: what an event holds counts, not what changes in it."""
    its = select(calendar_events.c.mailbox_id).where(
        calendar_events.c.partnership_id == partnership, calendar_events.c.id == event_id
    )
    found: UUID = (
        await conn.execute(
            update(mailboxes)
            .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == its.scalar_subquery())
            .values(delta_link=None, read_wanted_at=now)
            .returning(mailboxes.c.id)
        )
    ).scalar_one()
    return found
