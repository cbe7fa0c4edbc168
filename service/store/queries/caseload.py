"""The caseload: every meeting that is still to be worked, with the team of the policy it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.queries.readable import Reader, readable

_M, _R, _T, _C = t.meetings.c, t.requests.c, t.tasks.c, t.children.c


@dataclass(frozen=True, slots=True)
class OpenMeeting:
    """One meeting that is planned or confirmed, or leaves something to do. ``team`` None: no rule named one."""

    reference: str
    case_ref: str
    team: str | None
    meeting_type: str
    state: str
    starts_at: datetime | None
    deadline_at: datetime | None
    children: int
    open_tasks: int


async def open_meetings(conn: AsyncConnection, partnership: str, reader: Reader | None) -> list[OpenMeeting]:
    """The caseload as this reader may know it, by team, then the meeting whose time or deadline comes soonest first."""
    to_do = (
        select(_T.meeting_id, func.count().label("number"))
        .where(_T.partnership_id == partnership, _T.state == "open")
        .group_by(_T.meeting_id)
        .subquery("to_do")
    )
    children = (
        select(func.count())
        .where(_C.partnership_id == partnership, _C.request_id == _M.request_id)
        .correlate(t.meetings)
        .scalar_subquery()
    )
    found = await conn.execute(
        select(
            _M.reference,
            _R.case_ref,
            _M.team,
            _M.meeting_type,
            _M.state,
            _M.starts_at,
            _M.deadline_at,
            children,
            func.coalesce(to_do.c.number, 0),
        )
        .select_from(t.meetings.join(t.requests, _R.id == _M.request_id).outerjoin(to_do, to_do.c.meeting_id == _M.id))
        .where(
            _M.partnership_id == partnership,
            or_(_M.state.in_(("planned", "confirmed")), to_do.c.number.is_not(None)),
            readable(_M.request_id, partnership, reader),
        )
        .order_by(
            _M.team.asc().nulls_last(),
            func.coalesce(_M.starts_at, _M.deadline_at).asc().nulls_last(),
            _M.reference,
        )
    )
    return [OpenMeeting(*row) for row in found]
