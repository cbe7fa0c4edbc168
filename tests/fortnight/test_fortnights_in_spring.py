"""Fortnights in March, when clocks go forward: whatever people do and whatever breaks, no never comes true."""

from __future__ import annotations

import pytest

from tests.fortnight.seeds import all_hold
from tests.fortnight.town import Town

SEEDS = range(0, 50, 2)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("first", SEEDS[::5])
async def test_in_no_fortnight_happens_what_never_may(town: Town, first: int) -> None:
    await all_hold(town, range(first, first + 10, 2))
