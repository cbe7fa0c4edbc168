"""What can go wrong with Microsoft Graph, as types, and the one table that tells them apart.

``str(error)`` holds the class, the status, Graph's code and its request id, and nothing else: Graph's own messages
can carry addresses (Microsoft Graph errors, learn.microsoft.com/graph/errors).
"""
# ruff: noqa: N818 - the names say what happened, and read as sentences where they are caught

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,80}")

# Graph sends Retry-After with Outlook's 429; a gateway in between may not.
DEFAULT_RETRY_SECONDS = 30.0
# A longer pause than this is taken in pieces, so that one odd header cannot silence a mailbox for a day.
LONGEST_RETRY_SECONDS = 3600.0


class GraphError(Exception):
    """Any failure of a call to Graph. The outbox pump catches this family; ``scheduler.retries`` says what follows.

    ``status`` is None when no answer came; ``retry_after`` is in seconds, None when Graph gave none.
    """

    def __init__(
        self,
        code: str = "",
        *,
        status: int | None = None,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.code = _word(code)
        self.status = status
        self.request_id = _word(request_id)
        self.retry_after = retry_after
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{type(self).__name__} status={self.status} code={self.code or '-'} request-id={self.request_id or '-'}"


class NotReached(GraphError):
    """Raised when the request never left this machine, or no token could be fetched; try again."""


class Throttled(GraphError):
    """Raised on 429, 509 and a busy 503. The job is deferred by ``retry_after`` seconds and the mailbox paused."""

    def __init__(
        self, code: str = "", *, status: int | None = None, request_id: str = "", retry_after: float | None = None
    ) -> None:
        self.seconds = DEFAULT_RETRY_SECONDS if retry_after is None else retry_after
        super().__init__(code, status=status, request_id=request_id, retry_after=self.seconds)


class Ambiguous(GraphError):
    """Raised when Graph may or may not have done it: look before trying again."""


class Duplicate(GraphError):
    """Raised when a transactionId already made an event. ``send.create_event`` finds that event and carries on."""

    def __init__(
        self,
        code: str = "",
        *,
        status: int | None = None,
        request_id: str = "",
        retry_after: float | None = None,
        existing_id: str | None = None,
    ) -> None:
        super().__init__(code, status=status, request_id=request_id, retry_after=retry_after)
        self.existing_id = existing_id


class Gone(GraphError):
    """Raised when the item is not there: fine for a cancellation, for an update a matter for a person."""


class Conflict(GraphError):
    """Raised when something else changed the item first: read it again and apply the change to what is there now."""


class PermanentData(GraphError):
    """Raised when these bytes will never be accepted: a task for staff, no further try."""


class PermanentConfiguration(GraphError):
    """Raised when rights, credentials, the address or the mailbox are wrong: the mailbox stops until it is mended."""


class Resync(GraphError):
    """Raised when a delta link is no longer known; ``read.read_changes`` then reads a full round."""


# Codes decide before statuses do, because gateways and Outlook disagree about the status (400 or 409 for a duplicate).
_BY_CODE: Mapping[str, type[GraphError]] = MappingProxyType(
    {
        "errorduplicatetransactionid": Duplicate,
        "syncstatenotfound": Resync,
        "syncstateinvalid": Resync,
        "resyncrequired": Resync,
        "applicationthrottled": Throttled,
        "toomanyrequests": Throttled,
        "activitylimitreached": Throttled,
        "errorserverbusy": Throttled,
        "servicenotavailable": Throttled,
        "invalidauthenticationtoken": PermanentConfiguration,
        "erroraccessdenied": PermanentConfiguration,
        "authorization_requestdenied": PermanentConfiguration,
        "mailboxnotenabledforrestapi": PermanentConfiguration,
        "errorinvaliduser": PermanentConfiguration,
        "resourcenotfound": PermanentConfiguration,
        "errornonexistentmailbox": PermanentConfiguration,
        "extensionerror": PermanentConfiguration,
        "erroritemnotfound": Gone,
        "errorirresolvableconflict": Conflict,
    }
)

_BY_STATUS: Mapping[int, type[GraphError]] = MappingProxyType(
    {
        401: PermanentConfiguration,
        403: PermanentConfiguration,
        408: Ambiguous,
        409: Conflict,
        410: Resync,
        412: Conflict,
        429: Throttled,
        509: Throttled,
    }
)


def classify(status: int, code: str) -> type[GraphError]:
    """The class of an answer that is not a success. ``code`` is Graph's error code, empty when there is none.

    An unknown 4xx is permanent data, an unknown 5xx ambiguous; a redirect means that the address is not Graph's.
    """
    known = _BY_STATUS.get(status) if status in {429, 509} else _BY_CODE.get(code.casefold())
    if known is not None:
        return known
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return Ambiguous
    return PermanentData if status >= 400 else PermanentConfiguration


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> GraphError:
    """The error of an answer that is not a success; HTML and empty bodies are read as having no code."""
    said = _said(body)
    code = _text(said.get("code"))
    kind = classify(status, code)
    request_id = headers.get("request-id") or _inner_request_id(said)
    retry_after = _retry_seconds(headers)
    if kind is Duplicate:
        existing = _text(said.get("@event.existingEventId")) or None
        return Duplicate(code, status=status, request_id=request_id, existing_id=existing)
    return kind(code, status=status, request_id=request_id, retry_after=retry_after)


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, dict) else {}


def _inner_request_id(said: Mapping[str, Any]) -> str:
    # Graph writes both spellings (Microsoft Graph error responses and resource types).
    for name in ("innerError", "innererror"):
        inner = said.get(name)
        if isinstance(inner, dict) and isinstance(inner.get("request-id"), str):
            return str(inner["request-id"])
    return ""


def _retry_seconds(headers: Mapping[str, str]) -> float | None:
    given = headers.get("retry-after", "").strip()
    if not given:
        return None
    if given.isascii() and given.isdigit():
        return min(float(given), LONGEST_RETRY_SECONDS)
    try:
        # A date is counted from the answer's own Date, so neither side's clock matters.
        until, now = parsedate_to_datetime(given), parsedate_to_datetime(headers.get("date", ""))
        return min(max((until - now).total_seconds(), 0.0), LONGEST_RETRY_SECONDS)
    except (ValueError, TypeError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: str) -> str:
    return value if _WORD.fullmatch(value) else ("unreadable" if value else "")
