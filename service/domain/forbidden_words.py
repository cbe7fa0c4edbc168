"""What must not leave the house, and looking for it in bytes that are about to: names, addresses, days, numbers.

Pure: ``service.workflow.identity`` opens the identities and hands them in. A hit holds a message back, so a false alarm
may keep an agency from being called; the comments say where the line is drawn and why.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import unquote

# One or two letters are in every text; a name that short is no proof of a leak and cannot be searched for.
_SHORTEST = 3
# "Lewisham" may be all that is known of an address, and stands in every message.
_SHORTEST_ADDRESS = 3
# Letters that Unicode does not take apart into a plain one and its mark.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_POSTCODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-./_\u2010-\u2014]{1,3}(?=\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"
_IN_FIGURES = re.compile(
    r"(?=(?<!\d)(\d{4}|\d{1,2})[\s\-./_\u2010-\u2014]{1,3}(\d{1,2})[\s\-./_\u2010-\u2014]{1,3}(\d{4}|\d{1,2})(?!\d))"
)
_RUN_TOGETHER = re.compile(r"(?<!\d)\d{8}(?!\d)")
_DAY_FIRST = re.compile(rf"(?=(?<!\d)(\d{{1,2}}) ?(?:st|nd|rd|th)?(?: of)? {_MONTH} (\d{{4}}|\d{{2}})(?!\d))")
_MONTH_FIRST = re.compile(rf"(?=\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)? (\d{{4}}|\d{{2}})(?!\d))")


@dataclass(frozen=True, slots=True, repr=False)
class ForbiddenWords:
    """What must not leave, folded for comparison. Never printed, logged or stored.

    ``names`` are single words of names. Many are ordinary words too (May, Grace, Young), and our own wording is the
    same in every message, so they, and ``places`` (the parts of an address), are looked for only in the free text a
    request brought along, such as a venue.
    """

    phrases: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    digits: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()
    places: frozenset[str] = frozenset()

    def found_in(self, outgoing: bytes, free_text: str = "", said: Collection[date] = ()) -> bool:
        """Whether they stand in the bytes, also written with other case, accents, spacing, separators or escapes.

        ``said`` are the days our own wording names, those of the meeting: a child may be born, or be due, on one.
        """
        return self._in(_readings(outgoing), self.days - set(said)) or self._in_free(_normal(free_text))

    def _in(self, text: str, days: frozenset[date]) -> bool:
        folded = f" {fold(text)} "
        if any(f" {phrase} " in folded for phrase in self.phrases):
            return True
        numbers = _BETWEEN_DIGITS.sub("", text)
        return any(digits in numbers for digits in self.digits) or not days.isdisjoint(_days_in(text, folded))

    def _in_free(self, text: str) -> bool:
        if not text.strip():
            return False
        folded = f" {fold(text)} "
        together = folded.replace(" ", "")
        return (
            any(f" {name}{ending} " in folded for name in self.names for ending in ("", "s"))
            or any(whole.replace(" ", "") in together for whole in self.phrases | self.places)
            or self._in(text, self.days)
        )


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _readings(outgoing: bytes) -> str:
    """Everything a reader of the bytes could see: as they are, and with JSON, HTML and URL escapes taken out."""
    text = outgoing.decode("utf-8", errors="replace")
    try:
        text = "\n".join(_strings(json.loads(text)))
    except (ValueError, RecursionError):
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    text = unescape(text)
    return _normal("\n".join((text, re.sub(r"<[^<>]{0,500}>", " ", text), unquote(text))))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif value is not None:
        yield str(value)


def fold(text: str) -> str:
    """The words of a text for comparison: lower case, without accents, signs and separators, one space between."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    if not plain.isascii():
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", plain))


def _days_in(text: str, folded: str) -> Iterator[date]:
    """Every day the text (and folded) may mean, in figures or words, British or American, with two or four digits of
    the year."""
    for found in _IN_FIGURES.finditer(text):
        first, second, third = found.groups()
        if len(first) == 4:
            yield from _day(first, second, third)
        else:
            yield from _day(third, second, first)
            yield from _day(third, first, second)
    for run in _RUN_TOGETHER.findall(text):
        yield from _day(run[:4], run[4:6], run[6:])
        yield from _day(run[4:], run[2:4], run[:2])
    for found in _DAY_FIRST.finditer(folded):
        yield from _day(found[3], str(_MONTHS.index(found[2]) + 1), found[1])
    for found in _MONTH_FIRST.finditer(folded):
        yield from _day(found[3], str(_MONTHS.index(found[1]) + 1), found[2])


def _day(year: str, month: str, day: str) -> Iterator[date]:
    for written in (year,) if len(year) == 4 else (f"19{year:0>2}", f"20{year:0>2}"):
        try:
            yield date(int(written), int(month), int(day))
        except ValueError:
            continue


def forbidden(identities: Iterable[dict[str, Any]]) -> ForbiddenWords:
    """The words of some opened identities. An address counts whole: "Green Road" alone would refuse many a venue."""
    phrases: set[str] = set()
    names: set[str] = set()
    digits: set[str] = set()
    days: set[date] = set()
    places: set[str] = set()
    for identity in identities:
        for name in (identity.get("name", ""), *identity.get("names", ()), *identity.get("aliases", ())):
            words = fold(name).split()
            # O'Neill is looked for as "neill" and as "oneill".
            parts = {*words, *(fold(part).replace(" ", "") for part in name.split())}
            names.update(part for part in parts if len(part) >= _SHORTEST)
            if len(words) > 1:
                phrases.update((" ".join(words), " ".join([words[-1], *words[:-1]])))
        address = identity.get("address", "")
        if len(fold(address).split()) >= _SHORTEST_ADDRESS:
            phrases.add(fold(address))
        places.update(_parts_of(address))
        days.update(date.fromisoformat(iso) for key in _DATES if (iso := identity.get(key, "")))
        if number := re.sub(r"\D", "", identity.get("nhs_number", "")):
            digits.add(number)
    return ForbiddenWords(frozenset(phrases), frozenset(names), frozenset(digits), frozenset(days), frozenset(places))


_DATES = ("birth_date", "expected_delivery_date")


def _parts_of(address: str) -> Iterator[str]:
    """What points to one door: a line with a house number and a street, and the postcode."""
    for part in re.split(r"[,;\n]", address):
        folded = fold(part)
        if len(folded.split()) >= _SHORTEST_ADDRESS and any(char.isdigit() for char in folded):
            yield folded
    yield from _POSTCODE.findall(fold(address))
