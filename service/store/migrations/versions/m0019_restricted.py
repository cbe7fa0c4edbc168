"""Restricted cases: who of ours may know of one, must not, or broke the glass."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("restricted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("requests", sa.Column("restricted_by", sa.Text(), nullable=True))
    op.create_table(
        "case_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('named', 'kept_out', 'break_glass')", name=op.f("ck_case_access_kind_known")),
        sa.CheckConstraint(
            "(kind = 'break_glass') = (until IS NOT NULL)", name=op.f("ck_case_access_broken_glass_ends")
        ),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_case_access_partnership_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_case_access_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_access")),
    )
    op.create_index(op.f("ix_case_access_request_id"), "case_access", ["request_id"])
    op.create_index("ix_case_access_reader", "case_access", ["partnership_id", "reader"])


def downgrade() -> None:
    op.drop_table("case_access")
    op.drop_column("requests", "restricted_by")
    op.drop_column("requests", "restricted_at")
