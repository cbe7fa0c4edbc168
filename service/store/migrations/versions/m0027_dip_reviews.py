"""Dip samples that are kept, and a reviewer's verdicts beside the system's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "dip_samples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("strata", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_dip_samples_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dip_samples")),
        sa.UniqueConstraint("partnership_id", "seal", name=op.f("uq_dip_samples_partnership_id_seal")),
    )
    op.create_table(
        "dip_verdicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Boolean(), nullable=False),
        sa.Column("system_said", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "question IN ('quorum', 'in_time', 'every_agency_came', 'every_notice_kept')",
            name=op.f("ck_dip_verdicts_question_known"),
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_dip_verdicts_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_dip_verdicts_partnership_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["dip_samples.id"], name=op.f("fk_dip_verdicts_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dip_verdicts")),
        sa.UniqueConstraint(
            "sample_id", "meeting_id", "question", name=op.f("uq_dip_verdicts_sample_id_meeting_id_question")
        ),
    )


def downgrade() -> None:
    op.drop_table("dip_verdicts")
    op.drop_table("dip_samples")
