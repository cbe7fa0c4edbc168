"""The rota of chairs, and why a meeting's chair was changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "chairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_chairs_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chairs")),
        sa.UniqueConstraint("partnership_id", "name", name=op.f("uq_chairs_partnership_id_name")),
    )
    op.create_table(
        "chair_away",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("chair_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_chair_away_ends_after_start")),
        sa.ForeignKeyConstraint(["chair_id"], ["chairs.id"], name=op.f("fk_chair_away_chair_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_chair_away_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chair_away")),
    )
    op.create_index(op.f("ix_chair_away_chair_id"), "chair_away", ["chair_id"], unique=False)
    op.add_column("meetings", sa.Column("chair_because", sa.Text(), nullable=True))
    op.add_column("meetings", sa.Column("chair_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings", "chair_by")
    op.drop_column("meetings", "chair_because")
    op.drop_table("chair_away")
    op.drop_table("chairs")
