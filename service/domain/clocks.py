"""The two clocks of a meeting: the earliest start that is fair to every agency, and the latest that is lawful.

When the fair start comes after the lawful one, somebody's notice must give. The meeting is then best held as late as
the deadline allows (or at once, if the deadline has passed), because every later minute gives every agency more
notice, and what each agency loses is stated, least harm first. Notice never blocks a meeting: safety comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.london import hours_words, length_words, to_utc, words
from service.domain.notice import NOT_SET, NoticeGiven, fair_hour, given, kept, kept_from
from service.domain.spans import Span, Unit
from service.domain.working_time import Hours, WorkingCalendar, working_time

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class AgencyNotice:
    """What one required agency is owed: its standard notice, the least it may be given, and its hours."""

    role: str
    owed: Span | None
    hours: Hours
    minimum: Span | None = None


@dataclass(frozen=True, slots=True)
class GivesWay:
    """One agency whose notice is cut short: what it would still get, and by how much that falls short of ``owed``.

    ``by`` is elapsed time and ``by_working`` the part of it in the agency's hours; ``above_minimum`` is None when the
    partnership has set no minimum.
    """

    role: str
    owed: Span
    would_get: NoticeGiven
    by: timedelta
    by_working: timedelta
    above_minimum: bool | None

    def sentence(self) -> str:
        """One line for a page or a command line."""
        floor = {None: "", True: ", still above its minimum", False: ", below its minimum"}[self.above_minimum]
        in_hours = self.owed.unit is Unit.WORKING_HOURS
        short = f"{hours_words(self.by_working)} of working time" if in_hours else length_words(self.by)
        return f"{self.role} is owed {self.owed} and gives way by {short}{floor}"


@dataclass(frozen=True, slots=True)
class TwoClocks:
    """Both clocks, in UTC. ``gap`` is lawful minus fair: negative means somebody in ``gives_way`` must give way.

    ``earliest_fair`` is None when no agency has a notice figure, ``latest_lawful`` when the pack sets no deadline,
    and ``gap`` when either is. ``not_set`` names the agencies whose notice the partnership has not set.
    """

    earliest_fair: datetime | None
    latest_lawful: datetime | None
    gap: timedelta | None
    gives_way: tuple[GivesWay, ...]
    not_set: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """The clocks in plain words, one sentence each."""
        fair = words(self.earliest_fair) if self.earliest_fair else NOT_SET
        lawful = words(self.latest_lawful) if self.latest_lawful else NOT_SET
        said = [f"earliest start fair to all: {fair}", f"latest start in time: {lawful}"]
        said += [f"notice for {role}: {NOT_SET}" for role in self.not_set]
        return (*said, *(each.sentence() for each in self.gives_way))


def two_clocks(
    now: datetime, agencies: Sequence[AgencyNotice], deadline: datetime | None, calendar: WorkingCalendar
) -> TwoClocks:
    """Set both clocks for invitations that would leave at ``now``.

    Raises:
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    now = to_utc(now)
    latest = None if deadline is None else to_utc(deadline)
    fair = [
        (agency, agency.owed, _fair_start(now, agency, agency.owed, latest, calendar))
        for agency in agencies
        if agency.owed is not None
    ]
    earliest = max((start for *_, start in fair), default=None)
    gap = None if earliest is None or latest is None else latest - earliest
    not_set = tuple(agency.role for agency in agencies if agency.owed is None)
    if latest is None or gap is None or gap >= _NOTHING:
        return TwoClocks(earliest, latest, gap, (), not_set)
    held_at = max(latest, now)
    losing = [
        _gives_way(agency, owed, now, held_at, start, calendar) for agency, owed, start in fair if start > held_at
    ]
    losing.sort(key=_harm)
    return TwoClocks(earliest, latest, gap, tuple(losing), not_set)


def short_for(
    handed_at: datetime, start: datetime, agencies: Sequence[AgencyNotice], calendar: WorkingCalendar
) -> tuple[str, ...]:
    """The roles that would get less notice than they are owed; an agency whose notice is not set is never short.

    Raises:
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    return tuple(
        dict.fromkeys(
            agency.role for agency in agencies if kept(handed_at, start, agency.owed, agency.hours, calendar) is False
        )
    )


def _fair_start(
    now: datetime, agency: AgencyNotice, owed: Span, latest: datetime | None, calendar: WorkingCalendar
) -> datetime:
    first = kept_from(now, owed, agency.hours, calendar)
    start = fair_hour(now, first, owed)
    # A deadline before 9am is no reason to say that notice which is kept must give way.
    return latest if latest is not None and first <= latest < start else start


def _gives_way(
    agency: AgencyNotice, owed: Span, now: datetime, held_at: datetime, fair: datetime, calendar: WorkingCalendar
) -> GivesWay:
    return GivesWay(
        role=agency.role,
        owed=owed,
        would_get=given(now, held_at, agency.hours, calendar),
        by=fair - held_at,
        by_working=working_time(held_at, fair, agency.hours, calendar),
        above_minimum=kept(now, held_at, agency.minimum, agency.hours, calendar),
    )


def _harm(loss: GivesWay) -> tuple[bool, float, timedelta, str]:
    """Least harm first: above the minimum, then the smaller share of its notice lost, then fewer working hours."""
    share = loss.by / (loss.by + loss.would_get.elapsed)
    return loss.above_minimum is False, share, loss.by_working, loss.role
