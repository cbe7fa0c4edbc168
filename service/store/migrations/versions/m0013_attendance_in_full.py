"""Who came instead, an adjourned meeting's further sittings, and agencies that joined during the meeting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: None = None
depends_on: None = None

_STATES = "ck_requirements_state_known"


def upgrade() -> None:
    op.create_table(
        "sittings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("adjourned_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 1", name=op.f("ck_sittings_after_the_first")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_sittings_ends_after_start")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_sittings_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_sittings_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
        sa.UniqueConstraint("meeting_id", "number", name=op.f("uq_sittings_meeting_id_number")),
    )
    op.add_column("attendances", sa.Column("sitting", sa.Integer(), server_default="1", nullable=False))
    op.add_column("attendances", sa.Column("deputy", sa.Text(), nullable=True))
    op.add_column("attendances", sa.Column("sealed_deputy", sa.LargeBinary(), nullable=True))
    op.add_column(
        "attendances", sa.Column("deputy_named", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.drop_constraint(op.f("uq_attendances_requirement_id"), "attendances", type_="unique")
    op.create_unique_constraint(
        op.f("uq_attendances_requirement_id_sitting"), "attendances", ["requirement_id", "sitting"]
    )
    op.create_index("ix_attendances_later", "attendances", ["meeting_id"], postgresql_where=sa.text("sitting > 1"))
    op.drop_constraint(op.f(_STATES), "requirements", type_="check")
    op.create_check_constraint(
        op.f(_STATES), "requirements", "state IN ('wanted', 'no_inbox', 'stopped', 'withdrawn', 'joined')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f(_STATES), "requirements", type_="check")
    op.execute("UPDATE requirements SET state = 'withdrawn' WHERE state = 'joined'")
    op.create_check_constraint(op.f(_STATES), "requirements", "state IN ('wanted', 'no_inbox', 'stopped', 'withdrawn')")
    op.drop_index("ix_attendances_later", "attendances")
    op.execute("DELETE FROM attendances WHERE sitting > 1")
    op.drop_constraint(op.f("uq_attendances_requirement_id_sitting"), "attendances", type_="unique")
    op.create_unique_constraint(op.f("uq_attendances_requirement_id"), "attendances", ["requirement_id"])
    op.drop_column("attendances", "deputy_named")
    op.drop_column("attendances", "sealed_deputy")
    op.drop_column("attendances", "deputy")
    op.drop_column("attendances", "sitting")
    op.drop_table("sittings")
