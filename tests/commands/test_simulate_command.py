"""``convene simulate``: the same seed makes the same quarter, its assumptions are said, and it needs no settings."""

from __future__ import annotations

from service.domain.simulation import A_WEEK, ASSUMPTIONS, FIRST, Way, simulate
from service.policies.holidays import working_calendar
from tests.commands.commands_world import Convene


def test_a_quarter_is_compared_in_a_table_under_its_assumptions(bare: Convene) -> None:
    said = bare.run("simulate", "--weeks", "1", "--seed", "4").stdout
    assert "none is a partnership's published figure" in said
    assert all(each in said for each in ASSUMPTIONS)
    assert f"{A_WEEK} meetings in 1 week, seed 4" in said
    for row in ("quorum met", "notice kept for everybody", "held in time", "police came", "most of ours on one day"):
        assert row in said
    told = bare.json("simulate", "--weeks", "1", "--seed", "4")
    assert (told["seed"], told["weeks"], set(told["ways"])) == (4, 1, set(map(str, Way)))
    assert told == bare.json("simulate", "--weeks", "1", "--seed", "4")
    assert told["ways"] != bare.json("simulate", "--weeks", "1", "--seed", "5")["ways"]


def test_every_meeting_of_every_way_is_counted_once_and_told_as_it_is_held() -> None:
    told: list[int] = []
    expected: list[int] = []
    found = simulate(2, 1, working_calendar(FIRST), lambda: told.append(1), expected.append)
    assert expected == [A_WEEK]
    assert len(told) == len(Way) * A_WEEK
    for each in found.values():
        assert each.meetings == A_WEEK
        assert max(each.quorum_met, each.notice_kept, each.in_time, each.police_came) <= A_WEEK
    assert found[Way.AFTER_NOTICE].notice_kept >= found[Way.FIRST].notice_kept
