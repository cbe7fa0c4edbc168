"""Reads for the replay of past requests: each meeting with its facts and its places, a batch at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.hours import parse
from service.domain.replay import PastPlace
from service.domain.spans import span_from_code
from service.store.tables import attendances, inboxes, invitations, meetings, requests, requirements

_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """One past meeting. ``facts`` are the derived facts as the row keeps them; ``state`` is the meeting's."""

    reference: str
    policy_hash: str
    state: str
    received_at: datetime
    concern_recorded_at: datetime
    starts_at: datetime | None
    facts: dict[str, Any]
    places: tuple[PastPlace, ...]


def _in_period(partnership: str, start: datetime, end: datetime) -> ColumnElement[bool]:
    r = requests.c
    return and_(r.partnership_id == partnership, r.received_at >= start, r.received_at < end)


async def how_many(conn: AsyncConnection, partnership: str, start: datetime, end: datetime) -> int:
    """How many meetings ``stream_meetings`` will give."""
    joined = meetings.join(requests, requests.c.id == meetings.c.request_id)
    wanted = select(func.count()).select_from(joined).where(_in_period(partnership, start, end))
    return int((await conn.execute(wanted)).scalar_one())


def _places() -> Select[Any]:
    """The places of one meeting as a JSON list: who, whether to be asked, what notice, which hours, handed over when,
    whether core, and whether it came.

    An invitation is handed over with its event and its message, for an inbox that is no guest with its message.
    """
    r, v, i, a = requirements.c, invitations.c, inboxes.c, attendances.c
    handed = case(
        (v.message_handed_at.is_(None), None),
        (and_(i.channel == "outlook", v.event_handed_at.is_(None)), None),
        else_=func.greatest(v.message_handed_at, v.event_handed_at),
    )
    invited = r.state.in_(("wanted", "no_inbox"))
    came = a.outcome.in_(("attended", "represented"))
    place = func.jsonb_build_array(
        r.role, r.agency_group, invited, r.notice_standard, i.hours, handed, r.level == "core", came
    )
    # What a machine proposes is not recorded; a further sitting is not the meeting that was planned.
    recorded = and_(a.requirement_id == r.id, a.sitting == 1, a.state != "proposed")
    this_version = and_(v.requirement_id == r.id, v.version == meetings.c.version)
    return (
        select(func.jsonb_agg(place))
        .select_from(
            requirements.outerjoin(invitations, this_version)
            .outerjoin(inboxes, i.id == r.inbox_id)
            .outerjoin(attendances, recorded)
        )
        .where(r.meeting_id == meetings.c.id)
        .correlate(meetings)
    )


async def stream_meetings(
    conn: AsyncConnection, partnership: str, start: datetime, end: datetime
) -> AsyncIterator[StoredMeeting]:
    """Every meeting whose request came in during ``[start, end)``, oldest first."""
    m, r = meetings.c, requests.c
    head = (m.reference, m.policy_hash, m.state, r.received_at, r.concern_recorded_at, m.starts_at, r.facts)
    wanted = (
        select(*head, _places().scalar_subquery())
        .select_from(meetings.join(requests, r.id == m.request_id))
        .where(_in_period(partnership, start, end))
        .order_by(r.received_at, m.id)
    )
    async with conn.stream(wanted, execution_options={"yield_per": _BATCH}) as rows:
        async for row in rows:
            yield StoredMeeting(*row[:-1], places=tuple(_place(*each) for each in row[-1] or ()))


def _place(
    role: str,
    group: str,
    invited: bool,  # noqa: FBT001
    notice: str | None,
    hours: str | None,
    handed_at: str | None,
    core: bool,  # noqa: FBT001
    came: bool | None,  # noqa: FBT001
) -> PastPlace:
    known = {"hours": parse(hours)} if hours else {}
    handed = None if handed_at is None else datetime.fromisoformat(handed_at)
    return PastPlace(role, group, invited, span_from_code(notice), handed_at=handed, core=core, came=came, **known)
