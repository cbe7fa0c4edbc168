"""What is re-read at the moment of sending: the state as it is now, not as it was when the intent was made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.queries.location import is_protected


@dataclass(frozen=True, slots=True)
class MeetingNow:
    """The meeting, its event, its mailbox and its partnership's words, with the meeting's row locked.

    ``location_protected``: where it is, is written to nobody but agencies recorded as knowing the family's location.

    ``instead_of``: the reference of the cancelled meeting whose place this one takes; empty for none.
    ``instead_because``: the code of why that one was cancelled.

    ``sitting_before_at``, ``sitting_after_at``: when the meetings of the same sitting begin that it stands between.

    ``maybe_made``: a creation was tried and given up on, so the event may stand although nobody told us its id.
    """

    id: UUID
    request_id: UUID
    reference: str
    meeting_type: str
    state: str
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    mode: str
    venue: str
    cancelled_because: str | None
    urgency: str
    service_name: str
    service_address: str
    service_phone: str
    event_state: str
    transaction_id: UUID
    graph_id: str | None
    join_url: str | None
    handed_version: int
    maybe_made: bool
    mailbox: str
    mailbox_state: str
    location_protected: bool = False
    instead_of: str = ""
    sitting_before_at: datetime | None = None
    sitting_after_at: datetime | None = None
    instead_because: str = ""


@dataclass(frozen=True, slots=True)
class AgencyNow:
    """One agency's place: its requirement, its inbox, and what it has been told and has said of this version.

    Its ``state`` is ``stopped`` also where its inbox is one that must not be told on another agency's account; and a
    manager's address that is such an inbox is left out.

    ``told_facts``: the mark of the time and place it was asked to last (``scheduler.told``). ``told_otherwise``: it has
    answered that, or its calendar has shown another version since.
    """

    requirement_id: UUID
    role: str
    agency_group: str
    level: str
    state: str
    because: list[dict[str, Any]]
    notice_standard: str | None
    notice_minimum: str | None
    name: str
    address: str
    phone: str
    hours: str
    channel: str
    escalation_name: str
    escalation_address: str
    escalation_phone: str
    told_version: int
    told_starts_at: datetime | None
    answer: str | None
    holds_location: bool = False
    told_facts: str | None = None
    told_otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """One address on the event's guest list."""

    address: str
    name: str
    required: bool


async def meeting_now(conn: AsyncConnection, partnership: str, meeting_id: UUID, event_id: UUID) -> MeetingNow:
    """Re-read a meeting for sending. Its row stays locked until the transaction ends, so that no answer,
    cancellation or move slips in between the reading and the freezing."""
    asked = {"its_partnership": partnership, "its_meeting": meeting_id, "its_event": event_id}
    return MeetingNow(*tuple((await conn.execute(_meeting_now(), asked)).one()))


@cache
def _meeting_now() -> Select[Any]:
    # Made once: putting it together takes longer than the database needs to answer it.
    m, e = t.meetings, t.calendar_events
    given_up = select(t.outbox.c.id).where(
        t.outbox.c.event_id == e.c.id, t.outbox.c.state == "exhausted", t.outbox.c.frozen.is_not(None)
    )
    old = m.alias("old")
    its_off = (old.c.id == m.c.linked_meeting_id, old.c.state == "cancelled")
    off, because = select(old.c.reference).where(*its_off), select(old.c.cancelled_because).where(*its_off)
    return (
        select(
            m.c.id,
            m.c.request_id,
            m.c.reference,
            m.c.meeting_type,
            m.c.state,
            m.c.version,
            m.c.starts_at,
            m.c.ends_at,
            m.c.mode,
            m.c.venue,
            m.c.cancelled_because,
            t.requests.c.urgency,
            t.partnerships.c.name,
            t.partnerships.c.service_address,
            t.partnerships.c.service_phone,
            e.c.state,
            e.c.transaction_id,
            e.c.graph_id,
            e.c.join_url,
            e.c.handed_version,
            given_up.where(t.outbox.c.requirement_id.is_(None), t.outbox.c.family_id.is_(None)).exists(),
            t.mailboxes.c.address,
            t.mailboxes.c.state,
            is_protected(m.c.request_id),
            func.coalesce(off.scalar_subquery(), ""),
            m.c.sitting_before_at,
            m.c.sitting_after_at,
            func.coalesce(because.scalar_subquery(), ""),
        )
        .select_from(m)
        .join(t.requests, t.requests.c.id == m.c.request_id)
        .join(t.partnerships, t.partnerships.c.id == m.c.partnership_id)
        .join(e, and_(e.c.meeting_id == m.c.id, e.c.id == bindparam("its_event")))
        .join(t.mailboxes, t.mailboxes.c.id == e.c.mailbox_id)
        .where(m.c.partnership_id == bindparam("its_partnership"), m.c.id == bindparam("its_meeting"))
        .with_for_update(of=m)
    )


async def agency_now(conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int) -> AgencyNow:
    """Re-read one agency's place, with the latest answer to ``version`` and the last version it was told of."""
    asked = {"its_partnership": partnership, "its_place": requirement_id, "its_version": version}
    meeting_id, kind, *values = (await conn.execute(_agency_now(), asked)).one()
    agency = AgencyNow(*values)
    stopped = await stopped_addresses(conn, partnership, meeting_id)
    if kind == "shared" and agency.state == "wanted" and agency.address.casefold() in stopped:
        agency = replace(agency, state="stopped")
    return replace(agency, escalation_address="") if agency.escalation_address.casefold() in stopped else agency


