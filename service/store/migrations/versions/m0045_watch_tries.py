"""Each try to keep a subscription is claimed, and one that fails is kept with its error."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    for before in ("", "mail_"):
        op.add_column("mailboxes", sa.Column(f"{before}watch_next_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column("mailboxes", sa.Column(f"{before}watch_failing_since", sa.DateTime(timezone=True), nullable=True))
        op.add_column("mailboxes", sa.Column(f"{before}watch_error", sa.Text(), nullable=True))


def downgrade() -> None:
    for before in ("mail_", ""):
        for column in ("watch_error", "watch_failing_since", "watch_next_at"):
            op.drop_column("mailboxes", f"{before}{column}")
