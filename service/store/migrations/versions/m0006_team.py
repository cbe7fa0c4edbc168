"""The partnership's own team a meeting belongs to, so that figures can be asked for by team."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("team", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings", "team")
