"""What the pages of a request's journey show: the form's choices, who would be asked, the times to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.facts import CIRCUMSTANCES
from service.domain.london import words
from service.domain.roles import ROLES
from service.domain.roles import words as role_words
from service.web.request_form import (
    ASKED_FLAGS,
    DOOR_WORDS,
    MOST_EXCLUDED,
    TIES,
    URGENCIES,
    USUAL_MINUTES,
    RequestForm,
    selectable,
)
from service.web.typed_times import typed_moment
from service.web.wording import LEVEL_WORDS, VENUE_HINT, opened

MODES: Mapping[str, str] = {"online": "online, by Teams", "in_person": "in person", "phone": "by phone"}


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One agency that would be asked, in words."""

    agency: str
    level: str
    reasons: tuple[str, ...]
    told: str


@dataclass(frozen=True, slots=True)
class WhoPanel:
    """Who would have to come, beside the form; or what is still missing to say so."""

    seats: tuple[SeatRow, ...] = ()
    clocks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What stands on an empty page of somebody who has begun a request and not sent it: where Back leads, for one."""

    href: str
    touched: str
    others: int
    list_href: str


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form with everything that can be chosen in it."""

    partnership: str
    action: str
    back: Mapping[str, str]
    form: RequestForm
    kinds: Mapping[str, str]
    version: int | None = None
    who: WhoPanel = WhoPanel()
    who_href: str = ""
    # The id that its draft will have, where it begins one.
    begins: str = ""
    unfinished: Unfinished | None = None

    @property
    def meeting_types(self) -> list[dict[str, Any]]:
        """The kinds of meeting of this partnership's policy."""
        return selectable(self.kinds, self.form.values.get("meeting_type", ""), "Choose a kind")

    @property
    def urgencies(self) -> list[dict[str, Any]]:
        """How soon it must be."""
        return [{"value": value, "text": _opened(text)} for value, text in URGENCIES.items()]

    @property
    def doors(self) -> list[dict[str, Any]]:
        """By which door the case came."""
        return selectable(DOOR_WORDS, self.form.values.get("came_through", ""), "Not known")

    @property
    def modes(self) -> list[dict[str, Any]]:
        """How people meet."""
        return selectable(MODES, self.form.values.get("mode", "online"))

    @property
    def venue_hint(self) -> str:
        """What to write as the place, and what becomes of it."""
        return VENUE_HINT

    @property
    def circumstances(self) -> list[dict[str, Any]]:
        """What has happened, in plain words."""
        return self._boxes("circ-", CIRCUMSTANCES)

    @property
    def roles(self) -> list[dict[str, Any]]:
        """Agencies that may be involved already."""
        return self._boxes("role-", {role: role_words(role) for role in ROLES})

    @property
    def most_excluded(self) -> int:
        """How many agencies that must not be told there is room for."""
        return MOST_EXCLUDED

    def flags(self, number: int) -> list[dict[str, Any]]:
        """What may be true of one child."""
        return self._boxes(f"c{number}-flag-", ASKED_FLAGS)

    def ties(self, number: int) -> list[dict[str, Any]]:
        """What one person may be to the child."""
        return self._boxes(f"p{number}-tie-", TIES)

    def which(self, number: int) -> list[dict[str, Any]]:
        """Which of several children one person is tied to."""
        return self._boxes(f"p{number}-child-", {str(child): f"child {child}" for child in self.form.children})

    def chosen_role(self, name: str) -> list[dict[str, Any]]:
        """A list of agencies with the one that was chosen."""
        roles = {role: role_words(role) for role in ROLES}
        return selectable(roles, self.form.values.get(name, ""), "None")

    def _boxes(self, prefix: str, known: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            {
                "name": f"{prefix}{key}",
                "id": f"{prefix}{key}",
                "value": "1",
                "text": _opened(words),
                "checked": bool(self.form.values.get(f"{prefix}{key}")),
            }
            for key, words in known.items()
        ]


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """One suggested start: its value, its words, and why it is good or whom it leaves out."""

    value: str
    text: str
    hint: str


def times_and_common(
    starts: Sequence[tuple[datetime, str, Sequence[str]]],
) -> tuple[tuple[TimeChoice, ...], tuple[str, ...]]:
    """Each start with what is said of it alone; and what is said of every one, which is then said once."""
    common = tuple(said for said in starts[0][2] if all(said in each[2] for each in starts)) if len(starts) > 1 else ()
    times = tuple(
        TimeChoice(start.isoformat(), text, " ".join(said for said in sentences if said not in common))
        for start, text, sentences in starts
    )
    return times, common


