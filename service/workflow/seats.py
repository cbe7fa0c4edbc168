"""Taking the seats of a meeting's desks, in the transaction that gives it its time or holds one for a while.

A desk is never asked for more than it can sit in without somebody's name and reason. Nothing is blocked by it either:
the refusal carries the next best times and the reasons with which the same call goes through (safety comes first).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.desks import AGREED_BEFORE, INVITED_LATER, OVERRIDES, FullDesk, free_seat
from service.domain.meetings import MeetingState
from service.store.changes import audit
from service.store.changes import desks as changes
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import desks
from service.store.queries.desks import AskedDesk, InboxDesk
from service.store.tables import desk_bookings
from service.workflow.errors import BadReasonError, DesksFullError
from service.workflow.ports import Services

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Override:
    """Why a desk is asked for more than it can sit in, and who says so."""

    because: str
    by: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """The time a meeting wants its seats for. ``held_until`` None: for good."""

    partnership: str
    meeting_id: UUID
    start: datetime
    end: datetime
    in_person: bool
    now: datetime
    held_until: datetime | None = None


def override_given(code: str | None, by: str) -> Override | None:
    """The override a person gave. Raises BadReasonError for one that is not on the list."""
    if not code:
        return None
    if code not in OVERRIDES:
        raise BadReasonError(f"The desk override is one of: {', '.join(OVERRIDES)}.")
    return Override(code, by)


async def take_seats(
    conn: AsyncConnection, sitting: Sitting, override: Override | None, actor: str
) -> list[audit.Event]:
    """Take a seat at every desk of a meeting instead of those it has; returns the events to append at the end.

    Call it under the meeting's lock. A desk that is only asked to come if it can takes no seat where none is left.

    Raises:
        DesksFullError: a required desk has no seat left, and nobody has said why it is asked all the same.
    """
    asked = await desks.asked_desks(conn, sitting.partnership, sitting.meeting_id)
    events = await make_room(conn, [desk.desk_id for desk in asked], sitting.now)
    taken = await _taken(conn, sitting, asked)
    states = ("held",) if sitting.held_until else ("held", "booked")
    await changes.release(conn, sitting.partnership, sitting.meeting_id, "replaced", states)
    rows, full = _booked(sitting, asked, taken, override)
    if full and override is None:
        raise DesksFullError(full)
    await write_rows(conn, [(desk_bookings, rows)])
    return [*events, *overbooked(rows, actor)]


def sitting_of(partnership: str, meeting: LockedMeeting, now: datetime) -> Sitting | None:
    """The time for which a meeting has its seats; None while it has no time, or when it is over."""
    if meeting.state is not MeetingState.CONFIRMED or meeting.starts_at is None or meeting.ends_at is None:
        return None
    in_person = meeting.mode == "in_person"
    return Sitting(partnership, meeting.id, meeting.starts_at, meeting.ends_at, in_person, now)


async def fit_seats(conn: AsyncConnection, sitting: Sitting | None, actor: str) -> list[audit.Event]:
    """Take a seat for whoever was added to a meeting that has its time, and give back those of whoever fell away.

    A desk that is added is invited in any case: where it has no seat left, that is kept with the name of whoever
    invited it. Returns the events to append at the end.
    """
    if sitting is None:
        return []
    await changes.release_unasked(conn, sitting.partnership, sitting.meeting_id, "withdrawn")
    booked = await desks.booked_desks(conn, sitting.partnership, sitting.meeting_id)
    everyone = await desks.asked_desks(conn, sitting.partnership, sitting.meeting_id)
    asked = [desk for desk in everyone if desk.desk_id not in booked]
    events = await make_room(conn, [desk.desk_id for desk in asked], sitting.now)
    taken = await _taken(conn, sitting, asked)
    rows, _ = _booked(sitting, asked, taken, Override(INVITED_LATER, actor))
    await write_rows(conn, [(desk_bookings, rows)])
    return [*events, *overbooked(rows, actor)]


async def make_room(conn: AsyncConnection, desk_ids: Collection[UUID], now: datetime) -> list[audit.Event]:
    """Lock desks, and let go what was held there for too long; returns the events to append at the end."""
    await changes.lock_desks(conn, desk_ids)
    return expired_events(await changes.expire_holds(conn, now, desk_ids), now)


async def _taken(conn: AsyncConnection, sitting: Sitting, asked: Sequence[AskedDesk]) -> dict[UUID, InboxDesk]:
    found = await desks.inbox_desks(
        conn,
        sitting.partnership,
        [desk.inbox_id for desk in asked],
        sitting.meeting_id,
        sitting.start,
        sitting.end,
        sitting.now,
    )
    return {each.desk_id: each for each in found}


def _booked(
    sitting: Sitting, asked: Iterable[AskedDesk], taken: Mapping[UUID, InboxDesk], override: Override | None
) -> tuple[list[Row], tuple[FullDesk, ...]]:
    rows: list[Row] = []
    full: list[FullDesk] = []
    for desk in asked:
        seat = free_seat(taken[desk.desk_id].occupied, desk.capacity)
        if seat is None and desk.optional:
            continue
        if seat is None:
            full.append(FullDesk(desk.role, desk.name, desk.capacity))
        rows.append(booking_row(sitting, desk.desk_id, desk.inbox_id, seat, override))
    return rows, tuple(full)


def booking_row(sitting: Sitting, desk_id: UUID, inbox_id: UUID, seat: int | None, override: Override | None) -> Row:
    """One seat of one desk. The override stands only where there was no seat."""
    named = override if seat is None else None
    return {
        "id": new_id(sitting.now),
        "partnership_id": sitting.partnership,
        "desk_id": desk_id,
        "inbox_id": inbox_id,
        "meeting_id": sitting.meeting_id,
        "seat": seat,
        "during": f"[{sitting.start.isoformat()},{sitting.end.isoformat()})",
        "in_person": sitting.in_person,
        "state": "held" if sitting.held_until else "booked",
        "expires_at": sitting.held_until,
        "override_because": named.because if named else None,
        "override_by": named.by if named else None,
        "taken_at": sitting.now,
    }


def seats_at_intake(
    sitting: Sitting, inboxes: Sequence[tuple[UUID, bool]], known: Sequence[InboxDesk], by: str
) -> list[Row]:
    """The seats of a request that came with its time agreed: (inbox, whether it is only asked to come if it can).

    It is never refused, since nobody would be invited yet.
    """
    desk_of = {each.inbox_id: each for each in known}
    override = Override(AGREED_BEFORE, by)
    rows: dict[UUID, Row] = {}
    for inbox_id, optional in sorted(inboxes, key=lambda each: each[1]):
        desk = desk_of.get(inbox_id)
        if desk is None or desk.desk_id in rows:
            continue
        seat = free_seat(desk.occupied, desk.capacity)
        if seat is not None or not optional:
            rows[desk.desk_id] = booking_row(sitting, desk.desk_id, inbox_id, seat, override)
    return list(rows.values())


def overbooked(rows: Iterable[Row], actor: str) -> list[audit.Event]:
    """The events of the desks among these bookings that are asked for more than they can sit in."""
    return [
        audit.Event(
            row["partnership_id"],
            row["meeting_id"],
            row["taken_at"],
            actor,
            audit.Action.DESK_OVERBOOKED,
            {"inbox": str(row["inbox_id"]), "override": row["override_because"]},
        )
        for row in rows
        if row["seat"] is None
    ]


def expired_events(expired: Iterable[changes.Expired], now: datetime) -> list[audit.Event]:
    """One event for each meeting whose held seats were let go, by whoever came across them."""
    counted: dict[tuple[str, UUID], int] = {}
    for each in expired:
        counted[each.partnership, each.meeting_id] = counted.get((each.partnership, each.meeting_id), 0) + 1
    return [
        audit.Event(
            partnership, meeting_id, now, "scheduler", audit.Action.SLOT_RELEASED, {"seats": seats, "why": "expired"}
        )
        for (partnership, meeting_id), seats in sorted(counted.items(), key=str)
    ]


async def sweep_holds(services: Services) -> int:
    """Let go every seat that was held for too long; returns how many. Reading already passes over them."""
    now = services.now()
    async with services.engine.begin() as conn:
        gone = await changes.expire_holds(conn, now)
        await audit.append(conn, expired_events(gone, now))
    return len(gone)
