"""What of the worklist needs whom: a table of roles against what is due, and that nothing needs nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.night import EMERGENCY_DUTY, opens_again
from service.domain.staff import StaffRole
from service.policies.holidays import working_calendar
from service.web.duties import EVERYTHING, OWNERS, WORKING, Duties, duties_of
from service.web.worklist import MeetingFacts, TaskMark, due_of
from service.web.worklist_tabs import Tab, tabs_of
from service.workflow.restricting import MANAGER
from service.workflow.tasks import LCPP, OFFICER
from tests.web.test_worklist_tabs import DAY, HOUR, NOW, a_meeting

OF, C, M, E = StaffRole.OFFICER, StaffRole.CHAIR, StaffRole.MANAGER, StaffRole.EMERGENCY_DUTY
# Monday evening, when offices are closed until Tuesday morning.
EVENING = datetime(2026, 11, 30, 20, tzinfo=UTC)
CALENDAR = working_calendar(NOW.date())


def who(meeting: MeetingFacts, now: datetime = NOW) -> set[StaffRole]:
    """The roles that a meeting needs."""
    night, due = opens_again(now, CALENDAR), due_of(meeting, now)
    return {role for role in WORKING if duties_of([role], night).meeting(meeting, due, now)}


@pytest.mark.parametrize(
    ("meeting", "by_day", "by_night"),
    [
        (a_meeting("planned", None), {OF}, {OF}),
        (a_meeting("planned", None, urgency="immediate"), {OF}, {OF, E}),
        (a_meeting("planned", None, deadline_at=NOW - HOUR), {OF, M}, {OF, M, E}),
        (a_meeting("planned", None, put_off=True), {OF, C, M}, {OF, C, M, E}),
        (a_meeting(starts=4 * DAY), {OF, M}, {OF, M}),
        (a_meeting(starts=11 * HOUR, silent=2), {OF}, {OF, E}),
        (a_meeting(starts=23 * HOUR, silent=2), {OF}, {OF, E}),
        (a_meeting(starts=33 * HOUR, silent=2), set(), {OF}),
        (a_meeting(starts=2 * DAY, deadline_at=None), set(), set()),
        (a_meeting("held", -DAY, recorded=4), set(), set()),
        (a_meeting("held", -DAY, recorded=4, to_confirm=4), {C}, {C}),
        (a_meeting(starts=-DAY, recorded=1, to_confirm=1), {C}, {C}),
    ],
)
def test_what_is_due_for_a_meeting_needs_whoever_sees_to_it(
    meeting: MeetingFacts, by_day: set[StaffRole], by_night: set[StaffRole]
) -> None:
    assert who(meeting) == by_day
    assert who(meeting, EVENING) == by_night


@pytest.mark.parametrize(
    ("owner", "due", "by_day", "by_night"),
    [
        (OFFICER, None, {OF}, {OF}),
        (OFFICER, NOW + 2 * DAY, {OF}, {OF}),
        (OFFICER, NOW + 20 * HOUR, {OF}, {OF, E}),
        (OFFICER, NOW - HOUR, {OF, M}, {OF, M, E}),
        (LCPP, NOW + 2 * DAY, {C}, {C}),
        (LCPP, NOW - HOUR, {C, M}, {C, M, E}),
        (MANAGER, None, {M}, {M}),
        (EMERGENCY_DUTY, None, {E}, {E}),
        ("administrator", None, {OF}, {OF}),
        ("a word nobody knows", None, {OF}, {OF}),
    ],
)
def test_a_task_is_its_owner_s_and_an_overdue_one_the_manager_s_too(
    owner: str, due: datetime | None, by_day: set[StaffRole], by_night: set[StaffRole]
) -> None:
    for now, wanted in ((NOW, by_day), (EVENING, by_night)):
        night = opens_again(now, CALENDAR)
        assert {role for role in WORKING if duties_of([role], night).task(owner, due, now)} == wanted
        calm = a_meeting("cancelled", tasks=(TaskMark(owner, due),), open_tasks=1)
        assert who(calm, now) == wanted


@given(
    st.sampled_from(["planned", "confirmed", "held", "cancelled"]),
    st.integers(-200, 200),
    st.integers(0, 4),
    st.integers(0, 4),
    st.lists(st.sampled_from([*OWNERS, "administrator"]), max_size=2),
    st.booleans(),
)
def test_what_needs_somebody_needs_a_role_and_stands_in_some_tab_of_every_role(
    state: str, hours: int, silent: int, recorded: int, owners: list[str], night: bool
) -> None:
    now = EVENING if night else NOW
    marks = tuple(TaskMark(owner, None) for owner in owners)
    starts = None if state == "planned" else hours * HOUR
    meeting = a_meeting(state, starts, silent=silent, recorded=recorded, tasks=marks, open_tasks=len(marks))
    due = due_of(meeting, now)
    if Tab.NEEDS_YOU in tabs_of(meeting, due, now, EVERYTHING):
        assert who(meeting, now)
    for role in WORKING:
        assert tabs_of(meeting, due, now, duties_of([role], opens_again(now, CALENDAR)))


def test_owners_are_the_words_tasks_are_opened_with_and_readers_are_shown_all() -> None:
    assert {OFFICER, LCPP, MANAGER, EMERGENCY_DUTY} == set(OWNERS)
    assert duties_of([StaffRole.AUDITOR], None) == EVERYTHING
    assert duties_of([StaffRole.ANALYST, C], None).roles == {C}
    assert EVERYTHING.held()
    assert [duties_of([role], None).held() for role in (OF, C, M, E)] == [True, False, False, False]
    assert Duties(frozenset({E}), NOW).held()


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 11, 30, 9, tzinfo=UTC), None),
        (datetime(2026, 11, 30, 16, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)),
        (datetime(2026, 12, 4, 23, tzinfo=UTC), datetime(2026, 12, 7, 9, tzinfo=UTC)),
        (datetime(2026, 12, 24, 18, tzinfo=UTC), datetime(2026, 12, 29, 9, tzinfo=UTC)),
        (datetime(2026, 7, 3, 7, 30, tzinfo=UTC), datetime(2026, 7, 3, 8, tzinfo=UTC)),
    ],
)
def test_offices_open_again_on_the_next_working_morning(now: datetime, opens: datetime | None) -> None:
    assert opens_again(now, CALENDAR) == opens


def test_past_the_known_bank_holidays_nobody_can_say_when_offices_open() -> None:
    short = replace(CALENDAR, known_until=NOW.date())
    assert opens_again(EVENING, short) is None
    assert opens_again(NOW, short) is None


@pytest.mark.parametrize(
    ("chair", "theirs"), [("Cara Chair", True), ("", True), ("Ben Chair", False)], ids=["own", "none", "another's"]
)
def test_what_is_a_chair_s_is_theirs_where_they_chair_it_or_nobody_does(chair: str, theirs: bool) -> None:
    own, any_chair = duties_of([C], None, frozenset({"Cara Chair"})), duties_of([C], None)
    to_confirm = a_meeting("held", -DAY, recorded=4, to_confirm=4, chair=chair)
    with_task = a_meeting("cancelled", tasks=(TaskMark(LCPP, None),), open_tasks=1, chair=chair)
    for meeting in (to_confirm, with_task):
        due = due_of(meeting, NOW)
        assert own.meeting(meeting, due, NOW) is theirs
        assert any_chair.meeting(meeting, due, NOW)
        assert not duties_of([OF], None, frozenset({"Cara Chair"})).meeting(meeting, due, NOW)
        assert EVERYTHING.meeting(meeting, due, NOW)
    assert own.task(LCPP, None, NOW, chair) is theirs
