"""What is known of a desk for good: its surgeries, its way to a meeting in person, and the days it is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("desks", sa.Column("surgery", sa.Text(), nullable=True))
    op.add_column("desks", sa.Column("travel_minutes", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_desks_travel_not_negative"), "desks", "travel_minutes >= 0")
    op.create_table(
        "desk_away",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_desk_away_ends_after_start")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_desk_away_desk_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_desk_away_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_away")),
    )
    op.create_index(op.f("ix_desk_away_desk_id"), "desk_away", ["desk_id"], unique=False)


def downgrade() -> None:
    op.drop_table("desk_away")
    op.drop_constraint(op.f("ck_desks_travel_not_negative"), "desks", type_="check")
    op.drop_column("desks", "travel_minutes")
    op.drop_column("desks", "surgery")
