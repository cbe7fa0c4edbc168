"""Graph's free/busy action, strict about every field and honest about every address.

Sources, below learn.microsoft.com/graph/: api/calendar-getschedule, api/resources/scheduleinformation.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from service.sandbox.diaries import MOST_ITEMS, Appointment
from service.sandbox.errors import GraphError, invalid_request
from service.sandbox.fields import address, integer, listing, record
from service.sandbox.gateway import Call, Route
from service.sandbox.odata import only
from service.sandbox.zones import read_moment, write_moment

MOST_ADDRESSES = 20
LONGEST = timedelta(days=31)
_FIELDS = {
    "schedules": listing(address),
    "startTime": read_moment,
    "endTime": read_moment,
    "availabilityViewInterval": integer(5, 1440),
}
_ASKED = record(_FIELDS, required=("schedules", "startTime", "endTime"))
_BY_ANY_CASE = {name.casefold(): name for name in _FIELDS}
# Working elsewhere is written as free in the view (resources/scheduleinformation).
_DIGITS = {"tentative": 1, "busy": 2, "oof": 3}
_WORKING_HOURS = {
    "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    "startTime": "09:00:00.0000000",
    "endTime": "17:00:00.0000000",
    "timeZone": {"name": "GMT Standard Time"},
}


async def get_schedule(call: Call) -> web.Response:
    """``POST /users/{id}/calendar/getSchedule``: one answer for each address, which may be an error of its own."""
    only(call.options)
    asked = _read(await call.body())
    start, end = asked["startTime"].instant, asked["endTime"].instant
    interval = timedelta(minutes=asked.get("availabilityViewInterval", 30))
    _check(asked["schedules"], start, end, interval)
    found = [_one(call, each, start, end, interval) for each in asked["schedules"]]
    context = call.context("Collection(microsoft.graph.scheduleInformation)")
    return call.reply(200, {"@odata.context": context, "value": found})


def _read(body: dict[str, Any]) -> dict[str, Any]:
    # The parameters of an action are read in any case: SDKs write them with a capital.
    named = {_BY_ANY_CASE.get(name.casefold(), name): value for name, value in body.items()}
    if len(named) < len(body):
        raise invalid_request("A parameter stands twice.")
    values: dict[str, Any] = _ASKED(named, "")
    return values


def _check(schedules: Sequence[str], start: datetime, end: datetime, interval: timedelta) -> None:
    if not schedules:
        raise GraphError(400, "ErrorInvalidParameter", "schedules must name at least one address.")
    if len(schedules) > MOST_ADDRESSES:
        raise GraphError(
            400,
            "ErrorMailboxDataArrayTooBig",
            "There are too many target users in the EmailAddress array. "
            f"The allowed size = {MOST_ADDRESSES}; the actual size = {len(schedules)}.",
        )
    if end <= start:
        raise GraphError(400, "ErrorInvalidTimeInterval", "The end of the time window must be after its start.")
    if end - start > LONGEST:
        raise GraphError(400, "ErrorTimeIntervalTooBig", "The time window is longer than is allowed.")
    if interval > end - start:
        raise GraphError(400, "ErrorInvalidMergedFreeBusyInterval", "The interval is longer than the time window.")


def _one(call: Call, who: str, start: datetime, end: datetime, interval: timedelta) -> dict[str, Any]:
    sandbox = call.sandbox
    refusal = sandbox.diaries.refusal(who)
    if refusal is None and not sandbox.is_internal(who):
        refusal = "ErrorMailRecipientNotFound"
    there = sandbox.diaries.of(who, sandbox.mailboxes)
    items = [each for each in there if each.start < end and start < each.end]
    if refusal is None and len(items) > MOST_ITEMS:
        refusal = "5006"
    if refusal is not None:
        error = {"message": f"The free/busy information of this address cannot be read: {refusal}.",
                 "responseCode": refusal}  # fmt: skip
        return {"scheduleId": who, "availabilityView": "", "scheduleItems": [], "error": error}
    return {
        "scheduleId": who,
        "availabilityView": _view(items, start, end, interval),
        "scheduleItems": [_item(each, call.preferences.timezone) for each in items],
        "workingHours": _WORKING_HOURS,
    }


def _view(items: Sequence[Appointment], start: datetime, end: datetime, interval: timedelta) -> str:
    digits = []
    while start < end:
        there = [_DIGITS.get(each.status, 0) for each in items if each.start < start + interval and start < each.end]
        digits.append(str(max(there, default=0)))
        start += interval
    return "".join(digits)


def _item(appointment: Appointment, timezone: str) -> dict[str, Any]:
    shown = {} if appointment.private else {"subject": appointment.subject, "location": ""}
    return {
        "isPrivate": appointment.private,
        "status": appointment.status,
        **shown,
        "start": write_moment(appointment.start, timezone),
        "end": write_moment(appointment.end, timezone),
    }


ROUTES = [Route("POST", "/users/{user}/calendar/getSchedule", "get_schedule", get_schedule)]
