"""``migrate`` and ``check``: bring the database up, and see that everything the service needs is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from service.commands.failures import Exit, RefusedError
from service.commands.options import JsonFlag
from service.commands.output import note, say, show_json, show_table
from service.commands.running import settings_now

if TYPE_CHECKING:
    from service.settings import Settings


def migrate(*, as_json: JsonFlag = False) -> None:
    """Bring the database to this version, with the settings' partnerships, mailboxes and policies in it.

    Safe to repeat, and safe while the service runs.
    """
    settings = settings_now()
    from service.policies.load import load_pack  # noqa: PLC0415
    from service.store import migrate as migrations  # noqa: PLC0415

    # A wrong pack must be refused before anything is changed.
    packs = {name: load_pack(each.pack) for name, each in settings.partnerships.items()}
    url = settings.database_url.get_secret_value()
    before = _revision(url)
    migrations.upgrade(url)
    asyncio.run(_establish(settings))
    after = migrations.head()
    done = {
        "before": before,
        "after": after,
        "partnerships": {name: {"pack": policy.id, "version": policy.version} for name, policy in packs.items()},
    }
    if as_json:
        show_json(done)
        return
    say(f"The database is at {after}" + (" already." if before == after else f" (it was at {before or 'nothing'})."))
    for name, policy in packs.items():
        say(f"{name}: ready, planned by the pack {policy.id} {policy.version}.")


def _revision(url: str) -> str | None:
    from service.store.migrate import current  # noqa: PLC0415

    try:
        return current(url)
    except ValueError as error:
        raise RefusedError(f"CONVENE_DATABASE_URL: {error}.") from None


async def _establish(settings: Settings) -> None:
    from service.commands.compose import command_services, establish  # noqa: PLC0415

    async with command_services(settings) as services:
        await establish(settings, services)


def check(*, as_json: JsonFlag = False) -> None:
    """See whether everything the service needs is there: each line passes, or fails with what to do about it."""
    from service.commands.checks import run_checks  # noqa: PLC0415

    lines = run_checks()
    passed = all(line.ok for line in lines)
    if as_json:
        show_json({"ok": passed, "checks": lines})
    else:
        rows = [("pass" if line.ok else "FAIL", line.name, line.words) for line in lines]
        show_table("Checks", ("", "what", "found"), rows)
        for line in lines:
            if not line.ok:
                note(f"{line.name}: {line.mend}")
    if not passed:
        raise typer.Exit(int(Exit.NO))


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(migrate)
    app.command()(check)
