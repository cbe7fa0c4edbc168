"""The caseload's counts: cases once, children once, what is late and what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.caseload import InHand, TeamLoad, team_loads

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def open_meeting(**changes: Any) -> InHand:
    values: dict[str, Any] = {
        "team": "operational_group",
        "case": "c1",
        "children": 2,
        "state": "confirmed",
        "starts_at": NOW + timedelta(days=1),
        "deadline_at": None,
        "open_tasks": 0,
    }
    return InHand(**(values | changes))


def test_two_meetings_of_a_case_are_one_case_with_its_children_once() -> None:
    (load,) = team_loads([open_meeting(), open_meeting(children=3, open_tasks=2)], NOW)
    assert load == TeamLoad("operational_group", 1, 3, 2, 0, 0, 0, 2)


def test_a_meeting_without_a_time_is_late_once_its_latest_start_has_passed() -> None:
    planned = {"state": "planned", "starts_at": None}
    loads = team_loads(
        [
            open_meeting(**planned, deadline_at=NOW - timedelta(minutes=1)),
            open_meeting(**planned, deadline_at=NOW, case="c2"),
            open_meeting(**planned, case="c3"),
            open_meeting(deadline_at=NOW - timedelta(days=1), case="c4"),
        ],
        NOW,
    )
    assert [(load.untimed, load.late, load.cases) for load in loads] == [(3, 1, 4)]


def test_what_is_over_counts_while_it_leaves_something_to_do() -> None:
    (load,) = team_loads([open_meeting(state="held", open_tasks=1), open_meeting(state="cancelled", case="c2")], NOW)
    assert (load.over, load.meetings, load.open_tasks) == (2, 2, 1)


def test_each_team_has_a_line_and_so_have_the_meetings_of_none() -> None:
    loads = team_loads([open_meeting(), open_meeting(team=""), open_meeting(team="child_protection_team")], NOW)
    assert [load.team for load in loads] == ["", "child_protection_team", "operational_group"]
    assert team_loads([], NOW) == ()
