"""``convene directory``: import a partnership's agency inboxes, and see that nobody is missing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.failures import Exit, RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption
from service.commands.output import note, say, show_json, show_table
from service.commands.request_files import read_bytes
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.changes.directory import InboxEntry
    from service.workflow.directory import Finding, ImportResult
    from service.workflow.ports import Services

app = typer.Typer(help="The agencies' inboxes: import them, and see that nobody is missing.", no_args_is_help=True)


def read_file(path: Path) -> tuple[InboxEntry, ...]:
    """The rows of a directory file.

    Raises:
        RefusedError: one sentence for each fault, with its row and column.
    """
    from service.workflow.directory import DirectoryRefusedError, read_directory  # noqa: PLC0415
    from service.workflow.directory_file import LARGEST_BYTES  # noqa: PLC0415

    raw = read_bytes(path, largest=LARGEST_BYTES)
    try:
        return read_directory(raw)
    except DirectoryRefusedError as refused:
        raise RefusedError(*(f"{path.name}, {problem}" for problem in refused.problems), str(refused)) from None


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns as docs/operator.md lists them.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    retire_missing: Annotated[
        bool, typer.Option("--retire-missing", help="Retire the inboxes that the file does not name.")
    ] = False,
    known_because: Annotated[
        str,
        typer.Option(
            "--known-because",
            metavar="REASON",
            help="Vouch for every new address: say how you know them to be right. Without it each waits for its code.",
        ),
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make the directory what the file says: all of it, or with any fault nothing."""
    rows = read_file(file)

    async def act(settings: Settings, services: Services) -> tuple[ImportResult, int]:
        from service.workflow.bind import fill_gaps  # noqa: PLC0415
        from service.workflow.directory import import_inboxes  # noqa: PLC0415

        name, actor = partnership_in(settings, partnership), actor_of(by)
        done = await import_inboxes(
            services,
            name,
            rows,
            dry_run=dry_run,
            actor=actor,
            retire_missing=retire_missing,
            vouched=known_because or None,
        )
        # Meetings that lacked one of these agencies can invite it now.
        return done, 0 if dry_run else len(await fill_gaps(services, name, actor=actor))

    result, filled = with_services(act)
    if as_json:
        show_json(_as_json(result) | {"gaps_filled": filled})
        return
    _show(result, vouched=bool(known_because))
    if filled:
        say(f"{filled} agencies that meetings lacked have an inbox now and are invited.")


def _as_json(result: ImportResult) -> dict[str, Any]:
    return {
        "partnership": result.partnership,
        "dry_run": result.dry_run,
        "added": [asdict(entry) for entry in result.added],
        "changed": [
            {
                "role": inbox.role,
                "place": inbox.place,
                "address": inbox.address,
                "fields": {name: {"before": old, "after": new} for name, (old, new) in inbox.fields.items()},
            }
            for inbox in result.changed
        ],
        "unchanged": result.unchanged,
        "retired": [_named(inbox) for inbox in result.retired],
        "not_in_file": [_named(inbox) for inbox in result.not_in_file],
        "to_confirm": [
            {"role": new.key[0], "place": new.key[1], "field": str(new.field), "address": new.address}
            for new in result.to_confirm
        ],
    }


def _named(inbox: Any) -> dict[str, str]:
    return {"role": inbox.role, "place": inbox.place, "name": inbox.name, "address": inbox.address}


def _show(result: ImportResult, *, vouched: bool) -> None:
    rows = [("added", entry.role, entry.place, entry.name, entry.address, "") for entry in result.added]
    for changed in result.changed:
        what = "; ".join(f"{name}: {old!s} → {new!s}" for name, (old, new) in changed.fields.items())
        rows.append(("changed", changed.role, changed.place, changed.name, changed.address, what))
    rows += [("retired", each.role, each.place, each.name, each.address, "") for each in result.retired]
    if rows:
        show_table(f"Directory of {result.partnership}", ("", "role", "place", "name", "address", "change"), rows)
    counts = (len(result.added), len(result.changed), result.unchanged, len(result.retired))
    would = "This would be" if result.dry_run else "Done"
    say("{}: {} added, {} changed, {} unchanged, {} retired.".format(would, *counts))
    if result.not_in_file:
        note(f"{len(result.not_in_file)} inboxes are not in the file and stay; --retire-missing retires them.")
    if result.to_confirm and not vouched:
        note(
            f"{len(result.to_confirm)} new addresses are not used before they are confirmed: each gets a code. Until "
            "then the old address is used, or the phone. See: convene directory unverified"
        )


@app.command()
def check(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """Find roles without an inbox, hours that cannot be read, inboxes without a phone, and addresses used twice."""

    async def act(settings: Settings, services: Services) -> tuple[str, tuple[Finding, ...]]:
        from service.workflow.directory import check_directory  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return name, await check_directory(services, name)

    name, findings = with_services(act)
    faults = [finding for finding in findings if finding.is_fault]
    if as_json:
        shown = [asdict(finding) | {"fault": finding.is_fault} for finding in findings]
        show_json({"partnership": name, "ok": not faults, "findings": shown})
    elif findings:
        rows = [
            ("mend" if each.is_fault else "look", each.role, each.about or each.level, each.sentence)
            for each in findings
        ]
        show_table(f"Directory of {name}", ("", "role", "about", "what"), rows)
    else:
        say(f"{name}: every role that its policy can ask for has an inbox, with hours and a phone.")
    if faults:
        raise typer.Exit(int(Exit.NO))
