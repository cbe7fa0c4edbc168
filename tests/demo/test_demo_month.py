"""What the demo says of its month: a dip sample can be drawn of it once it is over, which its clock reaches early."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.demo.closing import month_over_words

TOLD = {
    # From six in the evening of the first to the end of the month there are 30 days and six hours.
    "after the story": (datetime(2026, 12, 1, 18, 0, tzinfo=UTC), 450.0, "December 2026 is over in about 97 minutes"),
    "just before its end": (
        datetime(2026, 12, 31, 23, 55, tzinfo=UTC),
        450.0,
        "December 2026 is over in about 1 minute.",
    ),
    "in summer time": (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 60.0, "July 2026 is over in about 744 minutes"),
}


@pytest.mark.parametrize(("now", "speed", "told"), TOLD.values(), ids=TOLD)
def test_it_says_how_long_the_month_still_takes(now: datetime, speed: float, told: str) -> None:
    assert told in month_over_words(now, speed)
