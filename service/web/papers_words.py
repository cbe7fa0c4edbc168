"""Who has opened a meeting's decisions and minutes, in words. Never what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from service.domain.disagreeing import KIND_WORDS, Disagreement
from service.domain.london import words
from service.domain.minutes import MinutesClock
from service.domain.notice import NOT_SET
from service.domain.papers import PROOF_WORDS, Paper, Receipt
from service.domain.roles import words as role_words
from service.web.wording import actor_words

NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PapersRow:
    """One agency: what it has opened of the decisions and of the minutes."""

    agency: str
    decisions: str
    minutes: str


@dataclass(frozen=True, slots=True)
class PapersSection:
    """The part of a meeting's page about its decisions and minutes."""

    sentences: tuple[str, ...]
    rows: tuple[PapersRow, ...]


def disagreement_sentence(found: Disagreement) -> str:
    """One disagreement: whose, about what, and where it stands on the partnership's ladder."""
    about = f" {found.decision}" if found.decision else ""
    raised = f"{role_words(found.role)}, {KIND_WORDS[found.kind]}{about}, {words(found.raised_at)}"
    if found.settled_at is not None:
        return f"{capital(raised)}: settled {words(found.settled_at)}."
    if found.rung.number == 0:
        stage = "the partnership has published no ladder"
    else:
        by = f"by {words(found.rung.due_at)}" if found.rung.due_at else f"time {NOT_SET}"
        stage = f"now with {found.rung.to} (stage {found.rung.number}, {by})"
    whole = f"; to be settled by {words(found.settle_by)}" if found.settle_by else ""
    return f"{capital(raised)}: {stage}{whole}."


def capital(text: str) -> str:
    """The same words, as a sentence begins."""
    return f"{text[:1].upper()}{text[1:]}"


def decision_sentences(
    decisions: Sequence[Paper], titles: Mapping[UUID, str], people: Mapping[str, str] = NOBODY
) -> tuple[str, ...]:
    """Each decision by its number: who agreed it, when, and whom it concerns."""
    if not decisions:
        return ("No decision is written down yet.",)
    return tuple(
        f"Decision {paper.number}: agreed by {_by(paper, people)}, {words(paper.agreed_at)}; "
        f"for {_concerned(paper, titles)}."
        for paper in decisions
    )


def minutes_sentences(
    minutes: Sequence[Paper], titles: Mapping[UUID, str], people: Mapping[str, str] = NOBODY
) -> tuple[str, ...]:
    """Each part of the minutes: who agreed it, whom it concerns, and when it was issued."""
    if not minutes:
        return ("No minutes are agreed yet.",)
    return tuple(
        f"Minutes {paper.number}: agreed by {_by(paper, people)}, {words(paper.agreed_at)}; "
        f"for {_concerned(paper, titles)}; {_issued(paper)}."
        for paper in minutes
    )


def clock_sentence(clock: MinutesClock, now: datetime) -> str:
    """By when the minutes are due, and whether they were in time."""
    if clock.due_at is None:
        return f"When the minutes are due is {NOT_SET}."
    if clock.issued_at is not None and clock.issued_at > clock.due_at:
        return f"The minutes were due by {words(clock.due_at)}. They were issued after that."
    told = {None: "", True: " They were issued in time.", False: " They are late."}
    return f"The minutes are due by {words(clock.due_at)}.{told[clock.in_time(now)]}"


def _by(paper: Paper, people: Mapping[str, str]) -> str:
    return people.get(paper.agreed_by) or actor_words(paper.agreed_by)


def _issued(paper: Paper) -> str:
    return f"issued {words(paper.issued_at)}" if paper.issued_at else "not issued yet"


def _concerned(paper: Paper, titles: Mapping[UUID, str]) -> str:
    if not paper.concerns:
        return "every agency"
    return ", ".join(sorted(titles.get(place, "an agency no longer asked") for place in paper.concerns))


def receipt_words(receipt: Receipt, state: str) -> str:
    """What an agency has opened: "opened by Dr Amadi, …", "1 of 2 opened", "not opened yet"."""
    if receipt.of == 0:
        return "nothing to open"
    if receipt.last is None:
        return "must not be told through its inbox" if state == "stopped" else "not opened yet"
    how = f"by {receipt.last.opener}, {PROOF_WORDS[receipt.last.proof]}, {words(receipt.last.opened_at)}"
    return f"opened {how}" if receipt.complete else f"{receipt.opened} of {receipt.of} opened, the last {how}"
