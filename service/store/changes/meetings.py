"""Writes to one meeting. Each takes the meeting's row lock first, so that two people's acts follow one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState
from service.store import tables
from service.store.queries.directory import Inbox


@dataclass(frozen=True, slots=True)
class LockedMeeting:
    """A meeting's own state, with its row locked until the transaction ends."""

    id: UUID
    request_id: UUID
    reference: str
    meeting_type: str
    urgency: str
    policy_hash: str
    state: MeetingState
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    mode: str
    venue: str
    deadline_at: datetime | None
    sitting_before_at: datetime | None = None
    sitting_after_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A requirement that can be invited, with its inbox."""

    requirement_id: UUID
    role: str
    slot: str
    inbox: Inbox


@dataclass(frozen=True, slots=True)
class OwedRow:
    """What one agency is owed: a span's code, or None when the partnership has set none."""

    role: str
    notice_standard: str | None
    hours: str


@dataclass(frozen=True, slots=True)
class ShortNotice:
    """Why notice was cut short: a code of the policy's list, the words beside it, and who gave both."""

    short_notice_code: str | None = None
    short_notice_reason: str | None = None
    short_notice_by: str | None = None


_LOCKED = (
    tables.meetings.c.id,
    tables.meetings.c.request_id,
    tables.meetings.c.reference,
    tables.meetings.c.meeting_type,
    tables.requests.c.urgency,
    tables.meetings.c.policy_hash,
    tables.meetings.c.state,
    tables.meetings.c.version,
    tables.meetings.c.starts_at,
    tables.meetings.c.ends_at,
    tables.meetings.c.mode,
    tables.meetings.c.venue,
    tables.meetings.c.deadline_at,
    tables.meetings.c.sitting_before_at,
    tables.meetings.c.sitting_after_at,
)


def _locked(values: Mapping[str, Any]) -> LockedMeeting:
    return LockedMeeting(**dict(values) | {"state": MeetingState(values["state"])})


