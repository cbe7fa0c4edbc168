"""Reads for the agreed standard: the meetings of a period as facts with their places, and a dip sample's frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta
from msgspec.json import Decoder
from sqlalchemy import ColumnElement, Row, Select, cast, select, true
from sqlalchemy.dialects.postgresql import TIMESTAMP, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import Contribution, Outcome
from service.domain.london import local_date
from service.domain.medical import AtMedical, MedicalState
from service.domain.meeting_facts import ChildFact, MedicalFact, MeetingFact, PlaceFact
from service.domain.spans import span_from_code
from service.store import tables as t
from service.store.actions import Action
from service.store.queries.readable import Reader, hidden_from, readable
from service.store.queries.standard_facts import WHEN, facts_of_batch

# Read in batches, some of them ahead; worked through in turns of some milliseconds, so that a long report holds up
# nobody who shares the event loop.
_FIRST_BATCH, _BATCH, _AHEAD, _TURN = 25, 200, 3, 25
_M = t.meetings.c
_At = Annotated[datetime, Meta(tz=True)]
# A place as the statement writes it, in the order of ``PlaceFact``; its notice is still the row's text. Read by a
# decoder that makes the enums and instants itself, since a report of years reads a million of them.
_Row = tuple[
    str, str, str, bool, Outcome | None, str | None, str, str | None, tuple[str, ...], Contribution | None,
    bool, bool, bool | None, int, _At | None, _At | None, _At | None,
]  # fmt: skip
_ROWS = Decoder(list[_Row])


async def meeting_facts(
    conn: AsyncConnection, partnership: str, reader: Reader | None, start: datetime, end: datetime
) -> AsyncGenerator[list[MeetingFact]]:
    """The meetings that start in ``[start, end)`` and that the reader may know of, by start and reference, a batch at a
    time. Figures name no meeting and are read without a reader: they count every one.

    The next batch is being read while the caller works on this one, so the database and this process share the work.

    The caller's ``end`` keeps meetings that are still to come out of the count. A cancelled meeting counts by the start
    it had, or by when it was asked for when it never had one; a planned one is no fact. A withdrawn place is left out
    unless somebody's attendance was recorded for it.
    """
    facts = facts_of_batch(partnership)
    hidden = await _hidden(conn, partnership, reader)
    for first, last in _windows(start, end):
        ids = await _ids(conn, partnership, _M.request_id.not_in(hidden) if hidden else true(), first, last)
        async with aclosing(_in_batches(conn, facts, ids)) as batches:
            async for rows in batches:
                yield [_fact(row) for row in rows]


async def withheld_facts(
    conn: AsyncConnection, partnership: str, reader: Reader | None, start: datetime, end: datetime
) -> AsyncGenerator[list[MeetingFact]]:
    """Those ``meeting_facts`` leaves out for this reader, to be counted and not to be named to them. They are few."""
    hidden = await _hidden(conn, partnership, reader)
    ids = await _ids(conn, partnership, _M.request_id.in_(hidden), start, end) if hidden else []
    async with aclosing(_in_batches(conn, facts_of_batch(partnership), ids)) as batches:
        async for rows in batches:
            yield [_fact(row) for row in rows]


async def _hidden(conn: AsyncConnection, partnership: str, reader: Reader | None) -> frozenset[UUID]:
    """The cases that are not for the reader, asked for once: held against each row of years it would take seconds."""
    return (await hidden_from(conn, partnership, reader))[1] if reader else frozenset()


# Some hundred meetings of a large council; each window is twice as long as the one before it.
_FIRST_WINDOW = timedelta(days=1)


def _windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A period in parts, a short one first: the ids of years take seconds to sort, and a reader waits for the first."""
    length = _FIRST_WINDOW
    while start < end:
        last = end if end - start <= length else start + length
        yield start, last
        start, length = last, 2 * length


