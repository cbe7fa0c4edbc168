"""Commands that start a process: web, worker, sandbox, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.commands.running import settings_now


def serve() -> None:
    """Run the web process: pages, API, webhooks, notifications, health."""
    settings = settings_now()
    from service.app import run  # noqa: PLC0415

    run(settings)


def worker() -> None:
    """Run a worker: it hands invitations to Outlook, reads replies and chases the silent."""
    settings = settings_now()
    from service.worker import run  # noqa: PLC0415

    run(settings)


def sandbox(
    config: Annotated[Path, typer.Option(help="JSON file with the pretend tenant; see docs/sandbox.md.")],
    host: Annotated[str, typer.Option(help="A loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 0,
) -> None:
    """Run the pretend Microsoft 365, for trying things out and for tests."""
    from service.sandbox.__main__ import main  # noqa: PLC0415

    raise typer.Exit(main(["--host", host, "--port", str(port), "--config", str(config)]))


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the story; exit 0 only if all of it held.")] = False,
    keep: Annotated[Path | None, typer.Option(help="A folder for the data, so that they outlive the run.")] = None,
) -> None:
    """Play a day of cases through the whole service on this machine, with everything it needs."""
    from service.commands.demo import run  # noqa: PLC0415

    raise typer.Exit(run(once=once, keep=keep))


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    for command in (serve, worker, sandbox, demo):
        app.command()(command)
