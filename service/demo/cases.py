"""The cases of the story: one file each, the request exactly as a council would send it, and a small script beside it.

A script names an agency by its role; ``school/WC-3109-2`` is the school of that child, where there are several.
``rest`` stands for every agency that is asked and that no other step and no ``silent`` names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent / "cases"
LONDON = ZoneInfo("Europe/London")
REST = "rest"

# The story's day: a plain Tuesday in term, with no bank holiday near it.
DAY = date(2026, 12, 1)
OPENS, CLOSES = time(8, 30), time(18, 0)


def at(clock: str) -> datetime:
    """An instant of the story's day from its London time, such as "09:40"."""
    return datetime.combine(DAY, time.fromisoformat(clock), LONDON)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does: when, what, for which agencies, and the details of it."""

    at: datetime
    do: str
    roles: tuple[str, ...]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One request with its script. ``expect`` is what must be true of it at the end of the day."""

    key: str
    title: str
    drawn_from: str
    door: str
    arrives: datetime
    silent: tuple[str, ...]
    steps: tuple[Step, ...]
    expect: Mapping[str, Any]
    request: Mapping[str, Any]

    @property
    def number(self) -> str:
        """The case's number in the story."""
        return self.key.partition("-")[0]

    @property
    def partnership(self) -> str:
        """Who asks; a request that nobody can read still came through somebody's door."""
        return str(self.request.get("partnership") or self.request["la"])

    @property
    def readable(self) -> bool:
        """Whether the request has the shape the service takes in."""
        return "meeting_type" in self.request

    @property
    def named(self) -> frozenset[str]:
        """The agencies that some step or ``silent`` names."""
        return frozenset(self.silent) | {role for step in self.steps for role in step.roles if role != REST}

    def place_of(self, agency: str) -> tuple[str, str]:
        """The role of an agency, and the URN of the school or nursery it stands for (empty for all others)."""
        role, _, ref = agency.partition("/")
        field = {"school": "school_urn", "early_years": "early_years_urn"}.get(role)
        if field is None:
            return role, ""
        children = [child for child in self.request["children"] if not ref or child["ref"] == ref]
        return role, next((str(child[field]) for child in children if child.get(field)), "")


def read_case(path: Path) -> Case:
    """Read one case file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Case(
        key=path.stem,
        title=raw["title"],
        drawn_from=raw["drawn_from"],
        door=raw["door"],
        arrives=at(raw["arrives"]),
        silent=tuple(raw["silent"]),
        steps=tuple(_step(step) for step in raw["steps"]),
        expect=raw["expect"],
        request=raw["request"],
    )


def _step(raw: dict[str, Any]) -> Step:
    details = dict(raw)
    clock, do, roles = details.pop("at"), details.pop("do"), details.pop("roles", ())
    return Step(at(clock), do, tuple(roles), details)


def all_cases(folder: Path = HERE) -> Sequence[Case]:
    """Every case, by number."""
    return [read_case(path) for path in sorted(folder.glob("*.json"))]


def identities(request: Mapping[str, Any]) -> frozenset[str]:
    """Everything in a request that says who somebody is: whatever leaves the house must hold none of it."""
    found: set[str] = set()
    for one in [*request.get("children", ()), *request.get("people", ())]:
        for field in ("name", "nhs_number", "address", "birth_date", "expected_delivery_date", "school_urn"):
            found.add(str(one.get(field, "")))
        for name in [one.get("name", ""), *one.get("names", ()), *one.get("aliases", ())]:
            found.add(name)
            # A surname alone is as telling as the whole name.
            found.add(name.rpartition(" ")[2])
    return frozenset(words for words in found if len(words) > 3)
