"""The call page: whom to phone for one meeting, in order, with one press for each mark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.calls import CALL_WORDS, CallOutcome
from service.domain.london import words
from service.web.wording import PhoneLink

# What each button says; the order is that in which a call goes.
MARKS: tuple[tuple[str, str], ...] = (
    (str(CallOutcome.REACHED), "Reached"),
    (str(CallOutcome.JOINED), "Joined"),
    (str(CallOutcome.NO_ANSWER), "No answer"),
    (str(CallOutcome.LEFT_MESSAGE), "Left a message"),
)


@dataclass(frozen=True, slots=True)
class CallCard:
    """One agency: its number, what was said so far, and the form of its marks. ``place`` is its requirement's id."""

    place: str
    title: str
    why: str
    status: str
    colour: str
    desk: str
    phone: PhoneLink | None
    otherwise: str
    otherwise_phone: PhoneLink | None
    open_words: str
    calls: tuple[str, ...]
    stopped: bool


@dataclass(frozen=True, slots=True)
class FollowUpCard:
    """The meeting that follows: what it is, by when, and either the button that plans it or where it is."""

    heading: str
    sentences: tuple[str, ...]
    action: str = ""
    button: str = ""
    planned_href: str = ""
    planned_words: str = ""


@dataclass(frozen=True, slots=True)
class CallPage:
    """The whole page. ``once`` is new for each page shown: a press sent twice is one call."""

    reference: str
    meeting_href: str
    action: str
    once: str
    sentences: tuple[str, ...]
    cards: tuple[CallCard, ...]
    may_mark: bool
    done: str = ""
    follow_up: FollowUpCard | None = None
    marks: tuple[tuple[str, str], ...] = MARKS


def call_words(outcome: str, at: datetime, by: str, *, named: bool) -> str:
    """One call in words: what came of it, when, and by whom it was made."""
    said = CALL_WORDS[CallOutcome(outcome)]
    whom = "; whom it reached is kept under seal" if named else ""
    return f"{said[:1].upper()}{said[1:]}, {words(at)}, by {by}{whom}"
