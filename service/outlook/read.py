"""Reading the organiser mailbox: one event, or everything that changed since the last link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import Ambiguous, Resync
from service.outlook.models import EventSeen, event_of, json_of

_EVENT = "/users/{mailbox}/events/{event}"
_DELTA = "/users/{mailbox}/calendarView/delta"
_PAGE = {"Prefer": "odata.maxpagesize=200"}
# A round longer than this is a fault of the other side, not a calendar.
_MOST_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time a delta round covers, aware. Graph bakes it into the link: a new window is a full round."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What one round brought. ``link`` is kept for the next one.

    ``removed`` are ids that were deleted or lie outside the window: Graph does not tell which, so read the event
    before believing it is gone. ``full`` tells that the round began anew and ``events`` is all there is.
    ``unreadable`` counts events that could not be read and need an alarm.
    """

    events: tuple[EventSeen, ...]
    removed: tuple[str, ...]
    link: str = field(repr=False)
    full: bool = False
    unreadable: int = 0


async def read_event(graph: GraphCalls, mailbox_address: str, graph_id: str) -> EventSeen:
    """One event as it stands now.

    Raises:
        Gone: it is not there.
        GraphError: as for ``Graph.call``.
    """
    answer = await graph.call("GET", _EVENT, {"mailbox": mailbox_address, "event": graph_id})
    return event_of(json_of(answer.body))


async def read_changes(graph: GraphCalls, mailbox_address: str, link: str | None, window: Window) -> Changes:
    """Everything that changed in the primary calendar since ``link``; without one, a full round of ``window``.

    A link Graph no longer knows leads to a full round by itself. A page may be empty and still have a successor, and
    an event may come twice in a round: the last one counts (Microsoft Graph, event delta).

    Raises:
        PermanentConfiguration: a link leads to another host.
        GraphError: as for ``Graph.call``; nothing of the round is kept, so the old link stays good.
    """
    if link is not None:
        try:
            return await _round(graph, await graph.follow(link, headers=_PAGE), full=False)
        except Resync:
            pass
    query = {"startDateTime": graph_instant(window.start), "endDateTime": graph_instant(window.end)}
    first = await graph.call("GET", _DELTA, {"mailbox": mailbox_address}, query=query, headers=_PAGE)
    return await _round(graph, first, full=True)


async def _round(graph: GraphCalls, answer: GraphAnswer, *, full: bool) -> Changes:
    seen: dict[str, dict[str, Any]] = {}
    for _ in range(_MOST_PAGES):
        page = json_of(answer.body)
        for raw in page.get("value") or ():
            # Taken out first, so that the order of the last mention is kept.
            seen.pop(str(raw.get("id")), None)
            seen[str(raw.get("id"))] = raw
        onward = page.get("@odata.nextLink")
        if not onward:
            return _changes(seen, page.get("@odata.deltaLink"), full=full)
        answer = await graph.follow(str(onward), headers=_PAGE)
    raise Ambiguous("EndlessRound")


def _changes(seen: dict[str, dict[str, Any]], link: object, *, full: bool) -> Changes:
    if not isinstance(link, str) or not link:
        raise Ambiguous("NoDeltaLink")
    events: list[EventSeen] = []
    removed: list[str] = []
    unreadable = 0
    for graph_id, raw in seen.items():
        if "@removed" in raw:
            removed.append(graph_id)
            continue
        try:
            events.append(event_of(raw))
        except Ambiguous:
            # One odd event must not stop the answers in all the others.
            unreadable += 1
    return Changes(tuple(events), tuple(removed), link, full, unreadable)


def graph_instant(instant: datetime) -> str:
    """An aware instant as Graph takes it in a query."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
