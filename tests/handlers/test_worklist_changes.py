"""An open worklist is told that something has changed, and nothing else; its listening keeps nobody signed in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta

from aiohttp import ClientResponse

from service.handlers.changes import HUB, MOST, MOST_OF_ONE
from service.handlers.sessions import UNATTENDED
from service.workflow import restricting
from tests.handlers.house import House
from tests.handlers.test_page_checks import check_headers

CHANGES, WORKLIST = "/lewisham/worklist/changes", "/lewisham/worklist"
SAID = b"event: changed\n"


@asynccontextmanager
async def open_stream(house: House) -> AsyncIterator[ClientResponse]:
    app = house.client.app
    assert app is not None
    app[HUB].look_every = 0.01
    async with house.client.get(CHANGES, allow_redirects=False) as answer:
        assert answer.status == 200
        assert await answer.content.readuntil(b"\n\n") == b"retry: 5000\n\n"
        yield answer


async def told(answer: ClientResponse) -> bytes:
    async with asyncio.timeout(10):
        return await answer.content.readuntil(b"\n\n")


async def test_each_change_is_told_without_a_word_about_it(house: House) -> None:
    async with open_stream(house) as answer:
        assert answer.content_type == "text/event-stream"
        check_headers(answer)
        reference = await house.confirmed()
        assert await told(answer) == SAID + b"data: changed\n\n"
        await house.call("POST", f"/api/v1/meetings/{reference}/answers", {"role": "school_nurse", "answer": "yes"})
        assert await told(answer) == SAID + b"data: changed\n\n"


async def test_a_case_that_is_not_for_the_listener_is_not_heard_of(house: House) -> None:
    reference = await house.confirmed()
    await restricting.restrict_case(
        house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
    )
    async with open_stream(house) as answer:
        async with house.engine.begin() as conn:
            await conn.exec_driver_sql("UPDATE meetings SET chair = 'Somebody Else'")
        await asyncio.sleep(0.1)
        assert answer.content.total_bytes == len(b"retry: 5000\n\n")
        await house.planned()
        assert SAID in await told(answer)


async def test_a_person_s_places_and_a_partnership_s_are_counted_and_given_back(house: House) -> None:
    app = house.client.app
    assert app is not None
    hub = app[HUB]
    me = f"staff:{(await house.sign_in('officer'))['lewisham']}"
    streams = [await house.client.get(CHANGES) for _ in range(MOST_OF_ONE)]
    assert (await house.client.get(CHANGES)).status == 204
    assert hub.full_for("lewisham", me)
    assert not hub.full_for("lewisham", "staff:somebody else")
    for each in streams:
        each.close()
    async with asyncio.timeout(10):
        while hub.full_for("lewisham", me):  # noqa: ASYNC110 - the other side notices by itself
            await asyncio.sleep(0.01)
    with ExitStack() as places:
        for number in range(MOST):
            places.enter_context(hub.listening("lewisham", f"staff:{number}"))
        assert hub.full_for("lewisham", "staff:one more")
        assert not hub.full_for("wirral", "staff:one more")


async def test_who_is_not_signed_in_or_may_not_read_hears_nothing(house: House) -> None:
    await house.sign_in("analyst")
    assert (await house.client.get(CHANGES)).status == 403
    house.sign_out()
    assert (await house.client.get(CHANGES, allow_redirects=False)).status == 303


async def test_what_a_page_asks_by_itself_keeps_no_session_alive(house: House) -> None:
    for minutes in (20, 29):
        house.clock.real += timedelta(minutes=minutes - (20 if minutes == 29 else 0))
        async with open_stream(house):
            pass
        by_itself = await house.client.get(WORKLIST, headers={UNATTENDED: "1"}, allow_redirects=False)
        assert by_itself.status == 200
    house.clock.real += timedelta(minutes=2)
    assert (await house.client.get(WORKLIST, allow_redirects=False)).status == 303


async def test_when_the_process_ends_every_stream_ends(house: House) -> None:
    app = house.client.app
    assert app is not None
    async with open_stream(house) as answer:
        app[HUB].close()
        async with asyncio.timeout(10):
            assert await answer.content.read() == b""
    assert (await house.client.get(CHANGES)).status == 204
