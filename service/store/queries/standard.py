"""Reads for the agreed standard: the meetings of a period as facts with their places, and a dip sample's frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, aggregate_order_by, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import Outcome
from service.domain.hours import OFFICE
from service.domain.london import local_date, to_utc
from service.domain.meeting_facts import ChildFact, MeetingFact, PlaceFact
from service.domain.spans import span_from_code
from service.store import tables as t
from service.store.actions import Action

_BATCH = 500
_M, _R, _I = t.meetings.c, t.requirements.c, t.invitations.c
_LATER = t.invitations.alias("later")
_OFFICE = str(OFFICE)

# An inbox that is no guest of the event is told by its message alone.
_HANDED_AT = case(
    (t.inboxes.c.channel != "outlook", _I.message_handed_at),
    (
        and_(_I.message_handed_at.is_not(None), _I.event_handed_at.is_not(None)),
        func.greatest(_I.message_handed_at, _I.event_handed_at),
    ),
)
_CALLED = t.invitations.join(t.inboxes, t.inboxes.c.id == _I.inbox_id)


def _invited() -> ColumnElement[bool]:
    """The same rule as ``queries.attendance``: the last version handed over, or a phone call done."""
    handed = exists(1).select_from(_CALLED)
    handed = handed.where(_I.requirement_id == _R.id, _I.version == _M.version, _HANDED_AT.is_not(None))
    c = t.tasks.c
    phoned = exists(1).where(c.requirement_id == _R.id, c.kind == "phone_invitation", c.state == "done")
    return or_(handed.correlate(t.requirements, t.meetings), phoned.correlate(t.requirements))


def _told_at() -> ColumnElement[datetime]:
    """When the agency first heard of the meeting's last start, by versions that all asked it to that start."""
    moved = exists(1).where(
        _LATER.c.requirement_id == _I.requirement_id,
        _LATER.c.version > _I.version,
        _LATER.c.starts_at != _M.starts_at,
    )
    written = (
        select(func.min(_HANDED_AT))
        .select_from(_CALLED)
        .where(_I.requirement_id == _R.id, _I.starts_at == _M.starts_at, ~moved.correlate(t.invitations, t.meetings))
        .correlate(t.requirements, t.meetings)
        .scalar_subquery()
    )
    c = t.tasks.c
    # Only the call for the last version: an earlier one may have named another start.
    key = func.concat("phone_invitation:", _M.id, ":", _R.id, ":", _M.version)
    by_phone = (
        select(c.closed_at)
        .where(c.partnership_id == _M.partnership_id, c.key == key, c.state == "done")
        .correlate(t.requirements, t.meetings)
        .scalar_subquery()
    )
    return func.least(written, by_phone)


def _answer() -> ScalarSelect[Any]:
    c = t.answers.c
    return (
        select(c.answer)
        .where(c.requirement_id == _R.id, c.version == _M.version)
        .order_by(c.answered_at.desc(), c.id.desc())
        .limit(1)
        .correlate(t.requirements, t.meetings)
        .scalar_subquery()
    )


def _chases() -> ScalarSelect[Any]:
    c = t.chases.c
    fate = case((c.state == "not_sent", func.coalesce(c.not_sent_because, "not_said")), else_="sent")
    return (
        select(func.jsonb_agg(aggregate_order_by(fate, c.version, c.step)))
        .where(c.requirement_id == _R.id, c.state.in_(("handed", "sent", "not_sent")))
        .correlate(t.requirements)
        .scalar_subquery()
    )


def _places() -> ScalarSelect[Any]:
    """The places of a meeting as JSON arrays in the order of ``_place``."""
    outcome = t.attendances.c.outcome
    place = func.jsonb_build_array(
        _R.role,
        _R.agency_group,
        _R.level,
        _invited(),
        outcome,
        _told_at(),
        _R.notice_standard,
        t.inboxes.c.hours,
        _answer(),
        _chases(),
    )
    own = t.requirements.outerjoin(t.inboxes, t.inboxes.c.id == _R.inbox_id)
    return (
        select(func.jsonb_agg(aggregate_order_by(place, _R.role, _R.slot)))
        .select_from(own.outerjoin(t.attendances, t.attendances.c.requirement_id == _R.id))
        .where(_R.meeting_id == _M.id, or_(_R.state != "withdrawn", outcome.is_not(None)))
        .correlate(t.meetings)
        .scalar_subquery()
    )