@cache
def _agency_now() -> Select[Any]:
    r, i = t.requirements, t.inboxes
    place, version = bindparam("its_place", type_=r.c.id.type), bindparam("its_version", type_=t.answers.c.version.type)
    # What an earlier inbox of this place was told is no news to this one.
    told_it = and_(
        t.invitations.c.requirement_id == place,
        t.invitations.c.inbox_id == r.c.inbox_id,
        t.invitations.c.message_handed_at.is_not(None),
    )
    told = select(func.coalesce(func.max(t.invitations.c.version), 0)).where(told_it).correlate(r).scalar_subquery()
    told_starts_at = (
        select(t.invitations.c.starts_at)
        .where(told_it)
        .correlate(r)
        .order_by(t.invitations.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    answer = (
        select(t.answers.c.answer)
        .where(t.answers.c.requirement_id == place, t.answers.c.version == version)
        .order_by(t.answers.c.answered_at.desc(), t.answers.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            r.c.meeting_id,
            i.c.kind,
            r.c.id,
            r.c.role,
            r.c.agency_group,
            r.c.level,
            r.c.state,
            r.c.because,
            r.c.notice_standard,
            r.c.notice_minimum,
            i.c.name,
            i.c.address,
            i.c.phone,
            i.c.hours,
            i.c.channel,
            i.c.escalation_name,
            i.c.escalation_address,
            i.c.escalation_phone,
            told,
            told_starts_at,
            answer,
            r.c.location_held_by.is_not(None),
            _told_facts(told),
            _told_otherwise(told, version),
        )
        .select_from(r.join(i, i.c.id == r.c.inbox_id))
        .where(r.c.partnership_id == bindparam("its_partnership"), r.c.id == place)
    )


def _told_facts(told: ScalarSelect[Any]) -> ScalarSelect[Any]:
    o, r = t.outbox.c, t.requirements.c
    return (
        select(o.detail["facts"].astext)
        .where(o.meeting_id == r.meeting_id, o.requirement_id == r.id, o.version <= told, o.state == "done")
        .where(o.detail["facts"].astext.is_not(None))
        .correlate(t.requirements)
        .order_by(o.version.desc(), o.finished_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _told_otherwise(told: ScalarSelect[Any], version: BindParameter[int]) -> ColumnElement[bool]:
    r, a, i = t.requirements.c, t.answers.c, t.invitations.c
    answered = select(a.id).where(a.requirement_id == r.id, a.version == told).correlate(t.requirements).exists()
    shown = (
        select(i.id)
        .where(i.requirement_id == r.id, i.version > told, i.version < version, i.event_handed_at.is_not(None))
        .correlate(t.requirements)
        .exists()
    )
    return or_(answered, shown)


async def stopped_addresses(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> frozenset[str]:
    """The shared inboxes that must not be told of a meeting, in lower case: those of a role with a stopped place, or
    with one that was given to a named person. An inbox that itself holds a place (another school) is not among them."""
    found = await conn.execute(_stopped_addresses(), {"its_partnership": partnership, "its_meeting": meeting_id})
    return frozenset(found.scalars())


@cache
def _stopped_addresses() -> Select[str]:
    r, i = t.requirements, t.inboxes
    at_it = and_(r.c.partnership_id == bindparam("its_partnership"), r.c.meeting_id == bindparam("its_meeting"))
    roles = (
        select(r.c.role)
        .select_from(r.outerjoin(i, i.c.id == r.c.inbox_id))
        .where(at_it, or_(r.c.state == "stopped", and_(r.c.state == "wanted", i.c.kind == "person")))
    )
    holding = select(r.c.inbox_id).where(at_it, r.c.state == "wanted", r.c.inbox_id.is_not(None))
    return select(func.lower(i.c.address)).where(
        i.c.partnership_id == bindparam("its_partnership"),
        i.c.kind == "shared",
        i.c.address != "",
        i.c.role.in_(roles),
        i.c.id.not_in(holding),
    )


async def recipients_lately(conn: AsyncConnection, partnership: str, mailbox_id: UUID, day: date) -> int:
    """To how many a mailbox has sent on this London day and the one before it: no fewer than in the last 24 hours,
    which is what Exchange counts."""
    c = t.recipient_counts.c
    found = await conn.scalar(
        select(func.coalesce(func.sum(c.recipients), 0)).where(
            c.partnership_id == partnership, c.mailbox_id == mailbox_id, c.day >= day - timedelta(days=1)
        )
    )
    return int(found or 0)


async def next_chase_at(conn: AsyncConnection, partnership: str, chase_id: UUID) -> datetime | None:
    """When the agency's next planned step falls due, or fell due; None when this one is its last."""
    c, this = t.chases.c, t.chases.alias("this")
    later = (
        select(func.min(c.due_at))
        .join(this, and_(this.c.requirement_id == c.requirement_id, this.c.version == c.version, c.step > this.c.step))
        .where(this.c.partnership_id == partnership, this.c.id == chase_id, c.state.in_(("due", "handed", "sent")))
    )
    found: datetime | None = (await conn.execute(later)).scalar_one()
    return found


async def guests(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Guest]:
    """The event's guest list as it must be now: wanted places whose inbox takes Outlook invitations, and none that
    must not be told on another agency's account."""
    r, i = t.requirements, t.inboxes
    found = await conn.execute(
        select(i.c.address, i.c.name, func.bool_or(r.c.level != "optional"), func.bool_or(i.c.kind == "person"))
        .select_from(r.join(i, i.c.id == r.c.inbox_id))
        .where(
            r.c.partnership_id == partnership,
            r.c.meeting_id == meeting_id,
            r.c.state == "wanted",
            i.c.channel == "outlook",
        )
        .group_by(i.c.address, i.c.name)
        .order_by(i.c.address)
    )
    stopped = await stopped_addresses(conn, partnership, meeting_id)
    return [Guest(*row[:3]) for row in found if row[3] or row[0].casefold() not in stopped]
