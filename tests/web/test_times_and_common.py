"""What holds at each of the best times is said once, and beside each time what holds at it alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.web.request_pages import times_and_common

TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_what_holds_at_every_time_is_said_once() -> None:
    starts = [
        (TEN, "10am", ("In time.", "Chair: Ada.", "School: lessons")),
        (TEN + timedelta(hours=1), "11am", ("In time.", "Chair: Ben.")),
    ]
    times, common = times_and_common(starts)
    assert common == ("In time.",)
    assert [each.hint for each in times] == ["Chair: Ada. School: lessons", "Chair: Ben."]


def test_one_time_or_none_keeps_what_is_said_of_it() -> None:
    times, common = times_and_common([(TEN, "10am", ("In time.",))])
    assert ([each.hint for each in times], common) == (["In time."], ())
    assert times_and_common([]) == ((), ())
