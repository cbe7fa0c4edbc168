"""A day in two partnerships: every case arrives, is answered, moves, is chased and takes place, in about a minute."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from service.demo.actions import Actor
from service.demo.cases import DAY, LONDON, OPENS, Case, all_cases
from service.demo.client import AnswerError, Client, Stage
from service.demo.directories import desks
from service.demo.expect import Check, check_play
from service.demo.narrate import Narrator
from service.demo.outside import Outside, look_outside
from service.demo.play import Play

# Real seconds for the last answers to be read back once the last step is done.
SETTLE_SECONDS = 25.0
_TICK = 0.2


@dataclass(frozen=True, slots=True)
class Ending:
    """How the story ended: what was played, what was expected, and what left the house."""

    plays: Sequence[Play]
    checks: Sequence[Check]
    outside: Outside

    @property
    def well(self) -> bool:
        """Whether every expectation held."""
        return all(check.held for check in self.checks)


async def tell(stage: Stage, narrator: Narrator, cases: Sequence[Case] | None = None) -> Ending:
    """Play the cases through the running service, from half past eight on, and look at how they ended."""
    async with aiohttp.ClientSession() as session:
        client = Client(stage, session)
        plays = [Play(case, desks(case.partnership)) for case in (all_cases() if cases is None else cases)]
        with narrator.day():
            await _wait_until(stage, narrator, datetime.combine(DAY, OPENS, LONDON))
            forged = await _forged_delivery(client, plays[0].case)
            async with asyncio.TaskGroup() as group:
                clock = group.create_task(_tick(stage, narrator))
                played = [group.create_task(_play(client, narrator, play)) for play in plays]
                await asyncio.wait(played)
                clock.cancel()
            return await _settled(client, plays, forged)


async def _wait_until(stage: Stage, narrator: Narrator, instant: datetime) -> None:
    while (left := (instant - stage.now()).total_seconds() / stage.speed) > 0:
        narrator.passed(stage.now())
        await asyncio.sleep(min(left, 1.0))


async def _tick(stage: Stage, narrator: Narrator) -> None:
    while True:
        narrator.passed(stage.now())
        await asyncio.sleep(_TICK)


async def _sleep_until(stage: Stage, instant: datetime) -> None:
    await asyncio.sleep(max(0.0, (instant - stage.now()).total_seconds() / stage.speed))


async def _play(client: Client, narrator: Narrator, play: Play) -> None:
    """Play one case from its arrival to its last step. What cannot be done is kept as a problem, not raised."""
    actor = Actor(client, narrator, play)
    await _sleep_until(client.stage, play.case.arrives)
    try:
        await actor.send()
    except (AnswerError, OSError, TimeoutError) as error:
        play.problems.append(f"could not be sent: {error}")
        return
    if not play.reference:
        return
    watching = asyncio.create_task(actor.watch())
    try:
        for step in play.case.steps:
            await _sleep_until(client.stage, step.at)
            try:
                await actor.act(step)
            except (AnswerError, OSError, TimeoutError, KeyError) as error:
                problem = f"{step.at:%H:%M} {step.do} {', '.join(step.roles)}: {type(error).__name__} {error}"
                play.problems.append(problem)
                narrator.say(client.stage.now(), play.case, f"WENT WRONG: {problem}")
    finally:
        watching.cancel()


async def _forged_delivery(client: Client, case: Case) -> Check:
    """Somebody without the secret sends a request: it must be refused."""
    name, _ = client.stage.senders[case.partnership]
    stranger = Stage(
        service_url=client.stage.service_url,
        sandbox_url=client.stage.sandbox_url,
        sandbox_token="",
        api_key="",
        senders={case.partnership: (name, "whsec_" + "A" * 40)},
        now=client.stage.now,
        real_now=client.stage.real_now,
        speed=client.stage.speed,
    )
    what = "a delivery with a forged signature is refused"
    try:
        answer = await Client(stranger, client.session).deliver(case.partnership, "msg_forged", json.dumps({}).encode())
    except AnswerError as error:
        return Check("the doors", what, held=error.status == 401, found=str(error))
    return Check("the doors", what, held=False, found=str(answer))


async def _settled(client: Client, plays: Sequence[Play], forged: Check) -> Ending:
    """Look at how it ended, again and again until all of it holds or the time to settle is over."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SETTLE_SECONDS
    while True:
        ending = await _look(client, plays, forged)
        if ending.well or loop.time() > deadline:
            return ending
        await asyncio.sleep(1.0)


async def _look(client: Client, plays: Sequence[Play], forged: Check) -> Ending:
    for play in plays:
        if play.reference:
            play.meeting = await client.meeting(play.case.partnership, play.reference)
            play.tasks_seen.update(task["kind"] for task in play.meeting["tasks"])
    outside = await look_outside(client)
    checks = [forged, *(check for play in plays for check in check_play(play, outside))]
    events, meetings = len(outside.all_events()), sum(bool(play.reference) for play in plays)
    once = Check("all cases", "as many events as meetings", events == meetings, f"{events} events, {meetings} meetings")
    kept = [
        item["reference"]
        for place in sorted({play.case.partnership for play in plays})
        for item in await _kept(client, place)
    ]
    unread = [play.taken.get("reference") for play in plays if not play.case.readable]
    listed = Check(
        "all cases", "what nobody could read is on the list", sorted(kept) == sorted(map(str, unread)), str(kept)
    )
    return Ending(plays, [*checks, once, listed], outside)


async def _kept(client: Client, partnership: str) -> list[dict[str, str]]:
    answer = await client.api("GET", "/needs-a-person", partnership=partnership)
    items: list[dict[str, str]] = answer["items"]
    return items
