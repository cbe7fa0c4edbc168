"""``convene report dip-sample``: a sealed list of meetings to review by hand, which can be drawn again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import JsonFlag, PartnershipOption, read_day
from service.commands.output import note, say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.dip_sample import Stratum
from service.domain.london import words

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.dip_sample import Agreement, DipSample
    from service.workflow.ports import Services

_LONGEST_SEED = 80
# "--by" says by what the sample is stratified.
ByReviewer = Annotated[
    str,
    typer.Option("--reviewer", help="Who reviews, for the audit; the system's user when not said.", show_default=False),
]


class SampleFormat(StrEnum):
    """How the sample is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def _strata(text: str) -> str:
    if not set(text.split(",")) <= set(Stratum):
        raise typer.BadParameter(f"{text!r} is no list of strata; write month, type or month,type.")
    return text


def _seed(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_SEED or not text.isprintable():
        raise typer.BadParameter(f"a seed has 1 to {_LONGEST_SEED} visible characters, for example 2026-Q4.")
    return text.strip()


def dip_sample(  # noqa: PLR0913 - each is an option of its own
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    size: Annotated[int, typer.Option(min=1, max=10_000, help="How many meetings.")],
    seed: Annotated[str, typer.Option(parser=_seed, metavar="WORDS", help="Any words; keep them with the list.")],
    partnership: PartnershipOption = "",
    by: Annotated[str, typer.Option(parser=_strata, metavar="LIST", help="The strata.")] = "month,type",
    form: Annotated[SampleFormat, typer.Option("--format", help="How it is written.")] = SampleFormat.TABLE,
    reviewed: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The CSV sheet a reviewer filled in: tells how far both agree."),
    ] = None,
    *,
    reviewer: ByReviewer = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the sample in the records, and what the reviewed sheet says.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Draw a sample of meetings from a period that is over. The same words give the same list on any later day."""

    sheet = _text_of(reviewed) if reviewed is not None else None

    async def act(settings: Settings, services: Services) -> DipSample:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.dip_review import keep_sample, keep_sheet  # noqa: PLC0415
        from service.workflow.dip_sample import dip_sample as drawn  # noqa: PLC0415

        name, actor = partnership_in(settings, partnership), actor_of(reviewer)
        reader = Reader(actor, services.now())
        found = await drawn(services, name, first, last, size=size, seed=seed, by=by.split(","), reader=reader)
        if keep and sheet is not None:
            await keep_sheet(services, name, found, sheet, actor=actor)
        elif keep:
            await keep_sample(services, name, found, actor=actor)
        return found

    found = with_services(act)
    if found.withheld:
        note(f"Of restricted cases, and shown only to the people named for them: {found.withheld}.")
    if sheet is not None:
        _compare(found, sheet, as_json=as_json or form is SampleFormat.JSON)
    elif as_json or form is SampleFormat.JSON:
        show_json(_as_json(found))
    elif form is SampleFormat.CSV:
        from service.workflow.dip_sample import as_csv  # noqa: PLC0415

        sys.stdout.buffer.write(as_csv(found).encode())
        sys.stdout.buffer.flush()
        note(f"Seal: {found.sample.seal}")
    else:
        _show(found)


def _text_of(sheet: Path) -> str:
    from service.workflow.dip_sample import BadSheetError  # noqa: PLC0415

    try:
        return sheet.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadSheetError("The sheet is not UTF-8 text. Save it as CSV UTF-8.") from None


def _compare(found: DipSample, sheet: str, *, as_json: bool) -> None:
    from service.workflow.dip_sample import agreement  # noqa: PLC0415

    told = agreement(found, sheet)
    if as_json:
        show_json({"seal": found.sample.seal, "agreement": [asdict(each) for each in told]})
        return
    show_agreement(told)
    say(f"Seal: {found.sample.seal}")


def show_agreement(told: Sequence[Agreement]) -> None:
    """How often reviewer and system said the same, with n and the 95% likely range."""
    from service.workflow.report import percent_text  # noqa: PLC0415

    columns = ("", "agree", "of", "percent", "from", "to", "not reviewed", "system cannot say")
    rows = []
    for each in told:
        rate = each.rate
        ends = map(percent_text, (rate.percent, rate.low, rate.high))
        words = each.verdict.replace("_", " ")
        rows.append((words, rate.n, rate.of, *ends, each.not_reviewed, each.system_cannot_say))
    show_table("Reviewer and system", columns, rows, numbers=len(columns) - 1)


def _as_json(found: DipSample) -> dict[str, Any]:
    from service.workflow.dip_sample import VERDICTS  # noqa: PLC0415

    sample, mine = found.sample, {row.reference for row in found.rows}
    return {
        **asdict(sample.parameters),
        "frame": found.frame,
        "seal": sample.seal,
        "strata": [
            {"key": each.key, "of": each.of, "references": [name for name in each.references if name in mine]}
            for each in sample.strata
        ],
        "withheld": found.withheld,
        "rows": [
            {
                "reference": row.reference,
                "meeting_type": row.meeting_type,
                "starts_at": row.starts_at,
                "system": dict(zip(VERDICTS, row.says, strict=True)),
            }
            for row in found.rows
        ],
    }


def _show(found: DipSample) -> None:
    from service.workflow.dip_sample import VERDICTS  # noqa: PLC0415

    sample = found.sample
    columns = ("meeting", "type", "start", *(name.replace("_", " ") for name in VERDICTS))
    rows = [(row.reference, row.meeting_type, words(row.starts_at), *row.says) for row in found.rows]
    show_table(f"{len(rows) + found.withheld} of {found.frame} meetings that took place", columns, rows)
    for stratum in sample.strata:
        say(f"{stratum.key}: {len(stratum.references)} of {stratum.of}")
    say(f"Parameters: {', '.join(sample.parameters.lines())}")
    say(f"Seal: {sample.seal}")
