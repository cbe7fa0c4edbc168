"""What the page of openings shows: who was let see what is sealed, and who tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One opening or refusal, in words."""

    at: str
    who: str
    what: str
    proof: str
    reason: str
    reference: str
    href: str


@dataclass(frozen=True, slots=True)
class OpeningsPage:
    """The page. ``period`` is empty while the days asked for are wrong."""

    href: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    period: str
    rows: tuple[OpeningRow, ...]
    cut_off: bool
    evidence_href: str = ""

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links."""
        return [{"text": said, "href": f"#{name}"} for name, said in self.errors.items()]
