"""Graph's online meetings, as far as they are read: found by their join link, under the organiser's object id, and who
came to each (meetingAttendanceReport, attendanceRecord; v1.0)."""

import re
from typing import Any

from aiohttp import web

from service.sandbox.attendance import Report, online_id, record_json, report_json
from service.sandbox.errors import GraphError, invalid_request
from service.sandbox.gateway import Call, Route
from service.sandbox.odata import only

_BY_LINK = re.compile(r"JoinWebUrl eq '((?:[^']|'')*)'")


async def listed(call: Call) -> web.Response:
    """``GET /users/{id}/onlineMeetings?$filter=JoinWebUrl eq '…'``: one meeting, or none."""
    only(call.options, "$filter")
    wanted = _BY_LINK.fullmatch(call.options.get("$filter", ""))
    if wanted is None:
        raise invalid_request("onlineMeetings must be filtered by JoinWebUrl.")
    _permitted(call)
    link = wanted.group(1).replace("''", "'")
    found = [event for event in call.mailbox.calendar.live() if event.join_url == link]
    values = [
        {
            "id": online_id(event),
            "joinWebUrl": event.join_url,
            "subject": event.values["subject"],
            **call.mailbox.teams,
        }
        for event in found
    ]
    context = call.context(f"users('{call.mailbox.object_id}')/onlineMeetings")
    return call.reply(200, {"@odata.context": context, "value": values})


async def reports(call: Call) -> web.Response:
    """``GET …/attendanceReports``: one for each session that is over, without its records, the newest first."""
    only(call.options)
    found = _over(call)
    return _collection(call, "attendanceReports", [report_json(each) for each in reversed(found)])


async def report(call: Call) -> web.Response:
    """``GET …/attendanceReports/{id}``: one session, with its records where ``$expand=attendanceRecords`` asks."""
    only(call.options, "$expand")
    expand = call.options.get("$expand")
    if expand not in {None, "attendanceRecords"}:
        raise invalid_request("Only attendanceRecords may be expanded.")
    found = _one(call)
    records = [record_json(each) for each in found.people] if expand else None
    return call.reply(200, {"@odata.context": call.context("attendanceReports/$entity"), **report_json(found, records)})


async def records(call: Call) -> web.Response:
    """``GET …/attendanceReports/{id}/attendanceRecords``: everybody who was in one session."""
    only(call.options)
    return _collection(call, "attendanceRecords", [record_json(each) for each in _one(call).people])


def _permitted(call: Call) -> None:
    if call.request.match_info["user"] != call.mailbox.object_id:
        raise invalid_request("The user must be named by object id.")
    if not call.mailbox.teams_allowed:
        # The page on application access policies gives the code and no status.
        raise GraphError(403, "Unauthorized", "The app is not authorized to act on behalf of this user.")


def _over(call: Call) -> list[Report]:
    _permitted(call)
    if not call.mailbox.reports_allowed:
        raise GraphError(403, "Forbidden", "Application is missing OnlineMeetingArtifact.Read.All.")
    meeting, now = call.request.match_info["meeting"], call.sandbox.clock.now()
    if meeting not in {online_id(event) for event in call.mailbox.calendar if event.join_url is not None}:
        raise GraphError(404, "NotFound", "There is no such online meeting.")
    # A report is there only once its session is over.
    return [each for each in call.mailbox.reports if each.meeting == meeting and each.end <= now]


def _one(call: Call) -> Report:
    wanted = call.request.match_info["report"]
    found = next((each for each in _over(call) if each.id == wanted), None)
    if found is None:
        raise GraphError(404, "NotFound", "There is no such attendance report.")
    return found


def _collection(call: Call, what: str, values: list[dict[str, Any]]) -> web.Response:
    return call.reply(200, {"@odata.context": call.context(what), "value": values})


_REPORTS = "/users/{user}/onlineMeetings/{meeting}/attendanceReports"
ROUTES = [
    Route("GET", "/users/{user}/onlineMeetings", "list_online_meetings", listed),
    Route("GET", _REPORTS, "list_attendance_reports", reports),
    Route("GET", _REPORTS + "/{report}", "get_attendance_report", report),
    Route("GET", _REPORTS + "/{report}/attendanceRecords", "list_attendance_records", records),
]
