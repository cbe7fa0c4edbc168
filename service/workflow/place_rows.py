"""The rows behind the standard: one for each agency's place at each meeting, so that a figure can be counted again.

Streamed: what is held at any moment is one batch of meetings, however many rows there are. For use inside the
partnership: nothing names a child or a family, but a reference leads to a case for whoever may open it. So the rows of
a restricted case are for its readers alone; how many meetings are left out for that, ``withheld`` says.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.domain.codebook import ROW_FIELDS
from service.domain.hours import parse
from service.domain.meeting_facts import JudgedMeeting, JudgedPlace, judge
from service.domain.notice import given
from service.domain.questions import reason_code
from service.domain.standard import Filter
from service.store.engine import snapshot
from service.store.queries.policies import policy_history
from service.store.queries.readable import Reader
from service.store.queries.standard import withheld_facts
from service.workflow.errors import BadTimeError
from service.workflow.ports import Services
from service.workflow.report import harmless
from service.workflow.standard import period_facts, rules_by_version

COLUMNS = tuple(ROW_FIELDS)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows: those of the meetings that started on the London days ``first`` to ``last``, both counted."""

    partnership: str
    first: date
    last: date
    only: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadTimeError("The last day of the rows is before their first. Swap them.")


async def csv_rows(services: Services, wanted: Rows, *, reader: Reader | None) -> AsyncGenerator[str]:
    """The rows of the meetings the reader may know of, as CSV, a batch of lines at a time, the columns' names first.

    CRLF; no cell is a formula. All of it is read from the records of one instant.

    Raises:
        CalendarTooShortError: the bank holidays of the period are not known.
    """
    yield _lines([COLUMNS])
    async with snapshot(services.engine) as conn:
        now = services.now()
        rules_of = rules_by_version(await policy_history(conn, wanted.partnership))
        # Whoever stops listening ends the read that is under way, before its connection goes back.
        facts = period_facts(services, conn, wanted.partnership, reader, wanted.first, wanted.last)
        async with aclosing(facts) as batches:
            async for batch in batches:
                taken = [fact for fact in batch if wanted.only.takes(fact)]
                yield _lines(row for fact in taken for row in _rows(judge(fact, services.calendar, rules_of, now)))


async def withheld(services: Services, wanted: Rows, *, reader: Reader | None) -> int:
    """How many meetings are left out of ``csv_rows`` because their case is not for this reader."""
    count = 0
    async with snapshot(services.engine) as conn:
        hidden = period_facts(
            services, conn, wanted.partnership, reader, wanted.first, wanted.last, read=withheld_facts
        )
        async with aclosing(hidden) as batches:
            async for batch in batches:
                count += sum(map(wanted.only.takes, batch))
    return count


def withheld_words(count: int) -> str:
    """What is said beside the rows. Empty: nothing is left out."""
    if not count:
        return ""
    meetings = "1 meeting" if count == 1 else f"{count} meetings"
    return f"The rows of {meetings} are left out, because only the people named for the case may know of it."


def _rows(meeting: JudgedMeeting) -> Iterator[Sequence[str]]:
    fact = meeting.fact
    about = (
        fact.reference,
        fact.meeting_type,
        fact.policy_hash[:12],
        harmless(fact.team),
        str(len(fact.children)),
        _said(any(child.age_band == "unborn" for child in fact.children)),
        _at(fact.starts_at),
        _said(fact.cancelled),
        fact.cancelled_because or "",
        _said(meeting.in_time),
        _said(meeting.quorate if fact.recorded else None),
        reason_code(fact.short_notice_reason) if fact.short_notice_reason else "",
        _at(meeting.report_due_at),
        _at(fact.minutes_due_at),
        _at(fact.minutes_issued_at),
        _said(meeting.minutes_in_time),
    )
    for place in meeting.places:
        yield (*about, *_place(meeting, place))


def _place(meeting: JudgedMeeting, place: JudgedPlace) -> tuple[str, ...]:
    fact, start, had = place.fact, meeting.fact.starts_at, None
    if place.told is not None and start is not None and fact.handed_at is not None:
        had = given(fact.handed_at, start, parse(fact.hours), meeting.calendar)
    return (
        fact.role,
        fact.level,
        _said(fact.invited),
        _at(fact.handed_at),
        _at(fact.seen_at),
        str(fact.owed) if fact.owed else "",
        _hours(had.elapsed) if had else "",
        _hours(had.working) if had else "",
        _said(place.kept),
        _said(place.seen_kept),
        fact.answer or "",
        str(fact.chases.count("sent")),
        str(fact.sitting),
        _said(fact.joined),
        fact.contribution or "",
        _said(fact.confirmed if fact.outcome else None),
        fact.outcome or "",
        _at(fact.report_received_at),
        _said(place.report_in_time if _owes_report(place) else None),
    )


def _owes_report(place: JudgedPlace) -> bool:
    return place.fact.required and place.fact.asked_beforehand and place.fact.invited


def _said(verdict: bool | None) -> str:  # noqa: FBT001 - the outcome itself, not a switch
    return "" if verdict is None else "yes" if verdict else "no"


def _at(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat(timespec="seconds")


def _hours(length: timedelta) -> str:
    return f"{length / _HOUR:.2f}"


def _lines(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
