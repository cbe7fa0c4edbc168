"""The few fields we need of Graph's answers, read from bytes into values of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.domain import london
from service.outlook.errors import Ambiguous

# Graph writes seven digits after the point; Python reads six.
_FRACTION = re.compile(r"(\.\d{6})\d+")


class Response(StrEnum):
    """Outlook's answers (Microsoft Graph responseType). A value Graph adds later becomes ``UNKNOWN``, kept raw."""

    NONE = "none"
    ORGANIZER = "organizer"
    TENTATIVE = "tentativelyAccepted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_RESPONDED = "notResponded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AttendeeSeen:
    """One guest on the organiser's copy. ``address`` is casefolded; ``answered_at`` None until there is an answer.

    ``raw_response`` is Graph's own word, for the alarm about an unknown one. Proposed times are aware, in UTC.
    """

    address: str
    response: Response
    answered_at: datetime | None = None
    proposed_start: datetime | None = None
    proposed_end: datetime | None = None
    raw_response: str = ""


@dataclass(frozen=True, slots=True)
class EventSeen:
    """One event as it stands in the organiser mailbox. ``start`` and ``end`` are aware, in UTC; ids are immutable ones.

    ``join_url`` is empty when Teams gave none, which Graph does not call an error. ``odd_guests`` counts the guests
    that cannot be read or have no address (a room, a contact without one); they are left out.
    """

    graph_id: str
    ical_uid: str
    transaction_id: str
    start: datetime
    end: datetime
    cancelled: bool
    attendees: tuple[AttendeeSeen, ...]
    join_url: str = ""
    venue: str = ""
    change_key: str = ""
    odd_guests: int = 0
    subject: str = ""
    html: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """One mail of ours in the mailbox: still a draft, or sent."""

    graph_id: str
    is_draft: bool


def json_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a success.

    Raises:
        Ambiguous: it is not one, so something between us and Graph answered in its place.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise Ambiguous("UnreadableAnswer") from None
    if not isinstance(answer, dict):
        raise Ambiguous("UnreadableAnswer")
    return answer


def event_of(raw: Mapping[str, Any]) -> EventSeen:
    """One event from its JSON object.

    Raises:
        Ambiguous: it lacks an id or a time, or a time cannot be read.
    """
    try:
        online = raw.get("onlineMeeting") or {}
        guests, odd = _guests_of(raw.get("attendees") or ())
        return EventSeen(
            graph_id=_required(raw, "id"),
            ical_uid=_text(raw, "iCalUId"),
            transaction_id=_text(raw, "transactionId"),
            start=moment_of(raw["start"]),
            end=moment_of(raw["end"]),
            cancelled=raw.get("isCancelled") is True,
            attendees=guests,
            odd_guests=odd,
            join_url=_text(online, "joinUrl"),
            venue=_text(raw.get("location") or {}, "displayName"),
            change_key=_text(raw, "changeKey"),
            subject=_text(raw, "subject"),
            html=_text(raw.get("body") or {}, "content"),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Ambiguous("UnreadableEvent") from None


def _guests_of(raw: Iterable[Mapping[str, Any]]) -> tuple[tuple[AttendeeSeen, ...], int]:
    """The guests that can be read, and how many cannot: one odd guest must not hide the answers of the others."""
    read: list[AttendeeSeen] = []
    odd = 0
    for guest in raw:
        try:
            read.append(attendee_of(guest))
        except (KeyError, TypeError, ValueError, AttributeError):
            odd += 1
    return tuple(read), odd


def attendee_of(raw: Mapping[str, Any]) -> AttendeeSeen:
    """One guest from its JSON object.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it cannot be read, or has no address.
    """
    status = raw.get("status") or {}
    said = _text(status, "response") or Response.NONE.value
    proposed = raw.get("proposedNewTime") or {}
    return AttendeeSeen(
        address=_required(raw.get("emailAddress") or {}, "address").casefold(),
        response=_RESPONSES.get(said.casefold(), Response.UNKNOWN),
        answered_at=_if_readable(instant_of, _text(status, "time")),
        proposed_start=_if_readable(moment_of, proposed.get("start")),
        proposed_end=_if_readable(moment_of, proposed.get("end")),
        raw_response=said,
    )


def _if_readable(read: Callable[[Any], datetime | None], raw: Any) -> datetime | None:
    """A time beside an answer. An answer counts although nobody can say when it was given."""
    try:
        return read(raw) if raw else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


_RESPONSES = {each.value.casefold(): each for each in Response if each is not Response.UNKNOWN}


def instant_of(text: str) -> datetime | None:
    """An instant in UTC; None for an empty text and for year 1, Graph's way to say "never".

    Raises:
        ValueError: not an ISO 8601 time.
    """
    if not text:
        return None
    read = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    if read.year == 1:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else _in_utc(read)


def _in_utc(read: datetime) -> datetime:
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        # The first and the last hours there are, with an offset that leads beyond them.
        raise ValueError("a time no clock can show") from error


def moment_of(raw: Mapping[str, Any]) -> datetime:
    """The instant (UTC) of a ``dateTimeTimeZone``.

    Raises:
        ValueError: an unreadable time, or a zone that is not an IANA name (we ask for UTC, so none comes).
    """
    zone = _text(raw, "timeZone") or "UTC"
    read = datetime.fromisoformat(_FRACTION.sub(r"\1", raw["dateTime"]))
    if read.tzinfo is not None:
        return _in_utc(read)
    if zone == london.GRAPH_ZONE:
        return london.at(read.date(), read.time())
    try:
        return _in_utc(read.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone)))
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("unknown time zone") from error


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _required(raw: Mapping[str, Any], name: str) -> str:
    value = _text(raw, name).strip()
    if not value:
        raise ValueError(f"no {name}")
    return value
