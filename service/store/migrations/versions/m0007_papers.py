"""Decisions and minutes of a meeting, and who has opened them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    _papers()
    _receipts()


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("concerns", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('decision', 'minutes')", name=op.f("ck_papers_kind_known")),
        sa.CheckConstraint("kind <> 'decision' OR issued_at IS NOT NULL", name=op.f("ck_papers_decision_is_issued")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_papers_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_papers_partnership_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["papers.id"], name=op.f("fk_papers_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("meeting_id", "kind", "fingerprint", name=op.f("uq_papers_meeting_id_kind_fingerprint")),
        sa.UniqueConstraint("meeting_id", "kind", "number", name=op.f("uq_papers_meeting_id_kind_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_papers_replaces_id")),
    )


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=True),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("opener", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "proof IN ('call_back', 'code', 'desk_session', 'staff')", name=op.f("ck_receipts_proof_known")
        ),
        sa.CheckConstraint("(requirement_id IS NULL) = (proof = 'staff')", name=op.f("ck_receipts_staff_is_no_agency")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_receipts_meeting_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_receipts_paper_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_receipts_partnership_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_receipts_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_meeting_id"), "receipts", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_receipts_requirement_id"), "receipts", ["requirement_id"], unique=False)


def downgrade() -> None:
    op.drop_table("receipts")
    op.drop_table("papers")
