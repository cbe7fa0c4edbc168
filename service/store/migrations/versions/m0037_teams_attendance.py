"""What Teams says of who was there: how far it has been read, and what it proposes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("reports_refused_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "attendance_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sessions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unknown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done')", name=op.f("ck_attendance_reads_state_known")),
        sa.CheckConstraint(
            "(state = 'waiting') = (next_try_at IS NOT NULL)", name=op.f("ck_attendance_reads_waiting_has_next")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["calendar_events.id"], name=op.f("fk_attendance_reads_event_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_attendance_reads_meeting_id")),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnerships.id"], name=op.f("fk_attendance_reads_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_reads")),
        sa.UniqueConstraint("event_id", name=op.f("uq_attendance_reads_event_id")),
    )
    op.create_index(op.f("ix_attendance_reads_meeting_id"), "attendance_reads", ["meeting_id"])
    op.create_table(
        "attendance_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_attendance_proposals_seconds_counted")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_attendance_proposals_meeting_id")),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnerships.id"], name=op.f("fk_attendance_proposals_partnership_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["requirements.id"], name=op.f("fk_attendance_proposals_requirement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_proposals")),
        sa.UniqueConstraint("requirement_id", name=op.f("uq_attendance_proposals_requirement_id")),
    )
    op.create_index(op.f("ix_attendance_proposals_meeting_id"), "attendance_proposals", ["meeting_id"])


def downgrade() -> None:
    op.drop_table("attendance_proposals")
    op.drop_table("attendance_reads")
    op.drop_column("mailboxes", "reports_refused_at")
