"""Dissent and refused requests, and the stage of the ladder each has come to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "disagreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("requirement_id", sa.Uuid(), nullable=True),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("stage_to", sa.Text(), nullable=False),
        sa.Column("stage_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settle_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_outcome", sa.LargeBinary(), nullable=True),
        *_constraints(),
    )
    op.create_index(op.f("ix_disagreements_meeting_id"), "disagreements", ["meeting_id"], unique=False)
    op.create_index(
        "ix_disagreements_due",
        "disagreements",
        ["stage_due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )


def _constraints() -> tuple[sa.Constraint, ...]:
    return (
        sa.CheckConstraint(
            "kind IN ('dissent', 'refused_meeting', 'refused_to_come', 'refused_information')",
            name=op.f("ck_disagreements_kind_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'settled')", name=op.f("ck_disagreements_state_known")),
        sa.CheckConstraint(
            "(meeting_id IS NULL) = (key_id IS NOT NULL)", name=op.f("ck_disagreements_own_key_without_meeting")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_disagreements_meeting_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_disagreements_paper_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_disagreements_partnership_id")),
        sa.ForeignKeyConstraint(
            ["partnership_id", "policy_hash"],
            ["policy_versions.partnership_id", "policy_versions.hash"],
            name=op.f("fk_disagreements_partnership_id_policy_hash"),
        ),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_disagreements_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disagreements")),
        sa.UniqueConstraint("partnership_id", "fingerprint", name=op.f("uq_disagreements_partnership_id_fingerprint")),
    )


def downgrade() -> None:
    op.drop_table("disagreements")
