"""Out of hours: when the last night began, and who has what is to be done while offices are closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.domain.hours import OFFICE
from service.domain.london import local_date
from service.domain.working_time import CalendarTooShortError, WorkingCalendar, openings_on

EMERGENCY_DUTY = "emergency duty team"
"""Whose task it is while offices are closed: the words of the staff role that works then."""

# Christmas and a weekend together are no longer than this.
_LONGEST_DAYS = 10
_UNKNOWN = timedelta(hours=16)


def opens_again(now: datetime, calendar: WorkingCalendar) -> datetime | None:
    """When offices open next (UTC); None while they are open, and past the known bank holidays."""
    day = local_date(now)
    try:
        for ahead in range(_LONGEST_DAYS):
            for opens, closes in openings_on(day + timedelta(days=ahead), OFFICE, calendar):
                if opens <= now < closes:
                    return None
                if opens > now:
                    return opens
    except CalendarTooShortError:
        pass
    return None


def night_began(now: datetime, calendar: WorkingCalendar) -> datetime:
    """When offices last closed: the evening before a working day's morning, the Friday before a Monday's.

    Past the known bank holidays nobody can say, and it is 16 hours ago.
    """
    day = local_date(now)
    try:
        for back in range(_LONGEST_DAYS):
            closings = [closes for _, closes in openings_on(day - timedelta(days=back), OFFICE, calendar)]
            if before := [closes for closes in closings if closes <= now]:
                return max(before)
    except CalendarTooShortError:
        pass
    return now - _UNKNOWN
