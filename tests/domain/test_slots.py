"""The best start: never against a hard rule, the same as an exhaustive search finds, and said in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.clocks import AgencyNotice, TwoClocks, two_clocks
from service.domain.hours import OFFICE, ROUND_THE_CLOCK
from service.domain.london import from_wall, wall
from service.domain.policy import Level
from service.domain.quorum import RULES, quorum
from service.domain.slots import best_start, board_of, rank
from service.domain.slots_asked import (
    AcrossMidnightError,
    Attendee,
    Busy,
    Chair,
    History,
    Wanted,
    check_one_day,
    seats_of,
)
from service.domain.slots_give_up import give_up
from service.domain.slots_quorum import can_meet
from service.domain.slots_words import headline, who_cannot, why_good
from service.domain.spans import Span, Unit
from tests.domain.slots_cases import (
    CALENDAR,
    HOUR,
    MONDAY,
    ROLES,
    SURGERY,
    all_starts,
    goodness,
    lawful,
    wanted_meetings,
)

POLICE = Attendee(AgencyNotice("police_child_protection", None, ROUND_THE_CLOCK), history=History(18, 20))
HEALTH = Attendee(AgencyNotice("health_visitor", None, OFFICE), history=History(3, 10))
CHAIR = Chair("the first chair")


def at(text: str) -> datetime:
    return from_wall(f"2026-12-{text}:00")


def wanted_by(*attendees: Attendee, deadline: str = "03T23:59", **more: Any) -> Wanted:
    clocks = two_clocks(MONDAY, [each.notice for each in attendees], at(deadline), CALENDAR)
    plain = Wanted(MONDAY, clocks, attendees, (CHAIR,), HOUR, mean=History(70, 100))
    return replace(plain, **more)


def best(wanted: Wanted) -> str:
    found = best_start(wanted, CALENDAR)
    return wall(found) if found else "none"


@settings(deadline=None, max_examples=60)
@given(wanted_meetings())
def test_the_best_start_is_the_one_an_exhaustive_search_finds(wanted: Wanted) -> None:
    starts = [start for start in all_starts(wanted) if lawful(start, wanted)]
    expected = max(starts, key=lambda start: goodness(start, wanted), default=None)
    assert best_start(wanted, CALENDAR) == expected


@settings(deadline=None, max_examples=60)
@given(wanted_meetings())
def test_no_suggestion_breaks_a_hard_rule_nor_overlaps_another(wanted: Wanted) -> None:
    found = rank(wanted, CALENDAR, 4)
    assert all(lawful(each.start, wanted) for each in found)
    starts = sorted(each.start for each in found)
    assert all(later - earlier >= wanted.length for earlier, later in pairwise(starts))
    assert [goodness(each.start, wanted) for each in found] == sorted(
        (goodness(each.start, wanted) for each in found), reverse=True
    )


@settings(deadline=None, max_examples=60)
@given(wanted_meetings(), st.data())
def test_one_more_free_interval_never_makes_the_best_worse(wanted: Wanted, data: st.DataObject) -> None:
    before = best_start(wanted, CALENDAR)
    taken = [number for number, each in enumerate(wanted.attendees) if any(each.seats)]
    if before is None or not taken:
        return
    number = data.draw(st.sampled_from(taken))
    attendee = wanted.attendees[number]
    freer = replace(attendee, seats=tuple(seat[1:] for seat in attendee.seats))
    more = replace(wanted, attendees=(*wanted.attendees[:number], freer, *wanted.attendees[number + 1 :]))
    after = best_start(more, CALENDAR)
    assert after is not None
    assert goodness(after, more) >= goodness(before, wanted)[:5]


@settings(deadline=None, max_examples=60)
@given(wanted_meetings())
def test_renaming_and_reordering_the_agencies_changes_nothing(wanted: Wanted) -> None:
    plain = replace(wanted, quorum=None)
    renamed = tuple(
        replace(each, notice=replace(each.notice, role=f"agency_{number}"))
        for number, each in enumerate(reversed(plain.attendees))
    )
    other = replace(plain, attendees=renamed)
    assert [each.start for each in rank(plain, CALENDAR)] == [each.start for each in rank(other, CALENDAR)]


@given(
    st.sampled_from(list(RULES.values())),
    st.dictionaries(st.sampled_from([*ROLES, "lcpp", "midwifery"]), st.integers(0, 255)),
    st.sampled_from([{}, {"health_visitor": "hv", "gp": "gp"}]),
)
def test_the_quorum_of_many_starts_is_the_quorum_of_each(
    rule: object, free: dict[str, int], groups: dict[str, str]
) -> None:
    assert isinstance(rule, type(RULES["Q1"]))
    met = can_meet(rule, free, groups, ("school", "gp"), 255)
    for place in range(8):
        present = {role for role, starts in free.items() if starts >> place & 1}
        assert bool(met >> place & 1) == quorum(rule, present, groups, ("school", "gp")).met


def test_between_the_two_clocks_comes_before_everything_else() -> None:
    owed = replace(POLICE, notice=AgencyNotice("police_child_protection", Span(24, Unit.HOURS), ROUND_THE_CLOCK))
    away = replace(HEALTH, seats=((Busy(at("01T13:00"), at("09T00:00")),),))
    assert best(wanted_by(owed, away)) == "2026-12-01T13:00:00"


def test_the_agencies_that_come_more_often_decide_when_not_all_can() -> None:
    tuesday, wednesday = Busy(at("01T00:00"), at("02T00:00")), Busy(MONDAY, at("01T00:00"))
    police = replace(POLICE, seats=((wednesday,),))
    health = replace(HEALTH, seats=((tuesday,),))
    assert best(wanted_by(police, health, deadline="01T23:59")) == "2026-12-01T09:00:00"


def test_a_desk_with_two_seats_comes_while_one_is_free() -> None:
    taken = Busy(MONDAY, at("03T00:00"))
    assert best(wanted_by(replace(POLICE, seats=((taken,), ())))) == "2026-11-30T13:00:00"
    assert best(wanted_by(replace(POLICE, seats=((taken,), (taken,))))) == "2026-12-03T09:00:00"


def test_nothing_is_suggested_before_everybody_can_be_reached() -> None:
    lead = timedelta(minutes=15)
    soon = {"13:00": "13:15", "13:01": "13:30", "13:15": "13:30", "13:16": "13:45"}
    for now, first in soon.items():
        wanted = wanted_by(POLICE, now=from_wall(f"2026-11-30T{now}:00"), lead=lead)
        assert best(wanted) == f"2026-11-30T{first}:00", now
    wanted = wanted_by(POLICE, lead=lead)
    told = "As soon as can be: 15 minutes are kept for everybody to be reached (not set by the partnership)."
    first_two = rank(wanted, CALENDAR, 2)
    assert [told in why_good(each, wanted) for each in first_two] == [True, False]


def test_who_has_a_way_to_come_cannot_be_there_before_it_is_over() -> None:
    far = replace(POLICE, travel=timedelta(minutes=90))
    wanted = wanted_by(far, in_person=True, lead=timedelta(minutes=15))
    wanted = replace(wanted, clocks=replace(wanted.clocks, latest_lawful=from_wall("2026-11-30T14:00:00")))
    found = rank(wanted, CALENDAR, 1)[0]
    assert who_cannot(found) == ("police child protection unit: cannot be there so soon",)
    assert best(wanted_by(far, in_person=True)) == "2026-11-30T14:30:00"


def test_a_fixed_surgery_is_waited_for() -> None:
    surgery = replace(HEALTH, notice=AgencyNotice("health_visitor", None, SURGERY))
    assert best(wanted_by(POLICE, surgery)) == "2026-12-01T09:30:00"  # Tuesday


def test_the_way_between_two_rooms_is_kept_free_and_online_it_is_not() -> None:
    before = replace(POLICE, seats=((Busy(MONDAY - HOUR, at("01T10:00"), in_person=True),),))
    way = timedelta(minutes=40)
    assert best(wanted_by(before, in_person=True, travel=way)) == "2026-12-01T10:45:00"
    assert best(wanted_by(before, travel=way)) == "2026-12-01T10:00:00"


def test_a_desk_that_is_away_is_waited_for_and_comes_in_its_surgery_alone() -> None:
    away = replace(POLICE, away=(Busy(MONDAY - HOUR, at("02T00:00")),))
    assert best(wanted_by(away)) == "2026-12-02T09:00:00"  # Wednesday: Monday and Tuesday nobody is there
    assert best(wanted_by(replace(away, surgery=SURGERY))) == "2026-12-03T09:30:00"  # Thursday's surgery


def test_a_desk_s_own_way_counts_instead_of_the_search_s() -> None:
    before = replace(POLICE, seats=((Busy(MONDAY - HOUR, at("01T10:00"), in_person=True),),))
    slow = replace(before, travel=timedelta(minutes=90))
    assert best(wanted_by(slow, in_person=True)) == "2026-12-01T11:30:00"
    here = replace(before, travel=timedelta(0))
    assert best(wanted_by(here, in_person=True, travel=timedelta(minutes=40))) == "2026-12-01T10:00:00"


def test_a_lighter_day_and_a_lighter_chair_are_chosen_among_equals() -> None:
    busy_day = replace(POLICE, load={date(2026, 11, 30): 3, date(2026, 12, 1): 1, date(2026, 12, 2): 2})
    assert best(wanted_by(busy_day, deadline="02T23:59")) == "2026-12-01T09:00:00"
    chairs = (Chair("first", load=2), Chair("second", load=1, busy=(Busy(MONDAY, at("01T14:00")),)))
    found = rank(wanted_by(POLICE, chairs=chairs), CALENDAR, 1)[0]
    assert (found.chair.name, wall(found.start)) == ("second", "2026-12-01T14:00:00")


def test_each_suggestion_says_why_it_is_good_and_who_cannot_make_it() -> None:
    owed = AgencyNotice("police_child_protection", Span(24, Unit.HOURS), ROUND_THE_CLOCK)
    gone = replace(HEALTH, seats=((Busy(MONDAY, at("09T00:00")),),))
    wanted = wanted_by(replace(POLICE, notice=owed), gone, quorum=RULES["Q1"])
    found = rank(wanted, CALENDAR, 1)[0]
    assert headline(found) == "Tuesday 1 December 2026, 1pm to 2pm"
    assert why_good(found, wanted) == (
        "In time: the latest lawful start is Thursday 3 December 2026, 11:59pm.",
        "Everybody who is owed notice has it.",
        "Quorum cannot be met, missing health.",
        "Expected to come: 0.9 of 2 required agencies; came before: police child protection unit 18 of 20.",
        "Chair: the first chair, who has no other meetings.",
    )
    assert who_cannot(found) == ("health visitor: another appointment",)


def test_figures_the_partnership_has_not_set_are_said_to_be_unset() -> None:
    wanted = replace(wanted_by(POLICE), clocks=TwoClocks(None, None, None, ()))
    said = why_good(rank(wanted, CALENDAR, 1)[0], wanted)
    assert said[0].startswith("Latest lawful start: not set by the partnership")
    assert said[1:3] == ("Notice: not set by the partnership.", "Quorum: not set by the partnership.")


def test_when_nothing_fits_the_least_harm_is_named_first_and_lateness_last() -> None:
    full = Chair("the first chair", busy=(Busy(MONDAY, at("01T10:00")),))
    wanted = wanted_by(POLICE, deadline="01T09:30", chairs=(full,))
    assert rank(wanted, CALENDAR) == ()
    assert [(each.words, wall(each.suggestion.start)) for each in give_up(wanted, CALENDAR)] == [
        ("ask the first chair to move another appointment", "2026-11-30T13:00:00"),
        (
            "hold it 30 minutes after the latest lawful start, with the reason on the record",
            "2026-12-01T10:00:00",
        ),
    ]


def test_unsocial_hours_are_offered_before_lateness() -> None:
    wanted = wanted_by(POLICE, deadline="01T08:00", now=from_wall("2026-11-30T18:00:00"))
    assert [each.words for each in give_up(wanted, CALENDAR)] == [
        "meet outside the hours of the first chair",
        "hold it 1 hour after the latest lawful start, with the reason on the record",
    ]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_on_a_night_when_the_clocks_change_a_meeting_keeps_its_real_length(day: str) -> None:
    night = from_wall(f"{day}T00:30:00")
    clocks = TwoClocks(None, night + timedelta(hours=4), None, ())
    wanted = Wanted(night, clocks, (POLICE,), (Chair("night", ROUND_THE_CLOCK),), timedelta(hours=2))
    found = rank(wanted, CALENDAR, 2)
    assert [each.end - each.start for each in found] == [timedelta(hours=2)] * 2
    assert found[0].start == night
    assert found[1].start == night + timedelta(hours=2)


def test_a_meeting_across_midnight_is_refused_with_a_sentence_and_never_suggested() -> None:
    check_one_day(at("01T23:00"), HOUR)
    with pytest.raises(AcrossMidnightError, match=r"Tuesday 1 December 2026 at 11:15pm would run past midnight"):
        check_one_day(at("01T23:15"), HOUR)
    late = wanted_by(POLICE, now=at("01T23:15"), chairs=(Chair("night", ROUND_THE_CLOCK),))
    assert best(late) == "2026-12-02T00:00:00"


def test_an_agency_without_a_record_weighs_as_the_partnership_does() -> None:
    mean = History(70, 100)
    assert History().shrunk(mean) == 700
    assert History(0, 5).shrunk(mean) == 350
    assert History(40, 40).shrunk(mean) == 966
    assert History().shrunk(History()) == 500
    assert (str(History(18, 20)), str(History())) == ("18 of 20", "no record yet")


def test_an_optional_agency_never_outweighs_a_required_one() -> None:
    optional = replace(POLICE, level=Level.OPTIONAL, seats=((Busy(at("01T00:00"), at("04T00:00")),),))
    required = replace(HEALTH, seats=((Busy(MONDAY, at("01T00:00")),),))
    assert best(wanted_by(optional, required)) == "2026-12-01T09:00:00"


@pytest.mark.parametrize("wrong", [{"length": timedelta(0)}, {"step": timedelta(minutes=7)}, {"days": 0}])
def test_a_meeting_that_makes_no_grid_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        board_of(wanted_by(POLICE, **wrong), CALENDAR)


BLOCKS = st.lists(
    st.builds(
        lambda first, length: Busy(MONDAY + timedelta(minutes=first), MONDAY + timedelta(minutes=first + length)),
        st.integers(0, 300),
        st.integers(1, 90),
    ),
    max_size=9,
)


@given(BLOCKS, st.integers(1, 4))
def test_a_desk_s_meetings_are_laid_onto_its_seats_and_none_is_lost(blocks: list[Busy], capacity: int) -> None:
    seats = seats_of(blocks, capacity)
    assert len(seats) == capacity
    key = {id(block) for block in blocks}
    assert {id(block) for seat in seats for block in seat} == key
    most = max((sum(each.start <= block.start < each.end for each in blocks) for block in blocks), default=0)
    clear = all(earlier.end <= later.start for seat in seats for earlier, later in pairwise(seat))
    assert clear == (most <= capacity)


def test_nothing_is_expected_of_a_partnership_without_any_record() -> None:
    wanted = wanted_by(replace(POLICE, history=History()), mean=History())
    found = rank(wanted, CALENDAR, 1)[0]
    assert found.expected is None
    assert why_good(found, wanted)[3] == "Can come: 1 of 1 required agencies; no past attendance is recorded."
