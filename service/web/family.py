"""What the page of a conference's parents and the leaflet show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParentLine:
    """One parent: who, how reached, when asked to come, and what was arranged for them."""

    who: str
    route: str
    comes: str
    interpreter: str
    advocate: str
    told: str


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """The whole page. ``conference`` False: the family is never invited to this kind of meeting."""

    reference: str
    meeting_href: str
    leaflet_href: str
    conference: bool
    sharing: str
    parents: tuple[ParentLine, ...]


@dataclass(frozen=True, slots=True)
class LeafletPage:
    """The leaflet: its parts are headings with their paragraphs."""

    title: str
    version: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
