"""When people and rooms of the tenant are taken: ``getSchedule``, asked through the organiser mailbox and its gate.

Only stretches of time leave this module: subjects and places are dropped where the answer is read. Each address has
its own answer, and a failure is one too, so that one odd calendar hides no other (learn.microsoft.com/graph/api/
calendar-getschedule). ``findMeetingTimes`` would rank by itself, but is closed to applications.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from service.domain.calendars import Appointment, NotSeen
from service.outlook.adapter import GraphCalls
from service.outlook.errors import Ambiguous, GraphError, PermanentConfiguration, PermanentData, Throttled
from service.outlook.gate import GateClosed
from service.outlook.models import json_of, moment_of

Answer = tuple[Appointment, ...] | NotSeen

# As documented; Exchange itself has been seen to take 100. The longest window is not documented.
MOST_ADDRESSES = 20
LONGEST = timedelta(days=31)
# Nobody looks at a page for longer; what has not come by then is told as not seen.
SECONDS = 4.0
# One odd address can refuse all that are asked for with it; so many calls are spent on finding it.
MOST_CALLS = 12
_SHORTEST = timedelta(days=1)
_SCHEDULE = "/users/{mailbox}/calendar/getSchedule"
_TAKEN = frozenset({"busy", "oof", "unknown"})
_TOO_MANY = frozenset({"5006", "errorresultsettoobig"})
_BY_CODE: Mapping[str, NotSeen] = {
    "errormailrecipientnotfound": NotSeen.UNKNOWN,
    "errornofreebusyaccess": NotSeen.HIDDEN,
    "erroraccessdenied": NotSeen.HIDDEN,
    **dict.fromkeys(_TOO_MANY, NotSeen.TOO_MANY),
}


class FreeBusy:
    """The calendars of one tenant. ``graph`` gives the gated way to a mailbox."""

    def __init__(self, graph: Callable[[UUID], GraphCalls], seconds: float = SECONDS) -> None:
        self._graph = graph
        self._seconds = seconds

    async def read(
        self, mailbox_id: UUID, mailbox_address: str, addresses: Sequence[str], start: datetime, end: datetime
    ) -> dict[str, Answer]:
        """For each address, when it is taken between two instants, or why that cannot be told. Never raises for Graph.

        Takes ``seconds`` at most; addresses not answered by then are ``NotSeen.AWAY``.
        """
        found: dict[str, Answer] = {}
        round_ = _Round(self._graph(mailbox_id), mailbox_address, found)
        try:
            async with asyncio.timeout(self._seconds):
                for at in range(0, len(addresses), MOST_ADDRESSES):
                    await round_.read(addresses[at : at + MOST_ADDRESSES], list(_windows(start, end)))
        except TimeoutError:
            pass
        return {address: found.get(address, NotSeen.AWAY) for address in addresses}


def _windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(start + LONGEST, end)
        yield start, until
        start = until


class _Round:
    """One reading of some calendars, with what it has found so far."""

    def __init__(self, graph: GraphCalls, mailbox: str, found: dict[str, Answer]) -> None:
        self._graph = graph
        self._mailbox = mailbox
        self._found = found
        self._calls = 0

    async def read(self, addresses: Sequence[str], windows: Sequence[tuple[datetime, datetime]]) -> None:
        for start, end in windows:
            asked = [each for each in addresses if not isinstance(self._found.get(each), NotSeen)]
            if asked:
                await self._window(asked, start, end)

    async def _window(self, addresses: Sequence[str], start: datetime, end: datetime) -> None:
        try:
            answers = await self._ask(addresses, start, end)
        except PermanentData:
            if len(addresses) == 1:
                self._found[addresses[0]] = NotSeen.UNKNOWN
                return
            # Graph does not say which address it refuses all of them for.
            half = len(addresses) // 2
            await self._window(addresses[:half], start, end)
            await self._window(addresses[half:], start, end)
            return
        except (GraphError, GateClosed) as error:
            self._found.update(dict.fromkeys(addresses, _why(error)))
            return
        for address in addresses:
            await self._keep(address, answers.get(address.casefold(), NotSeen.UNREADABLE), start, end)

    async def _keep(self, address: str, answer: Answer, start: datetime, end: datetime) -> None:
        if answer is NotSeen.TOO_MANY and end - start > _SHORTEST:
            middle = start + (end - start) / 2
            await self.read([address], [(start, middle), (middle, end)])
            return
        known = self._found.get(address, ())
        if isinstance(answer, NotSeen) or isinstance(known, NotSeen):
            self._found[address] = answer if isinstance(answer, NotSeen) else known
            return
        # An appointment that runs over the end of a window stands in both.
        self._found[address] = tuple(dict.fromkeys((*known, *answer)))

    async def _ask(self, addresses: Sequence[str], start: datetime, end: datetime) -> dict[str, Answer]:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise Ambiguous("TooManyCalls")
        body = {
            "schedules": list(addresses),
            "startTime": _moment(start),
            "endTime": _moment(end),
            "availabilityViewInterval": 60,
        }
        answer = await self._graph.call(
            "POST", _SCHEDULE, {"mailbox": self._mailbox}, body=json.dumps(body, separators=(",", ":")).encode()
        )
        return answers_of(json_of(answer.body))


def answers_of(said: Mapping[str, Any]) -> dict[str, Answer]:
    """What one answer of Graph says of each address, in lower case.

    Raises:
        Ambiguous: it is no list of schedules.
    """
    listed = said.get("value")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Ambiguous("UnreadableAnswer")
    return {str(each.get("scheduleId", "")).casefold(): _answer(each) for each in listed}


def _answer(schedule: Mapping[str, Any]) -> Answer:
    error = schedule.get("error")
    if error:
        code = str(error.get("responseCode", "")) if isinstance(error, dict) else ""
        return _BY_CODE.get(code.casefold(), NotSeen.HIDDEN)
    try:
        items = [(str(item["status"]).casefold(), moment_of(item["start"]), moment_of(item["end"]))
                 for item in schedule["scheduleItems"]]  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        # A calendar of which one entry is missing would look free when it is not.
        return NotSeen.UNREADABLE
    return tuple(
        Appointment(start, end, away=status == "oof")
        for status, start, end in items
        if status in _TAKEN and start < end
    )


def _why(error: GraphError | GateClosed) -> NotSeen:
    if isinstance(error, Throttled | GateClosed):
        return NotSeen.BUSY
    return NotSeen.REFUSED if isinstance(error, PermanentConfiguration) else NotSeen.AWAY


def _moment(instant: datetime) -> dict[str, str]:
    return {"dateTime": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
