"""A draft has a version, for two tabs; and a form that was sent after its session had ended is kept like one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("kind", sa.Text(), server_default="request", nullable=False))
    op.add_column("drafts", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_drafts_kind_known"), "drafts", "kind IN ('request', 'typed')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_drafts_kind_known"), "drafts", type_="check")
    op.drop_column("drafts", "version")
    op.drop_column("drafts", "kind")