def _children() -> ScalarSelect[Any]:
    c = t.children.c
    return (
        select(func.jsonb_agg(aggregate_order_by(func.jsonb_build_array(c.ref, c.age_band), c.ref)))
        .where(c.request_id == _M.request_id)
        .correlate(t.meetings)
        .scalar_subquery()
    )


_WHEN: ColumnElement[datetime] = func.coalesce(_M.starts_at, _M.created_at)
_FACTS = (
    select(
        _M.reference,
        t.requests.c.case_ref,
        func.to_char(func.timezone("Europe/London", _WHEN), "YYYY-MM"),
        _M.meeting_type,
        _M.policy_hash,
        _M.starts_at,
        _M.state == "cancelled",
        _M.deadline_at,
        _M.cancelled_because,
        func.coalesce(_M.short_notice_code, _M.short_notice_reason),
        t.requests.c.facts,
        _children(),
        _places(),
    )
    .select_from(t.meetings.join(t.requests, t.requests.c.id == _M.request_id))
    .where(_M.state != "planned")
    .order_by(_WHEN, _M.reference)
)


async def meeting_facts(
    conn: AsyncConnection, partnership: str, start: datetime, end: datetime
) -> AsyncIterator[MeetingFact]:
    """The meetings that start in ``[start, end)``, by start and reference, a batch at a time.

    The caller's ``end`` keeps meetings that are still to come out of the count. A cancelled meeting counts by the start
    it had, or by when it was asked for when it never had one; a planned one is no fact. A withdrawn place is left out
    unless somebody's attendance was recorded for it.
    """
    wanted = _FACTS.where(_M.partnership_id == partnership, _WHEN.op(">=")(start), _WHEN.op("<")(end))
    async with conn.stream(wanted, execution_options={"yield_per": _BATCH}) as rows:
        async for row in rows:
            yield _fact(row)


def _fact(row: Sequence[Any]) -> MeetingFact:
    reference, case_ref, month, meeting_type, policy_hash, starts_at, cancelled = row[:7]
    deadline_at, because, short_notice_reason, facts, children, places = row[7:]
    initiating = facts.get("initiating_sd_at")
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
        initiating_sd_on=local_date(datetime.fromisoformat(initiating)) if initiating else None,
        circumstances=frozenset(facts.get("case", {}).get("circumstances", ())),
        children=tuple(ChildFact(*child) for child in children or ()),
        places=tuple(_place(place) for place in places or ()),
    )


def _place(values: Sequence[Any]) -> PlaceFact:
    role, group, level, invited, outcome, handed_at, owed, hours, answer, chases = values
    return PlaceFact(
        role=role,
        group=group,
        level=level,
        invited=invited,
        outcome=None if outcome is None else Outcome(outcome),
        handed_at=None if handed_at is None else to_utc(datetime.fromisoformat(handed_at)),
        owed=span_from_code(owed),
        hours=hours or _OFFICE,
        answer=answer,
        chases=tuple(chases or ()),
    )


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One meeting of a dip sample's frame, as the audit had it when the period ended."""

    reference: str
    meeting_type: str
    starts_at: datetime


async def sample_frame(conn: AsyncConnection, partnership: str, start: datetime, end: datetime) -> list[FrameRow]:
    """The meetings that had started in ``[start, end)`` as the record stood at ``end``, by reference.

    Read from the audit, which only grows: the last time given to a meeting before ``end``, and whether it had been
    cancelled by then. So nothing that is recorded, moved or cancelled later changes what an earlier sample drew from.
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
        select(_M.reference, _M.meeting_type, last.c.starts_at)
        .select_from(t.meetings.join(last, last.c.meeting_id == _M.id))
        .where(_M.partnership_id == partnership, last.c.starts_at >= start, last.c.starts_at < end)
        .where(last.c.action != str(Action.MEETING_CANCELLED))
        .order_by(_M.reference)
    )
    return [FrameRow(*row) for row in await conn.execute(wanted)]
