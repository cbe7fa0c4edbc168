"""The parts that messages to agencies share: what may be said of a meeting, the notice sentence, and how they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from service.domain.letter import Block, Details, Link, Paragraph
from service.domain.london import local_date, time_words, words
from service.domain.notice import NOT_SET, NoticeGiven, given_words
from service.domain.spans import Span

MODE_WORDS: Mapping[str, str] = MappingProxyType(
    {"online": "online, by Teams", "in_person": "in person", "face_to_face": "in person", "phone": "by phone"}
)

_PROOF = (
    "This message does not say who the child is. You will see what your agency needs after you have proved who you are."
)
_FORWARD = (
    "This message and its link are for your agency only: do not forward them. If someone else will come for you, "
    "name them on the page or tell us by phone."
)
_ANSWER_WAYS = (
    "You can say yes or no, name someone to come instead, or send written information. You need no account. "
    "You can also answer the calendar invitation that has the same reference."
)
_SHORT_NOTICE = (
    "We know this is hard at short notice. If you cannot come, please join by phone, send someone who knows "
    "the records, or send written information."
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the message is from and how to reach them: the service's name, web or post address, and phone."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class MeetingWords:
    """What may be said of a meeting: its random reference, its kind in plain words, its times, and how to join.

    ``instead_of`` is the reference of a cancelled meeting whose place it takes; empty for none; ``instead_because`` the
    code of why that one was cancelled, which is never said. ``before_at`` and
    ``after_at`` are when the meetings of the same sitting begin that come right before and right after it; of those
    nothing else is ever said.
    """

    reference: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    mode: str
    join_words: str = ""
    instead_of: str = ""
    before_at: datetime | None = None
    after_at: datetime | None = None
    instead_because: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice one agency gets when its message leaves. ``owed`` and ``kept`` are None where no figure is set."""

    given: NoticeGiven
    owed: Span | None
    kept: bool | None

    def sentence(self) -> str:
        """What the invitation says of it."""
        had = given_words(self.given)
        if self.kept is None or self.owed is None:
            return f"Your notice is {had}. The notice you should have is {NOT_SET}."
        if self.kept:
            return f"Your notice is {had}. You are owed {self.owed}."
        return f"This is short notice: {had}. You are owed {self.owed}. {_SHORT_NOTICE}"


def when_words(starts_at: datetime, ends_at: datetime) -> str:
    """A meeting's time: "Thursday 3 December 2026, 2:30pm to 3:30pm"."""
    end = time_words(ends_at) if local_date(starts_at) == local_date(ends_at) else words(ends_at)
    return f"{words(starts_at)} to {end}"


def when_details(meeting: MeetingWords) -> Details:
    """When, how, how to join, and the reference."""
    return Details(
        (
            ("When", when_words(meeting.starts_at, meeting.ends_at)),
            ("How", MODE_WORDS.get(meeting.mode, meeting.mode)),
            ("To join", meeting.join_words),
            ("Reference", meeting.reference),
        )
    )


def sitting_words(meeting: MeetingWords) -> tuple[Block, ...]:
    """That other meetings of the same sitting come before or follow, and when. Whose they are is nobody's business."""
    said = []
    if meeting.before_at is not None:
        said.append(
            f"Another meeting of the same sitting comes before it, at {_on_its_day(meeting.before_at, meeting)}."
        )
    if meeting.after_at is not None:
        said.append(f"Another meeting of the same sitting follows, at {_on_its_day(meeting.after_at, meeting)}.")
    if not said:
        return ()
    asked = "If your agency is asked to that one too, it has a message and a reference of its own."
    return (Paragraph(" ".join((*said, asked))),)


def _on_its_day(instant: datetime, meeting: MeetingWords) -> str:
    return time_words(instant) if local_date(instant) == local_date(meeting.starts_at) else words(instant)


@dataclass(frozen=True, slots=True)
class Door:
    """Where an agency answers whose mail arrives without its links: an address to type, and its own code."""

    address: str
    code: str

    def sentence(self) -> str:
        """What the message says of it."""
        where = self.address.removeprefix("https://").removeprefix("http://")
        return f"If the link is missing, go to {where} and type the reference and your agency code {self.code}."


def answer_by(link: str, link_words: str, door: Door | None = None) -> tuple[Block, ...]:
    """The agency's personal link, the way without it, and what can be answered."""
    without = (Paragraph(door.sentence()),) if door is not None else ()
    return Link(link_words, link), *without, Paragraph(_ANSWER_WAYS)


def closing(reference: str, sender: Sender) -> tuple[Block, ...]:
    """What ends every message that asks for an answer: proof, no forwarding, whom to phone, who it is from."""
    return (
        Paragraph(_PROOF),
        Paragraph(_FORWARD),
        Paragraph(
            f"If the link does not work or you need to talk to someone, phone {sender.phone} and give the "
            f"reference {reference}."
        ),
        signed(sender),
    )


def signed(sender: Sender) -> Details:
    """Who the message is from."""
    return Details((("From", sender.name), ("Address", sender.address), ("Phone", sender.phone)))
