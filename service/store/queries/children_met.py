"""Reads for the reconciliation with the council's list: which child was at which strategy meeting or conference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.queries.readable import Reader, readable


@dataclass(frozen=True, slots=True)
class ChildMet:
    """One child of one meeting that took place. ``child_ref`` and ``case_ref`` are the sending system's words."""

    reference: str
    meeting_type: str
    starts_at: datetime
    child_ref: str
    case_ref: str
    children: int
    readable: bool


async def children_met(
    conn: AsyncConnection, partnership: str, reader: Reader | None, types: Sequence[str], start: datetime, end: datetime
) -> list[ChildMet]:
    """The children of the meetings of these types that started in ``[start, end)`` and were not cancelled.

    ``readable`` says whether the reader may know of the meeting.
    """
    m, r, c = t.meetings.c, t.requests.c, t.children.c
    wanted = (
        select(
            m.reference,
            m.meeting_type,
            m.starts_at,
            c.ref,
            r.case_ref,
            func.count().over(partition_by=(m.id,)),
            readable(m.request_id, partnership, reader),
        )
        .select_from(t.meetings.join(t.requests, r.id == m.request_id).join(t.children, c.request_id == r.id))
        .where(m.partnership_id == partnership, m.meeting_type.in_(types), m.state.in_(("confirmed", "held")))
        .where(m.starts_at >= start, m.starts_at < end)
        .order_by(m.starts_at, m.reference, c.ref)
    )
    return [ChildMet(*row) for row in await conn.execute(wanted)]
