"""The agencies that may be told who a meeting is about by secure mail; off for all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: None = None
depends_on: None = None

_KNOWN = "ck_openings_proof_known"


def upgrade() -> None:
    op.create_table(
        "secure_mail_allowed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("allowed_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnerships.id"], name=op.f("fk_secure_mail_allowed_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secure_mail_allowed")),
    )
    op.create_index(
        "uq_secure_mail_allowed_one",
        "secure_mail_allowed",
        ["partnership_id", "role", "place"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_constraint(op.f(_KNOWN), "openings")
    op.create_check_constraint(
        op.f(_KNOWN), "openings", "proof IN ('call_back', 'code', 'desk_session', 'secure_mail')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f(_KNOWN), "openings")
    op.execute("DELETE FROM openings WHERE proof = 'secure_mail'")
    op.create_check_constraint(op.f(_KNOWN), "openings", "proof IN ('call_back', 'code', 'desk_session')")
    op.drop_table("secure_mail_allowed")
