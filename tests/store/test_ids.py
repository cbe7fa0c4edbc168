"""Ids that sort by time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.ids import new_id

instants = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(at=instants, later=st.timedeltas(timedelta(milliseconds=1), timedelta(days=400)))
def test_a_later_id_sorts_after_an_earlier_one(at: datetime, later: timedelta) -> None:
    assert new_id(at) < new_id(at + later)


@given(at=instants)
def test_an_id_is_version_7_of_the_standard_variant(at: datetime) -> None:
    made = new_id(at)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_two_ids_of_one_instant_differ() -> None:
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert len({new_id(at) for _ in range(1000)}) == 1000


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        new_id(datetime(2026, 11, 2, 9))  # noqa: DTZ001
