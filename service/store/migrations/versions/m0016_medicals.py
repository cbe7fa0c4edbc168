"""The medical a meeting decides on, and who came to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "medicals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("bookings", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('not_needed', 'wanted', 'booked', 'held')", name=op.f("ck_medicals_state_known")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_medicals_partnership_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_medicals_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medicals")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_medicals_meeting_id")),
    )
    op.create_table(
        "medical_attendances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("medical_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "who IN ('child', 'parent_or_carer', 'examining_doctor', 'social_worker')",
            name=op.f("ck_medical_attendances_who_known"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnerships.id"], name=op.f("fk_medical_attendances_partnership_id")
        ),
        sa.ForeignKeyConstraint(["medical_id"], ["medicals.id"], name=op.f("fk_medical_attendances_medical_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medical_attendances")),
        sa.UniqueConstraint("medical_id", "who", name=op.f("uq_medical_attendances_medical_id_who")),
    )


def downgrade() -> None:
    op.drop_table("medical_attendances")
    op.drop_table("medicals")
