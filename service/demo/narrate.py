"""Tells the story as it happens: a line for each thing, and on a terminal the day's progress below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from service.demo.cases import CLOSES, DAY, LONDON, OPENS, Case

_COLOURS = {"lewisham": "cyan", "wirral": "magenta"}


class Narrator:
    """Prints lines such as "09:45 Lewisham case 02: midwifery said yes". Plain text where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40),
            TextColumn("{task.fields[clock]}"),
            console=console,
        )
        opens, closes = (datetime.combine(DAY, clock, LONDON) for clock in (OPENS, CLOSES))
        self._opens = opens
        self._day = self._progress.add_task(f"{opens:%A %-d %B}", total=(closes - opens).total_seconds(), clock="")

    @contextmanager
    def day(self) -> Iterator[None]:
        """Show the day's progress while the story plays; only a terminal can."""
        if not self.console.is_terminal:
            yield
            return
        with self._progress:
            yield

    def passed(self, now: datetime) -> None:
        """Move the progress of the day on."""
        local = now.astimezone(LONDON)
        self._progress.update(
            self._day, completed=max(0.0, (local - self._opens).total_seconds()), clock=f"{local:%H:%M}"
        )

    def say(self, now: datetime, case: Case, words: str) -> None:
        """One thing that happened in a case."""
        place = case.partnership.capitalize()
        colour = _COLOURS.get(case.partnership, "white")
        clock = now.astimezone(LONDON).strftime("%H:%M")
        self.console.print(
            f"[bold]{clock}[/] [{colour}]{place} case {case.number}[/]: {escape(words)}",
            highlight=False,
            soft_wrap=True,
        )

    def note(self, words: str = "") -> None:
        """One line about the demo itself."""
        self.console.print(escape(words), highlight=False, soft_wrap=True)
