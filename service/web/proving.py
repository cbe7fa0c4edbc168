"""The page on which somebody at an agency proves that they are there, and what they are then shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.tied_names import whole_name
from service.web.answer_form import choices, clean_text
from service.web.wording import PhoneLink

WHO, DECISIONS, MINUTES = "who", "decisions", "minutes"
SEE_WORDS: Mapping[str, str] = {
    WHO: "Who the meeting is about",
    DECISIONS: "What the meeting decided",
    MINUTES: "The minutes of the meeting",
}
THIS_MEETING, WHOLE_SHIFT = "meeting", "shift"
FOR_WORDS: Mapping[str, str] = {
    THIS_MEETING: "This meeting only",
    WHOLE_SHIFT: "Every meeting my agency is asked to, for 8 hours on this device",
}
_LONGEST: Mapping[str, int] = {"name": 80, "reason": 200, "code": 20}
_FIELDS = ("see", "name", "reason", "code", "for")


@dataclass(frozen=True, slots=True)
class ProofForm:
    """The form as it was sent, and a sentence for each field that is wrong. A code is never shown again."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page."""
        return [{"text": self.errors[name], "href": f"#{name}"} for name in _FIELDS if name in self.errors]


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """A form that was right. ``shift``: a desk session is wanted. Name and code are empty on a desk session's page."""

    see: str
    name: str
    reason: str
    code: str
    shift: bool


@dataclass(frozen=True, slots=True)
class ProofPage:
    """What the page shows. ``code_href`` empty: a desk session stands behind it, and no code is asked for."""

    heading: str
    agency: str
    action: str
    back_href: str
    phone: PhoneLink | None
    code_href: str = ""
    code_note: str = ""
    code_phone: PhoneLink | None = None
    code_is_out: bool = False
    word: str = ""
    started: bool = False

    @property
    def see(self) -> list[dict[str, str]]:
        """What can be asked for: before the meeting has begun it has decided nothing."""
        return choices(SEE_WORDS if self.started else {WHO: SEE_WORDS[WHO]})

    @property
    def how_long(self) -> list[dict[str, str]]:
        """For how long the code is to hold."""
        return choices(FOR_WORDS)


@dataclass(frozen=True, slots=True, repr=False)
class Section:
    """One child, person or paper, as its reader sees it: rows of a summary list, or words."""

    heading: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    words: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class SeenPage:
    """What somebody who proved themselves is shown. It is shown once, and kept nowhere."""

    heading: str
    agency: str
    back_href: str
    sections: tuple[Section, ...]


def read_proof(sent: Mapping[str, str], *, by_code: bool, started: bool) -> tuple[Asked | None, ProofForm]:
    """Read a sent form: what it asks for, or None and the form to show again."""
    values = {name: clean_text(sent.get(name, "")) for name in _FIELDS}
    errors = {
        name: f"Use {longest} characters or fewer" for name, longest in _LONGEST.items() if len(values[name]) > longest
    }
    offered = set(SEE_WORDS) if started else {WHO}
    if values["see"] not in offered:
        errors["see"] = "Choose what you want to see"
    if not values["reason"]:
        errors.setdefault("reason", "Say what you need it for")
    if by_code:
        _check_person(values, errors)
    form = ProofForm(values | {"code": ""}, errors)
    if errors:
        return None, form
    asked = Asked(values["see"], values["name"], values["reason"], values["code"], values["for"] == WHOLE_SHIFT)
    return asked, form


def _check_person(values: Mapping[str, str], errors: dict[str, str]) -> None:
    if not whole_name(values["name"]):
        errors.setdefault("name", "Enter your first and last name")
    if not values["code"]:
        errors.setdefault("code", "Enter the code from the message")
    if values["for"] not in FOR_WORDS:
        errors["for"] = "Choose for how long"
