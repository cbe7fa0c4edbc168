"""What is written into Outlook: the same bytes each time, London wall times, nothing Outlook shows wrongly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outlook.adapter import Graph
from service.outlook.models import moment_of
from service.outlook.render import (
    KEY_PROPERTY,
    MOST_ATTENDEES,
    Attendee,
    MessageDraft,
    attendees_bytes,
    cancel_bytes,
    event_bytes,
    message_bytes,
    move_bytes,
    warm,
)
from service.outlook.send import draft_message
from tests.outlook.stage import MAILBOX, draft


def _event(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event_bytes(draft(**changes)))
    return found


def test_the_event_is_private_hides_its_guests_and_asks_for_an_answer() -> None:
    event = _event()
    assert event["sensitivity"] == "private"
    assert event["hideAttendees"] is True
    assert event["responseRequested"] is True
    assert event["allowNewTimeProposals"] is True
    assert (event["isOnlineMeeting"], event["onlineMeetingProvider"]) == (True, "teamsForBusiness")
    assert [guest["type"] for guest in event["attendees"]] == ["required", "required", "optional"]
    assert event["singleValueExtendedProperties"] == [{"id": KEY_PROPERTY, "value": "mtg-7KQ2M"}]


def test_equal_drafts_give_equal_bytes() -> None:
    assert len({event_bytes(draft()) for _ in range(20)}) == 1
    mail = MessageDraft("desk@police.example", "Desk", "s", "b", "k")
    assert len({message_bytes(mail) for _ in range(20)}) == 1


def test_nothing_unset_is_written_as_null() -> None:
    bare = event_bytes(draft(venue="", online=False))
    assert b"null" not in bare
    assert {"location", "isOnlineMeeting", "onlineMeetingProvider"} & set(json.loads(bare)) == set()


TIMES = [
    # instant in UTC, London wall time, why
    (datetime(2026, 12, 1, 10, tzinfo=UTC), "2026-12-01T10:00:00", "winter, a Tuesday"),
    (datetime(2026, 7, 1, 9, tzinfo=UTC), "2026-07-01T10:00:00", "summer, a Wednesday"),
    (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "2027-03-28T00:59:00", "the minute before the spring change, a Sunday"),
    (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "2027-03-28T02:00:00", "the spring change"),
    (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), "2026-10-25T00:59:00", "the last minute that comes once, a Sunday"),
    (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "2026-10-25T02:00:00", "after the autumn change"),
]


@pytest.mark.parametrize(("instant", "wall", "why"), TIMES, ids=[row[2] for row in TIMES])
def test_times_are_london_wall_times_with_their_zone(instant: datetime, wall: str, why: str) -> None:
    event = _event(start=instant, end=instant + timedelta(hours=2))
    assert event["start"] == {"dateTime": wall, "timeZone": "Europe/London"}, why


@given(st.integers(0, 5 * 365 * 24 * 60))
def test_what_is_written_reads_back_as_the_same_instant(minutes: int) -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    written = json.loads(move_bytes(instant, instant + timedelta(hours=3)))["start"]
    assert moment_of(written) == instant


@pytest.mark.parametrize("hour", [0, 1], ids=["first pass", "second pass"])
def test_the_hour_that_london_clocks_show_twice_is_written_in_utc(hour: int) -> None:
    instant = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    event = _event(start=instant, end=instant + timedelta(hours=2))
    assert event["start"] == {"dateTime": f"2026-10-25T0{hour}:30:00", "timeZone": "UTC"}
    assert event["end"] == {"dateTime": f"2026-10-25T0{hour + 2}:30:00", "timeZone": "Europe/London"}


def test_an_instant_in_another_zone_gives_the_same_bytes() -> None:
    start = datetime(2026, 12, 1, 10, tzinfo=UTC)
    elsewhere = start.astimezone(ZoneInfo("Asia/Tokyo"))
    end = start + timedelta(hours=1)
    assert move_bytes(start, end) == move_bytes(elsewhere, end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)),
        (datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)),
        (datetime(2026, 12, 1, 10), datetime(2026, 12, 1, 11)),  # noqa: DTZ001 - the point of the test
    ],
)
def test_a_time_that_cannot_be_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match=r"end after|zone"):
        event_bytes(draft(start=start, end=end))
    with pytest.raises(ValueError, match=r"end after|zone"):
        move_bytes(start, end)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('Jo "JJ" Smith', "Jo 'JJ' Smith"),
        ("Duty\r\nBcc: x@agency.example", "Duty Bcc: x@agency.example"),
        ("  Two\t words \x00", "Two words"),
        ("", "desk@police.example"),
        ("Siân Prŷs", "Siân Prŷs"),
    ],
)
def test_names_are_one_clean_line_without_double_quotes(name: str, shown: str) -> None:
    guest = json.loads(attendees_bytes((Attendee("desk@police.example", name),)))["attendees"][0]
    assert guest["emailAddress"] == {"address": "desk@police.example", "name": shown}


def test_an_event_without_guests_or_with_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="guests"):
        event_bytes(draft(attendees=()))
    many = tuple(Attendee(f"a{n}@agency.example", "A") for n in range(MOST_ATTENDEES + 1))
    with pytest.raises(ValueError, match="guests"):
        attendees_bytes(many)


def test_the_last_guest_is_withdrawn_by_an_empty_list() -> None:
    assert json.loads(attendees_bytes(()))["attendees"] == []


def test_a_move_leaves_everything_else_of_the_event_alone() -> None:
    start = datetime(2026, 12, 1, 10, tzinfo=UTC)
    moved = json.loads(move_bytes(start, start + timedelta(hours=1)))
    assert {name for name in moved if not name.startswith("@")} == {"start", "end"}


def test_a_cancellation_carries_its_comment() -> None:
    assert json.loads(cancel_bytes("The enquiry has ended.")) == {"Comment": "The enquiry has ended."}


def test_a_message_carries_its_key_twice_and_its_reply_address() -> None:
    mail = MessageDraft(
        "desk@police.example", "Desk", "Why you are invited", "<p>Hello</p>", "ob-1", is_html=True,
        reply_to="meetings@council.example",
    )  # fmt: skip
    written = json.loads(message_bytes(mail))
    assert written["internetMessageHeaders"] == [{"name": "x-convene-key", "value": "ob-1"}]
    assert written["singleValueExtendedProperties"][0]["value"] == "ob-1"
    assert written["replyTo"][0]["emailAddress"]["address"] == "meetings@council.example"
    assert written["body"] == {"content": "<p>Hello</p>", "contentType": "html"}


async def test_what_is_written_is_accepted_by_a_strict_graph(graph: Graph) -> None:
    mail = MessageDraft(
        "desk@police.example", 'J "Q" Public', "A\r\nsubject", "Words", "ob-\n1", reply_to="meetings@council.example"
    )
    assert await draft_message(graph, MAILBOX, message_bytes(mail))
    odd = event_bytes(draft(subject="Professionals' \r\nmeeting", venue="Town\nHall", html="<p>\u2028é</p>"))
    await graph.call("POST", "/users/{m}/events", {"m": MAILBOX}, body=odd)


async def test_warming_renders_without_a_word() -> None:
    await warm()
