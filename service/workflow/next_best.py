"""What somebody is told who asked for a time at which a desk has no seat left: the next best times."""

from __future__ import annotations

from datetime import datetime

from service.domain.desks import NextBest
from service.domain.facts import Urgency
from service.domain.policy import Level
from service.domain.slots import Suggestion
from service.domain.slots_asked import Attendee
from service.domain.slots_words import headline
from service.domain.working_time import CalendarTooShortError
from service.store.queries.meeting import meeting_view
from service.workflow.errors import DesksFullError
from service.workflow.find_time import find_time
from service.workflow.ports import Services

SHOWN = 3
# The best of all may be times at which another desk is full; of so many some are not.
_LOOKED_AT = 12


async def with_next_best(
    services: Services, partnership: str, reference: str, full: DesksFullError, minutes: int
) -> DesksFullError:
    """The same refusal with up to three starts at which every desk that must come has a seat, best first."""
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
    immediate = meeting is not None and meeting.urgency == Urgency.IMMEDIATE
    next_best = await seated_starts(services, partnership, reference, minutes)
    return DesksFullError(full.full, next_best, immediate=immediate)


async def seated_starts(
    services: Services, partnership: str, reference: str, minutes: int | None = None
) -> tuple[NextBest, ...]:
    """Up to three starts of a meeting at which every desk that must come has a seat, best first.

    Raises as ``find_time``, but for days beyond the known bank holidays: then none is known.
    """
    try:
        slots = (await find_time(services, partnership, reference, minutes, _LOOKED_AT)).slots
    except CalendarTooShortError:
        slots = ()
    seated = [each for each in slots if not _anyone_full(each)]
    return tuple(NextBest(each.start, each.end, headline(each)) for each in seated[:SHOWN])


def _anyone_full(suggestion: Suggestion) -> bool:
    return any(
        _is_full(each.attendee, suggestion.start, suggestion.end)
        for each in suggestion.cannot
        if each.attendee.level is not Level.OPTIONAL
    )


def _is_full(attendee: Attendee, start: datetime, end: datetime) -> bool:
    return all(any(block.start < end and start < block.end for block in seat) for seat in attendee.seats)
