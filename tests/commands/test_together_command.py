"""Siblings in one sitting from the command line: consecutive times, a record and an invitation for each alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.commands.commands_world import Convene

TOGETHER = ("meeting", "together")
WHERE = ("-p", "lewisham")


def pair(convene: Convene) -> list[str]:
    taken = [convene.take_in(name, wishes={}) for name in ("S47-1", "S47-2")]
    return [str(each["meeting_reference"]) for each in taken]


def test_two_meetings_are_given_consecutive_times_that_every_desk_can_sit_through(convene: Convene) -> None:
    siblings = pair(convene)
    found = convene.json(*TOGETHER, *siblings, "--minutes", "50", *WHERE)
    best = found[0]
    assert [each["meeting_reference"] for each in best] == siblings
    starts = [datetime.fromisoformat(each["start"]) for each in best]
    # Fifty minutes, and then the next quarter-hour of the clock.
    assert starts[1] - starts[0] == timedelta(hours=1)
    said = convene.run(*TOGETHER, *siblings, *WHERE).stdout
    assert all(f"1. {reference}: " in said for reference in siblings)
    start = best[0]["start"]
    done = convene.json(*TOGETHER, *siblings, "--start", start, "--minutes", "50", *WHERE, "--by", "amy")
    assert [(each["reference"], each["state"]) for each in done] == [(each, "confirmed") for each in siblings]
    assert convene.run("meeting", "clashes", *WHERE).exit_code == 0
    # Moved together, they stay two meetings with a version each.
    later = (starts[0] + timedelta(days=1)).isoformat()
    moved = convene.json(*TOGETHER, *siblings, "--start", later, *WHERE)
    assert [each["version"] for each in moved] == [2, 2]


def test_where_a_desk_is_full_for_one_of_them_none_is_confirmed(convene: Convene) -> None:
    siblings = pair(convene)
    start = datetime.fromisoformat(convene.json(*TOGETHER, *siblings, *WHERE)[0][0]["start"])
    other = convene.take_in("S47-3", wishes={"start": (start + timedelta(hours=1)).isoformat(), "minutes": 60})
    refused = convene.run(*TOGETHER, *siblings, "--start", start.isoformat(), *WHERE, code=1)
    assert "taken then" in refused.stderr
    assert str(other["meeting_reference"]) not in refused.stderr
    # Only a planned meeting can be confirmed, and either still is one.
    for hour, reference in enumerate(siblings, 10):
        convene.run("meeting", "confirm", reference, "--start", f"2026-12-10T{hour}:00", *WHERE)


def test_one_meeting_alone_or_twice_is_no_sitting(convene: Convene) -> None:
    first, second = pair(convene)
    for wrong in ((first,), (first, second, first)):
        assert "Name from two to 6 meetings" in convene.run(*TOGETHER, *wrong, *WHERE, code=2).stderr
