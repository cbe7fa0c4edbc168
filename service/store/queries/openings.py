"""Reads of who opened what: every opening and refusal of a partnership's cases, for whoever audits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.queries.readable import Reader, readable
from service.store.tables import audit_events, meetings

OPENED = (
    Action.IDENTITY_OPENED,
    Action.OPENING_REFUSED,
    Action.ROUTE_OPENED,
    Action.HELD_BODY_OPENED,
    Action.DECISION_OPENED,
    Action.MINUTES_OPENED,
    Action.DISAGREEMENT_OPENED,
    Action.GLASS_BROKEN,
    Action.CODE_REFUSED,
    Action.DESK_SESSION_BEGUN,
)
"""The actions that let somebody see what is sealed, or that show that somebody tried."""


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """One opening or refusal. ``reference`` is empty for what belongs to no meeting."""

    at: datetime
    actor: str
    action: str
    data: Mapping[str, Any]
    reference: str


async def openings_between(
    conn: AsyncConnection,
    partnership: str,
    reader: Reader | None,
    start: datetime,
    end: datetime,
    *,
    reference: str = "",
    most: int = 500,
) -> list[OpeningLine]:
    """The openings of a stretch of time, newest first; of one meeting, if its reference is given.

    A restricted case's openings are for the people named for it, as everything of it is.
    """
    a = audit_events.c
    wanted = (
        select(a.at, a.actor, a.action, a.data, meetings.c.reference)
        .select_from(audit_events.outerjoin(meetings, meetings.c.id == a.meeting_id))
        .where(
            a.partnership_id == partnership,
            a.action.in_([str(action) for action in OPENED]),
            a.at >= start,
            a.at < end,
            or_(a.meeting_id.is_(None), readable(meetings.c.request_id, partnership, reader)),
        )
        .order_by(a.at.desc(), a.id.desc())
        .limit(most)
    )
    if reference:
        wanted = wanted.where(meetings.c.reference == reference)
    return [
        OpeningLine(row.at, row.actor, row.action, row.data, row.reference or "") for row in await conn.execute(wanted)
    ]
