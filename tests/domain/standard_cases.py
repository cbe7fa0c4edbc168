"""Meetings for the standard's tests, judged as the report judges them; everybody in them is made up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from service.domain.meeting_facts import JudgedMeeting, MeetingFact, PlaceFact, TypeRules, judge
from service.domain.quorum import RULES
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar

# The spring bank holiday of 2026, a Monday, is the only holiday here.
CALENDAR = WorkingCalendar(frozenset({date(2026, 5, 25)}), date(2026, 12, 31))
# A Tuesday: London keeps summer time, so office hours begin at 8 in UTC.
START = datetime(2026, 6, 9, 13, tzinfo=UTC)
FOUR_HOURS = Span(4, Unit.WORKING_HOURS)


def meeting(
    *places: PlaceFact, quorum: str | None = None, report_due: Span | None = None, **values: Any
) -> JudgedMeeting:
    base: dict[str, Any] = {
        "reference": "CV-1",
        "case_ref": "CASE-1",
        "month": "2026-06",
        "meeting_type": "strategy",
        "policy_hash": "p",
        "starts_at": START,
    }
    fact = MeetingFact(**base | values, places=places)
    return judge(fact, CALENDAR, lambda *_: TypeRules(RULES[quorum] if quorum else None, {}, report_due))


def place(role: str = "gp", **values: Any) -> PlaceFact:
    base: dict[str, Any] = {"group": "health", "level": "core", "invited": True, "outcome": None}
    return PlaceFact(role, **base | values)


def ago(**length: int) -> datetime:
    return START - timedelta(**length)
