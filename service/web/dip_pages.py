"""The dip sample's pages: drawing one, and its meetings with the reviewer's verdict beside the system's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

QUESTION_WORDS: Mapping[str, str] = {
    "quorum": "Enough agencies were there (quorum)",
    "in_time": "It was held in time",
    "every_agency_came": "Every agency that had to come did",
    "every_notice_kept": "Every agency got its notice",
}
NOT_SET_WORDS: Mapping[str, str] = {
    "quorum": "cannot say, because the partnership has set no quorum for such a meeting",
    "in_time": "cannot say, because no time limit is set for such a meeting, or nobody knows when it began",
    "every_agency_came": "cannot say, because no figure is set for it",
    "every_notice_kept": "cannot say, because the partnership has set no notice for such a meeting",
}
SAID_WORDS: Mapping[str, str] = {
    "yes": "yes",
    "no": "no",
    "nothing_to_say": "nothing to judge",
    "moved_later": "moved to a later day since",
}
CHOICES: Mapping[str, str] = {"yes": "Yes", "no": "No", "": "Not looked at"}


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One sample that was kept."""

    href: str
    seal: str
    period: str
    size: int
    seed: str
    verdicts: int
    kept: str


@dataclass(frozen=True, slots=True)
class DrawPage:
    """Drawing a sample. ``kept``: those that were drawn before, each of which gives the same list again."""

    here: str
    back_href: str
    may_review: bool
    kept: tuple[SampleLine, ...]
    months: tuple[tuple[str, str], ...]
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def items(self, name: str) -> list[dict[str, object]]:
        """The months to choose from."""
        chosen = self.values.get(name, "")
        return [{"value": value, "text": text, "selected": value == chosen} for value, text in self.months]

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links."""
        return [{"text": said, "href": f"#{name}"} for name, said in self.errors.items()]


@dataclass(frozen=True, slots=True)
class SaidCell:
    """One question of one meeting: what the system says now, and what the reviewer said."""

    question: str
    system: str
    reviewer: str
    agrees: str


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting of a sample."""

    reference: str
    href: str
    kind: str
    at: str
    cells: tuple[SaidCell, ...]


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """How far reviewer and system agree on one question."""

    question: str
    agree: str
    of: int
    percent: str
    likely: str
    not_reviewed: int
    cannot_say: int


@dataclass(frozen=True, slots=True)
class SamplePage:
    """One sample. ``rows`` are of meetings the reader may know of; ``withheld`` counts the others."""

    heading: str
    back_href: str
    csv_href: str
    said: tuple[str, ...]
    questions: tuple[str, ...]
    done: str
    withheld: int
    agreement: tuple[AgreementLine, ...]
    rows: tuple[MeetingLine, ...]
    next_href: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Judging one meeting of a sample. ``meeting_href`` is empty for whoever may not open meetings."""

    heading: str
    action: str
    back_href: str
    meeting_href: str
    summary: str
    questions: tuple[tuple[str, str, str, str], ...]

    def items(self, chosen: str) -> list[dict[str, object]]:
        """Yes, no, or not looked at."""
        return [{"value": value, "text": text, "checked": value == chosen} for value, text in CHOICES.items()]
