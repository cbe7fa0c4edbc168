"""Which agencies know already where a protected family is, and who recorded it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("requirements", sa.Column("location_held_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("requirements", "location_held_by")
