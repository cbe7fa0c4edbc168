"""Where words go: results on standard output, everything else on standard error, so that JSON stays JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

import typer


def say(text: str = "") -> None:
    """A line for a person, on standard output."""
    typer.echo(text)


def note(text: str) -> None:
    """A remark or a refusal, on standard error."""
    typer.echo(text, err=True)


def show_json(value: object) -> None:
    """The one JSON document of a command that was given ``--json``."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int = 0) -> None:
    """A table for a person; the last ``numbers`` columns are set to the right. Words are shown as they are."""
    from rich.console import Console  # noqa: PLC0415 - only when there is a table to show
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=Text(title), title_justify="left", header_style="bold", show_lines=False)
    for place, column in enumerate(columns):
        right = place >= len(columns) - numbers
        table.add_column(column, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in rows:
        # As Text, so that nothing a file said is read as markup or as a terminal's own commands.
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    console = Console(file=sys.stdout, soft_wrap=False, **_width())
    console.print(table)


def _width() -> dict[str, Any]:
    # Into a pipe there is no width to keep to: wide enough that nothing breaks a grep.
    return {} if sys.stdout.isatty() else {"width": 200}


def printable(text: str) -> str:
    """The text with whatever could command a terminal replaced."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)
