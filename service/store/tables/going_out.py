"""What goes out: events, invitations and the outbox."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
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
from sqlalchemy.dialects.postgresql import JSONB

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

calendar_events = Table(
    "calendar_events",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("mailbox_id", Uuid, ForeignKey("mailboxes.id"), nullable=False),
    Column("transaction_id", Uuid, nullable=False, unique=True),
    Column("graph_id", Text, unique=True),
    Column("ical_uid", Text, index=True),
    Column("join_url", Text),
    Column("handed_version", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    # A digest of the body when the event was first compared: Teams adds words of its own to what we sent.
    Column("body_mark", Text),
    instant("created_at"),
    # Replaced: another event took its place because its mailbox is gone; if that comes back, it is cancelled.
    one_of("state", "wanted", "live", "replaced", "cancelled"),
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
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id"), nullable=False),
    Column("version", Integer, nullable=False),
    # The time this version asked the agency to, kept when the meeting moves.
    instant("starts_at"),
    Column("state", Text, nullable=False),
    # By which channel the agency was asked, kept when its inbox changes to another: nothing is then left on both.
    Column("channel", Text, nullable=False, server_default="outlook"),
    instant("event_handed_at", nullable=True),
    instant("message_handed_at", nullable=True),
    instant("created_at"),
    UniqueConstraint("requirement_id", "version"),
    one_of("state", "due", "sent", "replaced", "withdrawn", "failed"),
    one_of("channel", "outlook", "calendar_mail", "phone"),
)

# The entry of a meeting in the calendar behind one address that is no guest of the event. The row alone gives out its
# SEQUENCE: one address may do the jobs of two places, and its calendar knows the meeting once.
calendar_mails = Table(
    "calendar_mails",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # The first SEQUENCE of this version: an answer with a lower one is to an earlier time.
    Column("version_sequence", Integer, nullable=False, server_default="0"),
    instant("starts_at"),
    instant("ends_at"),
    Column("state", Text, nullable=False),
    instant("updated_at"),
    UniqueConstraint("meeting_id", "address"),
    one_of("state", "live", "off"),
)

outbox = Table(
    "outbox",
    metadata,
    own_id(),
    scope(),
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
    instant("lease_until", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    instant("next_try_at"),
    Column("last_error", Text),
    Column("frozen", LargeBinary),
    instant("frozen_at", nullable=True),
    instant("created_at"),
    instant("finished_at", nullable=True),
    UniqueConstraint("stream", "sequence"),
    one_of("kind", "create_event", "update_event", "cancel_event", "message", "family_message"),
    one_of("state", "waiting", "frozen", "done", "not_sent", "exhausted"),
    Index("ix_outbox_due", "next_try_at", postgresql_where=text("state IN ('waiting', 'frozen')")),
    Index("ix_outbox_after", "after_id"),
)

# What somebody changed in Outlook, found in the morning. What was typed there is not kept: it may name a child.
drifts = Table(
    "drifts",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("event_id", Uuid, ForeignKey("calendar_events.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    instant("found_at"),
    instant("ended_at", nullable=True),
    Column("ended_by", Text),
    one_of("kind", "time", "guests", "words", "place", "gone", "mailbox"),
    one_of("state", "open", "adopted", "restored", "cleared"),
    Index(
        "uq_drifts_one_open",
        "event_id",
        "kind",
        unique=True,
        postgresql_where=text("state = 'open'"),
    ),
)
