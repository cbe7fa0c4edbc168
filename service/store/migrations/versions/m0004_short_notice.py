"""Why notice was cut short: a code of the policy's list and who gave it, beside the words that were there before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("short_notice_code", sa.Text(), nullable=True))
    op.add_column("meetings", sa.Column("short_notice_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings", "short_notice_by")
    op.drop_column("meetings", "short_notice_code")