@dataclass(frozen=True, slots=True)
class CheckPage:
    """Who must come and why, the two clocks, the times; and the button that says the act."""

    action: str
    form_href: str
    drop_href: str
    form: RequestForm
    seats: tuple[SeatRow, ...]
    clocks: tuple[str, ...]
    times: tuple[TimeChoice, ...]
    facts: list[dict[str, Any]]
    invited: int
    gaps: int
    may_read: bool
    version: int | None = None
    common: tuple[str, ...] = ()

    @property
    def time_items(self) -> list[dict[str, Any]]:
        """The radio buttons of the time."""
        items: list[dict[str, Any]] = [
            {"value": each.value, "text": each.text, **({"hint": {"text": each.hint}} if each.hint else {})}
            for each in self.times
        ]
        if items:
            items.append({"divider": "or"})
        return [
            *items,
            {"value": "own", "text": "A time that is agreed already, or another one"},
            {"value": "later", "text": "Choose the time later", "hint": {"text": "Nobody is invited until then."}},
        ]

    @property
    def button(self) -> str:
        """What the button does."""
        return invitations_words(self.invited)


def invitations_words(number: int) -> str:
    """What the button that sends says."""
    return f"Send {number} invitation{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class AgencyMessage:
    """What one agency will get, word for word."""

    agency: str
    inbox: str
    address: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class BeforeSending:
    """What is shown once more before anything leaves: every message, or whose notice is short."""

    action: str
    back_href: str
    version: int
    slot: str
    when: str
    button: str
    messages: tuple[AgencyMessage, ...]
    short: tuple[str, ...]

    @property
    def short_heading(self) -> str:
        """How many agencies get less notice than they are owed."""
        number = len(self.short)
        return f"{number} {'agency gets' if number == 1 else 'agencies get'} less notice than they are owed"


def seat_row(role: str, level: str, reasons: Sequence[str], told: str) -> SeatRow:
    """One agency in words."""
    return SeatRow(_opened(role_words(role)), LEVEL_WORDS.get(level, opened(level)), tuple(reasons), told)


def facts_rows(form: RequestForm, kinds: Mapping[str, str], steps: str, now: datetime) -> list[dict[str, Any]]:
    """The answers to check, without a name: who looks over a shoulder learns no more than from the worklist.

    ``steps`` is the address of the questions; each answer can be changed by itself, and leads back here.
    """
    values = form.values
    recorded = typed_moment(values.get("concern_day", ""), values.get("concern_time", ""), now, past=True).instant
    rows = [
        ("kind", "Kind of meeting", kinds.get(values.get("meeting_type", ""), "")),
        ("soon", "How soon", URGENCIES.get(values.get("urgency", ""), "")),
        ("case", "Case", values.get("case_ref", "")),
        ("concern", "Concern recorded", words(recorded) if recorded else ""),
        ("door", "Which way it came", DOOR_WORDS.get(values.get("came_through", ""), "")),
        ("children", "Children", str(sum(_filled(values, f"c{number}-") for number in form.children))),
        ("happened", "What has happened", ", ".join(_ticked(values, "circ-", CIRCUMSTANCES))),
        ("people", "Other people", str(sum(_filled(values, f"p{number}-") for number in form.people))),
        (
            "not-told",
            "Must not be told",
            ", ".join(role_words(values[f"x{number}-role"]) for number in form.excluded if f"x{number}-role" in values),
        ),
        ("involved", "Already work with the family", ", ".join(role_words(r) for r in ROLES if f"role-{r}" in values)),
        ("mode", "How they meet", _how(values)),
        ("chair", "Chair", values.get("chair", "")),
    ]
    return [
        {
            "key": {"text": key},
            "value": {"text": _opened(value) or "None given"},
            "actions": {
                "items": [{"href": f"{steps}/{step}?from=check", "text": "Change", "visuallyHiddenText": key.lower()}]
            },
        }
        for step, key, value in rows
    ]


def _how(values: Mapping[str, str]) -> str:
    """How, where and for how long they meet."""
    said = [MODES.get(values.get("mode", "online"), ""), values.get("venue", "")]
    minutes = values.get("minutes", str(USUAL_MINUTES))
    return ", ".join([*(each for each in said if each), f"{minutes} minutes"])


def _filled(values: Mapping[str, str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in values)


def _ticked(values: Mapping[str, str], prefix: str, known: Mapping[str, str]) -> Iterable[str]:
    return (words for key, words in known.items() if f"{prefix}{key}" in values)
