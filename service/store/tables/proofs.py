"""How somebody at an agency proves that they are there: codes sent to its inbox, the desk session one opens, and the
proof of an address before its first use."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text

from service.store.tables.columns import instant, metadata, one_of, own_id, scope

# Real time all of these. What a code says stands nowhere: it is worked out from its id and the secret of the links.
codes = Table(
    "codes",
    metadata,
    own_id(),
    scope(),
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("wrong", Integer, nullable=False, server_default="0"),
    instant("asked_at"),
    instant("used_at", nullable=True),
    Index("ix_codes_of_place", "requirement_id", "asked_at"),
)

# A try of an agency code at the door that did not fit, in real time. Kept under a digest of the reference, so that one
# nobody knows costs what a meeting's costs, and under a digest of the address of the network that it came from.
door_tries = Table(
    "door_tries",
    metadata,
    own_id(),
    scope(),
    Column("reference_digest", LargeBinary, nullable=False),
    Column("client_digest", LargeBinary),
    instant("tried_at"),
    Index("ix_door_tries_of_reference", "reference_digest", "tried_at"),
    Index("ix_door_tries_of_client", "client_digest", "tried_at"),
)

desk_sessions = Table(
    "desk_sessions",
    metadata,
    own_id(),
    scope(),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id"), nullable=False, index=True),
    Column("code_id", Uuid, ForeignKey("codes.id"), nullable=False, unique=True),
    # The browser's cookie holds the word itself.
    Column("word_hash", LargeBinary, nullable=False, unique=True),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_name", LargeBinary, nullable=False),
    instant("began_at"),
    instant("ends_at"),
    instant("ended_at", nullable=True),
)

# A new address in the directory, which nothing is sent to before it is confirmed. The row is also the intent to mail
# its code: it belongs to no meeting, so it has no place in the outbox. The code is worked out from id and number.
address_checks = Table(
    "address_checks",
    metadata,
    own_id(),
    scope(),
    Column("inbox_id", Uuid, ForeignKey("inboxes.id"), nullable=False, index=True),
    Column("field", Text, nullable=False),
    Column("address", Text, nullable=False),
    # How the inbox is to be asked once the address holds; empty for the address of a duty desk.
    Column("channel", Text, nullable=False, server_default=""),
    # The number that stood in the directory before the change: the one to call back.
    Column("known_phone", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="open"),
    Column("number", Integer, nullable=False, server_default="1"),
    Column("wrong", Integer, nullable=False, server_default="0"),
    Column("asked_by", Text, nullable=False),
    instant("asked_at"),
    Column("proof", Text),
    Column("reason", Text),
    Column("ended_by", Text),
    instant("ended_at", nullable=True),
    # Real time these: when the code was made, and the handing over of its mail.
    instant("coded_at"),
    Column("mail_state", Text, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    instant("next_try_at"),
    instant("lease_until", nullable=True),
    Column("draft", Text, nullable=False, server_default=""),
    Column("last_error", Text),
    one_of("field", "address", "escalation_address"),
    one_of("state", "open", "verified", "dropped"),
    one_of("proof", "code", "call_back", "vouched"),
    one_of("mail_state", "waiting", "sent", "failed", "none"),
    Index(
        "uq_address_checks_one_open",
        "inbox_id",
        "field",
        unique=True,
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_address_checks_due", "next_try_at", postgresql_where=text("state = 'open' AND mail_state = 'waiting'")),
)

# Agencies that may be told who a meeting is about by secure mail. Off for every agency until somebody named allows it.
secure_mail_allowed = Table(
    "secure_mail_allowed",
    metadata,
    own_id(),
    scope(),
    Column("role", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("allowed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant("allowed_at"),
    Column("ended_by", Text),
    instant("ended_at", nullable=True),
    Index(
        "uq_secure_mail_allowed_one",
        "partnership_id",
        "role",
        "place",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
)
