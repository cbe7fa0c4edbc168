"""Reads of the rota: who can chair, when they are away, and which meetings to come are theirs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, readable
from service.store.tables import case_access, chair_away, chairs, meetings, requests


@dataclass(frozen=True, slots=True)
class ChairRow:
    """One chair of the rota. ``reader`` is who they are in this service, as the audit names people; empty: not said."""

    id: UUID
    name: str
    hours: str
    reader: str
    away: tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class ChairedMeeting:
    """One meeting to come with a named chair. ``starts_at`` None: no time yet."""

    chair: str
    reference: str
    starts_at: datetime | None
    ends_at: datetime | None


async def rota(conn: AsyncConnection, partnership: str) -> list[ChairRow]:
    """Every chair who is on the rota now, by name."""
    c, a = chairs.c, chair_away.c
    found = (
        await conn.execute(
            select(c.id, c.name, c.hours, c.reader).where(c.partnership_id == partnership, c.active).order_by(c.name)
        )
    ).all()
    away: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
    for chair_id, first, last in await conn.execute(
        select(a.chair_id, a.first_day, a.last_day)
        .where(a.partnership_id == partnership)
        .order_by(a.first_day, a.last_day)
    ):
        away[chair_id].append((first, last))
    return [ChairRow(row.id, row.name, row.hours, row.reader, tuple(away[row.id])) for row in found]


async def chair_names(conn: AsyncConnection, partnership: str) -> dict[str, frozenset[str]]:
    """The names under which each reader (as the audit names people) chairs meetings here, also once off the rota."""
    c = chairs.c
    found: dict[str, set[str]] = defaultdict(set)
    for reader, name in await conn.execute(
        select(c.reader, c.name).where(c.partnership_id == partnership, c.reader != "")
    ):
        found[reader].add(name)
    return {reader: frozenset(names) for reader, names in found.items()}


async def chaired_meetings(conn: AsyncConnection, partnership: str, reader: Reader | None) -> list[ChairedMeeting]:
    """The meetings that are planned or confirmed and have a named chair, the earliest first."""
    m = meetings.c
    found = await conn.execute(
        select(m.chair, m.reference, m.starts_at, m.ends_at)
        .where(
            m.partnership_id == partnership,
            m.chair != "",
            m.state.in_(("planned", "confirmed")),
            readable(m.request_id, partnership, reader),
        )
        .order_by(m.starts_at.asc().nulls_last(), m.reference)
    )
    return [ChairedMeeting(*row) for row in found]


@dataclass(frozen=True, slots=True)
class CaseReaders:
    """Whether a case is restricted, who is named for it, and who is kept out of it."""

    restricted: bool
    named: frozenset[str]
    kept_out: frozenset[str]


async def case_readers(conn: AsyncConnection, partnership: str, request_id: UUID) -> CaseReaders:
    """Who may know of the case of one request."""
    q, a = requests.c, case_access.c
    restricted = await conn.scalar(select(q.restricted_at).where(q.partnership_id == partnership, q.id == request_id))
    found = (
        await conn.execute(
            select(a.reader, a.kind).where(
                a.partnership_id == partnership, a.request_id == request_id, a.ended_at.is_(None)
            )
        )
    ).all()
    named = frozenset(row.reader for row in found if row.kind == "named")
    return CaseReaders(restricted is not None, named, frozenset(row.reader for row in found if row.kind == "kept_out"))
