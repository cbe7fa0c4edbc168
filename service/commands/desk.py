"""``convene desk``: the desks behind the agencies' inboxes, and how much is asked of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption
from service.commands.output import say, show_json, show_table
from service.commands.request_files import read_bytes
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.desks import DeskFigures, DesksDescribed
    from service.workflow.ports import Services

app = typer.Typer(help="The desks behind the inboxes: describe them, and see how much is asked.", no_args_is_help=True)


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="Desks as docs/operator.md describes them.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a partnership's desks what the file says; desks that it does not name stay as they are."""
    from service.workflow.desk_file import LARGEST_BYTES, DesksRefusedError, read_desks  # noqa: PLC0415

    async def act(settings: Settings, services: Services) -> DesksDescribed:
        from service.workflow.desks import describe_desks  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await describe_desks(services, name, entries, dry_run=dry_run, actor=actor_of(by))

    raw = read_bytes(file, largest=LARGEST_BYTES)
    try:
        entries = read_desks(raw)
        done = with_services(act)
    except DesksRefusedError as refused:
        raise RefusedError(*(f"{file.name}, {problem}" for problem in refused.problems), str(refused)) from None
    if as_json:
        show_json(done)
        return
    would = "This would be" if dry_run else "Done"
    say(f"{would}: {len(done.added)} desks added, {len(done.changed)} changed, {done.unchanged} unchanged.")
    if done.reseated:
        say(f"{done.reseated} seats of meetings to come moved with their inbox; {done.overbooked} found the desk full.")


@app.command(name="list")
def list_desks(
    partnership: PartnershipOption = "",
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days ahead to count.")] = 7,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show each desk with its seats, how many meetings take one, and how often one was asked for too much."""

    async def act(settings: Settings, services: Services) -> DeskFigures:
        from service.workflow.desks import desk_figures  # noqa: PLC0415

        return await desk_figures(services, partnership_in(settings, partnership), days)

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    from service.domain.desks import OVERRIDE_WORDS  # noqa: PLC0415

    rows = [
        (
            each.name,
            ", ".join(each.roles),
            each.surgery or "",
            each.capacity,
            each.ours,
            each.all_taken,
            each.ours_too_much,
        )
        for each in found.desks
    ]
    heads = ("desk", "roles", "comes only", "seats", "our meetings", "everybody's", "without a seat")
    show_table(f"Desks in the next {days} days", heads, rows, numbers=4)
    if not found.overbooked:
        say("In the past year no desk was asked for more than it can sit in.")
    for each in found.overbooked:
        words = OVERRIDE_WORDS.get(each.because, each.because)
        say(f"In the past year a desk was asked for more than it can sit in: {each.times}, because {words}.")
