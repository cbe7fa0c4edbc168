"""When the meetings begin that come right before and right after a meeting in one sitting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("sitting_before_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("meetings", sa.Column("sitting_after_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings", "sitting_after_at")
    op.drop_column("meetings", "sitting_before_at")
