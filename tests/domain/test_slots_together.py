"""Several meetings in one sitting: each keeps its own hard rules, and the best is the one an honest search finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings

from service.domain.slots import rank
from service.domain.slots_asked import Busy, Chair, Wanted
from service.domain.slots_together import rank_together
from tests.domain.slots_cases import CALENDAR, HOUR, MONDAY, all_starts, goodness, lawful, wanted_meetings
from tests.domain.test_slots import POLICE, wanted_by


@settings(deadline=None, max_examples=40)
@given(wanted_meetings(), wanted_meetings())
def test_the_best_sitting_keeps_every_hard_rule_of_each_and_is_the_best_there_is(first: Wanted, second: Wanted) -> None:
    one, other = first, second
    other = replace(other, now=one.now, step=one.step, days=one.days, lead=one.lead)
    gap = -(-one.length // one.step) * one.step
    there = [
        start
        for start in all_starts(one)
        if lawful(start, one) and start + gap in set(all_starts(other)) and lawful(start + gap, other)
    ]
    found = rank_together([one, other], CALENDAR)
    assert bool(found) == bool(there)
    if not found:
        return

    def both(start: datetime) -> list[tuple[object, object]]:
        mine, theirs = goodness(start, one), goodness(start + gap, other)
        return list(zip(mine, theirs, strict=True))

    assert found[0][0].start == max(there, key=both)
    assert all(sitting[1].start == sitting[0].start + gap for sitting in found)
    for earlier, later in pairwise(sorted(found, key=lambda sitting: sitting[0].start)):
        assert earlier[1].end <= later[0].start


def test_siblings_follow_each_other_where_a_desk_of_one_seat_can_sit_through_both() -> None:
    busy = replace(POLICE, seats=((Busy(MONDAY + HOUR, MONDAY + 2 * HOUR),),))
    pair = [wanted_by(busy), wanted_by(busy)]
    (best,) = rank_together(pair, CALENDAR, 1)
    assert [each.start for each in best] == [MONDAY + 2 * HOUR, MONDAY + 3 * HOUR]
    # Alone the first could have begun at once.
    assert rank(pair[0], CALENDAR, 1)[0].start == MONDAY


def test_a_sitting_that_one_of_them_cannot_keep_is_none() -> None:
    full = wanted_by(POLICE, chairs=(Chair("full", busy=(Busy(MONDAY, MONDAY + timedelta(days=40)),)),))
    assert rank_together([wanted_by(POLICE), full], CALENDAR) == ()
    with pytest.raises(ValueError, match="at one moment"):
        rank_together([wanted_by(POLICE), wanted_by(POLICE, lead=HOUR)], CALENDAR)
    with pytest.raises(ValueError, match="at one moment"):
        rank_together([], CALENDAR)
