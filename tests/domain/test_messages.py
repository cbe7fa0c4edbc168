"""What each recipient is told: nothing that identifies, nothing unescaped, and the plain words people expect."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answers import Answer
from service.domain.bring import ANY, BRING, to_bring
from service.domain.chasing import ChaseTo
from service.domain.letter import Bullets, Details, Heading, Link, Message, Paragraph, lay_out
from service.domain.london import from_wall
from service.domain.message_parts import sitting_words
from service.domain.messages import (
    MeetingWords,
    Notice,
    Sender,
    cancel_comment,
    cancelled,
    chase,
    entry_by_mail,
    event_body,
    invitation,
    moved,
    phone_script,
    when_words,
    withdrawn,
)
from service.domain.notice import NoticeGiven
from service.domain.roles import GROUPS
from service.domain.spans import Span, Unit

REFERENCE = "CV-7K3Q-9XHD"
LINK = "https://convene.example/r/abc.def"
MEETING = MeetingWords(
    REFERENCE,
    "strategy meeting",
    from_wall("2026-12-03T14:30:00"),
    from_wall("2026-12-03T15:30:00"),
    "online",
    "Use the Teams link in the calendar entry.",
)
SENDER = Sender("Meeting support", "https://convene.example", "020 7946 0123")
GIVEN = NoticeGiven(timedelta(hours=66), timedelta(hours=2))
SHORT = Notice(GIVEN, Span(4, Unit.WORKING_HOURS), kept=False)
KEPT = Notice(GIVEN, Span(2, Unit.WORKING_HOURS), kept=True)
UNSET = Notice(GIVEN, None, kept=None)


def invited(notice: Notice = KEPT, reason: str = "The child is under five.", link: str = LINK) -> Message:
    return invitation(
        MEETING, SENDER, agency="health visitor", group="health", reasons=[reason], notice=notice, link=link
    )


def chased(to: ChaseTo = ChaseTo.INBOX, said: Answer | None = None) -> Message:
    return chase(to, MEETING, SENDER, agency="health visitor", link=LINK, said=said)


EVERY: dict[str, Callable[[], Message]] = {
    "event": lambda: event_body(REFERENCE, SENDER.name, SENDER.address, SENDER.phone, "online", MEETING.join_words),
    "invitation": invited,
    "moved": lambda: moved(
        MEETING, SENDER, was=from_wall("2026-12-02T09:00:00"), agency="health visitor", notice=KEPT, link=LINK
    ),
    "another room": lambda: moved(
        MEETING, SENDER, was=MEETING.starts_at, agency="health visitor", notice=KEPT, link=LINK
    ),
    "stands": lambda: moved(
        MEETING, SENDER, was=MEETING.starts_at, agency="health visitor", notice=KEPT, link=LINK, stands=True
    ),
    "entry by mail": lambda: entry_by_mail(MEETING, SENDER, agency="health visitor", link=LINK),
    "cancelled": lambda: cancelled(MEETING, SENDER, agency="health visitor"),
    "withdrawn": lambda: withdrawn(MEETING, SENDER, agency="health visitor"),
    "chase": chased,
    "phone": lambda: phone_script(MEETING, agency="health visitor", phone="01632 960123"),
}


class Shown(HTMLParser):
    """The words a reader of the HTML sees, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.mark.parametrize("name", EVERY)
def test_every_message_says_the_reference_in_all_three_parts(name: str) -> None:
    message = EVERY[name]()
    assert REFERENCE in message.subject
    assert REFERENCE in message.text
    assert REFERENCE in Shown(message.html).text


@pytest.mark.parametrize("name", EVERY)
def test_both_forms_say_the_same(name: str) -> None:
    message = EVERY[name]()
    shown = Shown(message.html)
    said = re.findall(r"\w+", message.text.replace(LINK, ""))
    assert said == re.findall(r"\w+", shown.text.replace(message.subject, "", 1))


@pytest.mark.parametrize("name", EVERY)
def test_no_message_uses_the_words_people_do_not(name: str) -> None:
    text = EVERY[name]().text.lower()
    assert not re.search(r"\b(rsvp|tentative|sla|stakeholder|attendee)\b", text)


@pytest.mark.parametrize("name", [name for name in EVERY if name not in {"phone"}])
def test_every_message_says_whom_to_phone(name: str) -> None:
    assert SENDER.phone in EVERY[name]().text


def test_the_event_carries_nobodys_link_and_a_discreet_subject() -> None:
    message = EVERY["event"]()
    assert message.subject == f"Professionals' meeting {REFERENCE}"
    assert Shown(message.html).links == []
    assert "/r/" not in message.html
    assert "Use the Teams link" in message.text


def test_an_invitation_says_why_what_when_and_how_to_answer() -> None:
    message = invited()
    for said in (
        "Thursday 3 December 2026, 2:30pm to 3:30pm",
        "health visitor",
        "The child is under five.",
        to_bring("health")[0],
        "online, by Teams",
        "do not forward",
        "You need no account",
        LINK,
    ):
        assert said in message.text
    assert Shown(message.html).links == [LINK]
    assert message.subject == f"{REFERENCE}: you are invited to a professionals' meeting"


@pytest.mark.parametrize(
    ("notice", "sentence"),
    [
        (KEPT, "Your notice is 2 days 18 hours, of which 2 hours in working time. You are owed 2 working hours."),
        (
            SHORT,
            "This is short notice: 2 days 18 hours, of which 2 hours in working time. You are owed 4 working hours.",
        ),
        (UNSET, "The notice you should have is not set by the partnership."),
    ],
)
def test_the_notice_is_said_as_it_is(notice: Notice, sentence: str) -> None:
    assert sentence in invited(notice).text
    assert ("join by phone" in invited(notice).text) == (notice is SHORT)


