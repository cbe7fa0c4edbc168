"""Where reading an organiser's inbox goes on from, and the first SEQUENCE of a meeting's present time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("mail_link", sa.Text(), nullable=True))
    op.add_column("calendar_mails", sa.Column("version_sequence", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE calendar_mails SET version_sequence = 2 * version")


def downgrade() -> None:
    op.drop_column("calendar_mails", "version_sequence")
    op.drop_column("mailboxes", "mail_link")
