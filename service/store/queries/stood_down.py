"""Whether the conference of a case before this one was stood down."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import meetings, requests


async def stood_down_before(
    conn: AsyncConnection, partnership: str, case_ref: str, meeting_types: Collection[str], but: UUID
) -> bool:
    """Whether the last of a case's meetings of these types that had a time, other than ``but``, was stood down."""
    m, r = meetings.c, requests.c
    found = await conn.execute(
        select(m.cancelled_because)
        .select_from(meetings.join(requests, r.id == m.request_id))
        .where(
            m.partnership_id == partnership,
            r.case_ref == case_ref,
            m.meeting_type.in_(list(meeting_types)),
            m.id != but,
            m.starts_at.is_not(None),
            m.state.in_(("held", "cancelled")),
        )
        .order_by(m.starts_at.desc(), m.id.desc())
        .limit(1)
    )
    return found.scalar_one_or_none() == "stood_down"
