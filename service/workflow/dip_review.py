"""A reviewer's verdicts on a dip sample, kept in the records: from the filled-in sheet or one by one.

A kept sample is its parameters and its seal; whoever reviews draws it again, and a list that is not the sealed one is
refused. Beside each verdict stands what the system said at the time, so the agreement can be counted again after a
correction. A meeting of a restricted case is reviewed only by somebody who may know of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.dip_sample import Stratum
from service.domain.rates import rate_of
from service.store.chain import JSON
from service.store.changes import audit
from service.store.changes import reviewing as changes
from service.store.ids import new_id
from service.store.queries.readable import Reader
from service.store.queries.reviewed import KeptSample, KeptVerdict, kept_samples, verdicts_of
from service.workflow.dip_sample import (
    VERDICTS,
    Agreement,
    BadSheetError,
    DipSample,
    SampledMeeting,
    dip_sample,
    reviewer_cells,
)
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A kept sample with its verdicts that this reader may see, and the agreement over all of them.

    ``sample.rows`` are of meetings the reader may know of; ``sample.sample`` names restricted ones too.
    """

    kept: KeptSample
    verdicts: tuple[KeptVerdict, ...]
    withheld: int
    agreement: tuple[Agreement, ...]
    sample: DipSample


async def keep_sample(services: Services, partnership: str, found: DipSample, *, actor: str) -> bool:
    """Keep a sample's parameters and seal. False when it was kept before."""
    asked, now = found.sample.parameters, services.now()
    row = {
        "id": new_id(now),
        "first_day": asked.first,
        "last_day": asked.last,
        "size": asked.size,
        "seed": asked.seed,
        "strata": ",".join(asked.by),
        "seal": found.sample.seal,
        "kept_by": actor,
        "kept_at": now,
    }
    async with services.engine.begin() as conn:
        if not await changes.keep_sample(conn, partnership, row):
            return False
        data: dict[str, JSON] = {"seal": found.sample.seal, "size": asked.size}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.DIP_SAMPLE_KEPT, data)])
    return True


async def keep_sheet(services: Services, partnership: str, found: DipSample, sheet: str, *, actor: str) -> int:
    """Keep every yes and no of a filled-in sheet, and the sample where it is not kept yet; returns how many are new.

    Raises:
        BadSheetError: as ``agreement``.
    """
    cells = reviewer_cells(found, sheet)
    await keep_sample(services, partnership, found, actor=actor)
    said = [
        (row, question, cells[row.reference][question] == "yes")
        for row in found.rows
        for question in VERDICTS
        if cells[row.reference][question]
    ]
    return await _keep(services, partnership, found.sample.seal, said, actor)


async def keep_verdict(
    services: Services, partnership: str, seal: str, reference: str, question: str, *, verdict: bool, reader: Reader
) -> bool:
    """Keep one verdict. False when the same was said before.

    Raises:
        BadSheetError: no such sample is kept, or the meeting is not one of it that the reader may know of.
    """
    return await keep_verdicts(services, partnership, seal, reference, {question: verdict}, reader=reader) == 1


async def keep_verdicts(
    services: Services, partnership: str, seal: str, reference: str, given: Mapping[str, bool], *, reader: Reader
) -> int:
    """Keep what a reviewer said of one meeting, by question; returns how many are new or another than before.

    Raises:
        BadSheetError: as ``keep_verdict``.
    """
    found = await _drawn_again(services, partnership, await _kept(services, partnership, seal), reader)
    row = next((row for row in found.rows if row.reference == reference), None)
    if row is None:
        raise BadSheetError(f"{reference} is not a meeting of this sample. The list has those that are.")
    for question in given:
        if question not in VERDICTS:
            raise BadSheetError(f"{question!r} is no question of a review. They are: {', '.join(VERDICTS)}.")
    said = [(row, question, verdict) for question, verdict in given.items()]
    return await _keep(services, partnership, found.sample.seal, said, reader.key)


