"""The chase ladder, and every reason for silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answers import CLOSES_THE_CHASE, Answer
from service.domain.chasing import (
    WHY,
    ChaseTo,
    PlannedChase,
    Silence,
    Step,
    plan_chases,
    reason_not_to_send,
    waits_until,
)
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL, Hours
from service.domain.london import from_wall, wall
from service.domain.meetings import MeetingState
from service.domain.spans import Span, Unit
from service.domain.working_time import is_open, working_time
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 11, 23))
LADDER = (
    Step(1, Span(2, Unit.WORKING_DAYS), ChaseTo.INBOX),
    Step(2, Span(1, Unit.WORKING_DAYS), ChaseTo.DUTY_DESK),
    Step(3, Span(4, Unit.WORKING_HOURS), ChaseTo.MANAGER),
    Step(4, Span(1, Unit.WORKING_HOURS), ChaseTo.PHONE),
)


def plan(
    start: str, now: str, hours: Hours = OFFICE, *, immediate: bool = False
) -> list[tuple[int, str, tuple[int, ...]]]:
    chases = plan_chases(LADDER, from_wall(start), hours, CALENDAR, now=from_wall(now), immediate=immediate)
    return [(chase.step.number, wall(chase.due_at), chase.instead_of) for chase in chases]


def test_with_time_in_hand_every_step_falls_in_working_hours() -> None:
    assert plan("2026-12-03T14:00:00", "2026-11-27T10:00:00") == [
        (1, "2026-12-01T14:00:00", ()),  # Tuesday
        (2, "2026-12-02T14:00:00", ()),  # Wednesday
        (3, "2026-12-03T10:00:00", ()),  # Thursday, four hours before
        (4, "2026-12-03T13:00:00", ()),
    ]


def test_a_monday_morning_meeting_is_chased_before_the_weekend() -> None:
    assert plan("2026-11-30T09:30:00", "2026-11-20T10:00:00") == [
        (1, "2026-11-26T09:30:00", ()),  # Thursday
        (2, "2026-11-27T09:30:00", ()),  # Friday
        (3, "2026-11-27T13:30:00", ()),  # Friday: half an hour on Monday, the rest before
        (4, "2026-11-27T16:30:00", ()),
    ]


def test_a_step_outside_hours_is_brought_forward_to_the_last_working_hour() -> None:
    after_school = plan("2026-12-02T16:30:00", "2026-11-20T10:00:00", SCHOOL)
    assert after_school[0] == (1, "2026-11-30T15:00:00", ())  # Monday 3pm: at 4:30pm the school is closed
    evening_after_christmas = plan("2026-12-29T18:00:00", "2026-12-14T10:00:00")
    assert evening_after_christmas[1] == (2, "2026-12-24T16:00:00", ())  # the working day before is Christmas Eve


def test_late_planning_keeps_one_step_and_lets_the_invitation_settle() -> None:
    assert plan("2026-12-01T14:00:00", "2026-12-01T10:30:00") == [
        (3, "2026-12-01T11:00:00", (1, 2)),  # steps 1 to 3 are past: one message, half an hour after the invitation
        (4, "2026-12-01T13:00:00", ()),
    ]


def test_a_step_due_right_after_the_invitation_waits_too() -> None:
    assert plan("2026-12-01T14:00:00", "2026-12-01T09:55:00")[0] == (3, "2026-12-01T10:25:00", (1, 2))


def test_when_only_the_call_is_left_it_is_due_at_once() -> None:
    assert plan("2026-12-01T14:00:00", "2026-12-01T13:20:00") == [(4, "2026-12-01T13:20:00", (1, 2, 3))]


def test_an_invitation_sent_shortly_before_closing_has_half_an_hour_of_opening_before_it_is_asked_after() -> None:
    assert plan("2026-12-02T15:00:00", "2026-12-01T16:50:00")[0] == (2, "2026-12-02T09:20:00", (1,))


def test_an_invitation_that_leaves_half_an_hour_before_the_agency_closes_is_asked_after_when_it_opens() -> None:
    assert plan("2026-12-02T15:00:00", "2026-12-01T16:30:00")[0] == (2, "2026-12-02T09:00:00", (1,))


def test_an_invitation_sent_at_night_is_asked_after_before_a_start_soon_after_the_agency_opens() -> None:
    ladder = [Step(1, Span(4, Unit.WORKING_HOURS), ChaseTo.INBOX)]
    now, start = from_wall("2026-11-27T21:00:00"), from_wall("2026-11-30T09:20:00")
    (chase,) = plan_chases(ladder, start, OFFICE, CALENDAR, now=now, immediate=False)
    assert wall(chase.due_at) == "2026-11-30T09:10:00"  # half of the twenty minutes that are left on Monday


def test_an_agency_that_does_not_open_before_the_start_is_chased_all_the_same() -> None:
    ladder = [Step(1, Span(4, Unit.WORKING_HOURS), ChaseTo.INBOX)]
    now, start = from_wall("2026-11-27T21:00:00"), from_wall("2026-11-30T09:00:00")
    (chase,) = plan_chases(ladder, start, OFFICE, CALENDAR, now=now, immediate=False)
    assert wall(chase.due_at) == "2026-11-27T21:30:00"


WAITING = [
    ("2026-12-01T18:00:00", "2026-12-02T15:00:00", False, "2026-12-02T09:00:00", "the evening waits for the morning"),
    ("2026-11-27T17:00:00", "2026-11-30T15:00:00", False, "2026-11-30T09:00:00", "as it closes for the weekend"),
    ("2026-12-24T17:30:00", "2026-12-29T15:00:00", False, "2026-12-29T09:00:00", "over Christmas"),
    ("2026-12-01T16:59:59", "2026-12-02T15:00:00", False, None, "it is open"),
    ("2026-12-02T09:00:00", "2026-12-02T15:00:00", False, None, "it has just opened"),
    ("2026-12-01T18:00:00", "2026-12-02T09:00:00", False, None, "it would come at the start"),
    ("2026-12-01T18:00:00", "2026-12-02T09:00:01", False, "2026-12-02T09:00:00", "it would come just before the start"),
    ("2026-12-01T18:00:00", "2026-12-01T21:00:00", False, None, "it would come after the meeting"),
    ("2026-12-01T18:00:00", "2026-12-02T15:00:00", True, None, "immediate risk ignores office hours"),
]


@pytest.mark.parametrize(("now", "start", "immediate", "until", "why"), WAITING)
def test_a_chase_by_mail_waits_for_its_agency_to_open_unless_that_would_be_too_late(
    now: str, start: str, immediate: bool, until: str | None, why: str
) -> None:
    waits = waits_until(from_wall(now), from_wall(start), OFFICE, CALENDAR, immediate=immediate)
    assert (None if waits is None else wall(waits)) == until, why


def test_round_the_clock_nothing_waits_and_a_meeting_without_a_time_is_waited_for_by_nobody() -> None:
    now = from_wall("2026-12-05T03:00:00")
    assert waits_until(now, now + timedelta(days=3), ROUND_THE_CLOCK, CALENDAR, immediate=False) is None
    assert waits_until(now, None, OFFICE, CALENDAR, immediate=False) is None


def laid(start: str, now: str, *rungs: tuple[int, ChaseTo]) -> list[tuple[int, str, tuple[int, ...]]]:
    ladder = [Step(number, Span(minutes, Unit.MINUTES), to) for number, (minutes, to) in enumerate(rungs, 1)]
    chases = plan_chases(ladder, from_wall(start), OFFICE, CALENDAR, now=from_wall(now), immediate=True)
    return [(chase.step.number, wall(chase.due_at), chase.instead_of) for chase in chases]


def test_when_less_than_an_hour_is_left_the_invitation_settles_for_half_of_it() -> None:
    assert laid("2026-12-01T14:00:00", "2026-12-01T13:40:00", (120, ChaseTo.INBOX)) == [(1, "2026-12-01T13:50:00", ())]


def test_of_two_calls_before_the_invitation_has_settled_only_the_last_is_made() -> None:
    early, later = (60, ChaseTo.PHONE), (45, ChaseTo.PHONE)
    assert laid("2026-12-01T14:00:00", "2026-12-01T12:50:00", early, later) == [(2, "2026-12-01T13:15:00", (1,))]


def test_a_call_due_the_moment_the_invitation_has_settled_is_not_late_and_swallows_nothing() -> None:
    early, later = (60, ChaseTo.PHONE), (40, ChaseTo.PHONE)
    assert laid("2026-12-01T14:00:00", "2026-12-01T12:50:00", early, later) == [
        (1, "2026-12-01T13:00:00", ()),
        (2, "2026-12-01T13:20:00", ()),
    ]


def test_a_meeting_that_has_started_gets_no_chase() -> None:
    assert plan("2026-12-01T14:00:00", "2026-12-01T14:00:00") == []


def test_immediate_risk_ignores_office_hours() -> None:
    ladder = (Step(1, Span(3, Unit.WORKING_HOURS), ChaseTo.DUTY_DESK), Step(2, Span(30, Unit.MINUTES), ChaseTo.PHONE))
    now, start = from_wall("2026-11-28T17:55:00"), from_wall("2026-11-28T22:00:00")  # a Saturday night
    chases = plan_chases(ladder, start, OFFICE, CALENDAR, now=now, immediate=True)
    assert [wall(chase.due_at) for chase in chases] == ["2026-11-28T19:00:00", "2026-11-28T21:30:00"]


def test_in_an_immediate_meeting_a_working_day_is_a_calendar_day() -> None:
    now, start = from_wall("2026-11-27T10:00:00"), from_wall("2026-11-30T09:00:00")
    ladder = [Step(1, Span(1, Unit.WORKING_DAYS), ChaseTo.INBOX)]
    (chase,) = plan_chases(ladder, start, OFFICE, CALENDAR, now=now, immediate=True)
    assert wall(chase.due_at) == "2026-11-29T09:00:00"  # Sunday


@pytest.mark.parametrize(
    ("before", "start", "due", "why"),
    [
        (Span(0, Unit.SAME_DAY), "2026-12-03T14:00:00", "2026-12-03T09:00:00", "when they open that Thursday"),
        (Span(0, Unit.SAME_DAY), "2026-12-03T09:00:00", "2026-12-02T16:00:00", "a 9am start leaves the day before"),
        (Span(0, Unit.SAME_DAY), "2026-12-05T14:00:00", "2026-12-04T16:00:00", "a Saturday start leaves Friday"),
        (Span(1, Unit.CALENDAR_DAYS), "2026-12-03T14:00:00", "2026-12-02T14:00:00", "Wednesday"),
        (Span(2, Unit.CALENDAR_DAYS), "2026-12-01T14:00:00", "2026-11-27T16:00:00", "Sunday becomes Friday 4pm"),
        (Span(24, Unit.HOURS), "2026-11-30T10:00:00", "2026-11-27T16:00:00", "Sunday becomes Friday 4pm"),
        (Span(1, Unit.MONTHS), "2026-12-31T14:00:00", "2026-11-30T14:00:00", "there is no 31 November"),
    ],
)
def test_every_unit_has_its_point_before_the_start(before: Span, start: str, due: str, why: str) -> None:
    now = from_wall("2026-11-02T10:00:00")
    (chase,) = plan_chases(
        [Step(1, before, ChaseTo.INBOX)], from_wall(start), OFFICE, CALENDAR, now=now, immediate=False
    )
    assert wall(chase.due_at) == due, why


def test_a_step_at_the_start_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="chase step 2 must come before the start"):
        Step(2, Span(0, Unit.HOURS), ChaseTo.INBOX)


SPANS = st.one_of(
    st.builds(Span, st.integers(1, 72), st.sampled_from([Unit.HOURS, Unit.WORKING_HOURS, Unit.MINUTES])),
    st.builds(Span, st.integers(1, 5), st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS])),
    st.just(Span(0, Unit.SAME_DAY)),
)
LADDERS = st.lists(st.tuples(SPANS, st.sampled_from(ChaseTo)), max_size=6).map(
    lambda rungs: [Step(number, before, to) for number, (before, to) in enumerate(rungs, 1)]
)


@given(
    LADDERS,
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 20_000),
    st.sampled_from([OFFICE, SCHOOL, ROUND_THE_CLOCK]),
    st.booleans(),
)
def test_any_ladder_is_in_order_before_the_start_and_accounts_for_every_step(
    steps: list[Step], now: datetime, minutes: int, hours: Hours, immediate: bool
) -> None:
    start = now + timedelta(minutes=minutes)
    chases = plan_chases(steps, start, hours, CALENDAR, now=now, immediate=immediate)
    dues = [chase.due_at for chase in chases]
    assert dues == sorted(set(dues))  # never two at once
    assert all(now <= due < start for due in dues)
    numbers = [number for chase in chases for number in (*chase.instead_of, chase.step.number)]
    assert numbers == [step.number for step in steps]
    assert len([chase for chase in chases if _too_soon(chase, now, start)]) <= 1
    if not immediate and working_time(now, start, hours, CALENDAR):
        by_mail = [chase for chase in chases if chase.step.to is not ChaseTo.PHONE]
        assert all(is_open(chase.due_at, hours, CALENDAR) for chase in by_mail)


def _too_soon(chase: PlannedChase, now: datetime, start: datetime) -> bool:
    return chase.due_at < now + min(timedelta(minutes=30), (start - now) / 2)


START = from_wall("2026-12-01T14:00:00")
DUE: dict[str, Any] = {
    "meeting": MeetingState.CONFIRMED,
    "version_now": 2,
    "version_planned": 2,
    "start": START,
    "now": from_wall("2026-12-01T10:00:00"),
    "answer": None,
}


def test_a_silent_agency_is_chased() -> None:
    assert reason_not_to_send(**DUE) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"meeting": MeetingState.CANCELLED}, Silence.CANCELLED),
        ({"meeting": MeetingState.HELD}, Silence.PAST),
        ({"meeting": MeetingState.PLANNED, "start": None}, Silence.MOVED),
        ({"meeting": MeetingState.PLANNED}, Silence.MOVED),
        ({"version_now": 3}, Silence.MOVED),
        ({"now": START}, Silence.STARTED),
        ({"withdrawn": True}, Silence.WITHDRAWN),
        ({"excluded": True}, Silence.EXCLUDED),
        ({"has_address": False}, Silence.NO_ADDRESS),
        ({"next_due_at": from_wall("2026-12-01T09:59:00")}, Silence.SUPERSEDED),
        ({"next_due_at": from_wall("2026-12-01T10:00:00")}, Silence.SUPERSEDED),
        ({"next_due_at": from_wall("2026-12-01T10:01:00")}, None),
        ({"now": START - timedelta(seconds=1)}, None),
        ({"opens_at": from_wall("2026-12-01T12:00:00")}, Silence.CLOSED),
        ({"opens_at": from_wall("2026-12-01T12:00:00"), "answer": Answer.YES}, Silence.ANSWERED),
        ({"opens_at": from_wall("2026-12-01T12:00:00"), "has_address": False}, Silence.NO_ADDRESS),
        (
            {"opens_at": from_wall("2026-12-01T12:00:00"), "next_due_at": from_wall("2026-12-01T12:00:00")},
            Silence.SUPERSEDED,
        ),
        (
            {"opens_at": from_wall("2026-12-01T12:00:00"), "next_due_at": from_wall("2026-12-01T12:01:00")},
            Silence.CLOSED,
        ),
        ({"meeting": MeetingState.CANCELLED, "answer": Answer.YES, "version_now": 3}, Silence.CANCELLED),
    ],
)
def test_one_reason_is_given_for_every_silence(change: dict[str, Any], reason: Silence | None) -> None:
    assert reason_not_to_send(**{**DUE, **change}) is reason


@pytest.mark.parametrize("answer", list(Answer))
def test_only_an_answer_that_closes_the_place_ends_the_chase(answer: Answer) -> None:
    expected = Silence.ANSWERED if answer in CLOSES_THE_CHASE else None
    assert reason_not_to_send(**{**DUE, "answer": answer}) is expected


def test_maybe_is_still_chased() -> None:
    assert reason_not_to_send(**{**DUE, "answer": Answer.MAYBE}) is None


def test_every_silence_has_its_plain_words() -> None:
    assert set(WHY) == set(Silence)
