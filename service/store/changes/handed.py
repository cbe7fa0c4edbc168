"""Writes of what was handed to Outlook: the event, the invitations, and how many recipients a mailbox had that day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import calendar_events, inboxes, invitations, recipient_counts


async def event_handed(
    conn: AsyncConnection,
    partnership: str,
    event_id: UUID,
    *,
    graph_id: str,
    ical_uid: str,
    join_url: str,
    version: int,
) -> int:
    """The event is in the mailbox with the time of ``version`` (0: nothing was said of its time); returns the version
    whose time it has now."""
    handed: int = await conn.scalar(
        update(calendar_events)
        .where(calendar_events.c.partnership_id == partnership, calendar_events.c.id == event_id)
        .values(
            graph_id=graph_id,
            ical_uid=ical_uid or calendar_events.c.ical_uid,
            join_url=join_url or calendar_events.c.join_url,
            handed_version=func.greatest(calendar_events.c.handed_version, version),
            state=case((calendar_events.c.state.in_(("cancelled", "replaced")), calendar_events.c.state), else_="live"),
        )
        .returning(calendar_events.c.handed_version)
    )
    return handed


async def event_cancelled(conn: AsyncConnection, partnership: str, event_id: UUID) -> None:
    """The event is withdrawn from the guests' calendars, or was never made."""
    await conn.execute(
        update(calendar_events)
        .where(calendar_events.c.partnership_id == partnership, calendar_events.c.id == event_id)
        .values(state="cancelled")
    )


async def invitations_carried(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, version: int, now: datetime
) -> None:
    """The event took this version's invitation to its guests. Only Outlook inboxes are guests."""
    guests = select(inboxes.c.id).where(inboxes.c.partnership_id == partnership, inboxes.c.channel == "outlook")
    await conn.execute(
        update(invitations)
        .where(
            invitations.c.partnership_id == partnership,
            invitations.c.meeting_id == meeting_id,
            invitations.c.version == version,
            invitations.c.inbox_id.in_(guests),
            invitations.c.event_handed_at.is_(None),
        )
        .values(event_handed_at=now, state=_state(invitations.c.message_handed_at.is_not(None)))
    )


async def invitation_told(
    conn: AsyncConnection,
    partnership: str,
    requirement_id: UUID,
    version: int,
    now: datetime,
    *,
    with_entry: bool = False,
) -> None:
    """The agency's own message is handed over. "Sent" means both were: an inbox that is no guest needs only this.

    ``with_entry``: it was a calendar mail and brought the calendar entry with it.
    """
    guest = select(inboxes.c.channel == "outlook").where(inboxes.c.id == invitations.c.inbox_id).scalar_subquery()
    both = (~guest) | invitations.c.event_handed_at.is_not(None)
    await conn.execute(
        update(invitations)
        .where(
            invitations.c.partnership_id == partnership,
            invitations.c.requirement_id == requirement_id,
            invitations.c.version == version,
        )
        .values(
            message_handed_at=now,
            state=_state(both),
            **({"event_handed_at": func.coalesce(invitations.c.event_handed_at, now)} if with_entry else {}),
        )
    )


async def still_known(conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int) -> None:
    """What this version asks the agency to, it was told already: its invitation counts from then. An agency that was
    asked again before it was let off was told by this version itself."""
    i, before = invitations.c, invitations.alias("before")
    told = (
        select(before.c.message_handed_at)
        .where(before.c.requirement_id == requirement_id, before.c.version < version)
        .where(before.c.message_handed_at.is_not(None))
        .order_by(before.c.version.desc())
        .limit(1)
    )
    shown = told.with_only_columns(before.c.event_handed_at)
    await conn.execute(
        update(invitations)
        .where(i.partnership_id == partnership, i.requirement_id == requirement_id, i.version == version)
        .values(
            message_handed_at=func.coalesce(i.message_handed_at, told.scalar_subquery()),
            event_handed_at=func.coalesce(i.event_handed_at, shown.scalar_subquery()),
            state=_state(true()),
        )
    )


def _state(complete: ColumnElement[bool]) -> ColumnElement[str]:
    """ "due" becomes "sent" once both halves are handed over; a replaced or withdrawn invitation stays so."""
    return case((and_(invitations.c.state.in_(("due", "failed")), complete), "sent"), else_=invitations.c.state)


async def invitation_failed(conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int) -> None:
    """The agency could not be told; a task stands in for it."""
    await conn.execute(
        update(invitations)
        .where(
            invitations.c.partnership_id == partnership,
            invitations.c.requirement_id == requirement_id,
            invitations.c.version == version,
            invitations.c.state == "due",
        )
        .values(state="failed")
    )


async def count_recipients(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, day: date, recipients: int
) -> None:
    """Count the day's recipients of a mailbox in the database: Redis may vanish, Exchange's daily limit does not."""
    if recipients <= 0:
        return
    statement = insert(recipient_counts).values(
        partnership_id=partnership, mailbox_id=mailbox_id, day=day, recipients=recipients
    )
    await conn.execute(
        statement.on_conflict_do_update(
            index_elements=["mailbox_id", "day"],
            set_={"recipients": recipient_counts.c.recipients + statement.excluded.recipients},
        )
    )
