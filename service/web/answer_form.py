"""The answer page: what it shows, and what its form says once it is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.answers import Answer
from service.web.meeting import answer_word
from service.web.typed_times import typed_moment
from service.web.wording import PhoneLink

ANSWER_CHOICES: Mapping[Answer, str] = {
    Answer.YES: "Yes",
    Answer.NO: "No",
    Answer.DEPUTY: "Someone comes instead",
    Answer.REPORT: "No, but we will send written information",
    Answer.ANOTHER_TIME: "We could come at another time",
}
REASONS: Mapping[str, str] = {
    "another_commitment": "we are at another meeting or in court",
    "nobody_free": "nobody is free or at work then",
    "not_known_to_us": "the family is not known to us",
    "wrong_agency": "this should go to somebody else",
    "other": "another reason",
}
_LONGEST: Mapping[str, int] = {
    "deputy_name": 80,
    "deputy_job": 80,
    "other_day": 40,
    "other_time": 20,
    "your_name": 80,
    "words": 1000,
}
FIELDS = ("answer", "reason", *_LONGEST)
# By phone, who is on the line is asked first; nobody's page has this field beside their own name.
_ON_THE_PAGE = ("given_by", *FIELDS)
_OLD_TIME = "The time has changed since you opened this page. Your answer was about the old one; answer again."


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """What the page shows of the meeting and of what was said before; nothing of a child or a family."""

    heading: str
    agency: str
    action: str
    once: str
    version: int
    has_time: bool
    summary_rows: list[dict[str, Any]]
    phone: PhoneLink | None
    recorded: str
    closed: str
    who_href: str = ""
    answered: bool = False
    answers: list[dict[str, str]] = field(default_factory=lambda: choices(ANSWER_CHOICES))
    reasons: list[dict[str, str]] = field(default_factory=lambda: choices(REASONS))

    @property
    def question(self) -> str:
        """What the answers answer."""
        asked = f"ill {self.agency} be there?"
        return f"To change the answer: w{asked}" if self.answered else f"W{asked}"


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The form as it was sent: its values (to show again), and a sentence for each field that is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page."""
        return [{"text": self.errors[name], "href": f"#{name}"} for name in _ON_THE_PAGE if name in self.errors]

    def about_the_old_time(self) -> AnswerForm:
        """The form again for the time that stands now. What was chosen was about another: it is chosen anew."""
        return AnswerForm({**self.values, "answer": ""}, {"answer": _OLD_TIME})


@dataclass(frozen=True, slots=True)
class SaidOnPage:
    """A form that was right, in the words of the domain. ``reason`` of a deputy names them and their job.

    ``given_by`` is who answers for the agency, where they say it.
    """

    answer: Answer
    reason: str
    comment: str
    proposed_start: datetime | None
    given_by: str = ""


def choices(known: Mapping[Any, str]) -> list[dict[str, str]]:
    """The items of a radio group, as the macro takes them."""
    return [{"value": str(value), "text": text[:1].upper() + text[1:]} for value, text in known.items()]


def clean_text(text: str, *, lines: bool = False) -> str:
    """Text without control characters and marks that reverse reading order: pasted text brings both along."""
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n")
        if (lines and character == "\n") or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return kept.strip()


def read_form(sent: Mapping[str, str], now: datetime) -> tuple[SaidOnPage | None, AnswerForm]:
    """Read a sent form: what it says, or None and the form to show again with its errors."""
    values = {name: clean_text(sent.get(name, ""), lines=name == "words") for name in FIELDS}
    errors = {
        name: f"Use {longest} characters or fewer" for name, longest in _LONGEST.items() if len(values[name]) > longest
    }
    answer = _answer(values, errors)
    proposed = _checked(answer, values, errors, now) if answer else None
    if errors or answer is None:
        return None, AnswerForm(values, errors)
    said = SaidOnPage(answer, _reason(answer, values), values["words"], proposed, values["your_name"])
    return said, AnswerForm(values)


def _answer(values: Mapping[str, str], errors: dict[str, str]) -> Answer | None:
    try:
        answer = Answer(values["answer"])
    except ValueError:
        errors["answer"] = "Choose an answer"
        return None
    if answer not in ANSWER_CHOICES:
        errors["answer"] = "Choose an answer"
        return None
    return answer


def _checked(answer: Answer, values: Mapping[str, str], errors: dict[str, str], now: datetime) -> datetime | None:
    if values["reason"] and values["reason"] not in REASONS:
        errors["reason"] = "Choose a reason from the list"
    elif answer is Answer.NO and not values["reason"]:
        errors["reason"] = "Choose why you cannot come"
    if answer is Answer.DEPUTY and not values["deputy_name"]:
        errors["deputy_name"] = "Enter the name of whoever comes instead"
    if answer is Answer.DEPUTY and not values["deputy_job"]:
        errors["deputy_job"] = "Enter the job of whoever comes instead"
    return _proposed(values, errors, now) if answer is Answer.ANOTHER_TIME else None


def _proposed(values: Mapping[str, str], errors: dict[str, str], now: datetime) -> datetime | None:
    typed = typed_moment(values["other_day"], values["other_time"], now, ahead=True)
    errors |= typed.errors("other_day", "other_time")
    return typed.instant


def _reason(answer: Answer, values: Mapping[str, str]) -> str:
    if answer is Answer.DEPUTY:
        return f"{values['deputy_name']}, {values['deputy_job']}"
    return REASONS.get(values["reason"], "") if answer is not Answer.YES else ""


def recorded_words(answer: str) -> str:
    """What the page says once an answer is kept."""
    return f"Your answer is recorded: {answer_word(answer)}. You can change it until the meeting starts."
