"""What Teams says of who was there is read and proposed for each sitting of a meeting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: None = None
depends_on: None = None

_ONE_EACH = (("attendance_reads", "event_id"), ("attendance_proposals", "requirement_id"))


def upgrade() -> None:
    for table, what in _ONE_EACH:
        op.add_column(table, sa.Column("sitting", sa.Integer(), server_default="1", nullable=False))
        op.drop_constraint(op.f(f"uq_{table}_{what}"), table, type_="unique")
        op.create_unique_constraint(op.f(f"uq_{table}_{what}_sitting"), table, [what, "sitting"])


def downgrade() -> None:
    for table, what in _ONE_EACH:
        op.execute(sa.text(f"DELETE FROM {table} WHERE sitting > 1"))  # noqa: S608 - constants of this module
        op.drop_constraint(op.f(f"uq_{table}_{what}_sitting"), table, type_="unique")
        op.create_unique_constraint(op.f(f"uq_{table}_{what}"), table, [what])
        op.drop_column(table, "sitting")
