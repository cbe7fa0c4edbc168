"""Decisions and minutes: which agency may open which, and whether it has. Never what they say.

A paper that was corrected is replaced by a newer one; the older stays, with its receipts, and nobody is asked to open
it any more. An agency has its part once it has opened every current paper that concerns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What a paper is. Decisions are agreed by the chair and out at once; minutes are agreed, then issued."""

    DECISION = "decision"
    MINUTES = "minutes"


class Proof(StrEnum):
    """How whoever opens a paper proved who they are. ``staff``: one of ours, reading for themselves;
    ``secure_mail``: sent to an inbox that was confirmed."""

    CALL_BACK = "call_back"
    CODE = "code"
    DESK_SESSION = "desk_session"
    SECURE_MAIL = "secure_mail"
    STAFF = "staff"


PROOF_WORDS: Mapping[Proof, str] = {
    Proof.CALL_BACK: "called back on the directory's number",
    Proof.CODE: "by a code sent to its inbox",
    Proof.DESK_SESSION: "signed in at its desk",
    Proof.SECURE_MAIL: "sent to its inbox by secure mail",
    Proof.STAFF: "read by staff",
}
# Somebody of ours stands between the paper and its reader, so somebody says why it is opened.
NEEDS_REASON = frozenset({Proof.CALL_BACK, Proof.STAFF})


@dataclass(frozen=True, slots=True)
class Opener:
    """Somebody who has already proved who they are: their name, by what proof, and why where staff stand between."""

    name: str
    proof: Proof
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One decision, or one part of the minutes. ``concerns`` empty: every agency's. ``issued_at`` None: not out yet."""

    id: UUID
    kind: Kind
    number: int
    concerns: frozenset[UUID]
    replaces_id: UUID | None
    agreed_by: str
    agreed_at: datetime
    issued_by: str | None
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opening:
    """One receipt: who opened which paper for which place (None: staff, for themselves), when, and by what proof."""

    place: UUID | None
    paper: UUID
    opener: str
    proof: Proof
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """How much of its part an agency has opened: ``opened`` papers of ``of``; the last opening, if any."""

    of: int
    opened: int
    last: Opening | None

    @property
    def complete(self) -> bool | None:
        """Whether it has opened all of its part; None when there is nothing for it to open."""
        return None if self.of == 0 else self.opened == self.of


def current(papers: Iterable[Paper], kind: Kind) -> tuple[Paper, ...]:
    """The papers of a kind that no later one replaces, by number; drafts of minutes too."""
    known = list(papers)
    replaced = {paper.replaces_id for paper in known}
    return tuple(sorted((p for p in known if p.kind is kind and p.id not in replaced), key=lambda paper: paper.number))


def out(papers: Iterable[Paper], kind: Kind) -> tuple[Paper, ...]:
    """The papers of a kind that agencies may open: issued, and not replaced by one that is issued."""
    return current([paper for paper in papers if paper.issued_at is not None], kind)


def part_of(papers: Iterable[Paper], place: UUID) -> tuple[Paper, ...]:
    """Those papers that concern one place."""
    return tuple(paper for paper in papers if not paper.concerns or place in paper.concerns)


def receipt(papers: Sequence[Paper], openings: Iterable[Opening], place: UUID) -> Receipt:
    """What one place has opened of its part of ``papers`` (those that are out)."""
    part = {paper.id for paper in part_of(papers, place)}
    own = [each for each in openings if each.place == place and each.paper in part]
    last = max(own, key=lambda each: each.opened_at, default=None)
    return Receipt(len(part), len({each.paper for each in own}), last)
