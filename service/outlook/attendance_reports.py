"""Who was in an online meeting, as Teams reports it after the last has left.

Read as Microsoft Graph documents it (meetingAttendanceReport, attendanceRecord; v1.0): one report for each session,
only people who joined, and no address for guests and for callers by phone. Names are in the reports and are left there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.outlook.adapter import GraphCalls
from service.outlook.errors import Ambiguous, Gone, PermanentConfiguration
from service.outlook.models import instant_of, json_of
from service.outlook.online import online_meeting, organiser_in

_REPORTS = "/users/{organiser}/onlineMeetings/{online}/attendanceReports"
_RECORDS = _REPORTS + "/{report}/attendanceRecords"
_MOST_PAGES = 50


class ReportsRefused(PermanentConfiguration):
    """Raised when the application may not read who came to a mailbox's online meetings; everything else goes on."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Everything one address was there for: when it first came (aware), and for how many seconds in all."""

    joined_at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Attended:
    """All sessions of one meeting together. ``stays`` by address in lower case; ``unknown`` counts the records that
    carry no address, or could not be read."""

    reports: int
    stays: Mapping[str, Stay]
    unknown: int


async def read_attendance(
    graph: GraphCalls, mailbox_address: str, join_url: str, since: datetime, until: datetime | None = None
) -> Attended:
    """Who was in the online meeting behind a join link, of the sessions that ended after ``since`` and began before
    ``until``. Of one that went on beyond either, because somebody stayed in the room between two sittings, only the
    stays that did not are left out.

    Raises:
        ReportsRefused: no right to read it: OnlineMeetings.Read.All, OnlineMeetingArtifact.Read.All and a Teams
            application access policy for the organiser.
        Gone: there is no such online meeting.
        GraphError: as for ``Graph.call``.
    """
    try:
        return await _read(graph, mailbox_address, join_url, since, until)
    except PermanentConfiguration as error:
        if error.status != 403:
            raise
        raise ReportsRefused(error.code, status=error.status, request_id=error.request_id) from error


async def _read(
    graph: GraphCalls, mailbox_address: str, join_url: str, since: datetime, until: datetime | None
) -> Attended:
    online = (await online_meeting(graph, mailbox_address, join_url)).get("id")
    if not isinstance(online, str) or not online:
        raise Gone("NoOnlineMeeting")
    whose = {"organiser": organiser_in(join_url) or mailbox_address, "online": online}
    reports, stays, unknown = 0, dict[str, Stay](), 0
    for report in await _all(graph, _REPORTS, whose):
        began, ended = _instant(report.get("meetingStartDateTime")), _instant(report.get("meetingEndDateTime"))
        if ended is None or ended <= since or (until is not None and (began is None or began >= until)):
            continue
        reports += 1
        beyond = began is None or began < since or (until is not None and ended > until)
        for record in await _all(graph, _RECORDS, {**whose, "report": str(report.get("id"))}):
            address, stay = record.get("emailAddress"), _stay(record)
            if beyond and stay is not None:
                stay = _within(record, since, until)
                if stay is None:
                    continue
            if not isinstance(address, str) or not address or stay is None:
                unknown += 1
                continue
            before = stays.get(address.casefold())
            stays[address.casefold()] = stay if before is None else _together(before, stay)
    return Attended(reports, stays, unknown)


async def _all(graph: GraphCalls, template: str, params: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everything of one collection, page by page; one that comes twice counts once."""
    answer, found = await graph.call("GET", template, params), dict[str, dict[str, Any]]()
    for _ in range(_MOST_PAGES):
        page = json_of(answer.body)
        values = page.get("value")
        if not isinstance(values, list):
            raise Ambiguous("NoCollection")
        found |= {str(each.get("id")): each for each in values if isinstance(each, dict)}
        onward = page.get("@odata.nextLink")
        if not onward:
            return list(found.values())
        answer = await graph.follow(str(onward))
    raise Ambiguous("EndlessRound")


def _stay(record: Mapping[str, Any]) -> Stay | None:
    intervals = record.get("attendanceIntervals")
    joins = [
        joined
        for each in (intervals if isinstance(intervals, list) else ())
        if isinstance(each, dict) and (joined := _instant(each.get("joinDateTime"))) is not None
    ]
    seconds = record.get("totalAttendanceInSeconds")
    if not joins or isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        return None
    return Stay(min(joins), seconds)


def _within(record: Mapping[str, Any], since: datetime, until: datetime | None) -> Stay | None:
    """What of a record that can be read was between two instants, stay by stay; None for nothing of it."""
    joins, seconds = list[datetime](), 0
    for each in record["attendanceIntervals"]:
        joined = _instant(each.get("joinDateTime")) if isinstance(each, dict) else None
        if joined is None or (until is not None and joined >= until):
            continue
        left = _instant(each.get("leaveDateTime")) or joined
        if since < left or since <= joined:
            joins.append(joined)
            seconds += round((left - joined).total_seconds())
    return Stay(min(joins), seconds) if joins else None


def _together(one: Stay, other: Stay) -> Stay:
    return Stay(min(one.joined_at, other.joined_at), one.seconds + other.seconds)


def _instant(value: object) -> datetime | None:
    try:
        return instant_of(value) if isinstance(value, str) else None
    except ValueError:
        return None
