"""Each mailbox's inbox is watched by a subscription of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("mail_subscription_id", sa.Text(), nullable=True))
    op.add_column("mailboxes", sa.Column("mail_client_state_hash", sa.LargeBinary(), nullable=True))
    op.add_column("mailboxes", sa.Column("mail_subscription_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mailboxes", sa.Column("mail_watch_refused_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("watch_refused_at", "subscription_expires_at", "client_state_hash", "subscription_id"):
        op.drop_column("mailboxes", f"mail_{column}")
