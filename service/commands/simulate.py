"""``convene simulate``: a made-up quarter, first come first served beside the ranking. Needs no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import JsonFlag
from service.commands.output import say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from service.domain.simulation import Outcome, Way


def simulate(
    weeks: Annotated[int, typer.Option(min=1, max=52, help="How many weeks of enquiries.")] = 13,
    seed: Annotated[int, typer.Option(help="The same seed makes the same enquiries.")] = 1,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Hold a made-up quarter three ways and compare quorum, police, notice and lateness; changes nothing."""
    from service.domain.simulation import ASSUMPTIONS, FIRST, WAY_WORDS, Way  # noqa: PLC0415
    from service.domain.simulation import simulate as hold_quarter  # noqa: PLC0415
    from service.policies.holidays import working_calendar  # noqa: PLC0415

    with _bar(len(Way)) as (expect, held):
        calendar = working_calendar(FIRST)
        found = hold_quarter(seed, weeks, calendar, held, expect)
    if as_json:
        figures = {str(way): asdict(outcome) for way, outcome in found.items()}
        show_json({"seed": seed, "weeks": weeks, "assumptions": list(ASSUMPTIONS), "ways": figures})
        return
    say("What is assumed. All of it is this service's own; none is a partnership's published figure:")
    for each in ASSUMPTIONS:
        say(f"- {each}")
    for way in Way:
        say(f"{way}: {WAY_WORDS[way]}")
    meetings = found[Way.RANKED].meetings
    title = f"{meetings} meetings in {weeks} week{'' if weeks == 1 else 's'}, seed {seed}"
    show_table(title, ("", *map(str, found)), _rows(found), numbers=len(found))


def _rows(found: Mapping[Way, Outcome]) -> list[tuple[str, ...]]:
    def of(name: str, count: Callable[[Outcome], int]) -> tuple[str, ...]:
        return (name, *(_share(count(each), each.meetings) for each in found.values()))

    return [
        of("quorum met", lambda each: each.quorum_met),
        of("notice kept for everybody", lambda each: each.notice_kept),
        of("held in time", lambda each: each.in_time),
        of("police came", lambda each: each.police_came),
        ("police desk: most of ours on one day", *(str(each.police_most) for each in found.values())),
    ]


def _share(count: int, of: int) -> str:
    return f"{count} of {of} ({100 * count / of:.0f}%)"


@contextmanager
def _bar(ways: int) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
    """A bar on standard error: ``expect`` says how many meetings each way holds, ``held`` that one was."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Holding the meetings", total=None)
        yield (
            lambda meetings: bar.update(task, total=ways * meetings),
            lambda: bar.advance(task),
        )


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(simulate)
