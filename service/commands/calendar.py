"""``convene calendar``: whose Outlook calendars a search for a time may look into, and when each was last seen."""

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
    from service.workflow.calendars import CalendarShown, CalendarsListed
    from service.workflow.ports import Services

app = typer.Typer(help="The Outlook calendars that a search for a time may look into.", no_args_is_help=True)


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="Calendars as docs/operator.md describes them.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the calendars inside the tenant those of the file: all of them, or with any fault nothing."""
    from service.workflow.calendar_list import (  # noqa: PLC0415
        LARGEST_BYTES,
        CalendarsRefusedError,
        read_calendar_list,
    )

    async def act(settings: Settings, services: Services) -> CalendarsListed:
        from service.workflow.calendars import list_calendars  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await list_calendars(services, name, entries, dry_run=dry_run, actor=actor_of(by))

    raw = read_bytes(file, largest=LARGEST_BYTES)
    try:
        entries = read_calendar_list(raw)
    except CalendarsRefusedError as refused:
        raise RefusedError(*(f"{file.name}, {problem}" for problem in refused.problems), str(refused)) from None
    done = with_services(act)
    if as_json:
        show_json(done)
        return
    would = "This would be" if dry_run else "Done"
    say(f"{would}: {len(done.added)} calendars added, {len(done.removed)} removed, {done.unchanged} unchanged.")


@app.command(name="list")
def list_them(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """Show whose calendars a search looks into, when each was last seen, and why one could not be read."""

    async def act(settings: Settings, services: Services) -> tuple[CalendarShown, ...]:
        from service.workflow.calendars import calendars_shown  # noqa: PLC0415

        return await calendars_shown(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    if not found:
        say("No calendar is listed: searches go by standing hours alone. List some with: convene calendar import")
        return
    from service.domain.london import words  # noqa: PLC0415

    rows = [
        (each.kind, each.name, each.address, words(each.seen_at) if each.seen_at else "never", each.problem or "")
        for each in found
    ]
    show_table("Calendars inside the tenant", ("", "name", "address", "last seen", "could not be read"), rows)
