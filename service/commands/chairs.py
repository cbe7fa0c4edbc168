"""``convene chairs`` and ``convene meeting chair``: the rota of chairs, and a substitute for one who is away."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_day
from service.commands.output import say, show_json, show_table
from service.commands.request_files import read_bytes
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.london import words

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.chairs import ChairChanged, RotaChanged, RotaLine, Without
    from service.workflow.ports import Services

app = typer.Typer(help="The rota of chairs: import it, list it, say who is away.", no_args_is_help=True)


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="Chairs as docs/operator.md describes them.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Make the rota what the file says; whoever it does not name chairs no more."""
    from service.workflow.chairs_file import LARGEST_BYTES, ChairsRefusedError, read_chairs  # noqa: PLC0415

    async def act(settings: Settings, services: Services) -> RotaChanged:
        from service.workflow.chairs import import_chairs  # noqa: PLC0415

        return await import_chairs(services, partnership_in(settings, partnership), entries, actor=actor_of(by))

    raw = read_bytes(file, largest=LARGEST_BYTES)
    try:
        entries = read_chairs(raw)
    except ChairsRefusedError as refused:
        raise RefusedError(*(f"{file.name}, {problem}" for problem in refused.problems), str(refused)) from None
    done = with_services(act)
    if as_json:
        show_json(done)
    else:
        say(f"{done.chairs} chairs are on the rota; {done.retired} chair no more.")


@app.command(name="list")
def list_chairs(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """Show each chair with their hours, the days they are away, and how many meetings to come are theirs."""

    async def act(settings: Settings, services: Services) -> list[RotaLine]:
        from service.workflow.chairs import rota_of  # noqa: PLC0415

        return await rota_of(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json(
            [
                {
                    "name": line.chair.name,
                    "hours": line.chair.hours,
                    "away": [[first, last] for first, last in line.chair.away],
                    "meetings": [each.reference for each in line.meetings],
                }
                for line in found
            ]
        )
        return
    rows = [(line.chair.name, line.chair.hours, _days(line.chair.away), len(line.meetings)) for line in found]
    show_table("The rota of chairs", ("chair", "hours", "away", "meetings to come"), rows, numbers=1)


def _days(away: tuple[tuple[date, date], ...]) -> str:
    return ", ".join(f"{first.isoformat()} to {last.isoformat()}" for first, last in away)


@app.command()
def away(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The chair, as the rota has them.")],
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day away.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day away.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say that somebody is away; shows their meetings in those days, and who can chair each instead."""

    async def act(settings: Settings, services: Services) -> list[Without]:
        from service.workflow.chairs import add_away  # noqa: PLC0415

        return await add_away(services, partnership_in(settings, partnership), name, first, last, actor=actor_of(by))

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    for each in found:
        say(f"{each.reference}, {words(each.starts_at)}: {', '.join(each.instead) or 'nobody else is free'}")
    say(f"{len(found)} meetings need another chair." if found else "No meeting of theirs is in those days.")


def chair(
    reference: ReferenceArgument,
    *,
    reason: Annotated[str, typer.Option(help="Why, in a sentence without names of the case.")],
    to: Annotated[
        str, typer.Option(metavar="NAME", help="Who; the one with the fewest meetings who is free when not said.")
    ] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Find another chair for a meeting from the rota, or name one. Nobody who is invited is told anything."""

    async def act(settings: Settings, services: Services) -> ChairChanged:
        from service.workflow.chairs import change_chair  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await change_chair(services, name, reference, reason=reason, actor=actor_of(by), to=to)

    found = with_services(act)
    if as_json:
        show_json(found)
    else:
        say(f"Meeting {found.reference} is chaired by {found.chair}; before: {found.before or 'nobody named'}.")
