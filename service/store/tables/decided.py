"""What was decided: papers and their receipts, outcomes, actions, openings and disagreements."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

papers = Table(
    "papers",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Integer, nullable=False),
    # The places whose agencies may open it; empty: every agency's.
    Column("concerns", ARRAY(Uuid), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    # Under the request's own key, so that it says nothing of the words to whoever has no key.
    Column("fingerprint", LargeBinary, nullable=False),
    Column("replaces_id", Uuid, ForeignKey("papers.id"), unique=True),
    Column("agreed_by", Text, nullable=False),
    instant("agreed_at"),
    Column("issued_by", Text),
    instant("issued_at", nullable=True),
    UniqueConstraint("meeting_id", "kind", "number"),
    UniqueConstraint("meeting_id", "kind", "fingerprint"),
    one_of("kind", "decision", "minutes"),
    CheckConstraint("kind <> 'decision' OR issued_at IS NOT NULL", name="decision_is_issued"),
)

receipts = Table(
    "receipts",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    # NULL: a member of staff read it for themselves, and no agency has it by that.
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), index=True),
    Column("paper_id", Uuid, ForeignKey("papers.id"), nullable=False),
    Column("opener", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    instant("opened_at"),
    Column("opened_by", Text, nullable=False),
    one_of("proof", "call_back", "code", "desk_session", "staff"),
    CheckConstraint("(requirement_id IS NULL) = (proof = 'staff')", name="staff_is_no_agency"),
)

reports_received = Table(
    "reports_received",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False, unique=True),
    instant("received_at"),
    Column("recorded_by", Text, nullable=False),
    instant("recorded_at"),
)

meeting_outcomes = Table(
    "meeting_outcomes",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, unique=True),
    Column("decided", ARRAY(Text), nullable=False),
    instant("s47_started_at", nullable=True),
    Column("police", Text),
    # Under the request's key: it leads to a person in the police's systems.
    Column("sealed_police_reference", LargeBinary),
    instant("next_meeting_at", nullable=True),
    Column("recorded_by", Text, nullable=False),
    instant("recorded_at"),
)

actions = Table(
    "actions",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("due_on", Date),
    Column("state", Text, nullable=False, server_default="open"),
    Column("agreed_by", Text, nullable=False),
    instant("created_at"),
    Column("closed_by", Text),
    instant("closed_at", nullable=True),
    UniqueConstraint("meeting_id", "number"),
    one_of("state", "open", "done", "dropped"),
)

# Who was told who a meeting is about, for which agency and by which proof. Only ever added.
openings = Table(
    "openings",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False, index=True),
    # Who asked, for the agency: sealed like whatever else is written of a case in somebody's own words.
    Column("sealed_name", LargeBinary),
    Column("proof", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("children", ARRAY(Text), nullable=False),
    Column("people", ARRAY(Text), nullable=False),
    Column("opened_by", Text, nullable=False),
    instant("opened_at"),
    one_of("proof", "call_back", "code", "desk_session", "secure_mail"),
)

disagreements = Table(
    "disagreements",
    metadata,
    own_id(),
    scope(),
    # NULL: an agency asked for a meeting, was refused, and so there is none; then it has a key of its own.
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id")),
    Column("paper_id", Uuid, ForeignKey("papers.id")),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("key_id", Text),
    Column("wrapped_key", LargeBinary),
    Column("sealed_words", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("stage_to", Text, nullable=False),
    instant("stage_due_at", nullable=True),
    instant("settle_by", nullable=True),
    Column("state", Text, nullable=False, server_default="open"),
    Column("raised_by", Text, nullable=False),
    instant("raised_at"),
    Column("settled_by", Text),
    instant("settled_at", nullable=True),
    Column("sealed_outcome", LargeBinary),
    ForeignKeyConstraint(["partnership_id", "policy_hash"], ["policy_versions.partnership_id", "policy_versions.hash"]),
    UniqueConstraint("partnership_id", "fingerprint"),
    one_of("kind", "dissent", "refused_meeting", "refused_to_come", "refused_information"),
    one_of("state", "open", "settled"),
    CheckConstraint("(meeting_id IS NULL) = (key_id IS NOT NULL)", name="own_key_without_meeting"),
    Index("ix_disagreements_due", "stage_due_at", postgresql_where=text("state = 'open'")),
)
