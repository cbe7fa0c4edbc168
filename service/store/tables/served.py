"""Who Convene serves: partnerships, their staff, policies, desks, inboxes and mailboxes."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

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
    own_id(),
    scope(),
    Column("tenant", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    # Real time all of these: sessions live by the clock on the wall.
    instant("first_signed_in_at"),
    instant("last_signed_in_at"),
    instant("signed_out_before", nullable=True),
    instant("stopped_at", nullable=True),
    Column("stopped_by", Text),
    UniqueConstraint("partnership_id", "tenant", "subject"),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    scope(in_key=True),
    Column("hash", Text, primary_key=True),
    Column("pack", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant("starts_at"),
    instant("published_at"),
    Column("published_by", Text, nullable=False),
    Index("ix_policy_versions_current", "partnership_id", "starts_at"),
)

# A changed pack that somebody uploaded, and that another person put in force from a day on. Where nothing was published
# by hand, the packs of the program hold.
policy_drafts = Table(
    "policy_drafts",
    metadata,
    own_id(),
    scope(),
    Column("hash", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("made_by", Text, nullable=False),
    instant("made_at"),
    Column("ended_by", Text),
    instant("ended_at", nullable=True),
    instant("starts_at", nullable=True),
    one_of("state", "open", "published", "dropped"),
    CheckConstraint("(state = 'published') = (starts_at IS NOT NULL)", name="published_has_start"),
    CheckConstraint("state <> 'published' OR ended_by <> made_by", name="published_by_a_second"),
    Index("ix_policy_drafts_in_force", "partnership_id", "starts_at"),
)

desks = Table(
    "desks",
    metadata,
    own_id(),
    # Whose desk it is. It may serve others too: an inbox of theirs that points here is what grants it.
    scope(),
    Column("name", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    # When it comes to meetings, if only then; None: whenever its inboxes are open.
    Column("surgery", Text),
    Column("travel_minutes", Integer),
    instant("updated_at"),
    UniqueConstraint("partnership_id", "name"),
    CheckConstraint("capacity >= 1", name="capacity_positive"),
    CheckConstraint("travel_minutes >= 0", name="travel_not_negative"),
)

desk_away = Table(
    "desk_away",
    metadata,
    own_id(),
    scope(),
    Column("desk_id", Uuid, ForeignKey("desks.id"), nullable=False, index=True),
    # London days, both counted.
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    CheckConstraint("last_day >= first_day", name="ends_after_start"),
)

# Who can chair (lead child protection practitioners), by the hours of their rota.
chairs = Table(
    "chairs",
    metadata,
    own_id(),
    scope(),
    Column("name", Text, nullable=False),
    Column("hours", Text, nullable=False),
    # Who they are in this service, as the audit names people; empty: not said. Restricted cases are read by it.
    Column("reader", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    instant("updated_at"),
    UniqueConstraint("partnership_id", "name"),
)

chair_away = Table(
    "chair_away",
    metadata,
    own_id(),
    scope(),
    Column("chair_id", Uuid, ForeignKey("chairs.id"), nullable=False, index=True),
    # London days, both counted.
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    CheckConstraint("last_day >= first_day", name="ends_after_start"),
)

inboxes = Table(
    "inboxes",
    metadata,
    own_id(),
    scope(),
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
    instant("updated_at"),
    UniqueConstraint("partnership_id", "role", "place", "address"),
    one_of("channel", "outlook", "calendar_mail", "phone"),
    one_of("kind", "shared", "person"),
)

calendars = Table(
    "calendars",
    metadata,
    own_id(),
    scope(),
    Column("kind", Text, nullable=False),
    # A chair's or a room's; an agency is known by its address in the directory.
    Column("name", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False),
    # What was last seen, if anything: pairs of instants with whether it was out of office, and nothing else.
    instant("seen_at", nullable=True),
    Column("taken", JSONB),
    instant("tried_at", nullable=True),
    Column("problem", Text),
    UniqueConstraint("partnership_id", "kind", "address"),
    one_of("kind", "agency", "chair", "room"),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    own_id(),
    scope(),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("stopped_because", Text),
    # A mailbox that stops again and again is probed more and more seldom: since when it does, and when it last did.
    instant("stopped_since", nullable=True),
    instant("stopped_at", nullable=True),
    Column("delta_link", Text),
    # Graph bakes the window of a delta round into its link, so the link must be renewed before the window runs out.
    instant("window_from", nullable=True),
    # Where the reading of its inbox goes on from, a feed of its own beside the calendar's.
    Column("mail_link", Text),
    # When the last round of that feed that came to its end began: one that must begin anew looks back beyond it.
    instant("mail_read_at", nullable=True),
    instant("read_wanted_at", nullable=True),
    instant("read_at", nullable=True),
    # When its events were last compared with ours, in the morning.
    instant("compared_at", nullable=True),
    # When Graph last said that we may not read who was in its online meetings; null: nothing is known against it.
    instant("reports_refused_at", nullable=True),
    Column("subscription_id", Text),
    Column("client_state_hash", LargeBinary),
    instant("subscription_expires_at", nullable=True),
    # The same for the mail that comes into its inbox, and when Graph last refused that (no Mail.Read): mail is polled.
    Column("mail_subscription_id", Text),
    Column("mail_client_state_hash", LargeBinary),
    instant("mail_subscription_expires_at", nullable=True),
    instant("mail_watch_refused_at", nullable=True),
    # Of each of the two: from when on it may be tried again (a try takes it on), since when it fails, and with what.
    instant("watch_next_at", nullable=True),
    instant("watch_failing_since", nullable=True),
    Column("watch_error", Text),
    instant("mail_watch_next_at", nullable=True),
    instant("mail_watch_failing_since", nullable=True),
    Column("mail_watch_error", Text),
    UniqueConstraint("partnership_id", "address"),
    one_of("state", "active", "stopped"),
)

# A draft that is tried on a long stretch of the past, by the worker: what became of it is counts alone, no meeting.
what_ifs = Table(
    "what_ifs",
    metadata,
    own_id(),
    scope(),
    Column("draft_id", Uuid, ForeignKey("policy_drafts.id"), nullable=False, index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("result", JSONB),
    Column("problem", Text, nullable=False, server_default=""),
    Column("asked_by", Text, nullable=False),
    instant("asked_at"),
    # Real time: whoever runs it holds it until then.
    instant("lease_until", nullable=True),
    instant("ended_at", nullable=True),
    one_of("state", "waiting", "done", "failed"),
    Index("ix_what_ifs_waiting", "asked_at", postgresql_where=text("state = 'waiting'")),
)

# A long import of the directory: the file is taken in at once; the meetings to come are seen to one after the other.
directory_imports = Table(
    "directory_imports",
    metadata,
    own_id(),
    scope(),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("asked_by", Text, nullable=False),
    instant("asked_at"),
    # Real time: whoever runs it holds it until then.
    instant("lease_until", nullable=True),
    instant("ended_at", nullable=True),
    one_of("state", "waiting", "done"),
    Index("ix_directory_imports_waiting", "asked_at", postgresql_where=text("state = 'waiting'")),
)
