"""The record of the record: the audit, counts for each recipient, and the heartbeats of jobs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from service.store.tables.columns import instant, metadata, own_id, scope

audit_events = Table(
    "audit_events",
    metadata,
    own_id(),
    scope(),
    # The meeting's id, or the partnership for what belongs to no meeting: one hash chain each.
    Column("chain", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("meeting_id", Uuid),
    instant("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("chain", "number"),
    Index("ix_audit_events_meeting", "partnership_id", "meeting_id"),
)

# What the emergency duty team handed over in the morning, and who took it on.
handovers = Table(
    "handovers",
    metadata,
    own_id(),
    scope(),
    instant("since"),
    instant("until"),
    Column("meetings", BigInteger, nullable=False),
    Column("handed_by", Text, nullable=False),
    instant("handed_at"),
    Column("natural_key", Text, nullable=False),
    UniqueConstraint("partnership_id", "natural_key"),
)

recipient_counts = Table(
    "recipient_counts",
    metadata,
    scope(),
    Column("mailbox_id", Uuid, ForeignKey("mailboxes.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("recipients", BigInteger, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("job", Text, primary_key=True),
    instant("last_run_at"),
    instant("last_success_at", nullable=True),
    Column("last_error", Text),
)