async def _ids(
    conn: AsyncConnection, partnership: str, which: ColumnElement[bool], start: datetime, end: datetime
) -> list[UUID]:
    wanted = (
        select(_M.id)
        .where(_M.partnership_id == partnership, _M.state != "planned", which)
        .where(WHEN.op(">=")(start), WHEN.op("<")(end))
        .order_by(WHEN, _M.reference)
    )
    return list((await conn.scalars(wanted)).all())


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Batches: small ones first, so that whoever waits for the first rows need not wait for two hundred meetings."""
    first, length = 0, min(_FIRST_BATCH, _BATCH)
    while first < len(ids):
        yield ids[first : first + length]
        first, length = first + length, min(2 * length, _BATCH)


async def _in_batches(
    conn: AsyncConnection, facts: Select[Any], ids: Sequence[UUID]
) -> AsyncGenerator[Sequence[Row[Any]]]:
    """The rows in parts a caller works through in some milliseconds; meanwhile the next batches are being read."""
    # One statement at a time on a connection; a lock wakes whoever waits in the order they came.
    one_at_a_time = asyncio.Lock()

    async def read(part: Sequence[UUID]) -> Sequence[Row[Any]]:
        async with one_at_a_time:
            return list(await conn.execute(facts, {"ids": list(part)}))

    parts = _parts(ids)
    coming = deque(asyncio.create_task(read(part)) for part in islice(parts, _AHEAD))
    try:
        while coming:
            rows = await coming.popleft()
            coming.extend(asyncio.create_task(read(part)) for part in islice(parts, 1))
            for first in range(0, len(rows), _TURN):
                # One turn of the loop, so that the database is given its next batch as soon as it has sent one.
                await asyncio.sleep(0)
                yield rows[first : first + _TURN]
    finally:
        # Whoever stops early hands the connection back; a statement must not be under way on it then.
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)


def _fact(row: Sequence[Any]) -> MeetingFact:
    reference, case_ref, month, meeting_type, policy_hash, starts_at, cancelled, deadline_at = row[:8]
    because, short_notice_reason, inquorate_reason, initiating, team, routed, minutes_due_at, issued_at = row[8:16]
    circumstances, children, places, later, enquiry, outcome_recorded, enquiry_began_at = row[16:23]
    return MeetingFact(
        reference=reference,
        case_ref=case_ref,
        month=month,
        meeting_type=meeting_type,
        policy_hash=policy_hash,
        starts_at=starts_at,
        cancelled=cancelled,
        deadline_at=deadline_at,
        cancelled_because=because,
        short_notice_reason=short_notice_reason,
        inquorate_reason=inquorate_reason,
        not_held_because=row[27],
        initiating_sd_on=local_date(datetime.fromisoformat(initiating)) if initiating else None,
        s47_started_on=None if enquiry is None or meeting_type != "icpc" else local_date(enquiry),
        outcome_recorded=outcome_recorded,
        enquiry_began_at=enquiry_began_at,
        medical=_medical(*row[23:27]),
        team=team or "",
        routed_team=routed or "",
        minutes_due_at=minutes_due_at,
        minutes_issued_at=issued_at,
        circumstances=frozenset(circumstances or ()),
        children=tuple(ChildFact(*child) for child in children or ()),
        places=(*map(_place, _ROWS.decode(places or "[]")), *map(_later_place, later or ())),
    )


def _medical(
    state: str | None, reason_code: str | None, starts_at: datetime | None, came: dict[str, bool] | None
) -> MedicalFact | None:
    if state is None:
        return None
    there = frozenset((AtMedical(who), present) for who, present in (came or {}).items())
    return MedicalFact(MedicalState(state), reason_code, starts_at, there)


def _place(values: _Row) -> PlaceFact:
    # By position, in the order of ``PlaceFact``: names would take as long again as all the rest.
    return PlaceFact._make((*values[:5], span_from_code(values[5]), *values[6:]))


def _later_place(values: Sequence[Any]) -> PlaceFact:
    role, group, level, outcome, brought, confirmed, joined, sitting = values
    return PlaceFact(
        role=role,
        group=group,
        level=level,
        invited=False,
        outcome=Outcome(outcome),
        contribution=None if brought is None else Contribution(brought),
        confirmed=confirmed,
        joined=joined,
        sitting=sitting,
    )


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One meeting of a dip sample's frame, as the audit had it when the period ended."""

    reference: str
    meeting_type: str
    starts_at: datetime
    readable: bool


async def sample_frame(
    conn: AsyncConnection, partnership: str, reader: Reader | None, start: datetime, end: datetime
) -> list[FrameRow]:
    """The meetings that had started in ``[start, end)`` as the record stood at ``end``, by reference.

    Read from the audit, which only grows: the last time given to a meeting before ``end``, and whether it had been
    cancelled by then. So nothing that is recorded, moved or cancelled later changes what an earlier sample drew from.
    ``readable`` says whether the reader may know of the meeting: the frame is the same for everybody.
    """
    e = t.audit_events.c
    telling = (Action.MEETING_CONFIRMED, Action.MEETING_MOVED, Action.MEETING_CANCELLED)
    last = (
        select(e.meeting_id, e.action, cast(e.data["starts_at"].astext, TIMESTAMP(timezone=True)).label("starts_at"))
        .where(e.partnership_id == partnership, e.action.in_([str(each) for each in telling]), e.at < end)
        .order_by(e.meeting_id, e.number.desc())
        .ext(distinct_on(e.meeting_id))
        .subquery()
    )
    wanted = (
        select(_M.reference, _M.meeting_type, last.c.starts_at, readable(_M.request_id, partnership, reader))
        .select_from(t.meetings.join(last, last.c.meeting_id == _M.id))
        .where(_M.partnership_id == partnership, last.c.starts_at >= start, last.c.starts_at < end)
        .where(last.c.action != str(Action.MEETING_CANCELLED))
        .order_by(_M.reference)
    )
    return [FrameRow(*row) for row in await conn.execute(wanted)]
