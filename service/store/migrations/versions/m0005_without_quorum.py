"""Why a meeting went on without its quorum, and who decided so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("inquorate_reason", sa.Text(), nullable=True))
    op.add_column("meetings", sa.Column("inquorate_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings", "inquorate_by")
    op.drop_column("meetings", "inquorate_reason")