async def lock_meeting(conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting | None:
    """Lock a meeting by its reference, or None when this partnership has no such meeting."""
    return await _lock(conn, "reference", {"partnership": partnership, "asked": reference})


async def lock_meeting_by_id(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> LockedMeeting | None:
    """Lock a meeting by its id, or None when this partnership has no such meeting."""
    return await _lock(conn, "id", {"partnership": partnership, "asked": meeting_id})


async def _lock(conn: AsyncConnection, by: str, said: Mapping[str, Any]) -> LockedMeeting | None:
    found = (await conn.execute(_locking(by), said)).one_or_none()
    return None if found is None else _locked(found._asdict())


@lru_cache(maxsize=2)
def _locking(by: str) -> Select[Any]:
    """Built once: almost every act begins with it."""
    m = tables.meetings.c
    return (
        select(*_LOCKED)
        .select_from(tables.meetings.join(tables.requests, tables.requests.c.id == m.request_id))
        .where(m.partnership_id == bindparam("partnership", type_=m.partnership_id.type))
        .where(m[by] == bindparam("asked", type_=m[by].type))
        .with_for_update(of=tables.meetings)
    )


async def seats_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[SeatRow]:
    """The requirements that are wanted and have an inbox, in a steady order."""
    joined = tables.requirements.join(tables.inboxes, tables.inboxes.c.id == tables.requirements.c.inbox_id)
    found = await conn.execute(
        select(
            tables.requirements.c.id,
            tables.requirements.c.role,
            tables.requirements.c.slot,
            *(tables.inboxes.c[field.name] for field in fields(Inbox)),
        )
        .select_from(joined)
        .where(
            tables.requirements.c.partnership_id == partnership,
            tables.requirements.c.meeting_id == meeting_id,
            tables.requirements.c.state == "wanted",
        )
        .order_by(tables.requirements.c.role, tables.requirements.c.slot)
    )
    return [SeatRow(row[0], row[1], row[2], Inbox(*row[3:])) for row in found]


async def set_time(  # noqa: PLR0913 - one meeting's new time, by name
    conn: AsyncConnection,
    partnership: str,
    meeting_id: UUID,
    *,
    version: int,
    starts_at: datetime,
    ends_at: datetime,
    mode: str,
    venue: str,
    minutes_due_at: datetime | None,
    short_notice: ShortNotice,
    sitting: tuple[datetime | None, datetime | None] = (None, None),
) -> None:
    """Confirm or move: the meeting has this time from now on, as this version.

    ``sitting``: when the meetings begin that come right before and right after it in one sitting.
    """
    await conn.execute(
        update(tables.meetings)
        .where(tables.meetings.c.partnership_id == partnership, tables.meetings.c.id == meeting_id)
        .values(
            state="confirmed",
            version=version,
            starts_at=starts_at,
            ends_at=ends_at,
            mode=mode,
            venue=venue,
            minutes_due_at=minutes_due_at,
            # A move by itself takes the meeting out of its sitting: nothing of that is told any more.
            sitting_before_at=sitting[0],
            sitting_after_at=sitting[1],
            **asdict(short_notice),
        )
    )


async def explain_short_notice(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, short_notice: ShortNotice
) -> None:
    """Why the notice of the meeting's current time was cut short, and who says so."""
    await conn.execute(
        update(tables.meetings)
        .where(tables.meetings.c.partnership_id == partnership, tables.meetings.c.id == meeting_id)
        .values(**asdict(short_notice))
    )


async def go_on_without_quorum(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, *, reason: str, by: str
) -> None:
    """Why the meeting goes on, or went on, without its quorum, and who decided so."""
    await conn.execute(
        update(tables.meetings)
        .where(tables.meetings.c.partnership_id == partnership, tables.meetings.c.id == meeting_id)
        .values(inquorate_reason=reason, inquorate_by=by)
    )


async def owed_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[OwedRow]:
    """The notice owed to each agency that must come, with its hours (empty where it has no inbox), by role."""
    r = tables.requirements.c
    found = await conn.execute(
        select(r.role, r.notice_standard, func.coalesce(tables.inboxes.c.hours, ""))
        .select_from(tables.requirements.outerjoin(tables.inboxes, tables.inboxes.c.id == r.inbox_id))
        .where(
            r.partnership_id == partnership,
            r.meeting_id == meeting_id,
            r.state.in_(("wanted", "no_inbox")),
            r.level != "optional",
        )
        .order_by(r.role, r.slot)
    )
    return [OwedRow(*row) for row in found]


async def set_state(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, state: MeetingState, *, reason: str | None = None
) -> None:
    """Mark a meeting held or cancelled. ``reason`` is kept for a cancellation."""
    values: dict[str, object] = {"state": str(state)}
    if reason is not None:
        values["cancelled_because"] = reason
    await conn.execute(
        update(tables.meetings)
        .where(tables.meetings.c.partnership_id == partnership, tables.meetings.c.id == meeting_id)
        .values(**values)
    )


async def live_event(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> tuple[UUID, UUID] | None:
    """The meeting's one wanted or live event and its mailbox: (event id, mailbox id)."""
    found = (
        await conn.execute(
            select(tables.calendar_events.c.id, tables.calendar_events.c.mailbox_id).where(
                tables.calendar_events.c.partnership_id == partnership,
                tables.calendar_events.c.meeting_id == meeting_id,
                tables.calendar_events.c.state.in_(("wanted", "live")),
            )
        )
    ).one_or_none()
    return None if found is None else (found.id, found.mailbox_id)


async def retire_invitations(conn: AsyncConnection, partnership: str, meeting_id: UUID, state: str) -> None:
    """Mark every open invitation ``replaced`` (a move) or ``withdrawn`` (a cancellation)."""
    await conn.execute(
        update(tables.invitations)
        .where(
            tables.invitations.c.partnership_id == partnership,
            tables.invitations.c.meeting_id == meeting_id,
            tables.invitations.c.state.in_(("due", "sent", "failed")),
        )
        .values(state=state)
    )


async def silence_chases(conn: AsyncConnection, partnership: str, meeting_id: UUID, because: str, now: datetime) -> int:
    """End every chase that is still due with its reason; returns how many."""
    done = await conn.execute(
        update(tables.chases)
        .where(
            tables.chases.c.partnership_id == partnership,
            tables.chases.c.meeting_id == meeting_id,
            tables.chases.c.state == "due",
        )
        .values(state="not_sent", not_sent_because=because, finished_at=now)
    )
    return done.rowcount
