"""What an outcome may say, when a report is due, and when an action is overdue."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from service.domain.outcome import (
    ActionState,
    Decided,
    Outcome,
    in_time,
    overdue,
    problem_of,
    report_due,
)
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar

CALENDAR = WorkingCalendar(frozenset({date(2026, 5, 25)}), date(2026, 12, 31))
STARTED = datetime(2026, 6, 9, 9, tzinfo=UTC)
ENQUIRY = (Decided.ENQUIRY,)

CONSISTENT: dict[str, tuple[Outcome, str]] = {
    "nothing said": (Outcome(), ""),
    "an enquiry that started": (Outcome(ENQUIRY, STARTED), ""),
    "an enquiry decided on, not started yet": (Outcome(ENQUIRY), ""),
    "an enquiry started and nobody decided it": (Outcome((Decided.ASSESSMENT,), STARTED), "add section_47_enquiry"),
    "nothing further, alone": (Outcome((Decided.NOTHING,)), ""),
    "nothing further beside something": (Outcome((Decided.NOTHING, Decided.REFERRAL)), "stands alone"),
    "nothing further beside an enquiry's start": (Outcome((Decided.NOTHING,), STARTED), "stands alone"),
}


@pytest.mark.parametrize(("outcome", "sentence"), CONSISTENT.values(), ids=CONSISTENT.keys())
def test_an_outcome_that_contradicts_itself_is_told_how(outcome: Outcome, sentence: str) -> None:
    problem = problem_of(outcome)
    assert (problem is None) == (not sentence)
    assert sentence in (problem or "")


# Lewisham asks for reports 2 working days before an initial conference, and 5 before a review.
DUE: dict[str, tuple[datetime | None, Span | None, datetime | None]] = {
    "2 working days before a Thursday: Tuesday night": (
        datetime(2026, 6, 11, 9, tzinfo=UTC),
        Span(2, Unit.WORKING_DAYS),
        datetime(2026, 6, 9, 22, 59, 59, tzinfo=UTC),
    ),
    "5 working days before the Tuesday after the spring bank holiday: Monday of the week before": (
        datetime(2026, 5, 26, 9, tzinfo=UTC),
        Span(5, Unit.WORKING_DAYS),
        datetime(2026, 5, 18, 22, 59, 59, tzinfo=UTC),
    ),
    "no figure is set": (datetime(2026, 6, 11, 9, tzinfo=UTC), None, None),
    "no start yet": (None, Span(2, Unit.WORKING_DAYS), None),
    "as soon as possible has no last instant": (datetime(2026, 6, 11, 9, tzinfo=UTC), Span(0, Unit.ASAP), None),
}


@pytest.mark.parametrize(("start", "figure", "due"), DUE.values(), ids=DUE.keys())
def test_when_a_report_is_due(start: datetime | None, figure: Span | None, due: datetime | None) -> None:
    assert report_due(start, figure, CALENDAR) == due


def test_a_report_at_the_last_instant_is_in_time_and_one_without_a_day_is_neither() -> None:
    assert in_time(STARTED, STARTED) is True
    assert in_time(STARTED.replace(second=1), STARTED) is False
    assert in_time(STARTED, None) is None


@pytest.mark.parametrize(
    ("due_on", "state", "late"),
    [
        (date(2026, 6, 8), ActionState.OPEN, True),
        (date(2026, 6, 9), ActionState.OPEN, False),
        (date(2026, 6, 8), ActionState.DONE, False),
        (None, ActionState.OPEN, False),
    ],
)
def test_an_action_is_overdue_the_day_after_its_day(due_on: date | None, state: ActionState, late: bool) -> None:
    assert overdue(due_on, state, date(2026, 6, 9)) is late
