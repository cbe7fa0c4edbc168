"""Wrong agency codes at the door are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "door_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("reference_digest", sa.LargeBinary(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_door_tries_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_tries")),
    )
    op.create_index("ix_door_tries_of_reference", "door_tries", ["reference_digest", "tried_at"])


def downgrade() -> None:
    op.drop_table("door_tries")
