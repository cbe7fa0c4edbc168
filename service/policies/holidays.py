"""The bank holidays of England and Wales: the official list, and a computed one for the years beyond it.

The official list is the copy of https://www.gov.uk/bank-holidays.json inside the govuk-bank-holidays package; nothing
is fetched here. The years after it come from the holidays package, which knows the rules but cannot know a special
bank holiday before it is announced. A holiday announced since is handed in as data, so no release is needed for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib import resources

from holidays import country_holidays

from service.domain.working_time import WorkingCalendar

# Later reviews are due six months after an initial conference; three years leave room for any date a pack can count.
YEARS_AHEAD = 3


@lru_cache(maxsize=1)
def official() -> frozenset[date]:
    """The bank holidays of England and Wales as GOV.UK lists them, from 2012 to the last year it has published."""
    text = resources.files("govuk_bank_holidays").joinpath("bank-holidays.json").read_text(encoding="utf-8")
    events = json.loads(text)["england-and-wales"]["events"]
    return frozenset(date.fromisoformat(event["date"]) for event in events)


def computed(years: Iterable[int]) -> frozenset[date]:
    """The bank holidays of those years by rule, on weekdays only: GOV.UK too lists the substitute, not the weekend."""
    found = country_holidays("GB", subdiv="ENG", years=sorted(years))
    return frozenset(day for day in found if day.weekday() < 5)


@lru_cache(maxsize=8)
def _calendar(year: int, announced: frozenset[date]) -> WorkingCalendar:
    known = official()
    last_official = max(known).year
    last = max(last_official, year + YEARS_AHEAD)
    beyond = computed(range(last_official + 1, last + 1)) if last > last_official else frozenset()
    return WorkingCalendar(known | beyond | announced, date(last, 12, 31))


def working_calendar(today: date, announced: Iterable[date] = ()) -> WorkingCalendar:
    """The calendar to count with on ``today``: official where GOV.UK has spoken, computed after that.

    ``announced`` are special bank holidays proclaimed since the packages were made.
    """
    return _calendar(today.year, frozenset(announced))


def last_official_year() -> int:
    """The last year GOV.UK's list covers; the years after it are computed."""
    return max(official()).year
