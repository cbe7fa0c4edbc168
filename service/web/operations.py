"""What whoever runs the service sees: whether it works, what waits for a person, and what could not be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

JOB_WORDS: Mapping[str, str] = {
    "v1.sweep": "sends, chases and reads answers",
    "v1.upkeep": "keeps Outlook's notifications and the reminders going",
    "v1.drift": "compares calendars with our record, once a morning",
    "v1.attendance": "asks Teams who was at an online meeting",
    "v1.directory": "asks the meetings to come after a long import of the directory",
    "v1.what_if": "tries changed policies on past requests",
    "v1.addresses": "mails the codes that confirm new addresses",
}
# The parts of those jobs that have several.
_PART_WORDS: Mapping[str, str] = {
    "chases": "chasing",
    "holds": "letting go of times held too long",
    "replacements": "calling meetings anew",
    "outbox": "finding what is to be sent",
    "mailboxes": "finding which mailboxes to read",
    "policies": "looking which policy holds",
    "minutes": "reminding of minutes",
    "disagreements": "taking disagreements further",
    "stopped": "asking stopped mailboxes whether they work again",
    "subscriptions": "asking Outlook to tell us of changes",
}
OUTBOX_WORDS: Mapping[str, str] = {
    "create_event": "the calendar event",
    "update_event": "a change of the calendar event",
    "cancel_event": "the cancellation of the calendar event",
    "message": "a message to an agency",
    "family_message": "a message to a parent",
}


# What Outlook's answer comes to, by the first word of the error that is kept; the whole of it stands beside.
_WHY_WORDS: Mapping[str, str] = {
    "NotReached": "Outlook could not be reached",
    "Throttled": "Outlook was too busy for too long",
    "Ambiguous": "Outlook did not say whether it was done",
    "Gone": "what was to be changed is not in Outlook any more",
    "Conflict": "somebody changed it in Outlook at the same time",
    "PermanentData": "Outlook refuses it as it is, for example an address that cannot be right",
    "PermanentConfiguration": "the mailbox, or the service's rights to it, must be mended first",
}


def why_words(error: str) -> str:
    """Why a letter could not be sent, for whoever runs the service; an error of another kind stands as it was kept."""
    if error == "held_back":
        return "held back: it would have said who somebody is"
    known = _WHY_WORDS.get(error.partition(" ")[0])
    return f"{known} ({error})" if known else error


def failed_words(error: str | None) -> str:
    """What failed when a job last ran, from what its heartbeat keeps: the parts with their errors, or one error."""
    said = [part.partition(": ") for part in (error or "").split("; ") if part]
    return "; ".join(
        f"{_PART_WORDS.get(part, part)} {_how(kind)}" if kind else opened_error(part) for part, _, kind in said
    )


def opened_error(error: str) -> str:
    """One error of a job that has no parts."""
    return "took too long" if error == "TimeoutError" else error


def _how(kind: str) -> str:
    return "took too long" if kind == "TimeoutError" else f"failed ({kind})"


def watch_words(error: str | None, since: str, *, watched: bool) -> str:
    """How changes in a mailbox come to us: told by Outlook, or looked for every now and then, and why that is so."""
    if error is None:
        return "told by Outlook" if watched else "looked for"
    code = next((word[5:] for word in error.split() if word.startswith("code=")), "")
    if code == "ValidationError":
        why = "it asks the service's own address first, and that did not answer in time. Is the web process up?"
    elif error == "TimeoutError":
        why = "it did not answer in time"
    else:
        why = why_words(error)
    return f"looked for: Outlook has not agreed to tell us since {since}: {why}"


@dataclass(frozen=True, slots=True)
class JobLine:
    """One periodic job and when it last ended well."""

    name: str
    last: str
    wrong: str


@dataclass(frozen=True, slots=True)
class MailboxLine:
    """One organiser mailbox."""

    address: str
    state: str
    read: str
    answers_by: str
    mail_by: str


@dataclass(frozen=True, slots=True)
class LetterLine:
    """What could not leave the house. ``href`` is empty for whoever may not read meetings."""

    what: str
    reference: str
    href: str
    agency: str
    why: str
    tries: int
    since: str
    again_href: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A delivery that could not be understood."""

    reference: str
    came: str
    door: str
    problem: str
    href: str


@dataclass(frozen=True, slots=True)
class OperationsPage:
    """The page."""

    partnership: str
    stale: str
    done: str
    directory_href: str
    jobs: tuple[JobLine, ...]
    mailboxes: tuple[MailboxLine, ...]
    letters: tuple[LetterLine, ...]
    items: tuple[ItemLine, ...]
    drift_href: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class ItemPage:
    """One delivery that needs a person; ``body`` only after a reason was given, and never kept."""

    item: ItemLine
    back_href: str
    back: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def error_list(self) -> Sequence[Mapping[str, str]]:
        """The error summary's links."""
        return [{"text": said, "href": f"#{name}"} for name, said in self.errors.items()]
