"""GET /api/v1/clashes: where desks and chairs are asked for by too many meetings, and what would clear most."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from service.domain.clashes import Clash
from service.domain.desks import NextBest
from service.handlers.access import partnership_of, reader_of
from service.handlers.api_answers import Answer, respond
from service.handlers.keys import SERVICES
from service.handlers.problems import refuse
from service.workflow.clashes import clash_radar

MOST_DAYS = 60


class ClashShown(Answer):
    """A stretch in which a desk or a chair is asked for by more meetings than it can sit in."""

    who: str
    at_once: int = Field(description="in how many meetings at once it can sit")
    start: datetime
    end: datetime
    meetings: list[str]
    others: int = Field(description="meetings that are another partnership's, or not for this client")


class StartShown(Answer):
    """A start at which every desk has a seat."""

    start: datetime
    end: datetime
    words: str


class MoveShown(Answer):
    """The one meeting whose move clears most."""

    meeting_reference: str
    clears: int
    to: list[StartShown]


class SwapShown(Answer):
    """Two meetings that could have each other's times."""

    meetings: list[str]
    clears: int


class ClashesShown(Answer):
    """The clashes until an instant, earliest first."""

    until: datetime
    clashes: list[ClashShown]
    move: MoveShown | None
    swap: SwapShown | None


async def clashes(request: web.Request) -> web.Response:
    """GET /api/v1/clashes[?days=N]: changes nothing."""
    partnership = partnership_of(request)
    found = await clash_radar(request.app[SERVICES], partnership, days_of(request), reader=reader_of(request))
    move = None
    if found.move:
        to = list(map(_start, found.move_to))
        move = MoveShown(meeting_reference=found.move, clears=found.clears, to=to)
    swap = None
    if found.swap:
        swap = SwapShown(meetings=[found.swap.first, found.swap.second], clears=found.swap.clears)
    return respond(ClashesShown(until=found.until, clashes=list(map(_clash, found.clashes)), move=move, swap=swap))


def days_of(request: web.Request) -> int:
    """How many days ahead: ``?days=``, or seven.

    Raises:
        ProblemError: 400.
    """
    said = request.query.getall("days", ["7"])
    days = int(said[0]) if len(said) == 1 and said[0].isascii() and said[0].isdigit() and len(said[0]) < 3 else 0
    if not 1 <= days <= MOST_DAYS:
        raise refuse(400, "bad_query", f"Give days once, as a whole number from 1 to {MOST_DAYS}.")
    return days


def _clash(each: Clash) -> ClashShown:
    return ClashShown(
        who=each.words,
        at_once=each.capacity,
        start=each.start,
        end=each.end,
        meetings=list(each.meetings),
        others=each.others,
    )


def _start(each: NextBest) -> StartShown:
    return StartShown(start=each.start, end=each.end, words=each.words)
