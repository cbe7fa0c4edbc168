"""How somebody at an agency proves that they are there: codes sent to its inbox, and the desk session one opens."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from service.store.tables.columns import instant, metadata, own_id, scope

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
