"""Each mail of an inbox is remembered by a digest, so that a round of reading may stop anywhere and go on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "mails_seen",
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("message_digest", sa.Text(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("fk_mails_seen_mailbox_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_mails_seen_partnership_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "message_digest", name=op.f("pk_mails_seen")),
    )
    op.add_column("mailboxes", sa.Column("mail_read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("mailboxes", "mail_read_at")
    op.drop_table("mails_seen")
