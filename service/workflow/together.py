"""Siblings and linked cases in one sitting: their meetings follow one another, and each keeps its own record.

Nothing passes from one to the other: each is confirmed or moved by itself, with its own agencies, event, messages and
audit, and no message of one names another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.slots_asked import Wanted
from service.domain.slots_together import Sitting, rank_together, steps_before
from service.store.queries.meeting import meeting_view
from service.workflow.errors import BadTimeError, NoSuchMeetingError
from service.workflow.find_time import find_time
from service.workflow.hold import hold_slot
from service.workflow.meetings import MeetingChanged, NewTime, confirm_meeting, move_meeting
from service.workflow.ports import Services

MOST = 6


async def find_together(
    services: Services, partnership: str, references: Sequence[str], minutes: int | None = None, count: int = 3
) -> tuple[tuple[Wanted, ...], tuple[Sitting, ...]]:
    """The best sittings of some meetings, in the order given. Changes nothing. ``minutes``: of each; as they are now.

    Raises:
        BadTimeError: fewer than two meetings, more than six, or one named twice.
        NoSuchMeetingError, NotReadyError, IllegalMoveError, CalendarTooShortError: as ``find_time``, of any of them.
    """
    _check(references)
    found = [await find_time(services, partnership, each, minutes, 1) for each in references]
    # Each search reads the clock for itself; a sitting is looked for at one moment.
    wanteds = tuple(replace(each.wanted, now=found[-1].wanted.now) for each in found)
    return wanteds, rank_together(wanteds, services.calendar, count)


async def give_together(
    services: Services,
    partnership: str,
    references: Sequence[str],
    start: datetime,
    minutes: int | None = None,
    *,
    actor: str,
) -> tuple[MeetingChanged, ...]:
    """Give each meeting its place in one sitting that begins at ``start``. Every seat is held before any is taken.

    Where a desk is full nothing is confirmed, and what was held meanwhile is let go by itself.

    Raises:
        BadTimeError, NoSuchMeetingError, IllegalMoveError, ChangedMeanwhileError, NotReadyError
        DesksFullError: a desk has no seat left at one of the times.
    """
    _check(references)
    # Where each meeting stands in the sitting follows from lengths alone, as in the search.
    wanteds, _ = await find_together(services, partnership, references, minutes, 1)
    times = {
        reference: NewTime(start + steps * each.step, int(each.length / timedelta(minutes=1)))
        for reference, each, steps in zip(references, wanteds, steps_before(wanteds), strict=True)
    }
    moving: dict[str, bool] = {}
    for reference, time in times.items():
        async with services.engine.connect() as conn:
            meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        moving[reference] = meeting.state == "confirmed"
        times[reference] = replace(time, mode=meeting.mode, venue=meeting.venue)
        await hold_slot(services, partnership, reference, time.start, time.minutes, meeting.mode, actor=actor)
    changed: list[MeetingChanged] = []
    for reference, time in times.items():
        set_time = move_meeting if moving[reference] else confirm_meeting
        changed.append(await set_time(services, partnership, reference, time, actor=actor))
    return tuple(changed)


def _check(references: Sequence[str]) -> None:
    if not 2 <= len(references) <= MOST or len(set(references)) < len(references):
        raise BadTimeError(f"Name from two to {MOST} meetings of one sitting, each once.")
