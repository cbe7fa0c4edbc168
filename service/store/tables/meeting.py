"""The meeting: its places, tasks and booked desks, the medical it decides on and the family it invites."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

meetings = Table(
    "meetings",
    metadata,
    own_id(),
    scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("meeting_type", Text, nullable=False),
    # The partnership's own team it belongs to, a key of the policy's teams; null where no rule names one.
    Column("team", Text),
    Column("policy_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Rises by one at each confirmation or move; invitations, answers and chases name the version they belong to.
    Column("version", Integer, nullable=False, server_default="0"),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    # When the meetings begin that come right before and right after it in one sitting; nothing says which they are.
    instant("sitting_before_at", nullable=True),
    instant("sitting_after_at", nullable=True),
    Column("mode", Text, nullable=False, server_default="online"),
    Column("venue", Text, nullable=False, server_default=""),
    Column("chair", Text, nullable=False, server_default=""),
    # Why the chair was changed last, and who said so.
    Column("chair_because", Text),
    Column("chair_by", Text),
    instant("deadline_at", nullable=True),
    instant("earliest_fair_at", nullable=True),
    # By when the minutes are due, from the planned end; NULL: not set by the partnership.
    instant("minutes_due_at", nullable=True),
    Column("short_notice_reason", Text),
    Column("short_notice_code", Text),
    Column("short_notice_by", Text),
    Column("inquorate_reason", Text),
    Column("inquorate_by", Text),
    Column("cancelled_because", Text),
    # Conferences: whether the parents come together or apart, and who chose. Null: nobody has chosen.
    Column("family_sharing", Text),
    Column("family_sharing_by", Text),
    Column("linked_meeting_id", Uuid, ForeignKey("meetings.id")),
    instant("created_at"),
    one_of("state", "planned", "confirmed", "held", "cancelled"),
    ForeignKeyConstraint(["partnership_id", "policy_hash"], ["policy_versions.partnership_id", "policy_versions.hash"]),
    one_of("mode", "online", "in_person", "phone"),
    one_of("family_sharing", "joint", "split"),
    CheckConstraint("(state IN ('planned', 'cancelled')) OR starts_at IS NOT NULL", name="started_has_start"),
    CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
    Index("ix_meetings_worklist", "partnership_id", "state", "starts_at"),
    Index("ix_meetings_minutes_due", "minutes_due_at", postgresql_where=text("minutes_due_at IS NOT NULL")),
)

requirements = Table(
    "requirements",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("slot", Text, nullable=False, server_default=""),
    Column("agency_group", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("because", JSONB, nullable=False),
    Column("children", ARRAY(Text), nullable=False),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id")),
    Column("notice_standard", Text),
    Column("notice_minimum", Text),
    # Who recorded that this agency knows already where a protected family is; NULL: it is not told.
    Column("location_held_by", Text),
    Column("state", Text, nullable=False),
    UniqueConstraint("meeting_id", "role", "slot"),
    one_of("state", "wanted", "no_inbox", "stopped", "withdrawn", "joined"),
    one_of("level", "core", "conditional", "optional"),
)

tasks = Table(
    "tasks",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), index=True),
    Column("held_item_id", Uuid, ForeignKey("held_items.id")),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("detail", Text, nullable=False),
    instant("due_at", nullable=True),
    Column("state", Text, nullable=False, server_default="open"),
    instant("created_at"),
    instant("closed_at", nullable=True),
    Column("closed_by", Text),
    UniqueConstraint("partnership_id", "key"),
    one_of("state", "open", "done", "dropped"),
    Index("ix_tasks_open", "partnership_id", "state", "due_at"),
)

desk_bookings = Table(
    "desk_bookings",
    metadata,
    own_id(),
    scope(),
    # A row of ``desks``, or of ``inboxes`` where the inbox is a desk by itself: no foreign key can say so.
    Column("desk_id", Uuid, nullable=False),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id"), nullable=False),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    # None: more than the desk can sit in. Somebody has said why and stands beside it.
    Column("seat", Integer),
    Column("during", TSTZRANGE, nullable=False),
    Column("in_person", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    instant("expires_at", nullable=True),
    Column("override_because", Text),
    Column("override_by", Text),
    Column("released_because", Text),
    instant("taken_at"),
    one_of("state", "held", "booked", "released"),
    CheckConstraint("seat >= 1", name="seat_positive"),
    CheckConstraint("state <> 'held' OR expires_at IS NOT NULL", name="held_expires"),
    CheckConstraint(
        "seat IS NOT NULL OR (override_because IS NOT NULL AND override_by IS NOT NULL)", name="seated_or_overridden"
    ),
    # One seat sits in one meeting at a time, whoever asks and however many ask at once. A meeting does not stand in
    # its own way: it may hold a seat for its new time while it has the old one.
    ExcludeConstraint(
        ("desk_id", "="),
        ("seat", "="),
        ("meeting_id", "<>"),
        ("during", "&&"),
        name="ex_desk_bookings_one_seat",
        using="gist",
        where=text("state IN ('held', 'booked')"),
    ),
    Index(
        "uq_desk_bookings_one_of_each",
        "desk_id",
        "meeting_id",
        "state",
        unique=True,
        postgresql_where=text("state IN ('held', 'booked')"),
    ),
    Index("ix_desk_bookings_held", "expires_at", postgresql_where=text("state = 'held'")),
)

# The medical a meeting decides on: an appointment of its own, and no part of the meeting.
medicals = Table(
    "medicals",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("decided_by", Text, nullable=False),
    instant("decided_at"),
    instant("starts_at", nullable=True),
    Column("place", Text, nullable=False, server_default=""),
    Column("bookings", Integer, nullable=False, server_default="0"),
    one_of("state", "not_needed", "wanted", "booked", "held"),
)

medical_attendances = Table(
    "medical_attendances",
    metadata,
    own_id(),
    scope(),
    Column("medical_id", Uuid, ForeignKey("medicals.id"), nullable=False),
    Column("who", Text, nullable=False),
    Column("came", Boolean, nullable=False),
    Column("recorded_by", Text, nullable=False),
    instant("recorded_at"),
    UniqueConstraint("medical_id", "who"),
    one_of("who", "child", "parent_or_carer", "examining_doctor", "social_worker"),
)

# A parent at a conference: never a guest of the event, told alone and by a route an officer found to be safe.
family_invitations = Table(
    "family_invitations",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("stopped_because", Text),
    Column("route", Text),
    # The address or number of the route, under the request's key.
    Column("sealed_route", LargeBinary),
    # When this parent is asked to come, where the parents come one after the other.
    instant("comes_at", nullable=True),
    Column("interpreter", Text, nullable=False, server_default=""),
    Column("advocate", Text, nullable=False, server_default="not_offered"),
    Column("told_version", Integer, nullable=False, server_default="0"),
    instant("told_at", nullable=True),
    instant("created_at"),
    UniqueConstraint("meeting_id", "person_id"),
    one_of("state", "wanted", "stopped"),
    one_of("route", "email", "post", "phone", "by_hand"),
    one_of("advocate", "not_offered", "offered", "accepted", "declined"),
)
