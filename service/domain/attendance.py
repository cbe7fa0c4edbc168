"""Attendance and the agreed standard: who came, who only wrote, and a percentage that says out of what.

Rows are (meeting, agency place) pairs, as the audit table of an inspection has them. The three denominators are:

* ``all``: every meeting that took place, whether or not the agency was asked. It penalises not being invited.
* ``invited``: the places that were invited. It hides that somebody was never invited.
* ``required``: the places the policy required, invited or not. The default, because it does neither.

Cancelled meetings leave every denominator and are counted apart; so are places not recorded yet. A written report
is a contribution and not attendance. Every percentage carries its n and a 95% Wilson interval.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.domain.london import to_local
from service.domain.rates import Rate, rate_of, wilson

__all__ = [
    "DEPUTY_WORDS",
    "JOINED_LEVEL",
    "OUTCOME_WORDS",
    "AttendanceFact",
    "Contribution",
    "Denominator",
    "Deputy",
    "How",
    "Line",
    "Outcome",
    "Rate",
    "as_groups",
    "by_agency",
    "by_group",
    "by_month",
    "month_of",
    "overall",
    "present",
    "rate",
    "rate_of",
    "wilson",
]


class Outcome(StrEnum):
    """What became of one agency's place. Screens show ``OUTCOME_WORDS``."""

    ATTENDED = "attended"
    REPRESENTED = "represented"
    REPORT_ONLY = "report_only"
    APOLOGIES = "apologies"
    NO_ANSWER = "no_answer"


OUTCOME_WORDS: dict[Outcome | None, str] = {
    Outcome.ATTENDED: "came",
    Outcome.REPRESENTED: "someone came instead",
    Outcome.REPORT_ONLY: "sent written information",
    Outcome.APOLOGIES: "did not come, sent apologies",
    Outcome.NO_ANSWER: "did not come, no answer",
    None: "not recorded yet",
}


class How(StrEnum):
    """How an agency was present."""

    IN_PERSON = "in_person"
    TEAMS = "teams"
    PHONE = "phone"


class Contribution(StrEnum):
    """What an agency brought: it spoke from its records, it sent information, or neither."""

    SPOKE_FROM_RECORDS = "spoke_from_records"
    SENT_INFORMATION = "sent_information"
    NONE = "none"


class Deputy(StrEnum):
    """Who came in an agency's place, as a kind of person: a name is sealed words. The list is this service's own."""

    COLLEAGUE = "colleague"
    DUTY_WORKER = "duty_worker"
    MANAGER = "manager"
    SPECIALIST = "specialist"
    OTHER_SERVICE = "other_service"


DEPUTY_WORDS: dict[Deputy, str] = {
    Deputy.COLLEAGUE: "a colleague of the same team",
    Deputy.DUTY_WORKER: "the duty worker",
    Deputy.MANAGER: "a manager",
    Deputy.SPECIALIST: "a named or specialist professional",
    Deputy.OTHER_SERVICE: "somebody of another service",
}


# An agency brought in during the meeting counts in attendance like one the policy asks for on a condition.
JOINED_LEVEL = "conditional"


