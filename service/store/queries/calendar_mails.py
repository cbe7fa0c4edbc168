"""Reads of the calendar entries that are sent by mail, and of places asked by another channel than their inbox has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.store import tables as t

_E, _R, _I, _V, _M = t.calendar_mails.c, t.requirements.c, t.inboxes.c, t.invitations.c, t.meetings.c


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A meeting's entry in the calendar behind one address, as the last mail left it."""

    id: UUID
    requirement_id: UUID
    address: str
    name: str
    version: int
    starts_at: datetime
    ends_at: datetime
    live: bool
    sequence: int
    version_sequence: int


_ENTRY = (
    _E.id,
    _E.requirement_id,
    _E.address,
    _E.name,
    _E.version,
    _E.starts_at,
    _E.ends_at,
    (_E.state == "live").label("live"),
    _E.sequence,
    _E.version_sequence,
)
# Whether a place of the meeting is still asked through that address by calendar mail.
_HELD = (
    select(_R.id)
    .join(t.inboxes, _I.id == _R.inbox_id)
    .where(
        _R.meeting_id == _E.meeting_id,
        _R.state == "wanted",
        _I.channel == "calendar_mail",
        func.lower(_I.address) == _E.address,
    )
)


async def entry_by_id(conn: AsyncConnection, partnership: str, entry_id: UUID) -> CalendarEntry | None:
    """One entry, or None when this partnership has no such one."""
    found = await conn.execute(select(*_ENTRY).where(_E.partnership_id == partnership, _E.id == entry_id))
    row = found.one_or_none()
    return None if row is None else CalendarEntry(*row)


async def entry_at(conn: AsyncConnection, partnership: str, meeting_id: UUID, address: str) -> CalendarEntry | None:
    """A meeting's entry behind one address (in lower case), or None when none was ever sent."""
    found = await conn.execute(
        select(*_ENTRY).where(_E.partnership_id == partnership, _E.meeting_id == meeting_id, _E.address == address)
    )
    row = found.one_or_none()
    return None if row is None else CalendarEntry(*row)


async def is_held(conn: AsyncConnection, partnership: str, entry_id: UUID, besides: UUID | None = None) -> bool:
    """Whether a place of the meeting is asked through the entry's address, ``besides`` one of them."""
    held = _HELD if besides is None else _HELD.where(_R.id != besides)
    found = await conn.scalar(
        select(held.correlate(t.calendar_mails).exists()).where(_E.partnership_id == partnership, _E.id == entry_id)
    )
    return bool(found)


async def stale_entries(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[CalendarEntry]:
    """The live entries that no place of the meeting holds any more, and that no unfinished intent takes away."""
    o = t.outbox.c
    on_its_way = select(o.id).where(
        o.meeting_id == _E.meeting_id,
        o.state.in_(("waiting", "frozen")),
        or_(
            o.detail["entry"].astext == func.cast(_E.id, t.outbox.c.stream.type),
            and_(o.requirement_id == _E.requirement_id, o.detail["about"].astext == "withdrawal"),
        ),
    )
    found = await conn.execute(
        select(*_ENTRY)
        .where(
            _E.partnership_id == partnership,
            _E.meeting_id == meeting_id,
            _E.state == "live",
            ~_HELD.correlate(t.calendar_mails).exists(),
            ~on_its_way.correlate(t.calendar_mails).exists(),
        )
        .order_by(_E.id)
    )
    return [CalendarEntry(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Switched:
    """A wanted place whose inbox has another channel now. ``asked_by`` None: it was never asked by mail."""

    requirement_id: UUID
    meeting_id: UUID
    asked_by: str | None
    channel: str


async def switched_places(conn: AsyncConnection, partnership: str, now: datetime) -> list[Switched]:
    """The wanted places of confirmed meetings to come that were asked by another channel than their inbox has now."""
    v = aliased(
        select(t.invitations)
        .where(_V.state.in_(("due", "sent", "failed")), _V.partnership_id == partnership)
        .subquery()
    )
    found = await conn.execute(
        select(_R.id, _R.meeting_id, v.c.channel, _I.channel)
        .select_from(
            t.requirements.join(t.meetings, _M.id == _R.meeting_id)
            .join(t.inboxes, _I.id == _R.inbox_id)
            .outerjoin(v, and_(v.c.requirement_id == _R.id, v.c.version == _M.version))
        )
        .where(
            _R.partnership_id == partnership,
            _R.state == "wanted",
            _M.state == "confirmed",
            _M.starts_at > now,
            func.coalesce(v.c.channel, "phone") != _I.channel,
        )
        .order_by(_R.meeting_id, _R.role, _R.slot)
    )
    return [Switched(*row) for row in found]
