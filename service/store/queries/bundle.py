"""Everything the database holds of one meeting, for its evidence bundle. No identity is read, and no key.

Columns are named one by one: a column added to a table later stays out of what leaves the house until somebody
puts it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, case, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t

Rows = list[dict[str, Any]]

_SETTLED = "raised_at settled_by settled_at sealed_outcome"
_CONFIRMED = "confirmed_by confirmed_at"
_OF_THE_REQUEST: Mapping[str, tuple[Table, str]] = {
    "children": (t.children, "id ref age_band on_school_roll flags"),
    "people": (t.people, "id ref relation ties"),
}
_OF_THE_MEETING: Mapping[str, tuple[Table, str]] = {
    "requirements": (
        t.requirements,
        "id role slot agency_group level because children inbox_id notice_standard notice_minimum state",
    ),
    # Without the join address: it would let a reader into the meeting.
    "events": (t.calendar_events, "id transaction_id graph_id ical_uid handed_version state created_at"),
    "invitations": (
        t.invitations,
        "id requirement_id inbox_id version starts_at state event_handed_at message_handed_at created_at",
    ),
    # The comment stays the ciphertext it is.
    "answers": (
        t.answers,
        "id requirement_id version answer way given_by reason sealed_comment proposed_start answered_at received_at",
    ),
    # Whom a call reached stays the ciphertext it is.
    "calls": (
        t.calls,
        "id requirement_id outcome sealed_spoke_to version about_start called_at called_by recorded_at",
    ),
    # What protects the child meanwhile stays the ciphertext it is.
    "not_held": (
        t.not_held,
        "id because tried reached tried_by decided_role sealed_protects recorded_by recorded_at",
    ),
    "chases": (t.chases, "id requirement_id version step to due_at state not_sent_because finished_at"),
    "reports": (t.reports_received, "id requirement_id received_at recorded_by recorded_at"),
    # The police's reference stays the ciphertext it is.
    "outcome": (
        t.meeting_outcomes,
        "id decided s47_started_at police sealed_police_reference next_meeting_at recorded_by recorded_at",
    ),
    "actions": (t.actions, "id number owner_role what due_on state agreed_by created_at closed_by closed_at"),
    "sittings": (t.sittings, "id number starts_at ends_at because adjourned_by created_at"),
    # Who came instead stays the ciphertext it is.
    "attendance": (
        t.attendances,
        "id requirement_id sitting outcome how seniority_confirmed contribution deputy sealed_deputy state recorded_by "
        "recorded_at " + _CONFIRMED,
    ),
    "proposed_by_teams": (t.attendance_proposals, "id requirement_id joined_at seconds read_at"),
    # The words stay the ciphertext they are.
    "papers": (
        t.papers,
        "id kind number concerns sealed_text replaces_id agreed_by agreed_at issued_by issued_at",
    ),
    "disagreements": (
        t.disagreements,
        "id requirement_id paper_id kind role sealed_words stage stage_to stage_due_at settle_by state raised_by "
        + _SETTLED,
    ),
    "receipts": (t.receipts, "id requirement_id paper_id opener proof reason opened_at opened_by"),
    "tasks": (t.tasks, "id requirement_id kind owner detail due_at state created_at closed_at closed_by"),
}
_REQUEST = "id source source_ref case_ref meeting_type urgency concern_recorded_at received_at facts"
_MEETING = (
    "id request_id reference meeting_type team policy_hash state version starts_at ends_at mode venue chair "
    "chair_because chair_by "
    "deadline_at earliest_fair_at minutes_due_at short_notice_reason short_notice_code short_notice_by "
    "inquorate_reason inquorate_by cancelled_because linked_meeting_id created_at"
)
_POLICY = "hash pack version content starts_at published_at published_by"
_MESSAGE = (
    "id kind event_id requirement_id chase_id version stream sequence after_id detail state not_sent_because attempts "
    "last_error frozen frozen_at created_at finished_at"
)


@dataclass(frozen=True, slots=True)
class Whose:
    """The ids a bundle is read by."""

    meeting_id: UUID
    request_id: UUID


async def whose(conn: AsyncConnection, partnership: str, reference: str) -> Whose | None:
    """The meeting of a reference; None when this partnership has none."""
    m = t.meetings.c
    found = await conn.execute(
        select(m.id, m.request_id).where(m.partnership_id == partnership, m.reference == reference)
    )
    row = found.one_or_none()
    return None if row is None else Whose(*row)


async def record_of(conn: AsyncConnection, partnership: str, of: Whose) -> dict[str, Rows]:
    """The rows by part, each part in an order that is always the same. ``messages`` still hold their frozen bytes.

    Raises:
        NoResultFound: the partnership has no such meeting.
    """
    m, r, p = t.meetings.c, t.requests.c, t.policy_versions.c
    found = await conn.execute(_read(t.meetings, _MEETING, partnership).where(m.id == of.meeting_id))
    meeting = dict(found.mappings().one())
    used = _read(t.policy_versions, _POLICY, partnership).where(p.hash == meeting["policy_hash"])
    record = {
        "request": await _rows(conn, _read(t.requests, _REQUEST, partnership).where(r.id == of.request_id)),
        "meeting": [meeting],
        "policy": await _rows(conn, used),
        "messages": await _messages(conn, partnership, of.meeting_id),
    }
    for part, (table, names) in _OF_THE_REQUEST.items():
        record[part] = await _rows(conn, _in_order(table, names, partnership, table.c.request_id == of.request_id))
    for part, (table, names) in _OF_THE_MEETING.items():
        record[part] = await _rows(conn, _in_order(table, names, partnership, table.c.meeting_id == of.meeting_id))
    e = t.audit_events
    events = select(e).where(e.c.partnership_id == partnership, e.c.chain == str(of.meeting_id)).order_by(e.c.number)
    record["audit"] = await _rows(conn, events)
    return record


def _read(table: Table, names: str, partnership: str) -> Select[Any]:
    return select(*(table.c[name] for name in names.split())).where(table.c.partnership_id == partnership)


def _in_order(table: Table, names: str, partnership: str, whose_row: ColumnElement[bool]) -> Select[Any]:
    return _read(table, names, partnership).where(whose_row).order_by(table.c.id)


async def _rows(conn: AsyncConnection, wanted: Select[Any]) -> Rows:
    return [dict(row) for row in (await conn.execute(wanted)).mappings()]


async def _messages(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> Rows:
    """What was meant to leave the house, with the role it was for (empty: all guests of the event, or a parent).

    A parent's message, one with a code and a secure mail are told of, and their bytes are left where they lie sealed.
    """
    o, r = t.outbox.c, t.requirements.c
    is_sealed = or_(o.kind == "family_message", o.detail["about"].astext.in_(("code", "who")))
    frozen = case((is_sealed, null()), else_=o.frozen).label("frozen")
    columns: Sequence[ColumnElement[Any]] = [frozen if name == "frozen" else o[name] for name in _MESSAGE.split()]
    wanted = (
        select(*columns, r.role)
        .select_from(t.outbox.outerjoin(t.requirements, r.id == o.requirement_id))
        .where(o.partnership_id == partnership, o.meeting_id == meeting_id)
        .order_by(o.id)
    )
    return await _rows(conn, wanted)
