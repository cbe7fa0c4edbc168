"""A dip sample that anybody can draw again: seeded, stratified, and sealed.

Each meeting's place in the draw is the SHA-256 of the seed and its reference, so it depends on no other meeting, on no
library's random numbers and on no order of rows. Strata (month and meeting type, or either) get seats in proportion to
their size, by largest remainders; ties go to the larger stratum, then to the earlier key.

The seal is the SHA-256 of the parameters and the sorted references drawn: whoever keeps it can tell later that a list
is the one that was drawn. It says nothing of what the records say of those meetings, which may still be corrected.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Stratum(StrEnum):
    """By what a sample is stratified."""

    MONTH = "month"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One meeting of the frame. ``month`` is the London month of its start, "2026-11"."""

    reference: str
    month: str
    meeting_type: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything a draw depends on besides its frame. ``first`` and ``last`` are London days, both counted."""

    partnership: str
    first: date
    last: date
    size: int
    seed: str
    by: tuple[Stratum, ...] = (Stratum.MONTH, Stratum.TYPE)

    def lines(self) -> tuple[str, ...]:
        """The parameters as the seal reads them, one line each."""
        return (
            f"partnership={self.partnership}",
            f"from={self.first.isoformat()}",
            f"to={self.last.isoformat()}",
            f"size={self.size}",
            f"seed={self.seed}",
            f"by={','.join(self.by)}",
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stratum: its key, how many meetings it has, and the references drawn from it, in the order of the draw."""

    key: str
    of: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw and its seal (64 hexadecimal digits)."""

    parameters: Parameters
    strata: tuple[Drawn, ...]
    seal: str

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference drawn, sorted."""
        return tuple(sorted(reference for stratum in self.strata for reference in stratum.references))


def draw(frame: Sequence[Candidate], parameters: Parameters) -> Sample:
    """Draw a sample; the whole frame when it has no more than ``size`` meetings.

    Raises:
        ValueError: a size below 1.
    """
    if parameters.size < 1:
        raise ValueError("a sample has at least one meeting")
    strata: defaultdict[str, list[str]] = defaultdict(list)
    for candidate in frame:
        strata[_key(candidate, parameters.by)].append(candidate.reference)
    seats = shares({key: len(references) for key, references in strata.items()}, parameters.size)
    drawn = tuple(
        Drawn(key, len(strata[key]), tuple(_in_draw_order(strata[key], parameters.seed)[: seats[key]]))
        for key in sorted(strata)
    )
    references = sorted(reference for stratum in drawn for reference in stratum.references)
    return Sample(parameters, drawn, seal(parameters, references))


def seal(parameters: Parameters, references: Sequence[str]) -> str:
    """The SHA-256 of the parameters' lines and the sorted references, one to a line, each ending in a newline."""
    text = "".join(f"{line}\n" for line in (*parameters.lines(), *sorted(references)))
    return hashlib.sha256(text.encode()).hexdigest()


def _key(candidate: Candidate, by: Sequence[Stratum]) -> str:
    parts = {Stratum.MONTH: candidate.month, Stratum.TYPE: candidate.meeting_type}
    return " ".join(parts[each] for each in by) or "all"


def _in_draw_order(references: Sequence[str], seed: str) -> list[str]:
    return sorted(references, key=lambda reference: (_rank(seed, reference), reference))


def _rank(seed: str, reference: str) -> bytes:
    # A newline cannot stand in a reference, so no seed and reference can be read as another pair.
    return hashlib.sha256(f"{seed}\n{reference}".encode()).digest()


def shares(sizes: Mapping[str, int], seats: int) -> dict[str, int]:
    """Seats for each stratum in proportion to its size, by largest remainders; never more than it has."""
    whole = sum(sizes.values())
    if whole <= seats:
        return dict(sizes)
    given = {key: seats * size // whole for key, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda key: (-(seats * sizes[key] % whole), -sizes[key], key))
    for key in by_remainder[: seats - sum(given.values())]:
        given[key] += 1
    return given
