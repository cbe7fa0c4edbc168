"""Reads for the morning comparison, and of the differences it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.drift import DriftKind
from service.store.queries.readable import Reader, readable
from service.store.tables import calendar_events, drifts, mailboxes, meetings, outbox


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """A live event of a confirmed meeting that is not over, as it is to be compared."""

    id: UUID
    meeting_id: UUID
    graph_id: str


@dataclass(frozen=True, slots=True)
class HandedEvent:
    """What we handed over of one event, and whether something about it is still on its way or was given up on.

    ``subject``, ``html`` and ``venue`` are those of the last bytes that held them; None where none ever did.
    ``settled_at`` is when the last of our changes ended (real time), None for none.
    """

    graph_id: str | None
    state: str
    handed_version: int
    body_mark: str | None
    under_way: bool
    settled_at: datetime | None
    subject: str | None
    html: str | None
    venue: str | None


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference, open or ended. ``detail`` holds times and addresses, and a place that
    names nobody; no other words that somebody typed."""

    id: UUID
    meeting_id: UUID
    meeting_reference: str
    event_id: UUID
    version: int
    kind: DriftKind
    detail: Mapping[str, Any]
    state: str
    found_at: datetime
    starts_at: datetime | None
    mode: str
    mailbox: str


async def open_events(conn: AsyncConnection, partnership: str, mailbox_id: UUID, now: datetime) -> list[OpenEvent]:
    """The events of a mailbox that can be compared: live, of confirmed meetings that are not over."""
    e, m = calendar_events.c, meetings.c
    found = await conn.execute(
        select(e.id, e.meeting_id, e.graph_id)
        .join(meetings, m.id == e.meeting_id)
        .where(e.partnership_id == partnership, e.mailbox_id == mailbox_id, e.state == "live")
        .where(e.graph_id.is_not(None), m.state == "confirmed", m.ends_at > now)
        .order_by(e.id)
    )
    return [OpenEvent(*row) for row in found]


async def join_links(conn: AsyncConnection, partnership: str, now: datetime, limit: int = 20) -> list[tuple[str, str]]:
    """The online meetings that come next: the organiser mailbox's address and the join link of each."""
    e, m = calendar_events.c, meetings.c
    found = await conn.execute(
        select(mailboxes.c.address, e.join_url)
        .join(meetings, m.id == e.meeting_id)
        .join(mailboxes, mailboxes.c.id == e.mailbox_id)
        .where(e.partnership_id == partnership, e.state == "live", e.join_url.is_not(None), e.join_url != "")
        .where(m.state == "confirmed", m.ends_at > now, mailboxes.c.state == "active")
        .order_by(m.starts_at, e.id)
        .limit(limit)
    )
    return [(row.address, row.join_url) for row in found]


async def handed_event(conn: AsyncConnection, partnership: str, event_id: UUID) -> HandedEvent:
    """One event as we handed it over, byte by frozen byte. Call it under the meeting's lock."""
    e, o = calendar_events.c, outbox.c
    event = (
        await conn.execute(
            select(e.graph_id, e.state, e.handed_version, e.body_mark).where(
                e.partnership_id == partnership, e.id == event_id
            )
        )
    ).one()
    rows = await conn.execute(
        select(o.state, o.finished_at, o.frozen)
        .where(o.partnership_id == partnership, o.event_id == event_id)
        .where(o.kind.in_(("create_event", "update_event")))
        .order_by(o.sequence)
    )
    sent: dict[str, Any] = {}
    under_way, settled_at = False, None
    for row in rows:
        under_way = under_way or row.state in {"waiting", "frozen", "exhausted"}
        settled_at = max(filter(None, (settled_at, row.finished_at)), default=None)
        if row.state == "done" and row.frozen is not None:
            sent |= json.loads(row.frozen)
    return HandedEvent(
        *event,
        under_way=under_way,
        settled_at=settled_at,
        subject=sent.get("subject"),
        html=(sent.get("body") or {}).get("content"),
        venue=(sent.get("location") or {}).get("displayName"),
    )


def _drifts(partnership: str, *where: ColumnElement[bool]) -> Select[Any]:
    d, m = drifts.c, meetings.c
    return (
        select(
            d.id,
            d.meeting_id,
            m.reference,
            d.event_id,
            d.version,
            d.kind,
            d.detail,
            d.state,
            d.found_at,
            m.starts_at,
            m.mode,
            mailboxes.c.address,
        )
        .join(meetings, m.id == d.meeting_id)
        .join(calendar_events, calendar_events.c.id == d.event_id)
        .join(mailboxes, mailboxes.c.id == calendar_events.c.mailbox_id)
        .where(d.partnership_id == partnership, *where)
        .order_by(m.starts_at, m.reference, d.id)
    )


def _one(row: Any) -> Drift:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's name for a row as a mapping
    return Drift(
        id=values["id"],
        meeting_id=values["meeting_id"],
        meeting_reference=values["reference"],
        event_id=values["event_id"],
        version=values["version"],
        kind=DriftKind(values["kind"]),
        detail=values["detail"],
        state=values["state"],
        found_at=values["found_at"],
        starts_at=values["starts_at"],
        mode=values["mode"],
        mailbox=values["address"],
    )


async def open_drifts(conn: AsyncConnection, partnership: str, reader: Reader | None) -> list[Drift]:
    """Every open difference that this reader may know of; the meeting that starts soonest first."""
    mine = readable(meetings.c.request_id, partnership, reader)
    found = await conn.execute(_drifts(partnership, drifts.c.state == "open", mine))
    return [_one(row) for row in found]


async def drifts_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Drift]:
    """The open differences of one meeting."""
    found = await conn.execute(_drifts(partnership, drifts.c.state == "open", drifts.c.meeting_id == meeting_id))
    return [_one(row) for row in found]
