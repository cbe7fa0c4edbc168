"""Who came, all in one form: a row for each agency with its errors beside it. Nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.domain.attendance import DEPUTY_WORDS, OUTCOME_WORDS, Contribution, How, Outcome, present
from service.domain.roles import ROLES
from service.web.answer_form import choices, clean_text

HOW_WORDS: Mapping[How, str] = {How.IN_PERSON: "in person", How.TEAMS: "by Teams", How.PHONE: "by phone"}
BROUGHT_WORDS: Mapping[Contribution, str] = {
    Contribution.SPOKE_FROM_RECORDS: "spoke from its records",
    Contribution.SENT_INFORMATION: "sent information",
    Contribution.NONE: "brought nothing",
}
SENIOR_WORDS: Mapping[str, str] = {"yes": "yes", "no": "no"}
# In the order of the page; ``role`` only where an agency came that nobody had asked.
FIELDS = ("role", "outcome", "how", "brought", "senior", "deputy", "deputy_words")
_LONGEST_WORDS = 200
JOINED = ("joined-1", "joined-2")

# Shorter than elsewhere, so that a row stays one line.
_OUTCOMES = {outcome: said for outcome, said in OUTCOME_WORDS.items() if outcome is not None} | {
    Outcome.APOLOGIES: "apologies",
    Outcome.NO_ANSWER: "no answer",
}
_KNOWN: Mapping[str, Collection[Any]] = {
    "role": ROLES,
    "outcome": _OUTCOMES,
    "how": HOW_WORDS,
    "brought": BROUGHT_WORDS,
    "senior": SENIOR_WORDS,
    "deputy": DEPUTY_WORDS,
}
_ONLY_INSTEAD = "Say who came instead only where you chose “Someone came instead”, or leave it empty"


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """One agency's row. ``key`` names its fields; ``was`` is what the row held when its page was drawn.

    ``stands`` says what is recorded of it, ``hint`` what it said it would do; ``named``: sealed words are kept.
    ``proposed`` is what a call or Teams makes likely, ticked only when somebody asks for it.
    """

    key: str
    legend: str
    hint: str = ""
    stands: str = ""
    named: bool = False
    was: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)

    @property
    def touched(self) -> bool:
        """Whether somebody changed the row on the page."""
        return packed(self.values) != self.was

    def wrong(self, **errors: str) -> AttendanceRow:
        """The same row with these sentences beside its fields."""
        return replace(self, errors={**self.errors, **errors})


@dataclass(frozen=True, slots=True)
class SittingLink:
    """One sitting of the meeting, and where its attendance is recorded; no address for the one that is open."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class AttendancePage:
    """The whole screen. ``closed`` says why nothing can be recorded now; ``problem`` is what stopped the last try."""

    heading: str
    meeting_href: str
    action: str
    sitting: int
    mark: str
    sittings: tuple[SittingLink, ...]
    rows: tuple[AttendanceRow, ...]
    joined: tuple[AttendanceRow, ...]
    summary: str
    waiting: int
    may_confirm: bool
    answers_href: str
    proposals_href: str = ""
    closed: str = ""
    problem: str = ""
    outcomes: list[dict[str, str]] = field(default_factory=lambda: choices(_OUTCOMES))
    came: list[dict[str, str]] = field(
        default_factory=lambda: choices({each: said for each, said in _OUTCOMES.items() if present(each)})
    )
    hows: list[dict[str, str]] = field(default_factory=lambda: _or_not(HOW_WORDS))
    brought: list[dict[str, str]] = field(default_factory=lambda: _or_not(BROUGHT_WORDS))
    seniors: list[dict[str, str]] = field(default_factory=lambda: _or_not(SENIOR_WORDS))
    deputies: list[dict[str, str]] = field(default_factory=lambda: _or_not(DEPUTY_WORDS))
    roles: list[dict[str, str]] = field(
        default_factory=lambda: _or_not(
            {role.slug: role.words for role in sorted(ROLES.values(), key=lambda each: each.words.lower())},
            "choose an agency",
        )
    )

    @property
    def joined_open(self) -> bool:
        """Whether the part for agencies nobody had asked is shown unfolded."""
        return any(row.touched or row.errors for row in self.joined)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page, each saying whose row it is about."""
        found = [{"text": self.problem, "href": "#attendance"}] if self.problem else []
        for row in (*self.rows, *self.joined):
            found += [
                {"text": f"{row.legend}: {row.errors[name]}", "href": f"#{name}-{row.key}"}
                for name in FIELDS
                if name in row.errors
            ]
        return found


def _or_not(known: Mapping[Any, str], otherwise: str = "not recorded") -> list[dict[str, str]]:
    return [{"value": "", "text": otherwise[:1].upper() + otherwise[1:]}, *choices(known)]


def packed(values: Mapping[str, str]) -> str:
    """A row's values as one line, to see whether somebody changed them. The words about a deputy are never in it."""
    said = "|".join(values.get(name, "") for name in FIELDS[:-1])
    return said + ("|+" if values.get("deputy_words") else "") if said.strip("|") or values.get("deputy_words") else ""


def values_of(
    outcome: str,
    *,
    how: str | None = None,
    brought: str | None = None,
    senior: bool | None = None,
    deputy: str | None = None,
) -> dict[str, str]:
    """A row's values from what is recorded."""
    decided = {None: "", True: "yes", False: "no"}[senior]
    return {"outcome": outcome, "how": how or "", "brought": brought or "", "senior": decided, "deputy": deputy or ""}


def read_rows(sent: Mapping[str, str], rows: Sequence[AttendanceRow]) -> tuple[AttendanceRow, ...]:
    """The rows as they were sent: with what was typed, and a sentence for each field that is wrong.

    A row nobody touched shows what is recorded now, whatever its page showed.
    """
    read = []
    for row in rows:
        values = {name: clean_text(sent.get(f"{name}-{row.key}", "")) for name in FIELDS}
        typed = replace(row, values=values, was=sent.get(f"was-{row.key}", "")[:200])
        read.append(replace(typed, errors=_errors(values, row.key)) if typed.touched else row)
    return tuple(read)


def _errors(values: Mapping[str, str], key: str) -> dict[str, str]:
    errors = {
        name: "Choose from the list" for name, known in _KNOWN.items() if values[name] and values[name] not in known
    }
    if len(values["deputy_words"]) > _LONGEST_WORDS:
        errors["deputy_words"] = f"Use {_LONGEST_WORDS} characters or fewer"
    if errors:
        return errors
    if key in JOINED and not values["role"]:
        errors["role"] = "Choose which agency came"
    if not values["outcome"]:
        return errors | {"outcome": "Choose what became of it"}
    outcome = Outcome(values["outcome"])
    if outcome is not Outcome.REPRESENTED and (values["deputy"] or values["deputy_words"]):
        errors["deputy" if values["deputy"] else "deputy_words"] = _ONLY_INSTEAD
    if present(outcome):
        return errors
    if values["how"]:
        errors["how"] = "Leave out how it came, or choose that it came"
    if values["brought"] == Contribution.SPOKE_FROM_RECORDS:
        errors["brought"] = "An agency that did not come cannot have spoken from its records"
    if key in JOINED:
        errors["outcome"] = "An agency that joined during the meeting came, or someone came for it"
    return errors
