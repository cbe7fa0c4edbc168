"""Siblings and linked cases in one sitting: their meetings follow one another, and each keeps its own record.

Nothing passes from one to the other: each is confirmed or moved by itself, with its own agencies, event, messages and
audit. Its agencies hear that another meeting comes before or follows, and when; no message of one names another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from service.domain.meetings import IllegalMoveError, MeetingState
from service.domain.slots_asked import AcrossMidnightError, Wanted, check_one_day
from service.domain.slots_together import Sitting, rank_together, steps_before
from service.store.queries.meeting import meeting_view
from service.store.queries.readable import Reader, may_read_meeting
from service.workflow.errors import BadTimeError, NoSuchMeetingError, PartlyGivenError, WorkflowError
from service.workflow.find_time import find_time
from service.workflow.hold import hold_slot
from service.workflow.meetings import MeetingChanged, NewTime, confirm_meeting, move_meeting
from service.workflow.ports import Services

MOST = 6


@dataclass(frozen=True, slots=True)
class _Place:
    """A meeting's place in the sitting. ``stands``: it has this very time already, and nobody is asked again."""

    time: NewTime
    moving: bool
    stands: MeetingChanged | None


async def find_together(
    services: Services,
    partnership: str,
    references: Sequence[str],
    minutes: int | None = None,
    count: int = 3,
    *,
    reader: Reader | None = None,
) -> tuple[tuple[Wanted, ...], tuple[Sitting, ...]]:
    """The best sittings of some meetings, in the order given. Changes nothing. ``minutes``: of each; as they are now.

    Raises:
        BadTimeError: fewer than two meetings, more than six, or one named twice.
        NoSuchMeetingError: one does not exist, or ``reader`` may not know of it.
        NotReadyError, IllegalMoveError, CalendarTooShortError: as ``find_time``, of any of them.
    """
    await _check(services, partnership, references, reader)
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
    reader: Reader | None = None,
    seen: Mapping[str, int] | None = None,
) -> tuple[MeetingChanged, ...]:
    """Give each meeting its place in one sitting that begins at ``start``. Every seat is held before any is taken.

    Where a desk is full nothing is confirmed, and what was held meanwhile is let go by itself. A meeting that has its
    place already is left as it is, so that the same call can be made again. ``seen``: the versions somebody saw last.

    Raises:
        BadTimeError, NoSuchMeetingError, IllegalMoveError, ChangedMeanwhileError, NotReadyError
        DesksFullError: a desk has no seat left at one of the times.
        PartlyGivenError: some have their place, and then one could not be given its own.
    """
    # Where each meeting stands in the sitting follows from lengths alone, as in the search.
    wanteds, _ = await find_together(services, partnership, references, minutes, 1, reader=reader)
    places = await _places(services, partnership, references, wanteds, start)
    for reference, place in places.items():
        if place.stands is None:
            time, version = place.time, (seen or {}).get(reference)
            await hold_slot(
                services,
                partnership,
                reference,
                time.start,
                time.minutes,
                time.mode,
                actor=actor,
                seen_version=version,
            )
    given: list[MeetingChanged] = []
    for reference, place in places.items():
        try:
            given.append(place.stands or await _give(services, partnership, reference, place, actor))
        except (WorkflowError, IllegalMoveError, SQLAlchemyError) as error:
            if not given:
                raise
            raise PartlyGivenError([each.reference for each in given], reference, _sentence(error)) from error
    return tuple(given)


async def _give(services: Services, partnership: str, reference: str, place: _Place, actor: str) -> MeetingChanged:
    set_time = move_meeting if place.moving else confirm_meeting
    return await set_time(services, partnership, reference, place.time, actor=actor)


def _sentence(error: Exception) -> str:
    if isinstance(error, IllegalMoveError):
        return f"{str(error).capitalize()}."
    return str(error) if isinstance(error, WorkflowError) else ""


async def _places(
    services: Services, partnership: str, references: Sequence[str], wanteds: Sequence[Wanted], start: datetime
) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    starts = [start + steps * each.step for each, steps in zip(wanteds, steps_before(wanteds), strict=True)]
    neighbours = zip([None, *starts], [*starts[1:], None], strict=False)
    for reference, wanted, begins, (before, after) in zip(references, wanteds, starts, neighbours, strict=False):
        try:
            # Holding a time does not ask this, and confirming would ask it only after the earlier ones were confirmed.
            check_one_day(begins, wanted.length)
        except AcrossMidnightError as across:
            raise BadTimeError(str(across)) from None
        async with services.engine.connect() as conn:
            meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        minutes = int(wanted.length / timedelta(minutes=1))
        time = NewTime(begins, minutes, meeting.mode, meeting.venue, before_at=before, after_at=after)
        moving = meeting.state == MeetingState.CONFIRMED
        there = moving and (meeting.starts_at, meeting.ends_at) == (begins, begins + wanted.length)
        stands = MeetingChanged(reference, meeting.version, MeetingState.CONFIRMED) if there else None
        places[reference] = _Place(time, moving, stands)
    return places


async def _check(services: Services, partnership: str, references: Sequence[str], reader: Reader | None) -> None:
    if not 2 <= len(references) <= MOST or len(set(references)) < len(references):
        raise BadTimeError(f"Name from two to {MOST} meetings of one sitting, each once.")
    async with services.engine.connect() as conn:
        for reference in references:
            if not await may_read_meeting(conn, partnership, reference, reader):
                raise NoSuchMeetingError(reference)
