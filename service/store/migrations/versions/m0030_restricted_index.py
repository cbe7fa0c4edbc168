"""Restricted cases are few: find them without looking at every request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_index(
        "ix_requests_restricted",
        "requests",
        ["partnership_id"],
        unique=False,
        postgresql_where=sa.text("restricted_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_requests_restricted", table_name="requests")
