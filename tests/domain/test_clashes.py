"""The clash radar: more meetings at once than a desk or a chair can sit in, and the one move that clears most."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.clashes import Seating, Swap, radar
from service.domain.london import from_wall

NINE = from_wall("2026-12-01T09:00:00")


def seat(who: str, meeting: str, first: int, last: int, capacity: int = 1) -> Seating:
    return Seating(who, who, capacity, meeting, NINE + timedelta(minutes=first), NINE + timedelta(minutes=last))


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_two_meetings_that_follow_each_other_do_not_clash() -> None:
    found = radar([seat("police", "A", 0, 60), seat("police", "B", 60, 120)])
    assert (found.clashes, found.move, found.clears) == ((), None, 0)


def test_a_clash_says_who_when_and_which() -> None:
    found = radar([seat("police", "A", 0, 60), seat("police", "B", 30, 90), seat("gp", "A", 0, 60)])
    assert [(each.who, each.start, each.end, each.meetings) for each in found.clashes] == [
        ("police", at(30), at(60), ("A", "B"))
    ]


def test_a_desk_with_two_seats_clashes_at_the_third_meeting() -> None:
    two = [seat("police", "A", 0, 60, 2), seat("police", "B", 0, 60, 2)]
    assert radar(two).clashes == ()
    assert radar([*two, seat("police", "C", 45, 90, 2)]).clashes[0].meetings == ("A", "B", "C")


def test_the_move_that_clears_most_is_named_and_of_equals_the_later_meeting_moves() -> None:
    chain = [seat("police", "A", 0, 60), seat("police", "B", 30, 120), seat("police", "C", 90, 150)]
    assert (radar(chain).move, radar(chain).clears) == ("B", 2)
    pair = [seat("police", "A", 0, 60), seat("police", "B", 30, 90)]
    assert (radar(pair).move, radar(pair).clears) == ("B", 1)


def test_a_crowd_that_one_move_cannot_clear_names_no_move() -> None:
    crowd = [seat("chair", name, 0, 60) for name in "ABC"]
    assert (len(radar(crowd).clashes), radar(crowd).move) == (1, None)


def test_another_s_meeting_is_counted_and_neither_named_nor_moved() -> None:
    theirs = replace(seat("police", "a booking", 0, 60), ours=False)
    found = radar([theirs, seat("police", "A", 30, 90)])
    assert [(each.meetings, each.others) for each in found.clashes] == [(("A",), 1)]
    assert (found.move, found.clears, found.swap) == ("A", 1, None)


def test_two_meetings_of_one_length_swap_their_times_where_that_clears_most() -> None:
    clash = [seat("police", "A", 0, 60), seat("police", "B", 0, 60), seat("gp", "A", 0, 60)]
    # C needs no police, so its time is free for one of the two, and theirs for it.
    free = [seat("housing", "C", 120, 180)]
    assert radar([*clash, *free]).swap == Swap("A", "C", 1)
    assert radar([*clash, seat("housing", "C", 120, 150)]).swap is None
    late = [replace(each, latest=at(60)) for each in clash]
    assert radar([*late, *free]).swap is None


@given(
    st.lists(st.tuples(st.sampled_from("pqr"), st.integers(0, 6), st.sampled_from("ABCDE")), max_size=9),
)
def test_the_swap_that_is_named_clears_as_many_as_it_says(drawn: list[tuple[str, int, str]]) -> None:
    # A meeting has one time at all its desks.
    times = {meeting: 30 * first for _, first, meeting in drawn}
    there = {(who, meeting) for who, _, meeting in drawn}
    seatings = [seat(who, meeting, times[meeting], times[meeting] + 60) for who, meeting in sorted(there)]
    found = radar(seatings)
    if found.swap is None:
        return
    swapped = times | {found.swap.first: times[found.swap.second], found.swap.second: times[found.swap.first]}
    after = radar([seat(who, meeting, swapped[meeting], swapped[meeting] + 60) for who, meeting in sorted(there)])
    assert len(found.clashes) - len(after.clashes) == found.swap.clears > 0


@given(
    st.lists(st.tuples(st.sampled_from("pq"), st.integers(0, 20), st.integers(1, 8)), max_size=8),
    st.integers(1, 2),
)
def test_a_minute_is_in_a_clash_exactly_when_too_many_meetings_hold_it(
    drawn: list[tuple[str, int, int]], capacity: int
) -> None:
    seatings = [
        seat(who, f"M{number}", first, first + length, capacity) for number, (who, first, length) in enumerate(drawn)
    ]
    found = radar(seatings).clashes
    for who in "pq":
        for minute in range(30):
            there = {each.meeting for each in seatings if each.who == who and each.start <= at(minute) < each.end}
            told = [each for each in found if each.who == who and each.start <= at(minute) < each.end]
            assert [set(each.meetings) for each in told] == ([there] if len(there) > capacity else [])
