"""What somebody changed in Outlook behind our back, and when each mailbox's events were last compared with ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: None = None
depends_on: None = None

_STATE = "ck_calendar_events_state_known"


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calendar_events", sa.Column("body_mark", sa.Text(), nullable=True))
    op.drop_constraint(op.f(_STATE), "calendar_events", type_="check")
    op.create_check_constraint(op.f(_STATE), "calendar_events", "state IN ('wanted', 'live', 'replaced', 'cancelled')")
    op.create_table(
        "drifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('time', 'guests', 'words', 'place', 'gone', 'mailbox')", name=op.f("ck_drifts_kind_known")
        ),
        sa.CheckConstraint("state IN ('open', 'adopted', 'restored', 'cleared')", name=op.f("ck_drifts_state_known")),
        sa.ForeignKeyConstraint(["event_id"], ["calendar_events.id"], name=op.f("fk_drifts_event_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_drifts_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_drifts_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drifts")),
    )
    op.create_index(op.f("ix_drifts_meeting_id"), "drifts", ["meeting_id"], unique=False)
    op.create_index(
        "uq_drifts_one_open",
        "drifts",
        ["event_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("drifts")
    op.drop_constraint(op.f(_STATE), "calendar_events", type_="check")
    op.create_check_constraint(op.f(_STATE), "calendar_events", "state IN ('wanted', 'live', 'cancelled')")
    op.drop_column("calendar_events", "body_mark")
    op.drop_column("mailboxes", "compared_at")
