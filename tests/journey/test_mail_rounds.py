"""Reading an inbox goes on whatever one mail is, however many there are, and wherever a round was stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain import incoming_mail
from service.domain.incoming_mail import LARGEST
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import Ambiguous, GraphError, PermanentConfiguration, PermanentData, Throttled
from service.scheduler import incoming
from service.scheduler.incoming import DOUBT, read_mail
from tests.journey.test_mail_to_read import a_mail, asked
from tests.journey.world import MAILBOX, ONE_DESK, TUESDAY_NINE, World, a_world, reference_of


@dataclass
class Picky:
    """Graph that hands out every mail but some: the n-th mail of the inbox (from 0) fails as told, each time."""

    graph: GraphCalls
    fails: dict[int, GraphError]
    hangs: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    most: int | None = None
    order: list[str] = field(default_factory=list)

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,
        at_most: int | None = None,
    ) -> GraphAnswer:
        if template.endswith("$value"):
            self.most = at_most
            mail = (path_params or {})["message"]
            if mail not in self.order:
                self.order.append(mail)
            number = self.order.index(mail)
            self.asked.append(number)
            if number in self.hangs:
                await asyncio.sleep(60)
            if number in self.fails:
                raise self.fails[number]
        return await self.graph.call(
            method,
            template,
            path_params,
            body=body,
            query=query,
            headers=headers,
            sends_mail=sends_mail,
            at_most=at_most,
        )

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        return await self.graph.follow(link, headers=headers)


@pytest.fixture
async def small(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=ONE_DESK, epoch=TUESDAY_NINE - timedelta(hours=1)) as world:
        yield world


def picky(world: World, fails: dict[int, GraphError], hangs: set[int] | None = None) -> Picky:
    made: list[Picky] = []

    def door(graph: GraphCalls) -> GraphCalls:
        made[:] = made or [Picky(graph, fails, hangs or set())]
        return made[0]

    world.through(door)
    world.machinery.graph(world.mailbox_ids[MAILBOX])
    return made[0]


async def arrive(world: World, count: int) -> None:
    reference = reference_of(await asked(world))
    for number in range(count):
        await world.mails(a_mail(f"Re: {reference}", f"words {number}"))


async def kept(world: World) -> int:
    return len(await world.rows("SELECT id FROM mail_to_read"))


async def held(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT problem FROM held_items")


async def link(world: World) -> str | None:
    found: str | None = (await world.one("SELECT mail_link FROM mailboxes"))["mail_link"]
    return found


async def test_a_mail_refused_for_good_is_a_person_s_at_once_and_stops_no_other(small: World) -> None:
    await arrive(small, 3)
    graph = picky(small, {0: PermanentData("ErrorMimeContentInvalid", status=400)})
    assert await small.read_mail() == 3
    assert await kept(small) == 2
    assert await held(small) == [{"problem": "Outlook does not hand the mail over. Read it in Outlook."}]
    assert "needs_a_person" in await small.tasks()
    assert await small.read_mail() == 0
    assert graph.asked == [0, 1, 2]


@pytest.mark.parametrize("error", [Ambiguous("", status=500), PermanentConfiguration("ErrorAccessDenied", status=403)])
async def test_a_mail_that_fails_again_and_again_is_a_person_s_once_and_the_others_go_on(
    small: World, error: GraphError
) -> None:
    await arrive(small, 3)
    graph = picky(small, {0: error})
    for _ in range(6):
        await small.read_mail()
    assert await kept(small) == 2
    assert len(await held(small)) == 1
    assert Counter(graph.asked)[1] == 1, "what was taken in is not fetched again"
    assert (await small.one("SELECT state FROM mailboxes"))["state"] == "active"
    before, reference = await link(small), (await small.one("SELECT reference FROM meetings"))["reference"]
    await small.mails(a_mail(f"Re: {reference}", "after"))
    assert await small.read_mail() == 1
    assert await kept(small) == 3
    assert await link(small) != before


async def test_while_outlook_hands_out_no_mail_at_all_none_is_given_up_for_ten_minutes(small: World) -> None:
    await arrive(small, 2)
    graph = picky(small, {0: Ambiguous("", status=500), 1: Ambiguous("", status=500)})
    for _ in range(5):
        assert await small.read_mail() == 0
    assert (await held(small), await small.tasks() & {"needs_a_person"}) == ([], set())
    graph.fails.clear()
    assert await small.read_mail() == 2
    assert await kept(small) == 2

    await small.mails(a_mail("x", "y"))
    graph.fails[2] = Ambiguous("", status=500)
    for _ in range(3):
        await small.read_mail()
    small.clock.wait(DOUBT)
    assert await small.read_mail() == 1
    assert len(await held(small)) == 1


async def test_a_throttle_ends_the_round_and_counts_against_no_mail(small: World) -> None:
    await arrive(small, 2)
    graph = picky(small, {1: Throttled(status=429, retry_after=3)})
    for _ in range(5):
        await small.read_mail()
    assert await kept(small) == 1
    assert await held(small) == []
    graph.fails.clear()
    assert await small.read_mail() == 1


async def test_a_mail_that_never_comes_to_its_end_is_cut_off_and_given_up(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(small, 2)
    graph = picky(small, {}, hangs={0})
    monkeypatch.setattr(incoming, "MAIL_SECONDS", 0.05)
    for _ in range(3):
        await small.read_mail()
    assert await kept(small) == 1
    assert len(await held(small)) == 1
    assert graph.most == LARGEST


async def test_a_mail_larger_than_is_read_comes_in_no_further_than_that(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (incoming, incoming_mail):
        monkeypatch.setattr(module, "LARGEST", 10_000)
    reference = reference_of(await asked(small))
    await small.mails(a_mail(f"Re: {reference}", "x" * 1_000_000))
    assert await small.read_mail() == 1
    assert await held(small) == [{"problem": "The mail is larger than 5 MB."}]


async def test_a_round_without_time_stops_by_itself_and_the_next_goes_on_until_all_is_read(small: World) -> None:
    await small.read_mail()
    await arrive(small, 8)
    graph = picky(small, {})
    await small.sandbox.control.fault("get_message_mime", "slow_reply", seconds=0.1, times=1000)
    mailbox, rounds = small.mailbox_ids[MAILBOX], 0
    while await kept(small) < 8:
        rounds += 1
        assert rounds <= 12, "the rounds come to no end"
        await read_mail(small.machinery, mailbox, seconds=0.25)
    assert rounds > 1
    assert Counter(graph.asked) == Counter(range(8)), "each mail is fetched once"


async def test_a_round_killed_by_its_job_keeps_what_it_had(small: World) -> None:
    await small.read_mail()
    await arrive(small, 8)
    await small.sandbox.control.fault("get_message_mime", "slow_reply", seconds=0.1, times=1000)
    counts = [0]
    while counts[-1] < 8:
        try:
            async with asyncio.timeout(0.6):
                await small.read_mail()
        except TimeoutError:
            pass
        await small.quiet()
        counts.append(await kept(small))
        assert counts[-1] > counts[-2], f"no further: {counts}"


async def test_the_link_is_kept_page_by_page_and_a_forgotten_one_begins_anew(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.outlook.read_mail._PAGE", {"Prefer": "odata.maxpagesize=2"})
    await arrive(small, 6)
    graph = picky(small, {2: Throttled(status=429, retry_after=3)})
    await small.read_mail()
    saved = await link(small)
    assert saved is not None
    assert "skiptoken" in saved, "after the second page, of two mails, nothing leads back before them"
    assert await kept(small) == 2
    await small.sandbox.control.post("resync", mailbox=MAILBOX)
    graph.fails.clear()
    assert await small.read_mail() == 4
    assert await kept(small) == 6
    assert Counter(graph.asked)[0] == 1, "told again, but not fetched again"


async def test_a_round_that_begins_anew_looks_back_beyond_the_last_one_that_was_whole(small: World) -> None:
    await arrive(small, 1)
    await small.read_mail()
    small.clock.wait(timedelta(hours=1))
    await small.sandbox.control.post("clock", at=small.clock.now().isoformat())
    reference = (await small.one("SELECT reference FROM meetings"))["reference"]
    await small.mails(a_mail(f"Re: {reference}", "in the outage"))
    small.clock.wait(timedelta(days=3))
    await small.sandbox.control.post("clock", at=small.clock.now().isoformat())
    await small.sandbox.control.post("resync", mailbox=MAILBOX)
    assert await small.read_mail() == 1
    assert await kept(small) == 2


async def test_mails_that_no_round_brings_again_are_forgotten(small: World) -> None:
    await arrive(small, 1)
    await small.read_mail()
    assert len(await small.rows("SELECT * FROM mails_seen")) == 1
    for _ in range(2):
        small.clock.wait(timedelta(days=4))
        await small.read_mail()
    assert await small.rows("SELECT * FROM mails_seen") == []


async def test_two_readers_at_once_never_take_the_link_back(small: World) -> None:
    await arrive(small, 3)
    await asyncio.gather(small.read_mail(), small.read_mail())
    assert await kept(small) == 3
    assert await small.read_mail() == 0
    assert "deltatoken" in (await link(small) or "")
