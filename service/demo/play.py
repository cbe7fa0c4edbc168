"""One case as it is played: what has come of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.demo.cases import Case
from service.demo.directories import Desk


@dataclass(slots=True)
class Play:
    """What has come of one case: its first answer, its meeting as last seen, and what went wrong in playing it.

    ``told`` are the keys of the news that have been told already.
    """

    case: Case
    desks: Mapping[tuple[str, str], Desk]
    taken: dict[str, Any] = field(default_factory=dict)
    again: dict[str, Any] | None = None
    meeting: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    tasks_seen: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    @property
    def reference(self) -> str:
        """The meeting's reference; empty before the request was taken in."""
        return str(self.taken.get("meeting_reference", ""))

    def agency(self, named: str) -> dict[str, Any] | None:
        """One agency's place at the meeting, by its role or ``role/child``."""
        role, _, ref = named.partition("/")
        for one in self.meeting.get("agencies", ()):
            if one["role"] == role and (not ref or ref in one["children"]):
                found: dict[str, Any] = one
                return found
        return None

    def desk(self, named: str) -> Desk:
        """The desk that does an agency's job; raises KeyError when the directory has none."""
        return self.desks[self.case.place_of(named)]

    def rest(self) -> list[str]:
        """The agencies that are asked, and that nothing in the script names."""
        asked = []
        for one in self.meeting.get("agencies", ()):
            named = one["role"]
            ways = {named, *(f"{named}/{ref}" for ref in one["children"])}
            if one["state"] == "wanted" and not ways & self.case.named:
                several = sum(other["role"] == named for other in self.meeting["agencies"]) > 1
                asked.append(f"{named}/{one['children'][0]}" if several else named)
        return asked


def spoken(named: str) -> str:
    """An agency in plain words."""
    return named.partition("/")[0].replace("_", " ")
