"""By when the minutes of a meeting are due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("minutes_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_meetings_minutes_due",
        "meetings",
        ["minutes_due_at"],
        unique=False,
        postgresql_where=sa.text("minutes_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_meetings_minutes_due", table_name="meetings")
    op.drop_column("meetings", "minutes_due_at")
