"""Every table, in the order of a request's journey. ``docs/records.md`` says who owns what and which moves are legal.

Conventions: a ``partnership_id`` stands on every row and every query takes one as its scope; ids are UUID version 7
and sort by time; instants are aware and kept in UTC; ``sealed_*`` columns hold ciphertext only.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def _scope(*, in_key: bool = False) -> Column[str]:
    return Column("partnership_id", Text, ForeignKey("partnerships.id"), nullable=False, primary_key=in_key)


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


# --- who we serve ---

partnerships = Table(
    "partnerships",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("service_address", Text, nullable=False),
    Column("service_phone", Text, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    _scope(),
    Column("tenant", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    # Real time all of these: sessions live by the clock on the wall.
    _instant("first_signed_in_at"),
    _instant("last_signed_in_at"),
    _instant("signed_out_before", nullable=True),
    _instant("stopped_at", nullable=True),
    Column("stopped_by", Text),
    UniqueConstraint("partnership_id", "tenant", "subject"),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    _scope(in_key=True),
    Column("hash", Text, primary_key=True),
    Column("pack", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    _instant("starts_at"),
    _instant("published_at"),
    Column("published_by", Text, nullable=False),
    Index("ix_policy_versions_current", "partnership_id", "starts_at"),
)

desks = Table(
    "desks",
    metadata,
    _id(),
    # Whose desk it is. It may serve others too: an inbox of theirs that points here is what grants it.
    _scope(),
    Column("name", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    # When it comes to meetings, if only then; None: whenever its inboxes are open.
    Column("surgery", Text),
    Column("travel_minutes", Integer),
    _instant("updated_at"),
    UniqueConstraint("partnership_id", "name"),
    CheckConstraint("capacity >= 1", name="capacity_positive"),
    CheckConstraint("travel_minutes >= 0", name="travel_not_negative"),
)

desk_away = Table(
    "desk_away",
    metadata,
    _id(),
    _scope(),
    Column("desk_id", Uuid, ForeignKey("desks.id"), nullable=False, index=True),
    # London days, both counted.
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    CheckConstraint("last_day >= first_day", name="ends_after_start"),
)

inboxes = Table(
    "inboxes",
    metadata,
    _id(),
    _scope(),
    Column("role", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("escalation_name", Text, nullable=False, server_default=""),
    Column("escalation_address", Text, nullable=False, server_default=""),
    Column("escalation_phone", Text, nullable=False, server_default=""),
    Column("capacity", Integer, nullable=False, server_default="1"),
    Column("channel", Text, nullable=False, server_default="outlook"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    # The desk whose seats it shares with other inboxes. None: it is a desk by itself, under its own id and capacity.
    Column("desk_id", Uuid, ForeignKey("desks.id")),
    # A person's own route is no entry of the directory: it belongs to one place at one meeting.
    Column("kind", Text, nullable=False, server_default="shared"),
    _instant("updated_at"),
    UniqueConstraint("partnership_id", "role", "place", "address"),
    _one_of("channel", "outlook", "calendar_mail", "phone"),
    _one_of("kind", "shared", "person"),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    _id(),
    _scope(),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("stopped_because", Text),
    # A mailbox that stops again and again is probed more and more seldom: since when it does, and when it last did.
    _instant("stopped_since", nullable=True),
    _instant("stopped_at", nullable=True),
    Column("delta_link", Text),
    # Graph bakes the window of a delta round into its link, so the link must be renewed before the window runs out.
    _instant("window_from", nullable=True),
    _instant("read_wanted_at", nullable=True),
    _instant("read_at", nullable=True),
    Column("subscription_id", Text),
    Column("client_state_hash", LargeBinary),
    _instant("subscription_expires_at", nullable=True),
    UniqueConstraint("partnership_id", "address"),
    _one_of("state", "active", "stopped"),
)

# --- what came in ---

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _scope(in_key=True),
    Column("door", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", JSONB, nullable=False),
    _instant("created_at"),
)

requests = Table(
    "requests",
    metadata,
    _id(),
    _scope(),
    Column("source", Text, nullable=False),
    Column("source_ref", Text, nullable=False),
    Column("case_ref", Text, nullable=False),
    Column("meeting_type", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    _instant("concern_recorded_at"),
    _instant("received_at"),
    Column("facts", JSONB, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_body", LargeBinary),
    # A restricted case is for the people of case_access only.
    _instant("restricted_at", nullable=True),
    Column("restricted_by", Text),
    UniqueConstraint("partnership_id", "source", "source_ref"),
    Index("ix_requests_case", "partnership_id", "case_ref"),
)

children = Table(
    "children",
    metadata,
    _id(),
    _scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("age_band", Text, nullable=False),
    Column("on_school_roll", Boolean, nullable=False),
    Column("flags", ARRAY(Text), nullable=False),
    Column("sealed_identity", LargeBinary),
    UniqueConstraint("request_id", "ref"),
)

people = Table(
    "people",
    metadata,
    _id(),
    _scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("relation", Text, nullable=False),
    # [{"child": ref, "flags": [...]}]: which flags hold towards which child; derived facts, never a name.
    Column("ties", JSONB, nullable=False),
    Column("sealed_identity", LargeBinary),
    UniqueConstraint("request_id", "ref"),
)

# Who of ours may know of a case, must not, or broke the glass: by how the audit names them. Rows end, and stay.
case_access = Table(
    "case_access",
    metadata,
    _id(),
    _scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("reader", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("named_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _instant("since"),
    _instant("until", nullable=True),
    _instant("ended_at", nullable=True),
    _one_of("kind", "named", "kept_out", "break_glass"),
    CheckConstraint("(kind = 'break_glass') = (until IS NOT NULL)", name="broken_glass_ends"),
    Index("ix_case_access_reader", "partnership_id", "reader"),
)

held_items = Table(
    "held_items",
    metadata,
    _id(),
    _scope(),
    Column("reference", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_body", LargeBinary),
    _instant("received_at"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("closed_by", Text),
    UniqueConstraint("partnership_id", "door", "delivery_id"),
    _one_of("state", "open", "closed"),
)

drafts = Table(
    "drafts",
    metadata,
    _id(),
    _scope(),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_form", LargeBinary),
    Column("meeting_reference", Text),
    _instant("created_at"),
    _instant("updated_at"),
    Index("ix_drafts_staff", "partnership_id", "staff_id"),
)

refusals = Table(
    "refusals",
    metadata,
    _scope(in_key=True),
    Column("door", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# --- the meeting ---

meetings = Table(
    "meetings",
    metadata,
    _id(),
    _scope(),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("meeting_type", Text, nullable=False),
    # The partnership's own team it belongs to, a key of the policy's teams; null where no rule names one.
    Column("team", Text),
    Column("policy_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Rises by one at each confirmation or move; invitations, answers and chases name the version they belong to.
    Column("version", Integer, nullable=False, server_default="0"),
    _instant("starts_at", nullable=True),
    _instant("ends_at", nullable=True),
    Column("mode", Text, nullable=False, server_default="online"),
    Column("venue", Text, nullable=False, server_default=""),
    Column("chair", Text, nullable=False, server_default=""),
    _instant("deadline_at", nullable=True),
    _instant("earliest_fair_at", nullable=True),
    # By when the minutes are due, from the planned end; NULL: not set by the partnership.
    _instant("minutes_due_at", nullable=True),
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
    _instant("created_at"),
    _one_of("state", "planned", "confirmed", "held", "cancelled"),
    ForeignKeyConstraint(["partnership_id", "policy_hash"], ["policy_versions.partnership_id", "policy_versions.hash"]),
    _one_of("mode", "online", "in_person", "phone"),
    _one_of("family_sharing", "joint", "split"),
    CheckConstraint("(state IN ('planned', 'cancelled')) OR starts_at IS NOT NULL", name="started_has_start"),
    CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
    Index("ix_meetings_worklist", "partnership_id", "state", "starts_at"),
    Index("ix_meetings_minutes_due", "minutes_due_at", postgresql_where=text("minutes_due_at IS NOT NULL")),
)

requirements = Table(
    "requirements",
    metadata,
    _id(),
    _scope(),
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
    _one_of("state", "wanted", "no_inbox", "stopped", "withdrawn", "joined"),
    _one_of("level", "core", "conditional", "optional"),
)

tasks = Table(
    "tasks",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), index=True),
    Column("held_item_id", Uuid, ForeignKey("held_items.id")),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("detail", Text, nullable=False),
    _instant("due_at", nullable=True),
    Column("state", Text, nullable=False, server_default="open"),
    _instant("created_at"),
    _instant("closed_at", nullable=True),
    Column("closed_by", Text),
    UniqueConstraint("partnership_id", "key"),
    _one_of("state", "open", "done", "dropped"),
    Index("ix_tasks_open", "partnership_id", "state", "due_at"),
)

desk_bookings = Table(
    "desk_bookings",
    metadata,
    _id(),
    _scope(),
    # A row of ``desks``, or of ``inboxes`` where the inbox is a desk by itself: no foreign key can say so.
    Column("desk_id", Uuid, nullable=False),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id"), nullable=False),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    # None: more than the desk can sit in. Somebody has said why and stands beside it.
    Column("seat", Integer),
    Column("during", TSTZRANGE, nullable=False),
    Column("in_person", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    _instant("expires_at", nullable=True),
    Column("override_because", Text),
    Column("override_by", Text),
    Column("released_because", Text),
    _instant("taken_at"),
    _one_of("state", "held", "booked", "released"),
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
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("decided_by", Text, nullable=False),
    _instant("decided_at"),
    _instant("starts_at", nullable=True),
    Column("place", Text, nullable=False, server_default=""),
    Column("bookings", Integer, nullable=False, server_default="0"),
    _one_of("state", "not_needed", "wanted", "booked", "held"),
)

medical_attendances = Table(
    "medical_attendances",
    metadata,
    _id(),
    _scope(),
    Column("medical_id", Uuid, ForeignKey("medicals.id"), nullable=False),
    Column("who", Text, nullable=False),
    Column("came", Boolean, nullable=False),
    Column("recorded_by", Text, nullable=False),
    _instant("recorded_at"),
    UniqueConstraint("medical_id", "who"),
    _one_of("who", "child", "parent_or_carer", "examining_doctor", "social_worker"),
)

# A parent at a conference: never a guest of the event, told alone and by a route an officer found to be safe.
family_invitations = Table(
    "family_invitations",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("stopped_because", Text),
    Column("route", Text),
    # The address or number of the route, under the request's key.
    Column("sealed_route", LargeBinary),
    # When this parent is asked to come, where the parents come one after the other.
    _instant("comes_at", nullable=True),
    Column("interpreter", Text, nullable=False, server_default=""),
    Column("advocate", Text, nullable=False, server_default="not_offered"),
    Column("told_version", Integer, nullable=False, server_default="0"),
    _instant("told_at", nullable=True),
    _instant("created_at"),
    UniqueConstraint("meeting_id", "person_id"),
    _one_of("state", "wanted", "stopped"),
    _one_of("route", "email", "post", "phone", "by_hand"),
    _one_of("advocate", "not_offered", "offered", "accepted", "declined"),
)

# --- out to Outlook ---

calendar_events = Table(
    "calendar_events",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("mailbox_id", Uuid, ForeignKey("mailboxes.id"), nullable=False),
    Column("transaction_id", Uuid, nullable=False, unique=True),
    Column("graph_id", Text, unique=True),
    Column("ical_uid", Text, index=True),
    Column("join_url", Text),
    Column("handed_version", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    _instant("created_at"),
    _one_of("state", "wanted", "live", "cancelled"),
    # Never two live events for one meeting (the design's second "never").
    Index(
        "uq_calendar_events_one_live",
        "meeting_id",
        unique=True,
        postgresql_where=text("state IN ('wanted', 'live')"),
    ),
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id"), nullable=False),
    Column("version", Integer, nullable=False),
    # The time this version asked the agency to, kept when the meeting moves.
    _instant("starts_at"),
    Column("state", Text, nullable=False),
    _instant("event_handed_at", nullable=True),
    _instant("message_handed_at", nullable=True),
    _instant("created_at"),
    UniqueConstraint("requirement_id", "version"),
    _one_of("state", "due", "sent", "replaced", "withdrawn", "failed"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("event_id", Uuid, ForeignKey("calendar_events.id"), nullable=False),
    Column("requirement_id", Uuid, ForeignKey("requirements.id")),
    Column("chase_id", Uuid),
    Column("family_id", Uuid, ForeignKey("family_invitations.id")),
    Column("mailbox_id", Uuid, ForeignKey("mailboxes.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("stream", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # A message waits for the event whose join details it carries.
    Column("after_id", Uuid, ForeignKey("outbox.id")),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("not_sent_because", Text),
    Column("lease_token", Uuid),
    _instant("lease_until", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _instant("next_try_at"),
    Column("last_error", Text),
    Column("frozen", LargeBinary),
    _instant("frozen_at", nullable=True),
    _instant("created_at"),
    _instant("finished_at", nullable=True),
    UniqueConstraint("stream", "sequence"),
    _one_of("kind", "create_event", "update_event", "cancel_event", "message", "family_message"),
    _one_of("state", "waiting", "frozen", "done", "not_sent", "exhausted"),
    Index("ix_outbox_due", "next_try_at", postgresql_where=text("state IN ('waiting', 'frozen')")),
    Index("ix_outbox_after", "after_id"),
)

# --- back in ---

answers = Table(
    "answers",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), index=True),
    Column("version", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("given_by", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    # Free words from outside may hold a name, so they are sealed like the rest of an identity.
    Column("sealed_comment", LargeBinary),
    _instant("proposed_start", nullable=True),
    _instant("answered_at"),
    _instant("received_at"),
    Column("natural_key", Text, nullable=False),
    UniqueConstraint("meeting_id", "natural_key"),
    _one_of("answer", "yes", "no", "maybe", "deputy", "report", "another_time"),
    _one_of("way", "outlook", "page", "phone", "calendar_mail", "mail"),
)

chases = Table(
    "chases",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("to", Text, nullable=False),
    _instant("due_at"),
    Column("state", Text, nullable=False, server_default="due"),
    Column("not_sent_because", Text),
    _instant("finished_at", nullable=True),
    UniqueConstraint("requirement_id", "version", "step"),
    _one_of("state", "due", "handed", "sent", "not_sent"),
    Index("ix_chases_due", "due_at", postgresql_where=text("state = 'due'")),
)

sittings = Table(
    "sittings",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    # The first sitting is the meeting itself, so a row is always of a later one.
    Column("number", Integer, nullable=False),
    _instant("starts_at"),
    _instant("ends_at"),
    Column("because", Text, nullable=False),
    Column("adjourned_by", Text, nullable=False),
    _instant("created_at"),
    UniqueConstraint("meeting_id", "number"),
    CheckConstraint("number > 1", name="after_the_first"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
)

attendances = Table(
    "attendances",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("sitting", Integer, nullable=False, server_default="1"),
    Column("outcome", Text, nullable=False),
    Column("how", Text),
    Column("seniority_confirmed", Boolean),
    Column("contribution", Text),
    # Who came instead: the kind of person, and a name in words that are sealed like an identity.
    Column("deputy", Text),
    Column("sealed_deputy", LargeBinary),
    # Whether there are such words: what pages read names no sealed column.
    Column("deputy_named", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False, server_default="recorded"),
    Column("recorded_by", Text, nullable=False),
    _instant("recorded_at"),
    Column("confirmed_by", Text),
    _instant("confirmed_at", nullable=True),
    UniqueConstraint("requirement_id", "sitting"),
    # Few meetings are adjourned: a report finds those that were without looking at all the others.
    Index("ix_attendances_later", "meeting_id", postgresql_where=text("sitting > 1")),
    _one_of("outcome", "attended", "represented", "report_only", "apologies", "no_answer"),
    _one_of("state", "proposed", "recorded", "confirmed"),
)

# --- what was decided ---

papers = Table(
    "papers",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Integer, nullable=False),
    # The places whose agencies may open it; empty: every agency's.
    Column("concerns", ARRAY(Uuid), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    # Under the request's own key, so that it says nothing of the words to whoever has no key.
    Column("fingerprint", LargeBinary, nullable=False),
    Column("replaces_id", Uuid, ForeignKey("papers.id"), unique=True),
    Column("agreed_by", Text, nullable=False),
    _instant("agreed_at"),
    Column("issued_by", Text),
    _instant("issued_at", nullable=True),
    UniqueConstraint("meeting_id", "kind", "number"),
    UniqueConstraint("meeting_id", "kind", "fingerprint"),
    _one_of("kind", "decision", "minutes"),
    CheckConstraint("kind <> 'decision' OR issued_at IS NOT NULL", name="decision_is_issued"),
)

receipts = Table(
    "receipts",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    # NULL: a member of staff read it for themselves, and no agency has it by that.
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), index=True),
    Column("paper_id", Uuid, ForeignKey("papers.id"), nullable=False),
    Column("opener", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    _instant("opened_at"),
    Column("opened_by", Text, nullable=False),
    _one_of("proof", "call_back", "code", "desk_session", "staff"),
    CheckConstraint("(requirement_id IS NULL) = (proof = 'staff')", name="staff_is_no_agency"),
)

reports_received = Table(
    "reports_received",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False, unique=True),
    _instant("received_at"),
    Column("recorded_by", Text, nullable=False),
    _instant("recorded_at"),
)

meeting_outcomes = Table(
    "meeting_outcomes",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, unique=True),
    Column("decided", ARRAY(Text), nullable=False),
    _instant("s47_started_at", nullable=True),
    Column("police", Text),
    _instant("next_meeting_at", nullable=True),
    Column("recorded_by", Text, nullable=False),
    _instant("recorded_at"),
)

actions = Table(
    "actions",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("due_on", Date),
    Column("state", Text, nullable=False, server_default="open"),
    Column("agreed_by", Text, nullable=False),
    _instant("created_at"),
    Column("closed_by", Text),
    _instant("closed_at", nullable=True),
    UniqueConstraint("meeting_id", "number"),
    _one_of("state", "open", "done", "dropped"),
)

# Who was told who a meeting is about, for which agency and by which proof. Only ever added.
openings = Table(
    "openings",
    metadata,
    _id(),
    _scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False, index=True),
    # Who asked, for the agency: sealed like whatever else is written of a case in somebody's own words.
    Column("sealed_name", LargeBinary),
    Column("proof", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("children", ARRAY(Text), nullable=False),
    Column("people", ARRAY(Text), nullable=False),
    Column("opened_by", Text, nullable=False),
    _instant("opened_at"),
    _one_of("proof", "call_back", "code", "desk_session"),
)

disagreements = Table(
    "disagreements",
    metadata,
    _id(),
    _scope(),
    # NULL: an agency asked for a meeting, was refused, and so there is none; then it has a key of its own.
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id")),
    Column("paper_id", Uuid, ForeignKey("papers.id")),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("key_id", Text),
    Column("wrapped_key", LargeBinary),
    Column("sealed_words", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("stage_to", Text, nullable=False),
    _instant("stage_due_at", nullable=True),
    _instant("settle_by", nullable=True),
    Column("state", Text, nullable=False, server_default="open"),
    Column("raised_by", Text, nullable=False),
    _instant("raised_at"),
    Column("settled_by", Text),
    _instant("settled_at", nullable=True),
    Column("sealed_outcome", LargeBinary),
    ForeignKeyConstraint(["partnership_id", "policy_hash"], ["policy_versions.partnership_id", "policy_versions.hash"]),
    UniqueConstraint("partnership_id", "fingerprint"),
    _one_of("kind", "dissent", "refused_meeting", "refused_to_come", "refused_information"),
    _one_of("state", "open", "settled"),
    CheckConstraint("(meeting_id IS NULL) = (key_id IS NOT NULL)", name="own_key_without_meeting"),
    Index("ix_disagreements_due", "stage_due_at", postgresql_where=text("state = 'open'")),
)

# --- the record of the record ---

audit_events = Table(
    "audit_events",
    metadata,
    _id(),
    _scope(),
    # The meeting's id, or the partnership for what belongs to no meeting: one hash chain each.
    Column("chain", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("meeting_id", Uuid),
    _instant("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("chain", "number"),
    Index("ix_audit_events_meeting", "partnership_id", "meeting_id"),
)

recipient_counts = Table(
    "recipient_counts",
    metadata,
    _scope(),
    Column("mailbox_id", Uuid, ForeignKey("mailboxes.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("recipients", BigInteger, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("job", Text, primary_key=True),
    _instant("last_run_at"),
    _instant("last_success_at", nullable=True),
    Column("last_error", Text),
)
