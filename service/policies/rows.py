"""One row of a pack, read key by key: each value checked as it is taken, and whatever was not taken refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from service.domain.policy import Confidence, Figure, Provenance
from service.domain.spans import LAST_GESTATION_WEEK, UNCOUNTED, Span, Unit
from service.policies.refusal import PolicyRefused, did_you_mean

Table = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)

UNSET = "unset"

_COUNTED = re.compile(r"(\d+) ([a-z]+(?: [a-z]+)?)")
_WEEK = re.compile(r"week (\d{1,2}) of the pregnancy")
_UNITS = {unit.replace("_", " "): unit for unit in Unit if unit not in {*UNCOUNTED, Unit.GESTATION_WEEK}}
_WORDS = {"same day": Span(0, Unit.SAME_DAY), "as soon as possible": Span(0, Unit.ASAP)}


class Row:
    """A table of a pack with its place (file, and rule id or dotted name) for sentences.

    Take the keys one by one, then call ``done``: a key nobody took is a typing error, and refused.
    """

    def __init__(self, file: str, where: str, table: object) -> None:
        self.file = file
        self.where = where
        if not isinstance(table, Mapping):
            self.refuse("this must be a table of names and values")
        self._table: Table = table
        self._taken: set[str] = set()

    def refuse(self, sentence: str) -> NoReturn:
        """Refuse this row with a sentence.

        Raises:
            PolicyRefused: always.
        """
        raise PolicyRefused(self.file, self.where, sentence)

    def has(self, key: str) -> bool:
        """Whether the row gives this key."""
        return key in self._table

    @property
    def names(self) -> tuple[str, ...]:
        """Every key the row gives."""
        return tuple(self._table)

    def take(self, key: str) -> Any:
        """The raw value as TOML gave it; the typed takers below are for everyone else.

        Raises:
            PolicyRefused: the key is missing.
        """
        if key not in self._table:
            self.refuse(f"{key!r} is missing")
        self._taken.add(key)
        return self._table[key]

    def table(self, key: str) -> dict[str, Any]:
        """A table inside this row, as it stands; empty where the key is absent."""
        value = self.take(key) if self.has(key) else {}
        if not isinstance(value, dict):
            self.refuse(f"{key!r} must be a table, under [{key}]")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty, or the default where the key is absent."""
        if default is not None and not self.has(key):
            return default
        value = self.take(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{key!r} must be words in quotes")
        return value

    def switch(self, key: str) -> bool:
        """True or false; false where the key is absent."""
        value = self.take(key) if self.has(key) else False
        if not isinstance(value, bool):
            self.refuse(f"{key!r} must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none twice; empty where the key is absent."""
        value = self.take(key) if self.has(key) else []
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            self.refuse(f"{key!r} must be a list of words in quotes")
        if len(set(value)) < len(value):
            self.refuse(f"{key!r} names something twice")
        return tuple(value)

    def word(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """One of the known words, with the nearest one named in the refusal."""
        word = self.text(key, default)
        self.check_word(word, known, key)
        return word

    def words(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of known words."""
        found = self.texts(key)
        known = tuple(known)
        for word in found:
            self.check_word(word, known, key)
        return found

    def check_word(self, word: str, known: Iterable[str], what: str) -> None:
        """Refuse a word that is not known for ``what``."""
        known = tuple(known)
        if word not in known:
            self.refuse(f"{what!r} does not know {word!r}{did_you_mean(word, known)}")

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """One member of an enum, by its value."""
        return kind(self.word(key, [str(each) for each in kind], None if default is None else str(default)))

    def day(self, key: str) -> date:
        """A date, as TOML writes it or in quotes: 2027-03-31."""
        value = self.take(key)
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except (TypeError, ValueError):
            self.refuse(f"{key!r} must be a date such as 2027-03-31")

    def span(self, key: str) -> Span | None:
        """A length of time in words ("5 working days", "same day"); None for "unset"."""
        value = self.text(key)
        if value == UNSET:
            return None
        if value in _WORDS:
            return _WORDS[value]
        week = _WEEK.fullmatch(value)
        if week is not None and 1 <= int(week[1]) <= LAST_GESTATION_WEEK:
            return Span(int(week[1]), Unit.GESTATION_WEEK)
        found = _COUNTED.fullmatch(value)
        name = found[2] if found else ""
        unit = _UNITS.get(name) or _UNITS.get(f"{name}s")
        if found is None or unit is None:
            units = ", ".join(_UNITS)
            self.refuse(
                f"{value!r} is no length of time: write a whole number and one of {units}; or same day, "
                "as soon as possible, week 34 of the pregnancy, unset"
            )
        return Span(int(found[1]), unit)

    def row(self, key: str) -> Row:
        """A table inside this row, as a row of its own."""
        return Row(self.file, f"{self.where}.{key}" if self.where else key, self.take(key))

    def rows(self, key: str) -> tuple[Row, ...]:
        """A list of tables inside this row; empty where the key is absent."""
        value = self.take(key) if self.has(key) else []
        if not isinstance(value, list):
            self.refuse(f"{key!r} must be a list of rows, each under [[{key}]]")
        prefix = f"{self.where}.{key}" if self.where else key
        return tuple(Row(self.file, f"{prefix}[{number}]", each) for number, each in enumerate(value, 1))

    def provenance(self) -> Provenance:
        """Source, edition, confidence, owner and review date: every figure and rule carries all five."""
        return Provenance(
            source=self.text("source"),
            edition=self.text("edition"),
            confidence=self.choice("confidence", Confidence),
            owner=self.text("owner"),
            review_by=self.day("review_by"),
        )

    def figure(self) -> Figure:
        """This row as a figure."""
        value = self.span("value")
        statutory = self.switch("statutory")
        if statutory and value is None:
            self.refuse("an unset figure cannot be statutory")
        figure = Figure(value, self.provenance(), statutory)
        self.done()
        return figure

    def done(self) -> None:
        """Refuse the keys nobody took.

        Raises:
            PolicyRefused: the row holds a key that is not known here.
        """
        for key in self._table:
            if key not in self._taken:
                self.refuse(f"{key!r} is not a name this row knows{did_you_mean(key, sorted(self._taken))}")
