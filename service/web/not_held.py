"""The page on which staff say that a meeting could not be held today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NotHeldForm:
    """The form as it was sent, with what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page."""
        fields = ("because", "decided_role", "protects")
        return [{"text": self.errors[name], "href": f"#{name}"} for name in fields if name in self.errors]


@dataclass(frozen=True, slots=True)
class NotHeldPage:
    """The whole page. ``tried`` and ``reached`` are what the calls say, in words; ``before`` are earlier such days."""

    reference: str
    meeting_href: str
    calls_href: str
    action: str
    once: str
    tried: str
    reached: str
    before: tuple[str, ...]
    reasons: list[dict[str, str]]
    deciders: list[dict[str, str]]
    is_open: bool
