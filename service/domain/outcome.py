"""What a strategy meeting came to, as the agenda asks: the enquiry, the police, the actions, the next meeting.

The questions are those of Knowsley's strategy agenda (19 March 2025) and Milton Keynes 5.8. The decision about a
medical stands with the medical itself (``service.domain.medical``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.domain.deadlines import due_before
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar


class Decided(StrEnum):
    """What a strategy meeting decides to do (Knowsley's enumeration, with its questions on interviews and law)."""

    ASSESSMENT = "child_and_family_assessment"
    ENQUIRY = "section_47_enquiry"
    REFERRAL = "referral_to_another_agency"
    FOLLOW_UP = "follow_up_strategy_meeting"
    INTERVIEW = "achieving_best_evidence_interview"
    LEGAL = "legal_action"
    NOTHING = "no_further_action"


class Police(StrEnum):
    """Whether the police investigate."""

    JOINT = "joint"
    POLICE_ALONE = "police_alone"
    NONE = "none"


class ActionState(StrEnum):
    """What became of an action."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a meeting came to. Instants are aware; None: not said.

    ``s47_started_at`` is when the section 47 enquiry actually started (S47ActualStartDate of the national return).
    """

    decided: tuple[Decided, ...] = ()
    s47_started_at: datetime | None = None
    police: Police | None = None
    next_meeting_at: datetime | None = None


def problem_of(outcome: Outcome) -> str | None:
    """What is contradictory in an outcome, as a sentence that says how to mend it; None when nothing is."""
    decided = set(outcome.decided)
    if Decided.NOTHING in decided and (len(decided) > 1 or outcome.s47_started_at is not None):
        return "No further action stands alone. Take it out, or everything that was decided beside it."
    if outcome.s47_started_at is not None and Decided.ENQUIRY not in decided:
        return f"An enquiry that has started was decided on: add {Decided.ENQUIRY} to what was decided."
    return None


def report_due(start: datetime | None, figure: Span | None, calendar: WorkingCalendar) -> datetime | None:
    """The last instant (UTC) at which a written report is in time; None where the policy sets no figure, or no start.

    Raises:
        CalendarTooShortError: ``start`` lies beyond the known bank holidays.
    """
    if start is None or figure is None or figure.unit in {Unit.ASAP, Unit.GESTATION_WEEK}:
        return None
    return due_before(start, figure, calendar)


def in_time(received: datetime, due: datetime | None) -> bool | None:
    """Whether a report came in time; None where nothing says by when."""
    return None if due is None else received <= due


def overdue(due_on: date | None, state: ActionState, today: date) -> bool:
    """Whether an action is open after its day (London days)."""
    return state is ActionState.OPEN and due_on is not None and due_on < today
