"""The police's own reference beside an outcome, under the request's key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("meeting_outcomes", sa.Column("sealed_police_reference", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("meeting_outcomes", "sealed_police_reference")
