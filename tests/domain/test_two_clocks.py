"""The earliest fair start, the latest lawful one, and who gives way when they cross."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.clocks import AgencyNotice, two_clocks
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL
from service.domain.london import from_wall, wall
from service.domain.notice import kept
from service.domain.spans import Span, Unit
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 11, 23))
MONDAY = from_wall("2026-11-30T13:00:00")
POLICE = AgencyNotice("police", Span(24, Unit.HOURS), ROUND_THE_CLOCK)
HEALTH = AgencyNotice("health", Span(9, Unit.WORKING_HOURS), OFFICE)
SCHOOL_LEAD = AgencyNotice("school", Span(2, Unit.WORKING_DAYS), SCHOOL)
HOUSING = AgencyNotice("housing", None, OFFICE)


def test_the_slowest_agency_sets_the_fair_clock() -> None:
    deadline = from_wall("2026-12-03T23:59:59")
    clocks = two_clocks(MONDAY, [POLICE, HEALTH, SCHOOL_LEAD], deadline, CALENDAR)
    assert clocks.earliest_fair is not None
    assert wall(clocks.earliest_fair) == "2026-12-02T09:00:00"  # Wednesday: two working days for the school
    assert clocks.latest_lawful == deadline
    assert clocks.gap == timedelta(days=1, hours=14, minutes=59, seconds=59)
    assert clocks.gives_way == ()


def test_an_unset_notice_adds_nothing_and_is_named() -> None:
    clocks = two_clocks(MONDAY, [HOUSING, POLICE], None, CALENDAR)
    assert clocks.earliest_fair == MONDAY + timedelta(hours=24)
    assert (clocks.latest_lawful, clocks.gap) == (None, None)
    assert clocks.not_set == ("housing",)
    assert "notice for housing: not set by the partnership" in clocks.sentences()
    assert "latest start in time: not set by the partnership" in clocks.sentences()


def test_both_clocks_and_each_loss_are_said_in_a_sentence() -> None:
    clocks = two_clocks(MONDAY, [POLICE, HOUSING], from_wall("2026-12-01T11:00:00"), CALENDAR)
    assert clocks.sentences() == (
        "earliest start fair to all: Tuesday 1 December 2026, 1pm",
        "latest start in time: Tuesday 1 December 2026, 11am",
        "notice for housing: not set by the partnership",
        "police is owed 24 hours and gives way by 2 hours",
    )
    unset = two_clocks(MONDAY, [], None, CALENDAR).sentences()
    assert unset == (
        "earliest start fair to all: not set by the partnership",
        "latest start in time: not set by the partnership",
    )


def test_with_no_figure_at_all_there_is_no_fair_clock_and_nobody_gives_way() -> None:
    clocks = two_clocks(MONDAY, [HOUSING], from_wall("2026-11-30T23:59:59"), CALENDAR)
    assert (clocks.earliest_fair, clocks.gap, clocks.gives_way) == (None, None, ())


def test_the_least_harmed_agency_is_named_first() -> None:
    deadline = from_wall("2026-12-01T11:00:00")  # Tuesday
    clocks = two_clocks(MONDAY, [SCHOOL_LEAD, HEALTH, POLICE, HOUSING], deadline, CALENDAR)
    assert clocks.gap == timedelta(hours=-22)
    assert [(loss.role, loss.by) for loss in clocks.gives_way] == [
        ("police", timedelta(hours=2)),  # a twelfth of what it is owed
        ("health", timedelta(hours=3)),  # three of the 25 hours it would need
        ("school", timedelta(hours=22)),
    ]
    assert clocks.gives_way[1].sentence() == "health is owed 9 working hours and gives way by 3 hours of working time"


def test_staying_above_the_minimum_comes_before_a_smaller_loss() -> None:
    at_least_a_day = AgencyNotice("gp", Span(24, Unit.HOURS), OFFICE, minimum=Span(23, Unit.HOURS))
    at_least_an_hour = AgencyNotice("midwife", Span(48, Unit.HOURS), OFFICE, minimum=Span(1, Unit.HOURS))
    clocks = two_clocks(MONDAY, [at_least_a_day, at_least_an_hour], MONDAY + timedelta(hours=22), CALENDAR)
    assert [(loss.role, loss.above_minimum) for loss in clocks.gives_way] == [("midwife", True), ("gp", False)]
    assert clocks.gives_way[0].sentence().endswith("still above its minimum")
    assert clocks.gives_way[1].sentence().endswith("below its minimum")


def test_a_deadline_already_past_means_meeting_at_once_and_everyone_loses_all() -> None:
    clocks = two_clocks(MONDAY, [POLICE, HEALTH], MONDAY - timedelta(hours=5), CALENDAR)
    assert clocks.gap == timedelta(hours=-30)
    assert {loss.role: loss.by for loss in clocks.gives_way} == {
        "police": timedelta(hours=24),
        "health": timedelta(hours=25),  # 1pm to 5pm today, 9am to 2pm tomorrow
    }
    assert all(loss.would_get.elapsed == timedelta(0) for loss in clocks.gives_way)


def test_a_deadline_early_on_the_day_the_notice_ends_is_in_time_for_everyone() -> None:
    eight = from_wall("2026-12-02T08:00:00")  # Wednesday: two working days' notice is kept all that day
    clocks = two_clocks(MONDAY, [SCHOOL_LEAD], eight, CALENDAR)
    assert (clocks.earliest_fair, clocks.gap, clocks.gives_way) == (eight, timedelta(0), ())


UNITS = [Unit.HOURS, Unit.WORKING_HOURS, Unit.WORKING_DAYS, Unit.CALENDAR_DAYS]
AGENCIES = st.lists(
    st.builds(
        AgencyNotice,
        st.sampled_from(["police", "health", "school", "gp"]),
        st.one_of(st.none(), st.builds(Span, st.integers(0, 12), st.sampled_from(UNITS))),
        st.sampled_from([OFFICE, SCHOOL, ROUND_THE_CLOCK]),
    ),
    max_size=6,
)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    AGENCIES,
    st.integers(0, 20_000),
)
def test_those_who_give_way_are_exactly_those_whose_notice_the_lawful_start_breaks(
    now: datetime, agencies: list[AgencyNotice], minutes: int
) -> None:
    deadline = now + timedelta(minutes=minutes)
    clocks = two_clocks(now, agencies, deadline, CALENDAR)
    broken = [each.role for each in agencies if kept(now, deadline, each.owed, each.hours, CALENDAR) is False]
    assert sorted(loss.role for loss in clocks.gives_way) == sorted(broken)
    assert bool(broken) == bool(clocks.gives_way)
    assert (clocks.gap is not None and clocks.gap < timedelta(0)) == bool(broken)
    for loss in clocks.gives_way:
        assert timedelta(0) < loss.by
        assert timedelta(0) <= loss.by_working <= loss.by


def test_whose_notice_ends_at_the_lawful_start_gives_nothing_away() -> None:
    clocks = two_clocks(MONDAY, [POLICE, SCHOOL_LEAD], MONDAY + timedelta(hours=24), CALENDAR)
    assert [loss.role for loss in clocks.gives_way] == ["school"]


def test_a_deadline_at_the_very_instant_from_which_notice_is_kept_is_in_time() -> None:
    """The first instant of the Wednesday, hours before a start that is fair to people."""
    midnight = from_wall("2026-12-02T00:00:00")
    assert kept(MONDAY, midnight, SCHOOL_LEAD.owed, SCHOOL, CALENDAR)
    assert two_clocks(MONDAY, [SCHOOL_LEAD], midnight, CALENDAR).gives_way == ()


def test_a_minimum_in_working_hours_is_counted_in_the_agency_s_own() -> None:
    """Tuesday 11am is six working hours of an office after Monday 1pm, and 22 of a desk open round the clock."""
    least = Span(7, Unit.WORKING_HOURS)
    office = AgencyNotice("health", Span(9, Unit.WORKING_HOURS), OFFICE, least)
    always = AgencyNotice("police", Span(24, Unit.WORKING_HOURS), ROUND_THE_CLOCK, least)
    clocks = two_clocks(MONDAY, [office, always], from_wall("2026-12-01T11:00:00"), CALENDAR)
    assert {loss.role: loss.above_minimum for loss in clocks.gives_way} == {"health": False, "police": True}


def test_a_smaller_share_of_the_notice_is_the_lesser_harm_though_it_is_more_working_hours() -> None:
    police = AgencyNotice("police", Span(30, Unit.HOURS), ROUND_THE_CLOCK)
    health = AgencyNotice("health", Span(13, Unit.WORKING_HOURS), OFFICE)
    clocks = two_clocks(MONDAY, [health, police], from_wall("2026-12-01T16:00:00"), CALENDAR)
    # Three of 30 hours, at any hour; and the night and two office hours of 45.
    assert [(loss.role, loss.by_working) for loss in clocks.gives_way] == [
        ("police", timedelta(hours=3)),
        ("health", timedelta(hours=2)),
    ]
