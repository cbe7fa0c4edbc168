"""A mail that only acknowledges ours is told apart from one that says somebody is away."""

from __future__ import annotations

from alembic import op

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: None = None
depends_on: None = None

_NAME = "ck_mail_to_read_kind_known"


def upgrade() -> None:
    op.drop_constraint(op.f(_NAME), "mail_to_read", type_="check")
    known = "kind IN ('ordinary', 'automatic', 'acknowledgement', 'bounce')"
    op.create_check_constraint(op.f(_NAME), "mail_to_read", known)


def downgrade() -> None:
    op.execute("UPDATE mail_to_read SET kind = 'automatic' WHERE kind = 'acknowledgement'")
    op.drop_constraint(op.f(_NAME), "mail_to_read", type_="check")
    op.create_check_constraint(op.f(_NAME), "mail_to_read", "kind IN ('ordinary', 'automatic', 'bounce')")
