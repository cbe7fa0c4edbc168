"""Calendar entries sent by mail, and by which channel each invitation went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "calendar_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('live', 'off')", name=op.f("ck_calendar_mails_state_known")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_calendar_mails_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_calendar_mails_partnership_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_calendar_mails_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_mails")),
        sa.UniqueConstraint("meeting_id", "address", name=op.f("uq_calendar_mails_meeting_id_address")),
    )
    op.add_column("invitations", sa.Column("channel", sa.Text(), server_default="outlook", nullable=False))
    op.execute(
        "UPDATE invitations SET channel = inboxes.channel FROM inboxes "
        "WHERE inboxes.id = invitations.inbox_id AND inboxes.channel <> 'outlook'"
    )
    op.create_check_constraint(
        op.f("ck_invitations_channel_known"), "invitations", "channel IN ('outlook', 'calendar_mail', 'phone')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_invitations_channel_known"), "invitations", type_="check")
    op.drop_column("invitations", "channel")
    op.drop_table("calendar_mails")
