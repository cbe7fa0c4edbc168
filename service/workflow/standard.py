"""The standard report: the agreed measures over a period, for the command, the API and a page alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.facts import AgeBand
from service.domain.london import start_of_day
from service.domain.measures import SHARES, Share
from service.domain.meeting_facts import MeetingFact, QuorumOf, judge
from service.domain.quorum import RULES, QuorumRule
from service.domain.standard import Filter, Standard, Table, Totals, publishable_totals
from service.domain.standard import publishable as without_small_numbers
from service.policies.load import from_content
from service.store.engine import snapshot
from service.store.queries.policies import policy_history
from service.store.queries.standard import meeting_facts
from service.workflow.errors import BadTimeError
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class StandardReport:
    """The standard over the meetings that started on the London days ``first`` to ``last``, both counted.

    ``not_recorded_yet`` are the agreed measures for which the service records nothing: they have no figure.
    """

    partnership: str
    first: date
    last: date
    publishable: bool
    filter: Filter
    totals: Totals
    tables: tuple[Table, ...]
    not_recorded_yet: tuple[Share, ...]


async def standard_report(
    services: Services,
    partnership: str,
    start: date,
    end: date,
    *,
    publishable: bool = False,
    only: Filter | None = None,
) -> StandardReport:
    """The report over the London days ``start`` to ``end``, both counted. Meetings still to come do not count.

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
    standard = Standard()
    async with snapshot(services.engine) as conn:
        quorum_of = await quorums(conn, partnership)
        async for fact in _facts(conn, partnership, (start_of_day(start), after(end)), services.now()):
            if only.takes(fact):
                standard.add(judge(fact, services.calendar, quorum_of))
    totals, tables = standard.totals(), standard.tables()
    if publishable:
        totals, tables = publishable_totals(totals), tuple(map(without_small_numbers, tables))
    missing = tuple(share for share in SHARES if share.ask is None)
    return StandardReport(partnership, start, end, publishable, only, totals, tables, missing)


def after(end: date) -> datetime:
    """The instant a period that counts ``end`` is over."""
    return start_of_day(end + timedelta(days=1)) if end < date.max else start_of_day(end)


async def _facts(
    conn: AsyncConnection, partnership: str, period: tuple[datetime, datetime], now: datetime
) -> AsyncIterator[MeetingFact]:
    start, end = period
    async for fact in meeting_facts(conn, partnership, start, min(end, now)):
        yield fact
    if now < end:
        # Called off before its time came: nothing about it is still to come.
        async for fact in meeting_facts(conn, partnership, max(start, now), end):
            if fact.cancelled:
                yield fact


async def quorums(conn: AsyncConnection, partnership: str) -> QuorumOf:
    """Which quorum each published policy version set, read from its content the first time it is asked for."""
    contents = {version.hash: version.content for version in await policy_history(conn, partnership)}

    @cache
    def quorum_of(policy_hash: str, meeting_type: str) -> tuple[QuorumRule | None, Mapping[str, str]]:
        policy = from_content(contents[policy_hash])
        known = policy.meeting_types.get(meeting_type)
        rule = known.quorum.rule if known else None
        return (RULES[rule] if rule else None), policy.role_groups

    return quorum_of
