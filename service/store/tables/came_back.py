"""What came back: answers, chases, and who came."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
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
from sqlalchemy.dialects.postgresql import ARRAY

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

answers = Table(
    "answers",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), index=True),
    Column("version", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("given_by", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    # Free words from outside may hold a name, so they are sealed like the rest of an identity.
    Column("sealed_comment", LargeBinary),
    instant("proposed_start", nullable=True),
    instant("answered_at"),
    instant("received_at"),
    Column("natural_key", Text, nullable=False),
    UniqueConstraint("meeting_id", "natural_key"),
    one_of("answer", "yes", "no", "maybe", "deputy", "report", "another_time"),
    one_of("way", "outlook", "page", "phone", "calendar_mail", "mail"),
)

# Phone calls to the agencies' desks, only ever added: who was called by role, what came of it, by whom and when.
calls = Table(
    "calls",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    # The person spoken to, under the request's key, and whether somebody was named.
    Column("sealed_spoke_to", LargeBinary),
    Column("spoke_named", Boolean, nullable=False, server_default=text("false")),
    # The version of the meeting it was about: the one to come, while the meeting had no time and so no start.
    Column("version", Integer, nullable=False),
    instant("about_start", nullable=True),
    instant("called_at"),
    Column("called_by", Text, nullable=False),
    instant("recorded_at"),
    Column("natural_key", Text, nullable=False),
    UniqueConstraint("meeting_id", "natural_key"),
    one_of("outcome", "reached", "no_answer", "joined", "left_message"),
)

# A meeting that could not be held on the day it was called for: it stays open, and why and what follows is kept.
not_held = Table(
    "not_held",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    # A code of the policy's list.
    Column("because", Text, nullable=False),
    # Roles, as the calls have them at that moment, and who made those calls, as the audit names people.
    Column("tried", ARRAY(Text), nullable=False),
    Column("reached", ARRAY(Text), nullable=False),
    Column("tried_by", ARRAY(Text), nullable=False),
    # Who decided: a role, and below it whoever wrote it down.
    Column("decided_role", Text, nullable=False),
    # What protects the child meanwhile, under the request's key.
    Column("sealed_protects", LargeBinary),
    Column("recorded_by", Text, nullable=False),
    instant("recorded_at"),
    Column("natural_key", Text, nullable=False),
    UniqueConstraint("meeting_id", "natural_key"),
)

chases = Table(
    "chases",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("to", Text, nullable=False),
    instant("due_at"),
    Column("state", Text, nullable=False, server_default="due"),
    Column("not_sent_because", Text),
    instant("finished_at", nullable=True),
    UniqueConstraint("requirement_id", "version", "step"),
    one_of("state", "due", "handed", "sent", "not_sent"),
    Index("ix_chases_due", "due_at", postgresql_where=text("state = 'due'")),
)

sittings = Table(
    "sittings",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False),
    # The first sitting is the meeting itself, so a row is always of a later one.
    Column("number", Integer, nullable=False),
    instant("starts_at"),
    instant("ends_at"),
    Column("because", Text, nullable=False),
    Column("adjourned_by", Text, nullable=False),
    instant("created_at"),
    UniqueConstraint("meeting_id", "number"),
    CheckConstraint("number > 1", name="after_the_first"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
)

attendances = Table(
    "attendances",
    metadata,
    own_id(),
    scope(),
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
    instant("recorded_at"),
    Column("confirmed_by", Text),
    instant("confirmed_at", nullable=True),
    UniqueConstraint("requirement_id", "sitting"),
    # Few meetings are adjourned: a report finds those that were without looking at all the others.
    Index("ix_attendances_later", "meeting_id", postgresql_where=text("sitting > 1")),
    one_of("outcome", "attended", "represented", "report_only", "apologies", "no_answer"),
    one_of("state", "proposed", "recorded", "confirmed"),
)

# Ordinary mail about a meeting. What it says is sealed under the request's key, and goes when that goes.
mail_to_read = Table(
    "mail_to_read",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id")),
    Column("message_digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed_mail", LargeBinary),
    instant("received_at"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("settled_by", Text),
    instant("settled_at", nullable=True),
    UniqueConstraint("partnership_id", "message_digest"),
    one_of("kind", "ordinary", "automatic", "acknowledgement", "bounce"),
    one_of("state", "open", "answered", "nothing"),
)

# Which mails of an inbox were taken in, and how often one could not be fetched: a digest of Graph's id, nothing else.
mails_seen = Table(
    "mails_seen",
    metadata,
    Column("mailbox_id", Uuid, ForeignKey("mailboxes.id"), primary_key=True),
    Column("message_digest", Text, primary_key=True),
    scope(),
    Column("tries", Integer, nullable=False, server_default="0"),
    instant("first_tried_at", nullable=True),
    instant("taken_in_at", nullable=True),
)

# How far the reading of what Teams says of one sitting of an online meeting has come: nobody's name, no address.
attendance_reads = Table(
    "attendance_reads",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("event_id", Uuid, ForeignKey("calendar_events.id"), nullable=False),
    Column("sitting", Integer, nullable=False, server_default="1"),
    Column("state", Text, nullable=False),
    instant("next_try_at", nullable=True),
    Column("sessions", Integer, nullable=False, server_default="0"),
    # Whom no agency's address matched: counted, and not kept.
    Column("unknown", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    instant("read_at", nullable=True),
    UniqueConstraint("event_id", "sitting"),
    one_of("state", "waiting", "done"),
    CheckConstraint("(state = 'waiting') = (next_try_at IS NOT NULL)", name="waiting_has_next"),
)

# What Teams says of one agency's place at one sitting. Only a person makes an attendance of it.
attendance_proposals = Table(
    "attendance_proposals",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("sitting", Integer, nullable=False, server_default="1"),
    instant("joined_at"),
    Column("seconds", Integer, nullable=False),
    instant("read_at"),
    UniqueConstraint("requirement_id", "sitting"),
    CheckConstraint("seconds >= 0", name="seconds_counted"),
)
