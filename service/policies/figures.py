"""Every figure of a policy in words, with its source: what its owner reads, signs and is reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from service.domain.clock_starts import CLOCK_WORDS
from service.domain.notice import NOT_SET
from service.domain.policy import ByUrgency, Figure, MeetingType, Policy, Provenance
from service.domain.quorum import RULES


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure. ``overdue``: its review date has passed. ``is_set`` False: no partnership has published it."""

    about: str
    told: str
    is_set: bool
    source: str
    edition: str
    confidence: str
    owner: str
    review_by: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class MeetingFigures:
    """The figures of one meeting type."""

    id: str
    name: str
    lines: tuple[FigureLine, ...]


def figures_of(policy: Policy, on: date) -> tuple[MeetingFigures, ...]:
    """Every meeting type with all of its figures, the unset ones too, as they stand on a day."""
    return tuple(
        MeetingFigures(each.id, each.name, tuple(_lines(each, on)))
        for each in sorted(policy.meeting_types.values(), key=lambda each: each.name)
    )


def _lines(each: MeetingType, on: date) -> Iterator[FigureLine]:
    yield _line("clock starts at", CLOCK_WORDS[each.clock], each.clock_provenance, on)
    yield from _by_urgency("deadline", each.deadline, on)
    for clock, figure in each.or_earlier.items():
        yield _figure(f"or from {CLOCK_WORDS[clock]}", figure, on)
    yield from _by_urgency("standard notice", each.notice_standard, on)
    yield from _by_urgency("minimum notice", each.notice_minimum, on)
    quorum = each.quorum
    yield _line("quorum", NOT_SET if quorum.rule is None else RULES[quorum.rule].words, quorum.provenance, on)
    yield _figure("reports due before", each.report_due, on)
    yield _figure("minutes due after", each.minutes_due, on)


def _by_urgency(about: str, figures: ByUrgency, on: date) -> Iterator[FigureLine]:
    yield _figure(about, figures.otherwise, on)
    for urgency, figure in figures.own.items():
        yield _figure(f"{about}, {urgency}", figure, on)


def _figure(about: str, figure: Figure, on: date) -> FigureLine:
    return _line(about, figure.words, figure.provenance, on)


def _line(about: str, told: str, provenance: Provenance, on: date) -> FigureLine:
    return FigureLine(
        about,
        told,
        told != NOT_SET,
        provenance.source,
        provenance.edition,
        str(provenance.confidence),
        provenance.owner,
        provenance.review_by,
        provenance.review_by < on,
    )
