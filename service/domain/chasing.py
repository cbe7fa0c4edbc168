"""The chase ladder: when a silent agency is chased, by which route, and why a chase is not sent.

The ladder is policy; each step says how long before the start it falls. Steps count in the agency's working hours;
one that would fall while the agency is closed is brought forward to one working hour before it last closes, so that
somebody can still act on it. One that comes late (the invitation left shortly before the agency closes, an outage ended
at night) waits until it opens. Immediate risk ignores office hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.answers import CLOSES_THE_CHASE, Answer
from service.domain.deadlines import FIXED, add_months
from service.domain.london import at, start_of_day, to_local, to_utc
from service.domain.meetings import MeetingState
from service.domain.spans import Span, Unit
from service.domain.working_time import (
    ROUND_THE_CLOCK,
    Hours,
    WorkingCalendar,
    go_back,
    go_forward,
    is_open,
    next_open,
    working_time,
)

# An invitation that has just left is itself a message: the first chase after it waits this long of the agency's own
# working time, or half of what is left of it if that is less (decision of the service; no procedure states a figure).
SETTLE = timedelta(minutes=30)
_LAST_WORKING_HOUR = timedelta(hours=1)


class ChaseTo(StrEnum):
    """Whom a step goes to. ``phone`` sends nothing to the agency: it puts a call on the officer's list."""

    INBOX = "inbox"
    DUTY_DESK = "duty_desk"
    MANAGER = "manager"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder: ``before`` the start, ``to`` whom. Numbers rise from the first reminder.

    Raises:
        ValueError: the step would fall at the start itself.
    """

    number: int
    before: Span
    to: ChaseTo

    def __post_init__(self) -> None:
        """Refuse a step of no length: a chase at the start helps nobody."""
        if self.before.amount == 0 and self.before.unit is not Unit.SAME_DAY:
            raise ValueError(f"chase step {self.number} must come before the start")


@dataclass(frozen=True, slots=True)
class PlannedChase:
    """A step with its instant (UTC). ``instead_of`` names the earlier steps it swallowed, for the record."""

    step: Step
    due_at: datetime
    instead_of: tuple[int, ...] = ()


def plan_chases(
    steps: Iterable[Step],
    start: datetime,
    hours: Hours,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    immediate: bool,
) -> tuple[PlannedChase, ...]:
    """Lay a ladder out before ``start`` for one agency, planned at ``now``, in the order the steps will fall.

    Nobody is chased twice at once. Of the steps already past, or due before the invitation has had ``SETTLE`` of the
    agency's working time (or half of what is left) to be answered, only the last is kept: a call falls due at once, a
    message when that wait is over. A step due no earlier than the next one is swallowed by it. A meeting that has
    started gets no chase.

    Raises:
        CalendarTooShortError: the start lies beyond the known bank holidays.
    """
    now, start = to_utc(now), to_utc(start)
    if start <= now:
        return ()
    soonest = _settled(now, start, ROUND_THE_CLOCK if immediate else hours, calendar)
    plan: list[PlannedChase] = []
    kept_late = False
    for step in sorted(steps, key=lambda each: each.number, reverse=True):
        due_at = _due(step, start, hours, calendar, immediate=immediate)
        late = due_at < soonest
        if late:
            due_at = max(due_at, now) if step.to is ChaseTo.PHONE else soonest
        # Going down the ladder, so the step planned last is the one that follows this one.
        if plan and ((late and kept_late) or due_at >= plan[-1].due_at):
            plan[-1] = replace(plan[-1], instead_of=(step.number, *plan[-1].instead_of))
        else:
            plan.append(PlannedChase(step, due_at))
            kept_late = late
    return tuple(reversed(plan))


def _settled(now: datetime, start: datetime, hours: Hours, calendar: WorkingCalendar) -> datetime:
    """When an invitation that leaves now has lain long enough to be asked after; always before the start.

    An agency that is not open again before the start has no working time to wait for: there it is counted by the clock
    (see ``waits_until``).
    """
    left = working_time(now, start, hours, calendar)
    if not left:
        return now + min(SETTLE, (start - now) / 2)
    # Half an hour before it closes ends as it closes, and then it is the next opening.
    return next_open(go_forward(now, min(SETTLE, left / 2), hours, calendar), hours, calendar)


def waits_until(
    now: datetime, start: datetime | None, hours: Hours, calendar: WorkingCalendar, *, immediate: bool
) -> datetime | None:
    """Until when a chase by mail that has come due waits, because the agency is closed; None: it may leave now.

    Waiting for the opening costs nothing: nobody reads it sooner, the agency may answer first, and it lies on top in
    the morning. Where the agency does not open before the start, waiting would spend the last chance of having it
    there: the chase leaves now, because somebody may look in, and an unread mail harms nobody. Immediate risk never
    waits.

    Raises:
        CalendarTooShortError: no opening before the known bank holidays end.
    """
    if immediate or start is None or is_open(now, hours, calendar):
        return None
    opens = next_open(now, hours, calendar)
    return opens if opens < to_utc(start) else None


def _due(step: Step, start: datetime, hours: Hours, calendar: WorkingCalendar, *, immediate: bool) -> datetime:
    """The instant a step falls, whether or not that is past."""
    if immediate:
        return _point_before(start, step.before, ROUND_THE_CLOCK, calendar, working_days=False)
    point = _point_before(start, step.before, hours, calendar, working_days=True)
    if is_open(point, hours, calendar):
        return point
    return go_back(point, _LAST_WORKING_HOUR, hours, calendar)


def _point_before(
    start: datetime, before: Span, hours: Hours, calendar: WorkingCalendar, *, working_days: bool
) -> datetime:
    """``before`` ahead of ``start``: day units keep the time of day; the same day means when the agency opens."""
    if before.unit in FIXED:
        return start - before.amount * FIXED[before.unit]
    if before.unit is Unit.WORKING_HOURS:
        return go_back(start, timedelta(hours=before.amount), hours, calendar)
    local = to_local(start)
    if before.unit is Unit.SAME_DAY:
        opens = next_open(start_of_day(local.date()), hours, calendar)
        return opens if opens < start else go_back(start, _LAST_WORKING_HOUR, hours, calendar)
    if before.unit is Unit.MONTHS:
        day = add_months(local.date(), -before.amount)
    elif before.unit is Unit.WORKING_DAYS and working_days:
        day = calendar.add_working_days(local.date(), -before.amount)
    else:
        day = local.date() - timedelta(days=before.amount)
    return at(day, local.time())


class Silence(StrEnum):
    """Why a planned chase is not sent. Screens show the plain words of ``WHY``. ``CLOSED`` is no end: it waits."""

    CANCELLED = "cancelled"
    PAST = "past"
    MOVED = "moved"
    STARTED = "started"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"
    ANSWERED = "answered"
    SUPERSEDED = "superseded"
    NO_ADDRESS = "no_address"
    CLOSED = "closed"


WHY: dict[Silence, str] = {
    Silence.CANCELLED: "the meeting was cancelled",
    Silence.PAST: "the meeting has taken place",
    Silence.MOVED: "the meeting has moved, and the new time has its own chases",
    Silence.STARTED: "the meeting had started",
    Silence.WITHDRAWN: "the agency is no longer asked to come",
    Silence.EXCLUDED: "this inbox must not be told",
    Silence.ANSWERED: "the agency has answered",
    Silence.SUPERSEDED: "a later chase was due by then",
    Silence.NO_ADDRESS: "there is no address to send it to",
    Silence.CLOSED: "the agency was closed, and it waits until the agency opens",
}


def reason_not_to_send(  # noqa: PLR0913 - one plain value for each reason, all by name
    *,
    meeting: MeetingState,
    version_now: int,
    version_planned: int,
    start: datetime | None,
    now: datetime,
    answer: Answer | None,
    withdrawn: bool = False,
    excluded: bool = False,
    has_address: bool = True,
    next_due_at: datetime | None = None,
    opens_at: datetime | None = None,
) -> Silence | None:
    """Whether a due chase must stay unsent, read at the moment of sending; None means send it.

    ``answer`` is the agency's latest to the version it was planned for: "maybe" and "another time" are still chased.
    ``start`` is None for a meeting that lost its time, which counts as moved. ``has_address`` is about this step's
    addressee; a step to ``phone`` is a call on a list, so pass True. ``next_due_at`` is the agency's next planned
    step: when that is due too (after an outage), only it is sent. ``opens_at`` is what ``waits_until`` says of a step
    by mail: when the next step is due by then, only that is sent. The reason that holds longest is given first.
    """
    now = to_utc(now)
    leaves = now if opens_at is None else to_utc(opens_at)
    checks: tuple[tuple[bool, Silence], ...] = (
        (meeting is MeetingState.CANCELLED, Silence.CANCELLED),
        (meeting is MeetingState.HELD, Silence.PAST),
        (version_now != version_planned or start is None, Silence.MOVED),
        (meeting is not MeetingState.CONFIRMED, Silence.MOVED),
        (start is not None and now >= to_utc(start), Silence.STARTED),
        (withdrawn, Silence.WITHDRAWN),
        (excluded, Silence.EXCLUDED),
        (answer in CLOSES_THE_CHASE, Silence.ANSWERED),
        (next_due_at is not None and to_utc(next_due_at) <= leaves, Silence.SUPERSEDED),
        (not has_address, Silence.NO_ADDRESS),
        (opens_at is not None, Silence.CLOSED),
    )
    return next((reason for holds, reason in checks if holds), None)
