"""Meetings that could not be held on the day they were called for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "not_held",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("tried", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reached", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tried_by", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("decided_role", sa.Text(), nullable=False),
        sa.Column("sealed_protects", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_not_held_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_not_held_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_held")),
        sa.UniqueConstraint("meeting_id", "natural_key", name=op.f("uq_not_held_meeting_id_natural_key")),
    )


def downgrade() -> None:
    op.drop_table("not_held")
