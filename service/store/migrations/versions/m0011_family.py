"""Parents at conferences: how each is told, how they come, and the outbox rows that tell them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: None = None
depends_on: None = None

_KINDS = "'create_event', 'update_event', 'cancel_event', 'message'"


def upgrade() -> None:
    op.add_column("meetings", sa.Column("family_sharing", sa.Text(), nullable=True))
    op.add_column("meetings", sa.Column("family_sharing_by", sa.Text(), nullable=True))
    op.create_check_constraint("family_sharing_known", "meetings", "family_sharing IN ('joint', 'split')")
    op.create_table(
        "family_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stopped_because", sa.Text(), nullable=True),
        sa.Column("route", sa.Text(), nullable=True),
        sa.Column("sealed_route", sa.LargeBinary(), nullable=True),
        sa.Column("comes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interpreter", sa.Text(), server_default="", nullable=False),
        sa.Column("advocate", sa.Text(), server_default="not_offered", nullable=False),
        sa.Column("told_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'stopped')", name=op.f("ck_family_invitations_state_known")),
        sa.CheckConstraint(
            "route IN ('email', 'post', 'phone', 'by_hand')", name=op.f("ck_family_invitations_route_known")
        ),
        sa.CheckConstraint(
            "advocate IN ('not_offered', 'offered', 'accepted', 'declined')",
            name=op.f("ck_family_invitations_advocate_known"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnerships.id"], name=op.f("fk_family_invitations_partnership_id")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_family_invitations_meeting_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_family_invitations_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_invitations")),
        sa.UniqueConstraint("meeting_id", "person_id", name=op.f("uq_family_invitations_meeting_id_person_id")),
    )
    op.add_column("outbox", sa.Column("family_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_outbox_family_id"), "outbox", "family_invitations", ["family_id"], ["id"])
    op.drop_constraint("kind_known", "outbox", type_="check")
    op.create_check_constraint("kind_known", "outbox", f"kind IN ({_KINDS}, 'family_message')")


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE kind = 'family_message'")
    op.drop_constraint("kind_known", "outbox", type_="check")
    op.create_check_constraint("kind_known", "outbox", f"kind IN ({_KINDS})")
    op.drop_constraint(op.f("fk_outbox_family_id"), "outbox", type_="foreignkey")
    op.drop_column("outbox", "family_id")
    op.drop_table("family_invitations")
    op.drop_constraint("family_sharing_known", "meetings", type_="check")
    op.drop_column("meetings", "family_sharing_by")
    op.drop_column("meetings", "family_sharing")
