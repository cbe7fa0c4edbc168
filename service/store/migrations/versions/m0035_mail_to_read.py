"""Mail that came in about a meeting and waits to be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "mail_to_read",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=True),
        sa.Column("message_digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_mail", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('ordinary', 'automatic', 'bounce')", name=op.f("ck_mail_to_read_kind_known")),
        sa.CheckConstraint("state IN ('open', 'answered', 'nothing')", name=op.f("ck_mail_to_read_state_known")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_mail_to_read_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_mail_to_read_partnership_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_mail_to_read_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_to_read")),
        sa.UniqueConstraint(
            "partnership_id", "message_digest", name=op.f("uq_mail_to_read_partnership_id_message_digest")
        ),
    )
    op.create_index(op.f("ix_mail_to_read_meeting_id"), "mail_to_read", ["meeting_id"], unique=False)


def downgrade() -> None:
    op.drop_table("mail_to_read")
