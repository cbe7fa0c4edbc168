"""Pages that are made of questions: fields as data, read with what was typed kept, shown by one template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from service.domain.london import at, local_date, to_local
from service.web.answer_form import choices, clean_text
from service.web.typed_times import DAY_WANTED, TIME_WANTED, meant_day, parse_time

LONGEST_LINE, LONGEST_WORDS = 200, 500
NO_NAMES = "Do not write anybody's name here: agencies and inspectors read it."
_DAY_HINT, _TIME_HINT = "For example, 3/12/2026", "For example, 2:30pm or 14:30"
_PAST_HINT = f"{_DAY_HINT}, today or yesterday"


class Kind(StrEnum):
    """How a field is asked."""

    LINE = "line"
    WORDS = "words"
    ONE = "one"
    PICK = "pick"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``needed`` is what is said when it is left empty; empty: it may be.

    ``known`` are its choices. ``SOME`` are boxes: each has a name of its own, ``name.value``, and sends "yes".
    """

    name: str
    label: str
    kind: Kind = Kind.LINE
    known: Mapping[Any, str] = field(default_factory=dict)
    needed: str = ""
    hint: str = ""
    longest: int = LONGEST_LINE
    width: str = ""
    rows: int = 3

    @property
    def items(self) -> list[dict[str, str]]:
        """Its choices as the macro takes them; nothing chosen first in a list that folds out."""
        blank = [{"value": "", "text": "Choose"}] if self.kind is Kind.PICK else []
        return [*blank, *choices(self.known)]


@dataclass(frozen=True, slots=True)
class Form:
    """One form with its button. ``hidden`` goes along unseen; ``warns``: what it does cannot be undone."""

    action: str
    button: str
    fields: tuple[Field, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    heading: str = ""
    intro: tuple[str, ...] = ()
    warns: bool = False

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page. A box's link leads to the first of its boxes."""
        return [
            {"text": self.errors[each.name], "href": f"#{each.name}"}
            for each in self.fields
            if each.name in self.errors
        ]

    def wrong(self, **errors: str) -> Form:
        """The same form with these sentences beside its fields; what was said first of a field stays."""
        return replace(self, errors={**errors, **self.errors})

    def filled(self, **values: str) -> Form:
        """The same form with these values in it."""
        return replace(self, values={**self.values, **values})

    def read(self, sent: Mapping[str, str]) -> Form:
        """The form as it was sent, with a sentence for each field that is wrong."""
        values: dict[str, str] = {}
        errors: dict[str, str] = {}
        for each in self.fields:
            if each.kind is Kind.SOME:
                boxes = {f"{each.name}.{value}": "yes" for value in each.known if sent.get(f"{each.name}.{value}")}
                values |= boxes
                empty = not boxes
            else:
                said = clean_text(sent.get(each.name, ""), lines=each.kind is Kind.WORDS)
                values[each.name], empty = said, not said
                chosen = said and each.kind in {Kind.ONE, Kind.PICK}
                if chosen and said not in {str(value) for value in each.known}:
                    errors[each.name] = "Choose from the list"
                elif len(said) > each.longest:
                    errors[each.name] = f"Use {each.longest} characters or fewer"
            if empty and each.needed:
                errors[each.name] = each.needed
        return replace(self, values=values, errors=errors)

    def said(self, name: str) -> str:
        """What stands in a field; empty where nothing does."""
        return self.values.get(name, "")

    def ticked(self, name: str) -> list[str]:
        """Which boxes of a field are ticked, in the order of the page."""
        known = next(each.known for each in self.fields if each.name == name)
        return [str(value) for value in known if self.values.get(f"{name}.{value}")]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that is a small form of its own. ``about`` says of what, for those who hear the page."""

    action: str
    text: str
    about: str
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, with what can be done about it."""

    text: str
    presses: tuple[Press, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page above its forms. ``quotes`` are words somebody wrote, line by line."""

    heading: str
    rows: tuple[Row, ...] = ()
    empty: str = ""
    table: Table | None = None
    quotes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ActPage:
    """A page with one act, or a few about one thing. ``closed`` says why nothing can be done now.

    ``names``: it shows words that may say who somebody is.
    """

    heading: str
    back_href: str
    intro: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    forms: tuple[Form, ...] = ()
    problem: str = ""
    closed: str = ""
    done: str = ""
    links: tuple[tuple[str, str], ...] = ()
    back_text: str = "Back to the meeting"
    names: bool = False

    @property
    def error_list(self) -> list[dict[str, str]]:
        """Every form's errors; what is wrong with none of the fields leads to the first form."""
        about_all = [{"text": self.problem, "href": "#form-1"}] if self.problem else []
        return [*about_all, *(each for form in self.forms for each in form.error_list)]


def moment(name: str, what: str, *, past: bool = False) -> tuple[Field, Field]:
    """The two fields of a day and a time: ``name_day`` and ``name_time``. ``past``: of something that has been."""
    hint = _PAST_HINT if past else _DAY_HINT
    return (
        Field(f"{name}_day", f"{what}: day", hint=hint, width="govuk-input--width-10", longest=40),
        Field(f"{name}_time", f"{what}: time", hint=_TIME_HINT, width="govuk-input--width-5", longest=20),
    )


def day(name: str, label: str) -> Field:
    """A field for a day alone."""
    return Field(name, label, hint=_DAY_HINT, width="govuk-input--width-10", longest=40)


def moment_typed(instant: datetime) -> dict[str, str]:
    """The ``day`` and the ``time`` of an instant, as somebody would type them."""
    local = to_local(instant)
    return {"day": f"{local.day}/{local.month}/{local.year}", "time": f"{local:%H:%M}"}


def moment_said(instant: datetime | None, name: str) -> dict[str, str]:
    """The values of those two fields for an instant."""
    return {} if instant is None else {f"{name}_{part}": said for part, said in moment_typed(instant).items()}


def read_day(form: Form, name: str, now: datetime, *, past: bool = False) -> tuple[date | None, Form]:
    """The day of a field, None where it is empty or wrong. ``past``: a day without a year is the last one."""
    typed = form.said(name)
    found = meant_day(typed, local_date(now), past=past) if typed else None
    if typed and found is None:
        form = form.wrong(**{name: DAY_WANTED})
    return found, form


def read_moment(form: Form, name: str, now: datetime, *, past: bool = False) -> tuple[datetime | None, Form]:
    """The instant (UTC) of a day and a time, None where both are empty or something is wrong."""
    on, form = read_day(form, f"{name}_day", now, past=past)
    typed = form.said(f"{name}_time")
    clock = parse_time(typed) if typed else None
    if typed and clock is None:
        form = form.wrong(**{f"{name}_time": TIME_WANTED})
    if on is not None and not typed:
        form = form.wrong(**{f"{name}_time": "Enter the time too"})
    if typed and not form.said(f"{name}_day"):
        form = form.wrong(**{f"{name}_day": "Enter the day too"})
    return (None if on is None or clock is None else at(on, clock)), form
