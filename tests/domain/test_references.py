"""References made to be read out on a phone, and ids that sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ids import make_id
from service.domain.references import is_reference, make_reference, normalise

ENTROPY = st.binary(min_size=8, max_size=16)
ALPHABET = "123456789BCDFGHJKMNPQRSTVWXYZ"


@given(ENTROPY)
def test_a_reference_is_one_and_is_found_again_however_it_was_typed(entropy: bytes) -> None:
    reference = make_reference(entropy)
    assert is_reference(reference)
    assert len(reference) == len("CV-7K3Q-9XHD")
    typed = [reference.lower(), reference.replace("-", ""), reference.replace("-", " "), f" {reference[3:]} ",
             reference.replace("1", "I"), reference.replace("1", "l"), reference.replace("-", "–")]  # fmt: skip
    assert {normalise(text) for text in typed} == {reference}


@given(ENTROPY, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_caught(entropy: bytes, place: int, letter: str) -> None:
    body = list(make_reference(entropy).removeprefix("CV-").replace("-", ""))
    was, body[place] = body[place], letter
    assert (normalise("".join(body)) is None) == (was != letter)


@given(ENTROPY, st.integers(0, 7), st.integers(0, 7))
def test_two_swapped_characters_are_always_caught(entropy: bytes, first: int, second: int) -> None:
    body = list(make_reference(entropy).removeprefix("CV-").replace("-", ""))
    same = body[first] == body[second]
    body[first], body[second] = body[second], body[first]
    assert (normalise("".join(body)) is None) == (not same)


@pytest.mark.parametrize(
    "text", ["", "CV", "CV-7K3Q-9XH", "CV-7K3Q-9XHDD", "hello there", "CV-OOOO-OOOO", "CV-AEUA-EUAE"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    assert normalise(text) is None
    assert not is_reference(text)


def test_only_the_written_form_is_a_reference() -> None:
    reference = make_reference(bytes(range(8)))
    assert not is_reference(reference.lower())
    assert normalise(reference.lower()) == reference


def test_a_body_that_itself_begins_with_cv_is_read_with_and_without_its_prefix() -> None:
    bodies = [f"CV{letter}1111" for letter in ALPHABET]
    whole = [normalise(f"CV-{body[:4]}-{body[4:]}{check}") for body in bodies for check in ALPHABET]
    found = [reference for reference in whole if reference is not None]
    assert len(found) == len(ALPHABET)  # exactly one check character fits each body
    assert {normalise(reference.removeprefix("CV-")) for reference in found} == set(found)


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="8 random bytes"):
        make_reference(b"1234567")


INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS, st.integers(1, 10**9), ENTROPY, ENTROPY)
def test_ids_sort_by_time_to_the_microsecond(now: datetime, later: int, one: bytes, other: bytes) -> None:
    first, second = make_id(now, one), make_id(now + timedelta(microseconds=later), other)
    assert first < second
    assert str(first) < str(second)
    assert first.bytes < second.bytes


@given(INSTANTS, ENTROPY)
def test_an_id_is_a_version_7_uuid_that_tells_its_millisecond(now: datetime, entropy: bytes) -> None:
    made = make_id(now, entropy)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def test_ids_of_one_instant_differ_by_their_randomness_and_not_by_their_zone() -> None:
    now = datetime(2026, 11, 30, 10, tzinfo=UTC)
    elsewhere = now.astimezone(timezone(timedelta(hours=5)))
    assert make_id(now, b"12345678") != make_id(now, b"12345679")
    assert make_id(now, b"12345678") == make_id(elsewhere, b"12345678")


@pytest.mark.parametrize(
    ("now", "entropy"),
    [
        (datetime(2026, 1, 1), b"12345678"),  # noqa: DTZ001 - the point of the test
        (datetime(1969, 12, 31, tzinfo=UTC), b"12345678"),
        (datetime(2026, 1, 1, tzinfo=UTC), b"1234567"),
    ],
)
def test_an_id_needs_a_zone_a_modern_time_and_randomness(now: datetime, entropy: bytes) -> None:
    with pytest.raises(ValueError, match="an id"):
        make_id(now, entropy)
