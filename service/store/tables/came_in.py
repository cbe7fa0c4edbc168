"""What came in: requests, the people they are about, and what could not be understood."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    scope(in_key=True),
    Column("door", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", JSONB, nullable=False),
    instant("created_at"),
)

requests = Table(
    "requests",
    metadata,
    own_id(),
    scope(),
    Column("source", Text, nullable=False),
    Column("source_ref", Text, nullable=False),
    Column("case_ref", Text, nullable=False),
    Column("meeting_type", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    instant("concern_recorded_at"),
    instant("received_at"),
    Column("facts", JSONB, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_body", LargeBinary),
    # A restricted case is for the people of case_access only.
    instant("restricted_at", nullable=True),
    Column("restricted_by", Text),
    UniqueConstraint("partnership_id", "source", "source_ref"),
    Index("ix_requests_case", "partnership_id", "case_ref"),
    Index("ix_requests_restricted", "partnership_id", postgresql_where=text("restricted_at IS NOT NULL")),
)

children = Table(
    "children",
    metadata,
    own_id(),
    scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("age_band", Text, nullable=False),
    Column("on_school_roll", Boolean, nullable=False),
    Column("flags", ARRAY(Text), nullable=False),
    Column("sealed_identity", LargeBinary),
    UniqueConstraint("request_id", "ref"),
)

people = Table(
    "people",
    metadata,
    own_id(),
    scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("relation", Text, nullable=False),
    # [{"child": ref, "flags": [...]}]: which flags hold towards which child; derived facts, never a name.
    Column("ties", JSONB, nullable=False),
    Column("sealed_identity", LargeBinary),
    UniqueConstraint("request_id", "ref"),
)

# Who of ours may know of a case, must not, or broke the glass: by how the audit names them. Rows end, and stay.
case_access = Table(
    "case_access",
    metadata,
    own_id(),
    scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("reader", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("named_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant("since"),
    instant("until", nullable=True),
    instant("ended_at", nullable=True),
    one_of("kind", "named", "kept_out", "break_glass"),
    CheckConstraint("(kind = 'break_glass') = (until IS NOT NULL)", name="broken_glass_ends"),
    Index("ix_case_access_reader", "partnership_id", "reader"),
)

held_items = Table(
    "held_items",
    metadata,
    own_id(),
    scope(),
    Column("reference", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_body", LargeBinary),
    instant("received_at"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("closed_by", Text),
    UniqueConstraint("partnership_id", "door", "delivery_id"),
    one_of("state", "open", "closed"),
)

drafts = Table(
    "drafts",
    metadata,
    own_id(),
    scope(),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_form", LargeBinary),
    Column("meeting_reference", Text),
    # What is typed: a request, a form that was sent when its session had ended, or why sealed things are opened.
    Column("kind", Text, nullable=False, server_default="request"),
    # Rises by one each time it is kept, so that an older page in another tab is noticed.
    Column("version", Integer, nullable=False, server_default="1"),
    instant("created_at"),
    instant("updated_at"),
    one_of("kind", "request", "typed", "reason"),
    Index("ix_drafts_staff", "partnership_id", "staff_id"),
)

refusals = Table(
    "refusals",
    metadata,
    scope(in_key=True),
    Column("door", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
