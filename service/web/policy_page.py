"""What the policy's pages show: every figure with its source, drafts, and what a draft would have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure in words. ``mark``: "not set" or "to be reviewed", or nothing."""

    about: str
    told: str
    mark: str
    source: str
    owner: str
    review_by: str


@dataclass(frozen=True, slots=True)
class TypeSection:
    """One meeting type."""

    name: str
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft or published version. ``own``: the reader made it, and cannot publish it.

    ``warning``: what to say where the packs it was merged with have changed since.
    """

    note: str
    made: str
    state: str
    is_open: bool
    own: bool
    href: str
    warning: str = ""
    first_day: str = ""


def first_day_field(draft: UUID) -> str:
    """The name of a draft's own field on a page that may list several."""
    return f"first_day_{draft}"


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """The page. ``errors`` by field."""

    partnership: str
    pack: str
    version: str
    since: str
    done: str
    href: str
    sections: tuple[TypeSection, ...]
    drafts: tuple[DraftLine, ...]
    secure_href: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links."""
        return [{"text": said, "href": f"#{name}"} for name, said in self.errors.items()]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One agency whose invitations a draft would have changed in the period."""

    agency: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """What a draft would have done to the past; nothing is changed by looking."""

    note: str
    back_href: str
    period: str
    meetings: int
    changed: int
    rows: tuple[ChangeRow, ...]
    short_before: str
    short_after: str
    quorum_before: str
    quorum_after: str
    unplannable: int
    longer_href: str = ""
