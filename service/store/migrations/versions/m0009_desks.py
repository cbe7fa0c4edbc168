"""Desks with their seats, and one booking for each seat a meeting takes: never two meetings in one seat at one time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "desks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_desks_capacity_positive")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_desks_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
        sa.UniqueConstraint("partnership_id", "name", name=op.f("uq_desks_partnership_id_name")),
    )
    op.add_column("inboxes", sa.Column("desk_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_inboxes_desk_id"), "inboxes", "desks", ["desk_id"], ["id"])
    _bookings()
    op.execute(_BOOK_WHAT_IS_CONFIRMED)


def _bookings() -> None:
    active = sa.text("state IN ('held', 'booked')")
    op.create_table(
        "desk_bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("inbox_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("in_person", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("override_because", sa.Text(), nullable=True),
        sa.Column("override_by", sa.Text(), nullable=True),
        sa.Column("released_because", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('held', 'booked', 'released')", name=op.f("ck_desk_bookings_state_known")),
        sa.CheckConstraint("seat >= 1", name=op.f("ck_desk_bookings_seat_positive")),
        sa.CheckConstraint("state <> 'held' OR expires_at IS NOT NULL", name=op.f("ck_desk_bookings_held_expires")),
        sa.CheckConstraint(
            "seat IS NOT NULL OR (override_because IS NOT NULL AND override_by IS NOT NULL)",
            name=op.f("ck_desk_bookings_seated_or_overridden"),
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_desk_bookings_inbox_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_desk_bookings_meeting_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_desk_bookings_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_bookings")),
        postgresql.ExcludeConstraint(
            (sa.column("desk_id"), "="),
            (sa.column("seat"), "="),
            (sa.column("meeting_id"), "<>"),
            (sa.column("during"), "&&"),
            name="ex_desk_bookings_one_seat",
            using="gist",
            where=active,
        ),
    )
    op.create_index(op.f("ix_desk_bookings_meeting_id"), "desk_bookings", ["meeting_id"], unique=False)
    op.create_index(
        "uq_desk_bookings_one_of_each",
        "desk_bookings",
        ["desk_id", "meeting_id", "state"],
        unique=True,
        postgresql_where=active,
    )
    op.create_index(
        "ix_desk_bookings_held",
        "desk_bookings",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )


# The meetings that stand already take their seats in the order of their starts; what is too much for a desk is kept as
# what it is, with this migration's name beside it.
_BOOK_WHAT_IS_CONFIRMED = """
DO $$
DECLARE
    one record;
    free integer;
BEGIN
    FOR one IN
        SELECT DISTINCT ON (m.starts_at, m.id, i.id)
            i.id AS inbox_id, i.capacity, m.id AS meeting_id, m.partnership_id, m.mode, m.created_at,
            tstzrange(m.starts_at, m.ends_at) AS during
        FROM meetings m
        JOIN requirements r ON r.meeting_id = m.id AND r.state = 'wanted'
        JOIN inboxes i ON i.id = r.inbox_id
        WHERE m.state = 'confirmed'
        ORDER BY m.starts_at, m.id, i.id
    LOOP
        SELECT min(number) INTO free FROM generate_series(1, one.capacity) AS number WHERE NOT EXISTS (
            SELECT 1 FROM desk_bookings b
            WHERE b.desk_id = one.inbox_id AND b.seat = number AND b.during && one.during AND b.state = 'booked'
        );
        INSERT INTO desk_bookings (id, partnership_id, desk_id, inbox_id, meeting_id, seat, during, in_person, state,
                                   override_because, override_by, taken_at)
        VALUES (gen_random_uuid(), one.partnership_id, one.inbox_id, one.inbox_id, one.meeting_id, free, one.during,
                one.mode = 'in_person', 'booked', CASE WHEN free IS NULL THEN 'agreed_before' END,
                CASE WHEN free IS NULL THEN 'migration 0009' END, one.created_at);
    END LOOP;
END $$
"""


def downgrade() -> None:
    op.drop_table("desk_bookings")
    op.drop_constraint(op.f("fk_inboxes_desk_id"), "inboxes", type_="foreignkey")
    op.drop_column("inboxes", "desk_id")
    op.drop_table("desks")
