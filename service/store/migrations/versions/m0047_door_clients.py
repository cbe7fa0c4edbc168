"""Wrong agency codes at the door are counted by where they come from too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0047"
down_revision: str | None = "0046"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("door_tries", sa.Column("client_digest", sa.LargeBinary(), nullable=True))
    op.create_index("ix_door_tries_of_client", "door_tries", ["client_digest", "tried_at"])


def downgrade() -> None:
    op.drop_index("ix_door_tries_of_client", "door_tries")
    op.drop_column("door_tries", "client_digest")
