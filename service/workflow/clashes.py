"""The clash radar of a partnership: its desks and chairs over the coming days. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.clashes import Clash, Seating, Swap, radar
from service.domain.desks import NextBest
from service.domain.meetings import IllegalMoveError
from service.store.queries import finding
from service.store.queries.readable import Reader
from service.workflow.errors import WorkflowError
from service.workflow.next_best import seated_starts
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class ClashesFound:
    """Where too much is asked of a desk or a chair until an instant, and what would clear most of it.

    ``move`` is the one meeting whose move clears most; ``move_to`` the best starts at which every desk it needs has a
    seat. ``swap`` is looked at by times and deadlines alone: the desks' hours are looked at when each is moved.
    """

    until: datetime
    clashes: tuple[Clash, ...]
    move: str | None
    clears: int
    move_to: tuple[NextBest, ...]
    swap: Swap | None


async def clash_radar(
    services: Services, partnership: str, days: int = 7, *, reader: Reader | None = None
) -> ClashesFound:
    """Where the confirmed meetings of the coming days ask too much of a desk or a chair, and what would clear most.

    A desk sits in as many meetings at once as it has seats, those of every partnership it serves among them; a chair in
    one. Of another partnership's meeting, and of one that is not for this reader, only that it takes a seat is told.
    """
    now = services.now()
    until = now + timedelta(days=days)
    async with services.engine.connect() as conn:
        seats = await finding.seats_between(conn, partnership, reader, now, until)
        chairs = await finding.chairs_between(conn, partnership, reader, now, until)
    found = radar([*map(_at_desk, seats), *map(_in_the_chair, chairs)])
    return ClashesFound(
        until, found.clashes, found.move, found.clears, await _move_to(services, partnership, found.move), found.swap
    )


def _at_desk(seat: finding.DeskSeat) -> Seating:
    meeting = seat.reference or str(seat.booking_id)
    ours = seat.reference is not None
    who = f"desk {seat.desk_id}"
    return Seating(
        who, seat.name, seat.capacity, meeting, seat.starts_at, seat.ends_at, ours=ours, latest=seat.deadline_at
    )


def _in_the_chair(each: finding.ChairMeeting) -> Seating:
    who = f"chair {each.chair}"
    return Seating(who, each.chair, 1, each.reference, each.starts_at, each.ends_at, latest=each.deadline_at)


async def _move_to(services: Services, partnership: str, reference: str | None) -> tuple[NextBest, ...]:
    if reference is None:
        return ()
    try:
        return await seated_starts(services, partnership, reference)
    except (WorkflowError, IllegalMoveError):
        # It was cancelled meanwhile: the radar is a look, and the next one no longer shows it.
        return ()
