"""Every table, in the order of a request's journey. ``docs/records.md`` says who owns what and which moves are legal.

Conventions: a ``partnership_id`` stands on every row and every query takes one as its scope; ids are UUID version 7
and sort by time; instants are aware and kept in UTC; ``sealed_*`` columns hold ciphertext only.
"""

from __future__ import annotations

from service.store.tables.came_back import (
    answers,
    attendance_proposals,
    attendance_reads,
    attendances,
    calls,
    chases,
    mail_to_read,
    mails_seen,
    not_held,
    sittings,
)
from service.store.tables.came_in import (
    case_access,
    children,
    drafts,
    held_items,
    idempotency_keys,
    people,
    refusals,
    requests,
)
from service.store.tables.columns import metadata
from service.store.tables.decided import (
    actions,
    disagreements,
    meeting_outcomes,
    openings,
    papers,
    receipts,
    reports_received,
)
from service.store.tables.going_out import calendar_events, calendar_mails, drifts, invitations, outbox
from service.store.tables.kept import audit_events, handovers, heartbeats, recipient_counts
from service.store.tables.meeting import (
    desk_bookings,
    family_invitations,
    medical_attendances,
    medicals,
    meetings,
    requirements,
    tasks,
)
from service.store.tables.proofs import address_checks, codes, desk_sessions, door_tries, secure_mail_allowed
from service.store.tables.reviewed import dip_samples, dip_verdicts
from service.store.tables.served import (
    calendars,
    chair_away,
    chairs,
    desk_away,
    desks,
    directory_imports,
    inboxes,
    mailboxes,
    partnerships,
    policy_drafts,
    policy_versions,
    staff,
    what_ifs,
)

__all__ = [
    "actions",
    "address_checks",
    "answers",
    "attendance_proposals",
    "attendance_reads",
    "attendances",
    "audit_events",
    "calendar_events",
    "calendar_mails",
    "calendars",
    "calls",
    "case_access",
    "chair_away",
    "chairs",
    "chases",
    "children",
    "codes",
    "desk_away",
    "desk_bookings",
    "desk_sessions",
    "desks",
    "dip_samples",
    "dip_verdicts",
    "directory_imports",
    "disagreements",
    "door_tries",
    "drafts",
    "drifts",
    "family_invitations",
    "handovers",
    "heartbeats",
    "held_items",
    "idempotency_keys",
    "inboxes",
    "invitations",
    "mail_to_read",
    "mailboxes",
    "mails_seen",
    "medical_attendances",
    "medicals",
    "meeting_outcomes",
    "meetings",
    "metadata",
    "not_held",
    "openings",
    "outbox",
    "papers",
    "partnerships",
    "people",
    "policy_drafts",
    "policy_versions",
    "receipts",
    "recipient_counts",
    "refusals",
    "reports_received",
    "requests",
    "requirements",
    "secure_mail_allowed",
    "sittings",
    "staff",
    "tasks",
    "what_ifs",
]
