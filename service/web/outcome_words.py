"""What a meeting came to, in plain words: for its page and for the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from service.domain.london import date_words, words
from service.domain.notice import NOT_SET
from service.domain.outcome import Decided, Outcome, Police
from service.domain.roles import words as role_words
from service.web.wording import opened

_POLICE = {
    Police.JOINT: "The police investigate jointly with children's social care.",
    Police.POLICE_ALONE: "The police investigate alone.",
    Police.NONE: "There is no police investigation.",
}

# As the form asks; the sentences above as the page tells.
POLICE_CHOICES: Mapping[Police, str] = {
    Police.JOINT: "yes, jointly with children's social care",
    Police.POLICE_ALONE: "yes, alone",
    Police.NONE: "no",
}
DECIDED_WORDS: Mapping[Decided, str] = {
    Decided.ENQUIRY: "a section 47 enquiry",
    Decided.ASSESSMENT: "a child and family assessment",
    Decided.FOLLOW_UP: "a follow-up strategy meeting",
    Decided.INTERVIEW: "an achieving best evidence interview",
    Decided.REFERRAL: "a referral to another agency",
    Decided.LEGAL: "legal action",
    Decided.NOTHING: "no further action",
}


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action of the page's table."""

    number: str
    who: str
    what: str
    by: str
    state: str


@dataclass(frozen=True, slots=True)
class OutcomeSection:
    """The page's part about what a meeting came to."""

    sentences: tuple[str, ...]
    actions: tuple[ActionRow, ...]
    reports: tuple[str, ...]


def outcome_sentences(outcome: Outcome | None, *, police_reference_kept: bool = False) -> tuple[str, ...]:
    """What was decided, a sentence each."""
    if outcome is None:
        return ("No outcome is recorded yet.",)
    kept = ("The police's reference is kept, under seal.",) if police_reference_kept else ()
    return (*_sentences(outcome), *kept)


def _sentences(outcome: Outcome) -> Iterator[str]:
    yield f"Decided: {', '.join(map(opened, outcome.decided)) or 'nothing is recorded'}."
    if outcome.s47_started_at:
        yield f"The section 47 enquiry started {words(outcome.s47_started_at)}."
    if outcome.police:
        yield _POLICE[outcome.police]
    if outcome.next_meeting_at:
        yield f"The next meeting is {words(outcome.next_meeting_at)}."


def action_row(number: int, owner: str, what: str, due_on: date | None, state: str, *, late: bool) -> ActionRow:
    """One action in words."""
    by = date_words(due_on) if due_on else "no day was said"
    return ActionRow(str(number), role_words(owner), what, by, "open, and its day has passed" if late else state)


def report_words(role: str, received_at: datetime, due_at: datetime | None, *, in_time: bool | None) -> str:
    """A written report that came in, and whether it was in time."""
    verdict = {None: f"when it is due is {NOT_SET}", True: "in time", False: "late"}[in_time]
    due = f", due by {words(due_at)}" if due_at else ""
    return f"{role_words(role)}: {words(received_at)} ({verdict}{due})"
