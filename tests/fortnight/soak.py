"""``make soak``: as many fortnights as there is patience for, with progress, each seed to be lived through again.

    make soak                    200 seeds from 0 on
    make soak SEEDS=3000         as many as that; FROM=5000 begins elsewhere
    make soak SEED=17 SIZE=2     one seed again, as a failure names it

Ends with 1 when something happened that never may; the history of each such seed is kept in build/fortnights/.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy.ext.asyncio import create_async_engine

from service.embedded.databases import create_database
from service.embedded.postgres import postgres
from service.embedded.valkey import valkey
from service.store.migrate import upgrade
from tests.fortnight.seeds import judged, keep, meetings_of, told
from tests.fortnight.town import a_town

KEPT = Path("build/fortnights")


async def soak(database_url: str, redis_url: str, seeds: range, meetings: int) -> list[int]:
    """Live through the seeds; returns those in which something happened that never may."""
    failed: list[int] = []
    counts: dict[str, int] = {}
    out = Console()
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    engine = create_async_engine(database_url)
    async with a_town(engine, redis_url) as town:
        with Progress(*columns, console=out) as progress:
            task = progress.add_task(f"fortnights of {meetings} meetings", total=len(seeds))
            for seed in seeds:
                progress.update(task, description=f"seed {seed}, {len(failed)} failed")
                try:
                    history, found = await judged(town, seed, meetings or meetings_of(seed))
                except Exception as error:  # noqa: BLE001 - a seed that cannot be lived through failed, and others follow
                    found = [f"{type(error).__name__}: {error}"]
                else:
                    for name, times in history["counts"].items():
                        counts[name] = counts.get(name, 0) + times
                    if found:
                        keep(history, KEPT)
                if found:
                    failed.append(seed)
                    out.print(told(seed, meetings or meetings_of(seed), found), markup=False, highlight=False)
                progress.advance(task)
    await engine.dispose()
    out.print(f"{len(seeds)} fortnights, {len(failed)} failed{f': {failed}' if failed else ''}. In them: {counts}")
    return failed


def main() -> int:
    """Read the command line, start the engines, soak."""
    asked = argparse.ArgumentParser(
        prog="make soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--seeds", type=int, default=200, help="how many fortnights")
    asked.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    asked.add_argument("--seed", type=int, help="this one alone")
    asked.add_argument("--size", type=int, default=4, help="meetings in a fortnight; 0: as the tests have")
    given = asked.parse_args()
    first, many = (given.seed, 1) if given.seed is not None else (given.first, given.seeds)
    with postgres(durable=False) as server, valkey() as redis:
        url = create_database(server, "soak")
        upgrade(url)
        return int(bool(asyncio.run(soak(url, redis.url, range(first, first + many), given.size))))


if __name__ == "__main__":
    sys.exit(main())
