"""When professionals disagree: which kinds there are, and whose turn it is by the partnership's own ladder.

Each stage names to whom a disagreement goes and, where the partnership has set it, within what time. A time that runs
out takes it to the next stage. A stage without a time waits for a person to take it further: nothing is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.domain.deadlines import due
from service.domain.policy import Escalation
from service.domain.spans import Span, Unit
from service.domain.working_time import CalendarTooShortError, WorkingCalendar

_ENDLESS = frozenset({Unit.ASAP, Unit.GESTATION_WEEK})


class Kind(StrEnum):
    """What the disagreement is about."""

    DISSENT = "dissent"
    REFUSED_MEETING = "refused_meeting"
    REFUSED_TO_COME = "refused_to_come"
    REFUSED_INFORMATION = "refused_information"


KIND_WORDS: Mapping[Kind, str] = {
    Kind.DISSENT: "dissent from a decision",
    Kind.REFUSED_MEETING: "asked for a strategy meeting and was refused",
    Kind.REFUSED_TO_COME: "refused to come",
    Kind.REFUSED_INFORMATION: "refused to give information",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage as it stands: its number (0: the partnership has published no ladder), to whom, and by when (or None)."""

    number: int
    to: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One disagreement as lists know it; its words are sealed. ``decision`` is the number of the decision, if any.

    ``settle_by`` is by when the whole is to be settled; None: not set by the partnership.
    """

    id: UUID
    meeting_reference: str | None
    kind: Kind
    role: str
    decision: int | None
    rung: Rung
    settle_by: datetime | None
    state: str
    raised_by: str
    raised_at: datetime
    settled_by: str | None
    settled_at: datetime | None


def _end(since: datetime, span: Span | None, calendar: WorkingCalendar) -> datetime | None:
    if span is None or span.unit in _ENDLESS:
        return None
    try:
        return due(since, span, calendar)
    except CalendarTooShortError:
        return None


def rung(ladder: Escalation, number: int, since: datetime, calendar: WorkingCalendar) -> Rung | None:
    """The stage of a number, reached at ``since``; None when the ladder has no such stage."""
    found = next((stage for stage in ladder.stages if stage.number == number), None)
    return None if found is None else Rung(number, found.to, _end(since, found.within.value, calendar))


def first_rung(ladder: Escalation, since: datetime, calendar: WorkingCalendar) -> Rung:
    """Where a disagreement begins: the first stage, or stage 0 where the partnership has published no ladder."""
    return rung(ladder, 1, since, calendar) or Rung(0, "", None)


def settle_by(ladder: Escalation, raised_at: datetime, calendar: WorkingCalendar) -> datetime | None:
    """By when the whole is to be settled; None: not set by the partnership."""
    return _end(raised_at, ladder.resolve_within.value, calendar)
