"""What the doors write to the log: constant names, data in fields, never an identity, a token or a body."""

from __future__ import annotations

from enum import StrEnum

import structlog


class Log(StrEnum):
    """The log lines of the handlers."""

    ANSWERED = "http:request:answered"
    FAILED = "http:request:failed"
    HELD = "webhook:delivery:held"
    REFUSED = "webhook:delivery:refused"
    COUNT_LOST = "webhook:refusal:not-counted"
    NOTIFICATION_IGNORED = "graph:notification:ignored"
    LIFECYCLE = "graph:lifecycle:received"
    NOT_VOUCHED_FOR = "sign-in:token:refused"
    ENTRA_AWAY = "sign-in:entra:away"
    FORGED_FORM = "sign-in:form:refused"
    CHANGES_UNSEEN = "worklist:changes:unseen"
    NOT_READY = "health:check:failed"


log: structlog.stdlib.BoundLogger = structlog.get_logger("convene.handlers")
