"""``convene policy``: why each agency is invited, and whether the packs hold. Only the replay needs a database."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands import replay
from service.commands.failures import Exit, RefusedError
from service.commands.options import JsonFlag, read_day, read_time
from service.commands.output import note, say, show_json
from service.commands.request_files import read_bytes, read_request
from service.commands.running import business_now, calendar_at

if TYPE_CHECKING:
    from service.domain.policy import Policy
    from service.store.queries.directory import Inbox

app = typer.Typer(help="Why each agency is invited, and whether the policy packs hold.", no_args_is_help=True)
app.command()(replay.replay)


@app.command()
def explain(
    request: Annotated[Path, typer.Argument(metavar="REQUEST.json", help="The request; - reads standard input.")],
    policy: Annotated[
        str,
        typer.Option(help="A pack by name, or a .toml file; the request's partnership when not said.", show_default=""),
    ] = "",
    at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="Count from this time instead of now.")
    ] = None,
    directory: Annotated[
        Path | None, typer.Option(help="A directory file, for each agency's own hours and inbox.")
    ] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say which agencies a request calls for, why, with what notice; and which rules stayed silent and why."""
    from service.commands.explaining import explanation_of, show_explanation  # noqa: PLC0415

    now = at or business_now()
    read = read_request(request, read_bytes(request), now)
    chosen = chosen_pack(policy or read.request.partnership, named=bool(policy))
    explained = explanation_of(chosen, read.request, now, directory_inboxes(directory), calendar_at(now))
    if as_json:
        show_json(explained.as_json())
    else:
        show_explanation(explained)


def chosen_pack(name: str, *, named: bool) -> Policy:
    """The pack a person named, or the request's partnership's own.

    Raises:
        RefusedError: nobody named one, and the partnership has none of its own name.
        PolicyRefused: it is no good pack.
    """
    from service.policies.load import load_file, load_pack, pack_names  # noqa: PLC0415

    if name.endswith(".toml"):
        return load_file(Path(name))
    if not named and name not in pack_names():
        raise RefusedError(
            f"There is no pack for the partnership {name!r}. Say one with --policy: {', '.join(pack_names())}."
        )
    return load_pack(name)


def directory_inboxes(path: Path | None) -> list[Inbox]:
    """The inboxes of a directory file as if it had been imported; none without a file.

    Raises:
        RefusedError: the file cannot be read.
    """
    if path is None:
        return []
    from service.commands.directory import read_file  # noqa: PLC0415
    from service.commands.explaining import as_inbox  # noqa: PLC0415

    return [as_inbox(number, entry) for number, entry in enumerate(read_file(path))]


@app.command()
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Packs; the packaged ones else.")
    ] = None,
    on: Annotated[
        date | None,
        typer.Option("--on", parser=read_day, metavar="DATE", help="Review dates are measured on this day."),
    ] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Refuse a bad pack with file, rule and sentence; list what is past its review date."""
    from service.domain.london import local_date  # noqa: PLC0415
    from service.policies.load import load_file, load_pack, overdue, pack_names  # noqa: PLC0415
    from service.policies.refusal import PolicyRefused  # noqa: PLC0415

    day = on or local_date(business_now())
    good: list[Policy] = []
    refused: list[PolicyRefused] = []
    for path in files or pack_names():
        try:
            good.append(load_pack(path) if isinstance(path, str) else load_file(path))
        except PolicyRefused as refusal:
            refused.append(refusal)
    # A statement that several packs inherit is listed once.
    late = list(dict.fromkeys(line for each in good for line in overdue(each, day)))
    if as_json:
        packs = [
            {"pack": each.id, "version": each.version, "hash": each.content_hash, "rules": len(each.rules)}
            for each in good
        ]
        bad = [{"file": each.file, "rule": each.rule, "sentence": each.sentence} for each in refused]
        show_json({"ok": not refused, "on": day, "packs": packs, "refused": bad, "past_review": late})
    else:
        for each in good:
            say(f"{each.id} {each.version}: good, {len(each.rules)} rules, {each.content_hash[:12]}")
        for line in late:
            say(f"past its review date: {line}")
        for bad_one in refused:
            note(f"convene: {bad_one}")
    if refused:
        raise typer.Exit(int(Exit.NO))