async def _keep(
    services: Services, partnership: str, seal: str, said: Sequence[tuple[SampledMeeting, str, bool]], actor: str
) -> int:
    async with services.engine.begin() as conn:
        sample_id = await changes.lock_sample(conn, partnership, seal)
        if sample_id is None:
            raise BadSheetError("No sample of this seal is kept. Keep it first.")
        kept = [await _keep_one(services, conn, partnership, (sample_id, seal), each, actor) for each in said]
    return sum(kept)


async def _keep_one(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    sample: tuple[UUID, str],
    said: tuple[SampledMeeting, str, bool],
    actor: str,
) -> bool:
    (sample_id, seal), (meeting, question, verdict), now = sample, said, services.now()
    meeting_id = await changes.meeting_named(conn, partnership, meeting.reference)
    if meeting_id is None:
        raise BadSheetError(f"{meeting.reference} is no meeting any more. Draw the sample again.")
    before = await changes.verdict_before(conn, partnership, sample_id, meeting_id, question)
    if before is verdict:
        return False
    row = {
        "id": new_id(now),
        "sample_id": sample_id,
        "meeting_id": meeting_id,
        "question": question,
        "verdict": verdict,
        "system_said": meeting.says[VERDICTS.index(question)],
        "reviewer": actor,
        "reviewed_at": now,
    }
    await changes.put_verdict(conn, partnership, row)
    data: dict[str, JSON] = {"seal": seal, "question": question, "verdict": verdict, "before": before}
    await audit.append(
        conn, [audit.Event(partnership, meeting_id, now, actor, audit.Action.DIP_VERDICT_RECORDED, data)]
    )
    return True


async def samples(services: Services, partnership: str) -> list[KeptSample]:
    """Every kept sample, oldest first."""
    async with services.engine.connect() as conn:
        return await kept_samples(conn, partnership)


async def reviewed(services: Services, partnership: str, seal: str, *, reader: Reader) -> Reviewed:
    """A kept sample, what was said of it, and how far reviewer and system agree.

    The agreement counts every verdict, those on restricted cases too; the rows are of meetings the reader may know of.

    Raises:
        BadSheetError: no sample is kept under what the seal begins with, or several are.
    """
    kept = await _kept(services, partnership, seal)
    found = await _drawn_again(services, partnership, kept, reader)
    async with services.engine.connect() as conn:
        verdicts = await verdicts_of(conn, partnership, kept.seal)
    mine = {row.reference for row in found.rows}
    return Reviewed(
        kept,
        tuple(each for each in verdicts if each.reference in mine),
        found.withheld,
        tuple(_agreement(question, verdicts, len(found.sample.references)) for question in VERDICTS),
        found,
    )


def _agreement(question: str, verdicts: Sequence[KeptVerdict], meetings: int) -> Agreement:
    about = [each for each in verdicts if each.question == question]
    both = [("yes" if each.verdict else "no") == each.system_said for each in about if each.system_said in _SURE]
    return Agreement(question, rate_of(sum(both), len(both)), meetings - len(about), len(about) - len(both))


_SURE = frozenset({"yes", "no"})


async def _kept(services: Services, partnership: str, seal: str) -> KeptSample:
    said = seal.strip().lower()
    fits = [each for each in await samples(services, partnership) if said and each.seal.startswith(said)]
    if len(fits) != 1:
        found = "Several samples are" if fits else "No sample is"
        raise BadSheetError(f"{found} kept under a seal that begins with {said[:16]!r}. The list has every seal.")
    return fits[0]


async def _drawn_again(services: Services, partnership: str, kept: KeptSample, reader: Reader) -> DipSample:
    by = tuple(Stratum(each) for each in kept.strata.split(",") if each)
    found = await dip_sample(
        services, partnership, kept.first, kept.last, size=kept.size, seed=kept.seed, by=by, reader=reader
    )
    if found.sample.seal != kept.seal:
        raise BadSheetError("The same words give another list now than the sealed one. Tell whoever runs the service.")
    return found
