"""An hour's load on the whole service, for the memory of its processes: web and worker must stay flat.

Run ``python -m bench hour``; it takes an hour and some minutes, needs no network and stops by itself. Eight organiser
mailboxes are kept near the documented ceiling the whole time, as in ``bench endurance``: requests come in as fast as
their mails leave. Beside it officers read their worklist and newest meetings one page after another, and somebody
presses Accept in a pretend Outlook every few seconds. Memory is read every half minute.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench import endurance
from bench.case import PARTNERSHIP
from bench.endurance import AIM_GROWTH, ALLOWED, DESK, MAILS_A_MEETING, Stage
from bench.figures import Verdict, show, show_verdicts
from bench.worklist import SIGN_IN, sign_in
from service.clock import monotonic
from service.commands.compose import command_services
from service.settings import load as load_settings

MINUTES = 60.0
PARTS = 6
# Mails that wait at any time: enough that no mailbox runs dry, and no more than a bad morning brings.
WAITING = ALLOWED * 2
FEED_EVERY, PAGE_EVERY, REPLY_EVERY, LOOK_EVERY = 2.0, 0.5, 3.0, 30.0
OFFICERS, NEWEST = 5, 20


@dataclass
class Hour:
    """What was done, and what the processes held meanwhile."""

    stage: Stage
    cookies: Iterator[str]
    pages: int = 0
    refused: int = 0
    answered: set[str] = field(default_factory=set)
    held: list[dict[str, float]] = field(default_factory=list)

    async def feed(self) -> None:
        """Have so many requests accepted that enough waits to leave."""
        for _ in range(max(0, WAITING - await self.stage.unfinished()) // MAILS_A_MEETING):
            await self.stage.accept()

    async def read(self) -> None:
        """The worklist, then one of the newest meetings: an officer's day."""
        path = f"/{PARTNERSHIP}/worklist"
        if self.pages % 2 and self.stage.references:
            newest = self.stage.references[-NEWEST:]
            path = f"/{PARTNERSHIP}/meetings/{newest[self.pages % len(newest)]}"
        kept = {"Cookie": next(self.cookies)}
        async with self.stage.http.get(self.stage.web + path, headers=kept, allow_redirects=False) as page:
            await page.read()
            self.refused += page.status != 200
        self.pages += 1

    async def reply(self) -> None:
        """Accept the oldest invitation that has reached the desk and is not answered yet."""
        items = (await self.stage.control("GET", f"inboxes/{DESK}"))["items"]
        held = " ".join(item["subject"] for item in items if item["event"])
        for reference in self.stage.references:
            if reference not in self.answered and reference in held:
                await self.stage.control("POST", "respond", address=DESK, reference=reference, response="accept")
                self.answered.add(reference)
                return

    async def look(self) -> None:
        """Read what both processes hold."""
        self.held.append(endurance.memory())


async def _every(seconds: float, until: float, act: Callable[[], Awaitable[None]]) -> None:
    while monotonic() < until:
        began = monotonic()
        await act()
        await asyncio.sleep(max(0.0, seconds - (monotonic() - began)))


async def measure(stage: Stage, minutes: float = MINUTES) -> list[Verdict]:
    """Keep everything busy for so long; print what was held part by part, and judge it."""
    settings = load_settings(dict(stage.values))
    async with command_services(settings) as services:
        cookies = await sign_in(settings, services, OFFICERS)
    hour = Hour(stage, itertools.cycle(cookies))
    until = monotonic() + minutes * 60
    await asyncio.gather(
        _every(FEED_EVERY, until, hour.feed),
        _every(PAGE_EVERY, until, hour.read),
        _every(REPLY_EVERY, until, hour.reply),
        _every(LOOK_EVERY, until, hour.look),
    )
    return await _judged(hour, minutes)


async def _judged(hour: Hour, minutes: float) -> list[Verdict]:
    left = int(await hour.stage.records.fetchval("SELECT count(*) FROM outbox WHERE state = 'done'"))
    refused = int((await hour.stage.control("GET", "state?calls=false"))["throttled"])
    rows = [
        (f"memory of {name}, MB", *(f"{each:.0f}" for each in parts([held[name] for held in hour.held])))
        for name in ("web", "worker")
    ]
    header = ("what", *(f"{number}/{PARTS}" for number in range(1, PARTS + 1)))
    show(f"{minutes:.0f} minutes of load, in parts of {minutes / PARTS:.0f}", header, rows)
    done = (("requests", len(hour.stage.references)), ("mails", left), ("pages", hour.pages))
    print("; ".join(f"{name}: {number}" for name, number in (*done, ("answers", len(hour.answered)))))
    grown = {name: endurance.growth([each[name] for each in hour.held]) for name in ("web", "worker")}
    return [
        Verdict("429s over the hour", str(refused), "0", refused == 0),
        Verdict("pages refused", str(hour.refused), "0", hour.refused == 0),
        *(
            Verdict(
                f"memory of {name}, last third to the one before",
                f"{more:+.1%}",
                f"under {AIM_GROWTH:+.0%}",
                more < AIM_GROWTH,
            )
            for name, more in grown.items()
        ),
    ]


def parts(values: Sequence[float]) -> list[float]:
    """The mean of each of ``PARTS`` stretches, which together are all the values. There must be one for each."""
    bounds = [len(values) * number // PARTS for number in range(PARTS + 1)]
    return [statistics.mean(values[first:last]) for first, last in itertools.pairwise(bounds)]


def run() -> list[Verdict]:
    """Start everything, measure and print."""
    return endurance.run(measure, **SIGN_IN)


if __name__ == "__main__":
    show_verdicts(run())
