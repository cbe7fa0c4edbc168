"""The leak check: an identity is found in whatever spelling it leaves, and ordinary words stop nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.forbidden_words import ForbiddenWords, forbidden

KEZIAH = {
    "name": "Keziah Fennimore",
    "birth_date": "2018-05-04",
    "nhs_number": "943 476 5919",
    "address": "3 Elm Row, Lewisham, SE13 9ZZ",
}
OTHERS: list[dict[str, Any]] = [
    {"names": ["Łukasz Wójcik", "Sean O'Neill", "Ann-Marie Sørensen"], "aliases": ["Lucky"]},
    {"names": ["May Young"], "birth_date": "1990-01-02"},
]
WORDS = forbidden([KEZIAH, *OTHERS])


def leaks(said: str, venue: str = "", words: ForbiddenWords = WORDS) -> bool:
    return words.found_in(json.dumps({"body": {"content": said}}).encode(), venue)


@pytest.mark.parametrize(
    "said",
    [
        "Keziah Fennimore",
        "KEZIAH FENNIMORE",
        "keziah  fennimore",
        "Keziah\nFennimore",
        "Keziah\tFennimore",
        "Fennimore, Keziah",
        "Kézïah Fennimore",
        "Keziah-Fennimore",
        "keziah.fennimore@family.example",
        "keziah_fennimore.pdf",
        "<b>Keziah</b> Fennimore",
        "Kez&#105;ah Fennimore",
        "https://convene.example/Keziah%20Fennimore",
        "Ｋｅｚｉａｈ Fennimore",
        "𝐊𝐞𝐳𝐢𝐚𝐡 Fennimore",
        "Lukasz Wojcik",
        "ŁUKASZ WÓJCIK",
        "Sean O’Neill",
        "Ann Marie Sorensen",
        "for May Young today",
        "3 Elm Row, Lewisham SE13 9ZZ",
        "3, elm row; lewisham; se13 9zz",
        "04/05/2018",
        "4/5/2018",
        "4.5.18",
        "04-05-2018",
        "04 05 2018",
        "2018-05-04",
        "20180504",
        "04052018",
        "4 May 2018",
        "4th May 2018",
        "the 4th of May, 2018",
        "May 4, 2018",
        "04-MAY-18",
        "2 Jan 1990",
        "9434765919",
        "943 476 5919",
        "943-476-5919",
        "943  476  5919",
        "943\u00a0476\u00a05919",
        "９４３ 476 5919",
    ],
)
def test_an_identity_is_found_in_every_spelling(said: str) -> None:
    assert leaks(f"We meet about {said}.")
    assert leaks("We meet.", venue=f"At {said}")


@pytest.mark.parametrize(
    "venue",
    [
        "Keziah's home",
        "the Fennimores, kitchen",
        "KEZIAH",
        "oneill residence",
        "O'Neill residence",
        "Lucky's flat",
        "keziahfennimore house",
        "3 Elm Row",
        "flat at SE139ZZ",
    ],
)
def test_a_venue_may_hold_no_part_of_an_identity(venue: str) -> None:
    assert leaks("We meet.", venue)


@pytest.mark.parametrize(
    "said",
    [
        "You may answer by Friday. A young person has the grace of time. Another row is for Lucky in May.",
        "Tuesday 1 December 2026, 2pm to 3pm. Phone 020 7946 0101. Reference CV-7K3Q-9XHD.",
        "Lewisham, 1 High Road. Elm Row is closed.",
        "4 May 2019, 5 May 2018, 943 476 5918, ID 019a4000-0000-7000-8000-000000000001",
    ],
)
def test_our_own_wording_stops_nothing(said: str) -> None:
    assert not leaks(said)
    assert not leaks(said, venue="Town Hall, room 2, Catford Road, SE6 4RU")


def test_the_day_of_the_meeting_says_nothing_of_a_child_born_on_it() -> None:
    """A newborn's meeting is often held on the day of birth, and an unborn child's may fall on the day it is due."""
    words, today = forbidden([{"name": "", "birth_date": "2026-12-01"}]), date(2026, 12, 1)
    body = b'{"start": {"dateTime": "2026-12-01T14:00:00"}, "body": "Tuesday 1 December 2026, 2pm"}'
    assert words.found_in(body)
    assert not words.found_in(body, said={today})
    assert words.found_in(body, "born 1.12.2026", {today}), "the venue is not our wording"


def test_a_town_that_is_all_of_an_address_is_in_every_message() -> None:
    assert not leaks("From Lewisham", words=forbidden([{"address": "Lewisham"}]))


def test_nobody_known_is_nothing_found() -> None:
    assert not leaks("anything", "anywhere", forbidden([{"name": "", "birth_date": "", "address": ""}]))


NAMES = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzàçéïñøüłßœ"), min_size=4, max_size=12)
WAYS: list[Callable[[str], str]] = [str, str.upper, str.title, escape, quote, lambda name: name.replace(" ", "\n ")]


@given(NAMES, NAMES, st.sampled_from(WAYS), st.booleans())
def test_any_full_name_is_found_however_it_is_escaped(
    first: str, last: str, way: Callable[[str], str], ascii_only: bool
) -> None:
    words = forbidden([{"names": [f"{first} {last}"]}])
    said = way(f"{first} {last}")
    assert words.found_in(json.dumps({"subject": f"about {said}"}, ensure_ascii=ascii_only).encode())
    assert words.found_in(f"<p>about {said}</p>".encode())
    assert words.found_in(b"{}", f"home of {last}")


@given(
    st.dates(date(1930, 1, 1), date(2027, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%d%m%Y", "%d.%m.%y", "%B %d, %Y", "%d-%b-%Y"]),
)
def test_any_birth_date_is_found_in_every_way_to_write_it(born: date, way: str) -> None:
    words = forbidden([{"birth_date": born.isoformat()}])
    assert words.found_in(f"dob {born:{way}}.".encode())
    assert not words.found_in(f"dob {born + timedelta(days=32):{way}}.".encode())


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_bytes_at_all_upset_the_check(body: bytes, venue: str) -> None:
    assert WORDS.found_in(body, venue) in {True, False}
