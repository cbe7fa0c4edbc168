"""The standard report: the agreed measures over a period, for the command, the API and a page alike."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.facts import AgeBand
from service.domain.london import date_words, local_date, start_of_day
from service.domain.measures import Measure
from service.domain.meeting_facts import JudgedMeeting, MeetingFact, RulesOf, TypeRules, judge
from service.domain.publishing import published, published_totals, rest_of
from service.domain.quorum import RULES
from service.domain.standard import Filter, Standard, Table, Totals, not_recorded
from service.policies.load import from_content
from service.store.engine import snapshot
from service.store.queries.policies import PolicyVersion, policy_history
from service.store.queries.readable import Reader
from service.store.queries.standard import meeting_facts
from service.workflow.errors import BadTimeError
from service.workflow.ports import Services

# Said with everything that may be published.
SUBTRACTED = (
    "Two publications can be subtracted from one another. These figures hide what would show beside the months and "
    "calendar quarters of a period of whole months, and beside the same figures not narrowed, or narrowed by fewer "
    "conditions. Put beside them no other overlapping period, and no two narrowings that overlap or add up, such as "
    "team by team."
)
# A publication of many years is held against no month of it: nobody puts a hundred packs beside it.
_MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class StandardReport:
    """The standard over the meetings that started on the London days ``first`` to ``last``, both counted.

    ``not_recorded_yet`` are the measures that have no figure because nobody has recorded, for any meeting or place of
    the period, what they would be counted from.
    ``remarks`` are what a reader must know of the period: nothing in it, not over yet, or another policy from some day.
    """

    partnership: str
    first: date
    last: date
    publishable: bool
    filter: Filter
    totals: Totals
    tables: tuple[Table, ...]
    not_recorded_yet: tuple[Measure, ...]
    remarks: tuple[str, ...] = ()


async def standard_report(
    services: Services,
    partnership: str,
    start: date,
    end: date,
    *,
    publishable: bool = False,
    only: Filter | None = None,
    watch: Callable[[MeetingFact], object] | None = None,
) -> StandardReport:
    """The report over the London days ``start`` to ``end``, both counted. Meetings still to come do not count.

    ``watch`` is told of each meeting that is counted, as it is counted.

    Raises:
        BadTimeError: ``end`` is before ``start``.
        ValueError: the filter names an age band there is not.
        CalendarTooShortError: the bank holidays of the period are not known.
    """
    if end < start:
        raise BadTimeError("The last day of the report is before its first. Swap them.")
    only = only or Filter()
    if only.age_band is not None:
        AgeBand(only.age_band)
    count = _Count(only, _whole_months(start, end), publishable=publishable)
    async with snapshot(services.engine) as conn:
        history = await policy_history(conn, partnership)
        rules_of = rules_by_version(history)
        async with aclosing(period_facts(services, conn, partnership, None, start, end)) as batches:
            async for batch in batches:
                for fact in batch:
                    if watch is not None and only.takes(fact):
                        watch(fact)
                    count.add(fact, lambda each: judge(each, services.calendar, rules_of, services.now()))
    totals, tables = count.own.totals(), count.own.tables()
    remarks = (*_about_period(totals, start, end, services.now()), *_policy_changes(history, start, end))
    if publishable:
        totals, tables = count.published(totals, tables)
    return StandardReport(partnership, start, end, publishable, only, totals, tables, not_recorded(tables), remarks)


class _Count:
    """The report itself and, where it may be published, what it will be held against: its months and the wider ones."""

    def __init__(self, only: Filter, months: Sequence[str], *, publishable: bool) -> None:
        self._only, self.own = only, Standard()
        self._months = {month: Standard() for month in months} if publishable else {}
        self._wider = {each: (Standard(), Standard()) for each in only.wider()} if publishable else {}

    def add(self, fact: MeetingFact, judged: Callable[[MeetingFact], JudgedMeeting]) -> None:
        """Count one meeting wherever it counts."""
        taken, meeting = self._only.takes(fact), None
        if taken:
            meeting = judged(fact)
            self.own.add(meeting)
            if fact.month in self._months:
                self._months[fact.month].add(meeting)
        for wider, (whole, rest) in self._wider.items():
            if wider.takes(fact):
                meeting = meeting or judged(fact)
                whole.add(meeting)
                if not taken:
                    rest.add(meeting)

    def published(self, totals: Totals, tables: tuple[Table, ...]) -> tuple[Totals, tuple[Table, ...]]:
        """The report without small numbers, and without what would give them away beside its neighbours."""
        months = {month: each.tables() for month, each in self._months.items()}
        rests = [rest_of(tables, whole.tables(), rest.tables()) for whole, rest in self._wider.values()]
        more = [whole.beside(self.own) for whole, _ in self._wider.values()]
        by_month = [each.totals() for each in self._months.values()]
        return published_totals(totals, by_month, more), published(tables, months, rests)


def _whole_months(start: date, end: date) -> tuple[str, ...]:
    """The months a period consists of, in order; none where it begins or ends within one, or is longer than years."""
    months: list[str] = []
    first = start
    while first.day == 1 and first <= end and len(months) < _MOST_MONTHS:
        months.append(f"{first:%Y-%m}")
        first = (first + timedelta(days=31)).replace(day=1)
    return tuple(months) if first == end + timedelta(days=1) else ()


def _about_period(totals: Totals, start: date, end: date, now: datetime) -> Iterator[str]:
    today = local_date(now)
    if start > today:
        yield f"This period begins on {date_words(start)}, which is still to come, so there is nothing to count yet."
    elif end > today:
        yield f"This period is not over: meetings after {date_words(today)} are still to come and do not count."
    if not totals.meetings and not totals.cancelled and start <= today:
        yield (
            "No meeting of this period took place or was cancelled, so there is nothing to count. A meeting counts by "
            "the London day it starts on; check the days, the partnership and what the figures were narrowed to."
        )


def _policy_changes(history: Sequence[PolicyVersion], start: date, end: date) -> Iterator[str]:
    """A sentence for each version that started within the period, after its first day."""
    for version in reversed(history):
        began = local_date(version.starts_at)
        if start < began <= end and version is not history[-1]:
            yield (
                f"The policy changed on {date_words(began)} (version {version.version}). Each meeting is judged by the "
                "version that planned it; for figures under one version only, ask for the days up to "
                f"{date_words(began - timedelta(days=1))} and for those from {date_words(began)} apart."
            )


def after(end: date) -> datetime:
    """The instant a period that counts ``end`` is over."""
    return start_of_day(end + timedelta(days=1)) if end < date.max else start_of_day(end)


ReadFacts = Callable[[AsyncConnection, str, Reader | None, datetime, datetime], AsyncGenerator[list[MeetingFact]]]


async def period_facts(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    reader: Reader | None,
    first: date,
    last: date,
    *,
    read: ReadFacts = meeting_facts,
) -> AsyncGenerator[list[MeetingFact]]:
    """The meetings that count in a period of London days, by start, a batch at a time.

    ``read``: those for the reader, or (``withheld_facts``) those that are not.
    """
    start, end, now = start_of_day(first), after(last), services.now()
    async with aclosing(read(conn, partnership, reader, start, min(end, now))) as batches:
        async for batch in batches:
            yield batch
    if now < end:
        # Called off before its time came: nothing about it is still to come.
        async with aclosing(read(conn, partnership, reader, max(start, now), end)) as batches:
            async for batch in batches:
                yield [fact for fact in batch if fact.cancelled]


def rules_by_version(history: Sequence[PolicyVersion]) -> RulesOf:
    """What each published policy version set for each meeting type, read from its content when first asked for."""
    contents = {version.hash: version.content for version in history}

    @cache
    def rules_of(policy_hash: str, meeting_type: str) -> TypeRules:
        policy = from_content(contents[policy_hash])
        known = policy.meeting_types.get(meeting_type)
        if known is None:
            return TypeRules(None, policy.role_groups)
        rule = known.quorum.rule
        return TypeRules(RULES[rule] if rule else None, policy.role_groups, known.report_due.value)

    return rules_of
