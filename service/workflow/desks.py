"""Describing the desks behind inboxes, and how much is asked of them: counts only, whoever's meetings they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.desks import DESK_CHANGED, free_seat
from service.store.chain import JSON
from service.store.changes import audit
from service.store.changes import desks as changes
from service.store.ids import new_id
from service.store.queries import desks
from service.store.queries.desks import DeskLoad, DeskRow, Overbooked
from service.store.queries.partnerships import partnership_by_id
from service.workflow.desk_file import DeskEntry, DeskInbox, DesksRefusedError
from service.workflow.errors import Instead, NotReadyError
from service.workflow.ports import Services
from service.workflow.seats import expired_events

_PAST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class DesksDescribed:
    """What an import did, or with ``dry_run`` would do. ``reseated``: meetings whose seat moved to another desk."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    reseated: int = 0
    overbooked: int = 0


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """How much is asked of each desk from now on, and how often one was asked for more than it can sit in."""

    until: datetime
    desks: tuple[DeskLoad, ...]
    overbooked: tuple[Overbooked, ...]


async def desk_figures(services: Services, partnership: str, days: int = 7) -> DeskFigures:
    """The load of every desk that serves a partnership: its own meetings, and all that take a seat there."""
    now = services.now()
    until = now + timedelta(days=days)
    async with services.engine.connect() as conn:
        load = await desks.desk_load(conn, partnership, now, until)
        return DeskFigures(until, tuple(load), tuple(await desks.overbooked_since(conn, partnership, now - _PAST)))


async def describe_desks(
    services: Services, partnership: str, entries: Sequence[DeskEntry], *, dry_run: bool, actor: str
) -> DesksDescribed:
    """Make a partnership's desks what the entries say, in one transaction with its audit; others stay as they are.

    Meetings to come keep their times: their seats move with their inbox to its desk, and where that desk has none left
    it is kept as asked for too much, with the name of whoever described it.

    Raises:
        NotReadyError: the partnership is not in the database yet.
        DesksRefusedError: an inbox is in no directory, or a desk of that name is another partnership's.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        if await partnership_by_id(conn, partnership, lock=True) is None:
            raise NotReadyError(f"{partnership} is not in the database yet.", instead=Instead.MIGRATE)
        inboxes = await _inboxes(conn, entries)
        there = {row.name: row for row in await desks.desk_rows(conn, partnership)}
        added = tuple(entry.name for entry in entries if entry.name not in there)
        changed = tuple(
            entry.name
            for entry in entries
            if entry.name in there and _differs(there[entry.name], entry, [inboxes[each] for each in entry.inboxes])
        )
        counted = DesksDescribed(added, changed, len(entries) - len(added) - len(changed))
        if dry_run:
            return counted
        events: list[audit.Event] = []
        moved = [0, 0]
        for entry in entries:
            if entry.name in {*added, *changed}:
                known = there.get(entry.name)
                desk_id = known.id if known else new_id(now)
                await changes.put_desk(conn, partnership, desk_id, _values(entry, now), entry.away)
                events.append(_described(partnership, desk_id, entry, now, actor))
                events.extend(await _point(conn, desk_id, [inboxes[each] for each in entry.inboxes], moved, now, actor))
        await audit.append(conn, events)
    return DesksDescribed(counted.added, counted.changed, counted.unchanged, *moved)


async def _inboxes(conn: AsyncConnection, entries: Sequence[DeskEntry]) -> dict[DeskInbox, UUID]:
    found: dict[DeskInbox, UUID] = {}
    missing: list[str] = []
    for each in [inbox for entry in entries for inbox in entry.inboxes]:
        inbox_id = await desks.inbox_at(conn, each.partnership, each.role, each.place, each.address)
        if inbox_id is None:
            missing.append(f"the directory of {each.partnership} has no {each.address} in the role {each.role}.")
        else:
            found[each] = inbox_id
    if missing:
        raise DesksRefusedError(tuple(missing))
    return found


def _values(entry: DeskEntry, now: datetime) -> dict[str, Any]:
    return {
        "name": entry.name,
        "capacity": entry.seats,
        "surgery": entry.surgery,
        "travel_minutes": entry.travel_minutes,
        "updated_at": now,
    }


def _differs(there: DeskRow, entry: DeskEntry, inbox_ids: Sequence[UUID]) -> bool:
    said = (entry.seats, entry.surgery, entry.travel_minutes, entry.away)
    return said != (there.capacity, there.surgery, there.travel_minutes, there.away) or not set(inbox_ids) <= set(
        there.inbox_ids
    )


def _described(partnership: str, desk_id: UUID, entry: DeskEntry, now: datetime, actor: str) -> audit.Event:
    data: dict[str, JSON] = {
        "desk": str(desk_id),
        "name": entry.name,
        "seats": entry.seats,
        "surgery": entry.surgery,
        "travel_minutes": entry.travel_minutes,
        "away": [[first.isoformat(), last.isoformat()] for first, last in entry.away],
    }
    return audit.Event(partnership, None, now, actor, audit.Action.DESK_DESCRIBED, data)


async def _point(
    conn: AsyncConnection, desk_id: UUID, inbox_ids: Sequence[UUID], moved: list[int], now: datetime, actor: str
) -> list[audit.Event]:
    """Let inboxes share a desk, with the seats of their meetings to come."""
    await changes.lock_desks(conn, [desk_id])
    events = expired_events(await changes.expire_holds(conn, now, [desk_id]), now)
    for pointed in await changes.point_inboxes(conn, inbox_ids, desk_id):
        before_after: JSON = {
            "desk": {"before": str(pointed.before) if pointed.before else None, "after": str(desk_id)}
        }
        data: dict[str, JSON] = {"inbox": str(pointed.inbox_id), "role": pointed.role, "fields": before_after}
        events.append(audit.Event(pointed.partnership, None, now, actor, audit.Action.INBOX_CHANGED, data))
    for booking in await changes.misplaced(conn, desk_id, now):
        occupied = await changes.occupied(conn, desk_id, booking, now)
        seat = free_seat(occupied.seats, occupied.capacity)
        because = None if seat else (DESK_CHANGED, actor)
        moved[0] += 1
        if await changes.reseat(conn, booking, desk_id, seat, because) and seat is None:
            moved[1] += 1
            over = {"inbox": str(booking.inbox_id), "override": DESK_CHANGED}
            events.append(
                audit.Event(booking.partnership, booking.meeting_id, now, actor, audit.Action.DESK_OVERBOOKED, over)
            )
    return events
