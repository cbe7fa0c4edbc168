"""Bands of notice and of working days: each half open, from its first value up to the next band's.

A working day is 8 of the agency's working hours. A desk open round the clock has 24 of them in a day, so the same
places are also shown by elapsed hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

_HOUR = timedelta(hours=1)

BAND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "working_under_4": "under 4 working hours",
        "working_4_to_8": "4 to 8 working hours",
        "working_1_to_2_days": "1 to 2 working days",
        "working_over_2_days": "2 working days or more",
        "elapsed_under_4": "under 4 hours",
        "elapsed_4_to_24": "4 to 24 hours",
        "elapsed_1_to_2_days": "24 to 48 hours",
        "elapsed_over_2_days": "48 hours or more",
        "days_0_to_10": "0 to 10 working days",
        "days_11_to_15": "11 to 15 working days",
        "days_16_to_20": "16 to 20 working days",
        "days_21_or_more": "21 working days or more",
    }
)


# Where each band but the first begins, in hours, and the bands' names.
_Scale = tuple[tuple[int, ...], tuple[str, ...]]
WORKING_BANDS: _Scale = (
    (4, 8, 16),
    ("working_under_4", "working_4_to_8", "working_1_to_2_days", "working_over_2_days"),
)
ELAPSED_BANDS: _Scale = (
    (4, 24, 48),
    ("elapsed_under_4", "elapsed_4_to_24", "elapsed_1_to_2_days", "elapsed_over_2_days"),
)


def working_band(notice: timedelta) -> str:
    """The band of a notice in working time; below 0 does not occur."""
    return _band(notice, WORKING_BANDS)


def elapsed_band(notice: timedelta) -> str:
    """The band of a notice in elapsed time."""
    return _band(notice, ELAPSED_BANDS)


def _band(notice: timedelta, scale: _Scale) -> str:
    ends, names = scale
    return names[sum(notice >= end * _HOUR for end in ends)]


def band_of_days(days: int) -> str:
    """The band of the national return a count of working days falls in. Source: CIN census 2025, data set C4."""
    names = ("days_0_to_10", "days_11_to_15", "days_16_to_20", "days_21_or_more")
    return names[sum(days > last for last in (10, 15, 20))]
