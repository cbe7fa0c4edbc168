"""The plain words of the screens: meetings, tasks, doors and people, and phone numbers that can be pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.london import length_words, words
from service.domain.roles import words as role_words

TASK_WORDS: Mapping[str, str] = {
    "let_out": "Let an agency out of the meeting",
    "call_anew": "Call a meeting again without an agency",
    "choose_time": "No time yet",
    "explain_short_notice": "Say why notice is short",
    "hold_again": "Call the conference again",
    "explain_no_quorum": "Say why it went on without a quorum",
    "disagreement": "Take a disagreement further",
    "minutes_due": "Issue the minutes",
    "minutes_overdue": "The minutes are late",
    "no_inbox": "No inbox",
    "not_held": "Could not be held",
    "must_not_be_told": "Must not be told",
    "phone_invitation": "Invite by phone",
    "phone_silent": "No answer",
    "phone_cancellation": "Say by phone that it is off",
    "phone_withdrawal": "Say by phone that it need not come",
    "separate_meeting": "A separate meeting",
    "needs_a_person": "A request could not be understood",
    "not_delivered": "An invitation was not delivered",
    "unmatched_answer": "An answer from somebody not invited",
    "glass_broken": "Somebody broke the glass",
    "name_refused": "Somebody named may be tied to the case",
    "answers_unread": "Answers in Outlook could not be read",
    "another_time": "Another time was asked for",
    "mail_to_read": "A mail is to be read",
    "address_fails": "An address does not work",
    "address_unverified": "Confirm a new address",
    "event_gone": "The event is gone from Outlook",
    "online_open": "The online meeting lets people in unseen, or is recorded",
    "event_drift": "The event was changed in Outlook",
    "tell_of_medical": "Tell of the medical",
    "arrange_medical": "Arrange the medical",
    "record_medical": "Record who came to the medical",
    "invite_family": "Arrange how the parents come",
    "tell_parent": "Tell a parent",
    "book_interpreter": "Book an interpreter",
    "held_back": "A message was held back",
    "mailbox_stopped": "A mailbox has stopped",
}
STATE_WORDS: Mapping[str, str] = {
    "planned": "planned, no time yet",
    "confirmed": "confirmed",
    "held": "held",
    "cancelled": "cancelled",
}
URGENCY_WORDS: Mapping[str, str] = {
    "immediate": "immediate",
    "standard": "in the ordinary way",
    "planned": "by arrangement",
}
CANCEL_WORDS: Mapping[str, str] = {
    "facts_now_clear": "the facts became clear and no meeting is needed",
    "already_held": "the discussion has already been held",
    "made_in_error": "the meeting was called in error",
    "wrong_person_invited": "somebody was invited who must not be",
    "replaced": "another meeting takes its place",
}
# No reason anybody chooses: it is kept where a conference was stood down, which has rules of its own.
STOOD_DOWN_WORDS: Mapping[str, str] = {"stood_down": "too few agencies came for its quorum and it was stood down"}
AGE_WORDS: Mapping[str, str] = {
    "unborn": "not yet born",
    "0-4": "0 to 4 years old",
    "5-17": "5 to 17 years old",
    "18+": "18 or over",
}
LEVEL_WORDS: Mapping[str, str] = {
    "core": "must come",
    "conditional": "should come",
    "optional": "may come",
}
# The source of a request that staff typed in.
VENUE_HINT = (
    "Every agency reads it: no name, and no family's home. It is checked against who the meeting is about before it is "
    "sent."
)
TYPED_HERE = "staff-page"
_ACTORS: Mapping[str, str] = {
    "webhook": "the system {}",
    "api": "the system {}",
    "command": "{}, at the command line",
    "page": "the agency, on its answer page",
    "outlook": "Outlook",
    "mail": "a mail from the agency",
    "job": "the service",
}


@dataclass(frozen=True, slots=True)
class PhoneLink:
    """A phone number as it is written, and the address that dials it."""

    text: str
    href: str


def phone_link(number: str) -> PhoneLink | None:
    """A number to press; None when there is none."""
    dialled = "".join(character for character in number if character.isdigit() or character == "+")
    return PhoneLink(number, f"tel:{dialled}") if dialled else None


def opened(slug: str) -> str:
    """A slug in words: "strategy_meeting" reads "strategy meeting"."""
    return slug.replace("_", " ").replace("-", " ")


def as_begun(text: str) -> str:
    """Words as a line begins with them. The rest stays as it is: it may hold a name, a day or an abbreviation."""
    return text[:1].upper() + text[1:]


def role_title(role: str) -> str:
    """A role in plain words, as a line begins with it."""
    return as_begun(role_words(role))


def task_words(kind: str) -> str:
    """What a task asks for."""
    return TASK_WORDS.get(kind) or opened(kind).capitalize()


def actor_words(actor: str) -> str:
    """Who or what did something: "the system eclipse", "the service"."""
    kind, colon, name = actor.partition(":")
    pattern = _ACTORS.get(kind)
    if pattern is None:
        return actor if colon else opened(actor)
    return pattern.format(name or opened(kind))


def source_words(source: str) -> str:
    """Where a request came from: "from the system eclipse", "typed in on these pages"."""
    return "typed in on these pages" if source == TYPED_HERE else f"from the system {source}"


def door_words(door: str) -> str:
    """By which door something came in: "webhook from eclipse"."""
    kind, _, name = door.partition(":")
    return f"{kind} from {name}" if name else kind


def when(instant: datetime | None, otherwise: str) -> str:
    """Day and time, or what to say when there is none."""
    return words(instant) if instant else otherwise


def ago_words(length: timedelta) -> str:
    """How long ago: "3 minutes ago". For what is kept in real time: a demo's own day runs ahead of it."""
    return "just now" if length < timedelta(minutes=1) else f"{length_words(length)} ago"


def from_now(instant: datetime, now: datetime) -> str:
    """How far off: "in 3 hours", "2 days ago"."""
    length = instant - now
    if abs(length) < timedelta(minutes=1):
        return "now"
    return f"in {length_words(length)}" if length > timedelta(0) else f"{length_words(length)} ago"
