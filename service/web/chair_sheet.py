"""The chair's sheet: who is let in, whether enough come, what to ask before deciding, and lines to write on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.web.outcome_words import DECIDED_WORDS
from service.web.wording import PhoneLink

# These questions are this service's own: no procedure's wording is repeated, and a partnership's agenda comes first.
CHILD = (
    "Who has seen the child, when, and was the child seen alone?",
    "What does the child say has happened, and what does the child want to happen?",
    "Where a child cannot say it: what do those who know the child see?",
    "Does the child need an interpreter, an intermediary or an advocate to be heard?",
)
FAMILY = (
    "What do the parents or carers say? Who has asked them?",
    "Have they been told of the concern? If not: would telling them put somebody at risk, and who decides when?",
    "Who else in the family keeps the child safe, or needs to be heard?",
)
LEGAL = (
    "Is legal advice needed before this is decided?",
    "What may be shared, and is consent needed or is it set aside? Why?",
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """One agency's line of the admit list."""

    agency: str
    level: str
    who: str
    inbox: str
    phone: PhoneLink | None


@dataclass(frozen=True, slots=True)
class ChairSheet:
    """The whole sheet. Nothing of a child or a family stands on it."""

    reference: str
    meeting_href: str
    as_of: str
    summary_rows: list[dict[str, Any]]
    warnings: tuple[str, ...]
    admitted: tuple[Admitted, ...]
    quorum: tuple[str, ...]
    clocks: tuple[str, ...]
    legal: tuple[str, ...]
    medical: tuple[str, ...]
    family_href: str
    child: tuple[str, ...] = CHILD
    family: tuple[str, ...] = FAMILY
    decided: tuple[str, ...] = tuple(f"{said[:1].upper()}{said[1:]}" for said in DECIDED_WORDS.values())