class Denominator(StrEnum):
    """Out of what a percentage is counted; see the module's head."""

    REQUIRED = "required"
    INVITED = "invited"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class AttendanceFact:
    """One agency's place at one meeting. ``month`` is the London month of its start, "2026-11".

    ``outcome`` is None until it is recorded. ``required`` and ``invited`` differ when a required agency was never
    asked, and when one was asked beyond the policy. A further ``sitting`` of an adjourned meeting has facts of its own,
    of the agencies recorded for it.
    """

    meeting_ref: str
    month: str
    role: str
    group: str
    level: str
    invited: bool
    required: bool
    outcome: Outcome | None
    cancelled: bool = False
    sitting: int = 1
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report. ``cancelled`` counts meetings; the others count places.

    ``not_confirmed`` are counted in the rate and wait for the chair.
    """

    key: str
    rate: Rate
    cancelled: int
    not_recorded: int
    report_only: int
    not_confirmed: int


def month_of(start: datetime) -> str:
    """The London month a meeting counts in: "2026-11"."""
    return f"{to_local(start):%Y-%m}"


def present(outcome: Outcome | None) -> bool:
    """Whether the place was filled: the agency came, or someone came for it."""
    return outcome is Outcome.ATTENDED or outcome is Outcome.REPRESENTED


def rate(
    rows: Iterable[AttendanceFact],
    denominator: Denominator = Denominator.REQUIRED,
    *,
    recorded: Collection[str] | None = None,
    agencies: Collection[str] | None = None,
) -> Rate:
    """The attendance of ``rows`` out of the named denominator.

    ``required`` counts the required places and ``invited`` the invited ones. ``all`` counts, for each agency, every
    place it had and one for each recorded meeting at which it had none, so that lines by agency add up to the total.
    A place that was not invited has no outcome of its own; it counts as absent once its meeting is recorded.

    ``recorded`` (meetings with any outcome) and ``agencies`` (roles) default to those of ``rows``; hand them in when
    ``rows`` are a part of a larger table.
    """
    rows = list(rows)
    known = _recorded(rows) if recorded is None else recorded
    counted = [row for row in rows if _settled(row, known) and _belongs(row, denominator)]
    of = len(counted)
    if denominator is Denominator.ALL:
        of += _never_asked(rows, known, {row.role for row in rows} if agencies is None else agencies)
    return rate_of(sum(present(row.outcome) for row in counted), of)


def _recorded(rows: Iterable[AttendanceFact]) -> frozenset[str]:
    return frozenset(row.meeting_ref for row in rows if row.outcome is not None and not row.cancelled)


def _settled(row: AttendanceFact, recorded: Collection[str]) -> bool:
    if row.cancelled:
        return False
    return row.outcome is not None or (not row.invited and row.meeting_ref in recorded)


def _belongs(row: AttendanceFact, denominator: Denominator) -> bool:
    match denominator:
        case Denominator.REQUIRED:
            return row.required
        case Denominator.INVITED:
            return row.invited
        case Denominator.ALL:
            return True


def _never_asked(rows: Iterable[AttendanceFact], recorded: Collection[str], agencies: Collection[str]) -> int:
    """Pairs of a recorded meeting and an agency that had no place at it."""
    had_a_place = {(row.meeting_ref, row.role) for row in rows}
    pairs = sum(meeting in recorded and role in agencies for meeting, role in had_a_place)
    return len(recorded) * len(agencies) - pairs


def by_agency(rows: Iterable[AttendanceFact], denominator: Denominator = Denominator.REQUIRED) -> tuple[Line, ...]:
    """One line for each role, in alphabetical order."""
    rows = list(rows)
    recorded = _recorded(rows)
    parts = _parts(rows, lambda row: row.role)
    return tuple(_line(role, part, denominator, recorded) for role, part in parts)


def by_group(rows: Iterable[AttendanceFact], denominator: Denominator = Denominator.REQUIRED) -> tuple[Line, ...]:
    """One line for each agency group: "health came" means that any of its roles did (one place per meeting)."""
    return by_agency(as_groups(rows), denominator)


def by_month(rows: Iterable[AttendanceFact], denominator: Denominator = Denominator.REQUIRED) -> tuple[Line, ...]:
    """One line for each London month, earliest first. Under ``all`` every agency of the table counts each month."""
    rows = list(rows)
    agencies = {row.role for row in rows}
    parts = _parts(rows, lambda row: row.month)
    return tuple(_line(month, part, denominator, _recorded(part), agencies) for month, part in parts)


def overall(rows: Iterable[AttendanceFact], denominator: Denominator = Denominator.REQUIRED) -> Line:
    """The whole table as one line."""
    rows = list(rows)
    return _line("all", rows, denominator, _recorded(rows))


def _parts(
    rows: Iterable[AttendanceFact], key: Callable[[AttendanceFact], str]
) -> list[tuple[str, list[AttendanceFact]]]:
    parts: defaultdict[str, list[AttendanceFact]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return sorted(parts.items())


def _line(
    key: str,
    rows: Sequence[AttendanceFact],
    denominator: Denominator,
    recorded: Collection[str],
    agencies: Collection[str] | None = None,
) -> Line:
    counted = [row for row in rows if not row.cancelled and _belongs(row, denominator)]
    return Line(
        key=key,
        rate=rate(rows, denominator, recorded=recorded, agencies=agencies),
        cancelled=len({row.meeting_ref for row in rows if row.cancelled}),
        not_recorded=sum(not _settled(row, recorded) for row in counted),
        report_only=sum(row.outcome is Outcome.REPORT_ONLY for row in counted),
        not_confirmed=sum(row.outcome is not None and not row.confirmed for row in counted),
    )


# From the fullest presence down: a group is as present as its most present role.
_FULLEST_FIRST = tuple(Outcome)


def as_groups(rows: Iterable[AttendanceFact]) -> list[AttendanceFact]:
    """One place per sitting and agency group, with the group's name as its role.

    The group was required or invited if any of its roles was, and did what its most present role did. While nobody
    of it has come and an invited role is not recorded yet, the group is not recorded either.
    """
    together: defaultdict[tuple[str, int, str], list[AttendanceFact]] = defaultdict(list)
    for row in rows:
        together[row.meeting_ref, row.sitting, row.group].append(row)
    return [
        replace(
            places[0],
            role=group,
            invited=any(place.invited for place in places),
            required=any(place.required for place in places),
            outcome=_fullest(places),
            confirmed=all(place.confirmed for place in places if place.outcome is not None),
        )
        for (_, _, group), places in together.items()
    ]


def _fullest(places: Sequence[AttendanceFact]) -> Outcome | None:
    known = [place.outcome for place in places if place.outcome is not None]
    best = min(known, key=_FULLEST_FIRST.index, default=None)
    waiting = any(place.invited and place.outcome is None for place in places)
    return None if waiting and not present(best) else best
