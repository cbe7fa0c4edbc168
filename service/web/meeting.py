"""One meeting: who is asked and why, what notice they had, what they said, who was chased, and who came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.domain.answers import WORDS, Answer
from service.domain.chasing import WHY, Silence
from service.domain.london import length_words, words
from service.domain.notice import NOT_SET, NoticeGiven, given_words, owed_words
from service.domain.spans import Span
from service.web.mail_words import MailShown
from service.web.outcome_words import OutcomeSection
from service.web.papers_words import PapersSection
from service.web.timeline import TimelineItem
from service.web.wording import PhoneLink, opened
from service.web.worklist import BLUE, GREEN, GREY, RED, YELLOW, TaskRow

_CHASE_TO = {
    "inbox": "reminder",
    "duty_desk": "reminder to the duty desk",
    "manager": "message to the manager",
    "phone": "phone call on the officer's list",
}
_WAYS = {
    "outlook": "in Outlook",
    "page": "on its answer page",
    "phone": "by phone",
    "calendar_mail": "by calendar mail",
    "mail": "by mail",
}
_COLOURS = {"yes": GREEN, "deputy": GREEN, "report": BLUE, "maybe": YELLOW, "another_time": YELLOW, "no": RED}


@dataclass(frozen=True, slots=True)
class Why:
    """Why an agency is asked: the rule's reason, and its number."""

    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class ActLink:
    """One thing that can be done now, and where. Without an address it cannot, and ``why`` says why not."""

    text: str
    href: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ActGroup:
    """Acts that belong together."""

    heading: str
    acts: tuple[ActLink, ...]


@dataclass(frozen=True, slots=True)
class AgencyCard:
    """One agency at the meeting, in words."""

    title: str
    status: str
    colour: str
    because: tuple[Why, ...]
    inbox: str
    phone: PhoneLink | None
    escalation_name: str
    escalation_phone: PhoneLink | None
    notice_owed: str
    notice_given: str
    answer: str
    chases: tuple[str, ...]
    no_chases: str
    attendance: tuple[str, ...]
    answer_href: str = ""
    acts: tuple[ActLink, ...] = ()
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """The whole page."""

    reference: str
    worklist_href: str
    calendar_href: str
    warnings: tuple[str, ...]
    summary_rows: list[dict[str, Any]]
    sittings: tuple[str, ...]
    clocks: tuple[str, ...]
    quorum: tuple[str, ...]
    agencies: tuple[AgencyCard, ...]
    tasks: tuple[TaskRow, ...]
    may: frozenset[str]
    timeline: tuple[TimelineItem, ...]
    papers: PapersSection | None = None
    family_href: str = ""
    medical: tuple[str, ...] = ()
    outcome: OutcomeSection | None = None
    acts: tuple[ActGroup, ...] = ()
    done: str = ""
    mails: tuple[MailShown, ...] = ()
    identity: tuple[str, ...] = ()
    sheet_href: str = ""
    evidence_href: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The parts of the page and where they begin, for the links at its top."""
        shown = (
            ("What can be done", "acts", bool(self.acts)),
            ("Are enough coming?", "quorum", bool(self.quorum)),
            ("Agencies", "agencies", True),
            ("What it came to", "outcome", self.outcome is not None),
            ("Decisions and minutes", "decisions", self.papers is not None),
            ("To do", "to-do", bool(self.tasks)),
            ("What has happened", "happened", True),
        )
        return tuple((text, part) for text, part, there in shown if there)


def summary_row(key: str, value: str) -> dict[str, Any]:
    """One line of a summary list, as the macro takes it."""
    return {"key": {"text": key}, "value": {"text": value or "not given"}}


def status_of(state: str, answer: str | None, *, invited: bool, on_its_way: bool, over: bool) -> tuple[str, str]:
    """An agency's state in a word or two, and the colour that repeats it."""
    if state == "no_inbox":
        return "no inbox", RED
    if state == "stopped":
        return "must not be told", RED
    if state == "withdrawn":
        return "no longer asked", GREY
    if state == "joined":
        return "brought in during the meeting", BLUE
    if answer is not None:
        return answer_word(answer), _COLOURS.get(answer, GREY)
    if invited:
        return "invited, no answer", YELLOW
    if over:
        return "was not invited", GREY
    return "invitation on its way" if on_its_way else "not invited yet", GREY


def answer_word(answer: str | None) -> str:
    """What an agency said, in words."""
    try:
        return WORDS[Answer(answer) if answer else None]
    except ValueError:
        return opened(str(answer))


def answer_words(
    answer: str | None,
    way: str = "",
    at: datetime | None = None,
    *,
    by: str = "",
    reason: str = "",
    proposed: datetime | None = None,
) -> str:
    """What an agency said, how, when, and why; and the time it proposes instead."""
    said = answer_word(answer)
    if answer is None or at is None:
        return said
    what = "Who comes" if answer == Answer.DEPUTY else "Why"
    parts = (
        f"{said} {_WAYS.get(way, opened(way))}, {words(at)}",
        f", given by {by}" if by else "",
        f". {what}: {reason}" if reason else "",
        f". It proposes {words(proposed)}" if proposed else "",
    )
    return "".join(parts)


def notice_owed(standard: Span | None, minimum: Span | None) -> str:
    """The notice an agency should have."""
    owed = f"Should have: {owed_words(standard)}."
    return f"{owed} At the least: {minimum}." if minimum else owed


def notice_given(notice: NoticeGiven | None, *, kept: bool | None, owed: Span | None) -> str:
    """The notice an agency had, and whether that was enough."""
    if notice is None:
        return "Not invited yet."
    verdict = {None: f"What it should have is {NOT_SET}.", True: "That is enough.", False: f"Short of {owed}."}
    return f"Had {given_words(notice)}. {verdict[kept]}"


def chase_words(to: str, state: str, due_at: datetime, finished_at: datetime | None, because: str | None) -> str:
    """One step of the chase ladder and its end."""
    what = _CHASE_TO.get(to, opened(to))
    if state == "not_sent":
        try:
            why = WHY[Silence(because or "")]
        except ValueError:
            why = opened(because or "no reason was kept")
        return f"{what}: not sent because {why}"
    if state == "sent":
        return f"{what}: sent {words(finished_at or due_at)}"
    if state == "handed":
        return f"{what}: on its way"
    return f"{what}: due {words(due_at)}"


def clock_sentences(
    earliest_fair: datetime | None, deadline: datetime | None, starts_at: datetime | None
) -> tuple[str, ...]:
    """The two clocks of a meeting and where its start lies between them."""
    fair = f"Earliest start that gives every agency its notice: {words(earliest_fair) if earliest_fair else NOT_SET}."
    latest = f"Latest start in time: {words(deadline) if deadline else NOT_SET}."
    said = [fair, latest]
    if earliest_fair and deadline:
        gap = deadline - earliest_fair
        if gap < timedelta(0):
            said.append(f"There is no time that keeps both: {length_words(gap)} are missing, so some get less notice.")
        else:
            said.append(f"There is room between the two: {length_words(gap)}.")
    if starts_at and deadline and starts_at > deadline:
        said.append(f"The start is {length_words(starts_at - deadline)} after the latest start in time.")
    return tuple(said)
