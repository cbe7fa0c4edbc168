"""A calendar mail as bytes: what every mail program reads from it, whatever stands in a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from service.domain.calendar_mail import CalendarMail, Method, calendar_object
from service.outlook.mime import CalendarMailDraft, message_id, mime_bytes, readable

NOW = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
MEETING = UUID("019a4000-0000-7000-8000-000000000001")


def object_of(name: str = "Nurse desk", method: Method = Method.REQUEST, start: datetime = NOW) -> bytes:
    mail = CalendarMail(
        method, MEETING, "CV-7K3Q-9XHD", 4, start, start + timedelta(hours=1), "meetings@lewisham.example", "Lewisham",
        "nurse@school.example", name, "020 7946 0000", join_url="https://teams.example/l/" + "x" * 300,
    )  # fmt: skip
    return calendar_object(mail, NOW)


def the_event(calendar: Any) -> Any:
    (event,) = Calendar.from_ical(calendar).walk("VEVENT")
    return event


def mail_of(name: str = "Nurse desk", text: str = "You are invited.", method: Method = Method.REQUEST) -> bytes:
    draft = CalendarMailDraft(
        "meetings@lewisham.example", "Lewisham", "nurse@school.example", name, "Professionals' meeting CV-7K3Q-9XHD",
        text, f"<p>{text}</p>", object_of(name, method), str(method), "row-1", NOW,
    )  # fmt: skip
    return mime_bytes(draft)


@pytest.mark.parametrize("method", Method)
def test_the_calendar_part_stands_in_the_first_child_and_says_its_method_twice(method: Method) -> None:
    whole = message_from_bytes(mail_of(method=method), policy=policy.default)
    assert isinstance(whole, EmailMessage)
    first, file = (part for part in whole.iter_parts() if isinstance(part, EmailMessage))
    parts = list(first.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    assert parts[2].get_param("method") == str(method)
    assert parts[2].get_param("charset") == "utf-8"
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    event = the_event(parts[2].get_payload(decode=True))
    assert (str(event["UID"]), event["SEQUENCE"], str(event["CLASS"])) == (str(MEETING), 4, "PRIVATE")
    assert whole["Message-ID"] == message_id("row-1", "meetings@lewisham.example") == "<row-1@lewisham.example>"


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)])
def test_a_meeting_on_the_day_the_clocks_change_is_at_the_instant_it_is_at(day: datetime) -> None:
    event = the_event(object_of(start=day))
    assert event["DTSTART"].dt == day
    assert event["DTEND"].dt == day + timedelta(hours=1)
    assert b"TZID" not in object_of(start=day)


@settings(deadline=None, max_examples=40)
@given(name=st.text(max_size=60), text=st.text(max_size=300))
def test_whatever_a_name_holds_the_mail_goes_to_one_address_and_hides_no_word(name: str, text: str) -> None:
    raw = mail_of(name, text)
    assert raw == mail_of(name, text)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    whole = message_from_bytes(raw, policy=policy.default)
    assert [address for _, address in getaddresses([str(whole["To"])])] == ["nurse@school.example"]
    assert whole["Bcc"] is None
    words = readable(raw).decode()
    assert "https://teams.example/l/" + "x" * 300 in words


def test_what_encodings_and_folds_hide_is_read() -> None:
    words = readable(
        mail_of("Keziah Élise Fennimore of the very long name in the directory", "Ask for Éloïse.")
    ).decode()
    assert "Keziah Élise Fennimore of the very long name" in words
    assert "Ask for Éloïse." in words


def test_a_meeting_that_ends_before_it_starts_is_not_written() -> None:
    with pytest.raises(ValueError, match="end after"):
        calendar_object(
            CalendarMail(Method.REQUEST, MEETING, "r", 1, NOW, NOW, "a@b.example", "a", "c@d.example", "c", "1"), NOW
        )
