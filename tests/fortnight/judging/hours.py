"""When an agency is open, worked out here anew: from the words of its hours, on London's clocks, minute by minute.

Knows no more than the fortnights have: one row of weekdays and one opening, or always; and the two bank holidays that
fall into them. Anything else is refused, so that nobody takes silence for a verdict.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Good Friday and Easter Monday of 2027, the only ones within the fortnights of March and October 2027.
_CLOSED = {date(2027, 3, 26), date(2027, 3, 29)}
_KNOWN = re.compile(r"(\w{3})-(\w{3}) (\d\d):(\d\d)-(\d\d):(\d\d)")
_MINUTE = timedelta(minutes=1)


def is_open(hours: str, at: datetime) -> bool:
    """Whether an agency with these hours is open. Raises ValueError for hours of another form."""
    if hours == "always":
        return True
    if not (found := _KNOWN.fullmatch(hours)):
        raise ValueError(f"the checker cannot read these hours: {hours}")
    first, last, *clock = found.groups()
    here = at.astimezone(_LONDON)
    if not _DAYS.index(first) <= here.weekday() <= _DAYS.index(last) or here.date() in _CLOSED:
        return False
    opens, closes = time(int(clock[0]), int(clock[1])), time(int(clock[2]), int(clock[3]))
    return opens <= here.time() < closes


def opens_before(hours: str, at: datetime, start: datetime) -> bool:
    """Whether an agency with these hours is open at any minute between two instants, the last one left out."""
    whole = at.replace(second=0, microsecond=0) + _MINUTE
    while whole < start:
        if is_open(hours, whole):
            return True
        whole += _MINUTE
    return False
