"""New addresses of the directory, which wait until somebody who reads them has said so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "address_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("inbox_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("known_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("coded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft", sa.Text(), server_default="", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("field IN ('address', 'escalation_address')", name=op.f("ck_address_checks_field_known")),
        sa.CheckConstraint("state IN ('open', 'verified', 'dropped')", name=op.f("ck_address_checks_state_known")),
        sa.CheckConstraint("proof IN ('code', 'call_back', 'vouched')", name=op.f("ck_address_checks_proof_known")),
        sa.CheckConstraint(
            "mail_state IN ('waiting', 'sent', 'failed', 'none')", name=op.f("ck_address_checks_mail_state_known")
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_address_checks_inbox_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_address_checks_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_checks")),
    )
    op.create_index(op.f("ix_address_checks_inbox_id"), "address_checks", ["inbox_id"])
    op.create_index(
        "uq_address_checks_one_open",
        "address_checks",
        ["inbox_id", "field"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_address_checks_due",
        "address_checks",
        ["next_try_at"],
        postgresql_where=sa.text("state = 'open' AND mail_state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("address_checks")
