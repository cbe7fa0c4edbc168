"""Personal answer links: what was signed comes back, and nothing else does."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.workflow.errors import LinkBrokenError, LinkExpiredError
from service.workflow.links import KEPT_AFTER_START, answer_link, open_token
from service.workflow.ports import AnswerLinks

LINKS = AnswerLinks("https://convene.example", b"k" * 32)
START = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
PLACE = UUID("019a4000-0000-7000-8000-000000000001")
STARTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def token_of(partnership: str = "lewisham", place: UUID = PLACE, start: datetime = START) -> str:
    link = answer_link(LINKS, partnership, place, start)
    return link.removeprefix("https://convene.example/r/")


@given(st.sampled_from(["lewisham", "wirral", "x", "a-much-longer-partnership"]), st.uuids(), STARTS)
def test_what_was_signed_comes_back(partnership: str, place: UUID, start: datetime) -> None:
    opened = open_token(LINKS, token_of(partnership, place, start), start)
    assert (opened.partnership, opened.requirement_id) == (partnership, place)
    assert opened.expires_at == (start + KEPT_AFTER_START).replace(microsecond=0)


@given(st.sampled_from(["lewisham", "wirral", "x"]), st.data())
def test_any_altered_character_is_refused(partnership: str, data: st.DataObject) -> None:
    token = token_of(partnership)
    where = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_+/=.~ é\n").filter(token[where].__ne__))
    with pytest.raises(LinkBrokenError):
        open_token(LINKS, token[:where] + other + token[where + 1 :], START)


def test_the_last_character_has_one_spelling_only() -> None:
    """Base64 leaves bits of it unused: without care, up to sixteen characters open the same link."""
    token = token_of("wirral")
    spelt = [token[:-1] + char for char in string.ascii_letters + string.digits + "-_"]
    assert [each for each in spelt if opens(each)] == [token]


def opens(token: str) -> bool:
    try:
        open_token(LINKS, token, START)
    except LinkBrokenError:
        return False
    return True


@given(st.text(max_size=120))
@example("")
@example("A" * 64)
@example("é")
def test_what_is_not_ours_is_refused_kindly(token: str) -> None:
    with pytest.raises(LinkBrokenError):
        open_token(LINKS, token, START)


@given(st.integers(1, 60))
def test_a_link_cut_short_or_lengthened_is_refused(count: int) -> None:
    token = token_of()
    for each in (token[:-count], token[count:], token + "A" * count):
        with pytest.raises(LinkBrokenError):
            open_token(LINKS, each, START)


def test_a_link_of_another_secret_is_refused() -> None:
    with pytest.raises(LinkBrokenError):
        open_token(AnswerLinks(LINKS.base_url, b"j" * 32), token_of(), START)


@pytest.mark.parametrize(
    ("late", "works"),
    [(timedelta(0), True), (timedelta(seconds=1), False), (timedelta(days=400), False), (-timedelta(days=9), True)],
)
def test_a_link_works_until_a_week_after_the_start(late: timedelta, works: bool) -> None:
    now = START + KEPT_AFTER_START + late
    if works:
        assert open_token(LINKS, token_of(), now).requirement_id == PLACE
    else:
        with pytest.raises(LinkExpiredError):
            open_token(LINKS, token_of(), now)


def test_a_link_says_nothing_but_where_it_leads() -> None:
    assert answer_link(LINKS, "lewisham", PLACE, START).startswith("https://convene.example/r/")
    assert len(token_of()) < 80
