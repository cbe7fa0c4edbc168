"""Reads of the calendars inside the tenant: whose they are, and what was last seen of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.calendars import Appointment, NotSeen
from service.store.tables import calendars


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One calendar. ``name`` is a chair's or a room's, empty for an agency, whose address is in the directory.

    ``tried_at`` and ``problem``: the last try, and why it failed.
    """

    id: UUID
    kind: str
    name: str
    address: str
    seen_at: datetime | None
    appointments: tuple[Appointment, ...]
    tried_at: datetime | None
    problem: NotSeen | None


_C = calendars.c


def _wanted(*where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(_C.id, _C.kind, _C.name, _C.address, _C.seen_at, _C.taken, _C.tried_at, _C.problem)
        .where(*where)
        .order_by(_C.kind, _C.name, _C.address)
    )


def _row(found: Any) -> CalendarRow:
    taken = tuple(
        Appointment(datetime.fromisoformat(start), datetime.fromisoformat(end), away)
        for start, end, away in found.taken or ()
    )
    problem = NotSeen(found.problem) if found.problem else None
    return CalendarRow(found.id, found.kind, found.name, found.address, found.seen_at, taken, found.tried_at, problem)


async def calendars_of(conn: AsyncConnection, partnership: str) -> list[CalendarRow]:
    """Every calendar a partnership may ask Outlook for."""
    return [_row(each) for each in await conn.execute(_wanted(_C.partnership_id == partnership))]


async def calendars_for(
    conn: AsyncConnection, partnership: str, addresses: Collection[str], chair: str
) -> list[CalendarRow]:
    """Those of some agencies (by address, in lower case), of one chair (by name), and of every room."""
    of_these = or_(
        and_(_C.kind == "agency", _C.address.in_(addresses)),
        and_(_C.kind == "chair", _C.name == chair),
        _C.kind == "room",
    )
    return [_row(each) for each in await conn.execute(_wanted(_C.partnership_id == partnership, of_these))]
