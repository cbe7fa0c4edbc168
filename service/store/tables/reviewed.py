"""What reviewers said: the dip samples that were kept, and their verdicts beside the system's."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, Table, Text, UniqueConstraint, Uuid

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

# Its parameters and its seal: the list itself is drawn again from them.
dip_samples = Table(
    "dip_samples",
    metadata,
    own_id(),
    scope(),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("size", Integer, nullable=False),
    Column("seed", Text, nullable=False),
    Column("strata", Text, nullable=False),
    Column("seal", Text, nullable=False),
    Column("kept_by", Text, nullable=False),
    instant("kept_at"),
    UniqueConstraint("partnership_id", "seal"),
)

dip_verdicts = Table(
    "dip_verdicts",
    metadata,
    own_id(),
    scope(),
    Column("sample_id", Uuid, ForeignKey("dip_samples.id"), nullable=False),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("verdict", Boolean, nullable=False),
    # What the system said when it was reviewed: "yes", "no", or why it could not say.
    Column("system_said", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    instant("reviewed_at"),
    UniqueConstraint("sample_id", "meeting_id", "question"),
    one_of("question", "quorum", "in_time", "every_agency_came", "every_notice_kept"),
)
