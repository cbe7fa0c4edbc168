"""A person's own route to a place whose shared inbox must not be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("inboxes", sa.Column("kind", sa.Text(), server_default="shared", nullable=False))
    op.create_check_constraint(op.f("ck_inboxes_kind_known"), "inboxes", "kind IN ('shared', 'person')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_inboxes_kind_known"), "inboxes")
    op.drop_column("inboxes", "kind")
