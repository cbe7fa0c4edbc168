"""Reads of kept dip samples and of the verdicts on their meetings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t


@dataclass(frozen=True, slots=True)
class KeptSample:
    """A sample as it was asked for, its seal, and how many verdicts were recorded on it. Days are London days."""

    seal: str
    first: date
    last: date
    size: int
    seed: str
    strata: str
    kept_by: str
    kept_at: datetime
    verdicts: int


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """What a reviewer said of one meeting, beside what the system said then."""

    reference: str
    question: str
    verdict: bool
    system_said: str
    reviewer: str
    reviewed_at: datetime


async def kept_samples(conn: AsyncConnection, partnership: str) -> list[KeptSample]:
    """Every kept sample of a partnership, oldest first."""
    d, v = t.dip_samples.c, t.dip_verdicts.c
    number = select(func.count()).where(v.sample_id == d.id).correlate(t.dip_samples).scalar_subquery()
    found = await conn.execute(
        select(d.seal, d.first_day, d.last_day, d.size, d.seed, d.strata, d.kept_by, d.kept_at, number)
        .where(d.partnership_id == partnership)
        .order_by(d.id)
    )
    return [KeptSample(*row) for row in found]


async def verdicts_of(conn: AsyncConnection, partnership: str, seal: str) -> list[KeptVerdict]:
    """The verdicts on a kept sample, by meeting and question. References of restricted cases are among them: the
    caller shows only those of meetings the reader may know of."""
    v, m = t.dip_verdicts.c, t.meetings.c
    found = await conn.execute(
        select(m.reference, v.question, v.verdict, v.system_said, v.reviewer, v.reviewed_at)
        .join(t.dip_samples, t.dip_samples.c.id == v.sample_id)
        .join(t.meetings, m.id == v.meeting_id)
        .where(v.partnership_id == partnership, t.dip_samples.c.seal == seal)
        .order_by(m.reference, v.question)
    )
    return [KeptVerdict(*row) for row in found]