def test_of_the_other_meetings_of_a_sitting_their_times_are_said_and_nothing_else() -> None:
    assert sitting_words(MEETING) == ()
    hour = timedelta(hours=1)
    both = replace(MEETING, before_at=MEETING.starts_at - hour, after_at=MEETING.ends_at)
    (said,) = sitting_words(both)
    assert said == Paragraph(
        "Another meeting of the same sitting comes before it, at 1:30pm. "
        "Another meeting of the same sitting follows, at 3:30pm. "
        "If your agency is asked to that one too, it has a message and a reference of its own."
    )
    (tomorrow,) = sitting_words(replace(MEETING, after_at=MEETING.starts_at + 24 * hour))
    assert "follows, at Friday 4 December 2026, 2:30pm." in str(tomorrow)


def test_a_move_says_both_times_and_asks_again() -> None:
    text = EVERY["moved"]().text
    assert "It was: Wednesday 2 December 2026, 9am" in text
    assert "When: Thursday 3 December 2026, 2:30pm to 3:30pm" in text
    assert "please answer again" in text


def test_a_cancellation_gives_no_reason_and_no_link() -> None:
    message = EVERY["cancelled"]()
    assert "will not take place" in message.text
    assert "/r/" not in message.html
    assert REFERENCE in cancel_comment(REFERENCE, SENDER.phone)


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (ChaseTo.INBOX, "no answer yet from your agency (health visitor)"),
        (ChaseTo.DUTY_DESK, "usual inbox of your agency (health visitor) has not answered"),
        (ChaseTo.MANAGER, "As its manager"),
    ],
)
def test_each_rung_of_the_ladder_has_its_own_opening(to: ChaseTo, words: str) -> None:
    assert words in chased(to).text
    assert LINK in chased(to).text


def test_somebody_who_said_maybe_is_not_told_that_they_did_not_answer() -> None:
    assert "said maybe" in chased(said=Answer.MAYBE).text
    assert "no answer" not in chased(said=Answer.MAYBE).text
    assert "asked for another time" in chased(said=Answer.ANOTHER_TIME).text


def test_a_phone_step_is_a_script_for_the_officer_and_no_message() -> None:
    with pytest.raises(ValueError, match="sends no message"):
        chased(ChaseTo.PHONE)
    assert "Phone: 01632 960123" in EVERY["phone"]().text


def test_a_meeting_over_midnight_says_both_days() -> None:
    end = from_wall("2026-12-04T00:30:00")
    assert when_words(MEETING.starts_at, end) == ("Thursday 3 December 2026, 2:30pm to Friday 4 December 2026, 12:30am")


def test_every_agency_group_is_told_what_to_bring() -> None:
    assert set(BRING) <= set(GROUPS)
    assert all(2 <= len(to_bring(group)) + (group == "lado") <= 5 for group in GROUPS)
    assert to_bring("armed_forces") == ANY


HOSTILE = st.text(st.sampled_from("<>\"'&\r\n\x85 a=:;/\x00"), max_size=30)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_is_handed_in_stays_text(reason: str, join: str, link: str) -> None:
    message = invitation(
        replace(MEETING, join_words=join),
        SENDER,
        agency=reason,
        group="health",
        reasons=[reason],
        notice=KEPT,
        link=link,
    )
    plain = invited(reason="")
    assert Shown(message.html).tags <= Shown(plain.html).tags
    assert not re.search(r"[\r\x00\x85]", message.text + message.html + message.subject)
    assert "\n" not in message.subject


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//convene.example", "http://[", ""])
def test_a_link_that_is_no_web_address_is_not_clickable(url: str) -> None:
    message = lay_out("s", [Link("Answer", url)])
    assert Shown(message.html).links == []
    assert unescape(url) in unescape(message.html)


def test_empty_parts_leave_no_gap() -> None:
    message = lay_out("a\r\nb", [Heading("h"), Bullets(()), Details((("label", " "),)), Paragraph("p")])
    assert message.text == "h\n\np\n"
    assert message.subject == "a b"
    assert "<ul>" not in message.html
    assert "label" not in message.html


def test_a_change_says_what_changed_and_never_a_new_time_that_is_the_old() -> None:
    told = {name: EVERY[name]().text for name in ("moved", "another room", "stands")}
    assert [name for name, text in told.items() if "has a new time" in text and "It was" in text] == ["moved"]
    assert "how it is held or where has changed" in told["another room"]
    assert "stands as you were told first" in told["stands"]
    assert all("no longer count: please answer again" in text for text in told.values())


def test_a_meeting_in_the_hour_that_clocks_show_twice_says_which_pass_it_is_in_every_message() -> None:
    first, second = (datetime(2026, 10, 25, hour, 50, tzinfo=UTC) for hour in (0, 1))
    night = replace(MEETING, starts_at=first, ends_at=second)
    when = "Sunday 25 October 2026, 1:50am (before the clocks go back) to 1:50am (after the clocks go back)"
    told = (
        moved(night, SENDER, was=second, agency="health visitor", notice=KEPT, link=LINK),
        cancelled(night, SENDER, agency="health visitor"),
        withdrawn(night, SENDER, agency="health visitor"),
    )
    assert all(when in message.text for message in told)
    assert "It was: Sunday 25 October 2026, 1:50am (after the clocks go back)" in told[0].text
