"""Why somebody opens what is sealed about a meeting is kept for a shift, beside what people are still typing."""

from __future__ import annotations

from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: None = None
depends_on: None = None

_KIND = "ck_drafts_kind_known"


def upgrade() -> None:
    op.drop_constraint(op.f(_KIND), "drafts", type_="check")
    op.create_check_constraint(op.f(_KIND), "drafts", "kind IN ('request', 'typed', 'reason')")


def downgrade() -> None:
    op.execute("DELETE FROM drafts WHERE kind = 'reason'")
    op.drop_constraint(op.f(_KIND), "drafts", type_="check")
    op.create_check_constraint(op.f(_KIND), "drafts", "kind IN ('request', 'typed')")
