"""The forms of a meeting's page: what an officer can do, what each form says once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.web.answer_form import ANSWER_CHOICES, REASONS, choices, clean_text
from service.web.wording import CANCEL_WORDS, PhoneLink

_LONGEST_REASON = 500
_LONGEST_NAME = 80

# What the meeting's page says after an act; the address carries the word alone.
DONE: Mapping[str, str] = {
    "closed": "What came in needs nobody any more.",
    "answer": "The answer is recorded.",
    "together": "Each meeting of the sitting has its time. Their invitations are on their way.",
    "confirmed": "The meeting has its time. Its invitations are on their way.",
    "moved": "The meeting was moved. Every agency is being told and asked again.",
    "cancelled": "The meeting is cancelled. Every agency that was told of it is being told.",
    "short_notice": "Why notice is short is recorded.",
    "go_on": "Why the meeting goes on without everyone is recorded.",
    "attendance": "Who came is recorded. The chair confirms it.",
    "attendance_confirmed": "Who came is recorded and confirmed.",
    "attendance_same": "Nothing was changed: what is recorded stands as it was.",
    "outcome": "What the meeting came to is recorded.",
    "action": "The action is written down.",
    "action_closed": "The action is closed.",
    "report": "It is recorded when the written information came in.",
    "medical": "What was decided about the medical is recorded.",
    "medical_came": "Who came to the medical is recorded.",
    "decisions_agreed": "The decision is agreed. The agencies it concerns can open it now.",
    "minutes_agreed": "This part of the minutes is agreed. It goes out when the minutes are issued.",
    "issued": "The minutes are issued. The agencies they concern can open them now.",
    "disagreement": "The disagreement is written down.",
    "disagreement_further": "The disagreement was taken to the next stage.",
    "disagreement_settled": "The disagreement is settled.",
    "replanned": "The meeting is planned anew. Only the agencies it is about hear of it.",
    "same_plan": "Nothing was changed: the same facts give the same plan.",
    "agency_added": "This agency is asked too. Nobody else hears of it.",
    "agency_added_short": "This agency is asked too, with less notice than it is owed. A task may ask why.",
    "agency_added_gap": "This agency is to be asked. The directory has no inbox for it: a task asks who comes.",
    "added_now": "This agency was brought in. How to join is on its way to it.",
    "added_on_line": "This agency was brought in. It gets no message: tell it on the phone how to join.",
    "call_kept": "The call is kept. Nobody was reached, so nothing is sent to this agency.",
    "agency_removed": "This agency is out of the meeting. The chair has a task that says so.",
    "agency_shut_out": "This agency can open nothing of this meeting any more. The chair has a task that says so.",
    "called_without": "This meeting takes the place of the cancelled one, without that agency. The others hear of it.",
    "agency_withdrawn": "This agency is no longer asked to come. Nobody else hears of it.",
    "inbox_named": "This inbox is asked for the agency. Nobody else hears of it.",
    "person_named": "This person is invited by their own route.",
    "restricted": "The case is restricted to the people named.",
    "opened_up": "The case is restricted no more.",
    "kept_out": "They are kept out of this case.",
    "let_in": "They are kept out no more.",
    "stood_down": "The conference is stood down. Every agency that was told of it is being told.",
    "family": "What is arranged for the family is saved.",
    "adjourned": "The meeting is adjourned. It sits again at the time you gave.",
    "not_held": "That it could not be held today is kept. It tops tomorrow's list.",
    "chair": "Somebody else chairs the meeting now. Nobody who is invited is told.",
    "mail": "What the mail means is recorded.",
    "mail_moved": "The mail waits to be read at the meeting it is about.",
    "secure_mail": "It is on its way by secure mail, and kept as told to that inbox once it leaves.",
    "secure_allowed": "Secure mail is allowed for this agency.",
    "secure_ended": "Secure mail is no longer allowed for this agency. What waits is not sent either.",
    "task_done": "The task is done.",
    "task_dropped": "The task is dropped.",
    "task_gone": "This task was ended already.",
}


@dataclass(frozen=True, slots=True)
class ReasonForm:
    """A form that asks for one of some codes, a sentence, or both; as it was sent, with what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page; what is wrong with no field leads to the form."""
        about_all = [{"text": self.problem, "href": "#form"}] if self.problem else []
        fields = [{"text": self.errors[each], "href": f"#{each}"} for each in ("code", "reason") if each in self.errors]
        return [*about_all, *fields]


@dataclass(frozen=True, slots=True)
class ReasonPage:
    """A page with one question of that kind. ``codes`` is empty where only words are asked for.

    ``closed`` says why there is nothing to answer, and ``links`` what can be done instead.
    """

    heading: str
    meeting_href: str
    action: str
    version: int
    intro: tuple[str, ...]
    codes_legend: str = ""
    codes: list[dict[str, str]] = field(default_factory=list)
    words_label: str = ""
    button: str = "Save"
    warns: bool = False
    back_text: str = "Back to the meeting"
    closed: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PhonePage:
    """The page for an answer somebody gives by phone."""

    heading: str
    question: str
    meeting_href: str
    action: str
    once: str
    version: int
    when: str
    phone: PhoneLink | None
    answers: list[dict[str, str]] = field(default_factory=lambda: choices(ANSWER_CHOICES))
    reasons: list[dict[str, str]] = field(default_factory=lambda: choices(REASONS))


def cancel_choices() -> list[dict[str, str]]:
    """Why a meeting can be cancelled."""
    return choices(CANCEL_WORDS)


def read_reason(
    sent: Mapping[str, str], *, codes: Mapping[str, Any] | None, words: bool
) -> tuple[tuple[str, str] | None, ReasonForm]:
    """The code and the sentence, or None and the form to show again. ``codes`` is None where none is asked for."""
    values = {"code": sent.get("code", ""), "reason": clean_text(sent.get("reason", ""), lines=True)}
    errors = {}
    if codes and values["code"] not in codes:
        errors["code"] = "Choose a reason"
    if words and not values["reason"]:
        errors["reason"] = "Say why in a sentence, without anybody's name"
    elif len(values["reason"]) > _LONGEST_REASON:
        errors["reason"] = f"Use {_LONGEST_REASON} characters or fewer"
    if errors:
        return None, ReasonForm(values, errors)
    return (values["code"], values["reason"]), ReasonForm(values)


def read_given_by(sent: Mapping[str, str]) -> str:
    """Who was on the phone; more than a name has no place there."""
    return clean_text(sent.get("given_by", ""))[:_LONGEST_NAME]
