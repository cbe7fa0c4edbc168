"""The adapter: exact bytes, one host, no retries of its own, every failure a type."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from service.outlook.adapter import Graph, GraphSettings, open_graph
from service.outlook.errors import (
    Ambiguous,
    Gone,
    NotReached,
    PermanentConfiguration,
    PermanentData,
    Throttled,
)
from tests.outlook.stage import CLIENT, EVENT, MAILBOX, TENANT, Recorder, answering, serving, settings_for, stalling

_EVENTS = "/users/{mailbox}/events"
_PATH = {"mailbox": MAILBOX}


@pytest.fixture
async def calls(recorder: Recorder) -> AsyncIterator[Graph]:
    async with open_graph(settings_for(recorder.address, timeout=2.0)) as graph:
        yield graph


async def test_the_frozen_bytes_go_out_exactly(calls: Graph, recorder: Recorder) -> None:
    odd = '{ "subject":"\u00e9",\n"b": 1.0e3 }'.encode()
    await calls.call("POST", _EVENTS, _PATH, body=odd)
    assert recorder.seen[0].body == odd
    assert recorder.seen[0].headers["content-type"] == "application/json"


async def test_every_request_asks_for_utc_immutable_ids_and_names_itself(calls: Graph, recorder: Recorder) -> None:
    await calls.call("GET", _EVENTS, _PATH, headers={"Prefer": "odata.maxpagesize=200"})
    await calls.call("GET", _EVENTS, _PATH)
    first, second = (seen.headers for seen in recorder.seen)
    assert first["prefer"] == 'odata.maxpagesize=200, outlook.timezone="UTC", IdType="ImmutableId"'
    assert second["prefer"] == 'outlook.timezone="UTC", IdType="ImmutableId"'
    assert first["client-request-id"] != second["client-request-id"]
    assert first["user-agent"] == "convene"
    assert not {"hostos", "sdkversion", "runtimeenvironment", "retry-attempt"} & set(first)


async def test_ids_and_filters_are_percent_encoded_and_the_path_has_no_double_slash(
    calls: Graph, recorder: Recorder
) -> None:
    await calls.call("GET", "/users/{m}/events/{e}", {"m": MAILBOX, "e": "AAMk/+=="}, query={"$filter": "a eq 'b c+d'"})
    assert recorder.seen[0].target == (
        "/v1.0/users/meetings%40council.example/events/AAMk%2F%2B%3D%3D?%24filter=a%20eq%20%27b%20c%2Bd%27"
    )


async def test_an_id_cannot_climb_out_of_its_place(calls: Graph, recorder: Recorder) -> None:
    await calls.call("GET", "/users/{m}/events/{e}", {"m": MAILBOX, "e": "../../../me"})
    assert recorder.seen[0].target.startswith("/v1.0/users/meetings%40council.example/events/..%2F..%2F..%2Fme")


async def test_the_token_is_fetched_once_and_renewed_once_when_refused(calls: Graph, recorder: Recorder) -> None:
    await asyncio.gather(*(calls.call("GET", _EVENTS, _PATH) for _ in range(5)))
    assert recorder.tokens == 1
    recorder.answers.append(answering(401, {"error": {"code": "InvalidAuthenticationToken"}}))
    await calls.call("POST", _EVENTS, _PATH, body=EVENT)
    assert recorder.tokens == 2
    assert recorder.seen[-1].headers["authorization"] == "Bearer token-2"
    assert recorder.seen[-1].body == recorder.seen[-2].body == EVENT


async def test_a_token_refused_twice_is_a_configuration_error(calls: Graph, recorder: Recorder) -> None:
    refusal = answering(401, {"error": {"code": "InvalidAuthenticationToken"}})
    recorder.answers += [refusal, refusal]
    with pytest.raises(PermanentConfiguration):
        await calls.call("GET", _EVENTS, _PATH)
    assert len(recorder.seen) == 2


async def test_refused_credentials_are_a_configuration_error(calls: Graph, recorder: Recorder) -> None:
    recorder.token_status = 401
    with pytest.raises(PermanentConfiguration, match="CredentialRefused"):
        await calls.call("GET", _EVENTS, _PATH)
    assert recorder.seen == []


async def test_a_busy_token_endpoint_means_nothing_was_sent(calls: Graph, recorder: Recorder) -> None:
    recorder.token_status = 503
    with pytest.raises(NotReached):
        await calls.call("POST", _EVENTS, _PATH, body=EVENT)
    assert recorder.seen == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_nothing_is_retried_inside_a_call(calls: Graph, recorder: Recorder, status: int) -> None:
    recorder.answers.append(answering(status, None, Retry_After="2"))
    with pytest.raises((Throttled, Ambiguous)) as caught:
        await calls.call("POST", _EVENTS, _PATH, body=EVENT)
    assert len(recorder.seen) == 1
    assert caught.value.retry_after == 2.0


async def test_an_html_page_from_a_gateway_is_ambiguous(calls: Graph, recorder: Recorder) -> None:
    recorder.answers.append(answering(502, "<html>Bad Gateway</html>"))
    with pytest.raises(Ambiguous):
        await calls.call("POST", _EVENTS, _PATH, body=EVENT)


async def test_a_call_ends_at_its_deadline_and_is_ambiguous(recorder: Recorder) -> None:
    recorder.answers.append(stalling(1.0))
    async with open_graph(settings_for(recorder.address, timeout=0.2)) as graph:
        with pytest.raises(Ambiguous, match="Timeout"):
            await graph.call("POST", _EVENTS, _PATH, body=EVENT)


async def test_a_connection_refused_means_nothing_was_sent(recorder: Recorder) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/v1.0"
        async with open_graph(settings_for(recorder.address, base_url=nobody)) as graph:
            with pytest.raises(NotReached):
                await graph.call("POST", _EVENTS, _PATH, body=EVENT)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_an_error_and_the_body_and_token_stay_here(
    calls: Graph, recorder: Recorder, status: int
) -> None:
    other = Recorder()
    async with serving(other.app()) as elsewhere:
        recorder.answers.append(answering(status, None, Location=f"{elsewhere}/v1.0/users"))
        with pytest.raises(PermanentConfiguration):
            await calls.call("POST", _EVENTS, _PATH, body=EVENT)
    assert other.seen == []


async def test_the_token_never_goes_to_another_host(calls: Graph, recorder: Recorder) -> None:
    other = Recorder()
    async with serving(other.app()) as elsewhere:
        port = elsewhere.rsplit(":", 1)[1]
        ours = recorder.address.removeprefix("http://")
        for link in (
            f"{elsewhere}/v1.0/users/x/calendarView/delta?$deltatoken=1",
            f"http://localhost:{port}/v1.0/x",
            f"http://{ours}@127.0.0.1:{port}/v1.0/x",
            f"http://{ours}\\@127.0.0.1:{port}/v1.0/x",
            f"//127.0.0.1:{port}/v1.0/x",
            f"https://{ours}/v1.0/x",
            "/v1.0/x",
            "",
        ):
            with pytest.raises(PermanentConfiguration, match="ForeignLink"):
                await calls.follow(link)
    assert other.seen == []
    assert recorder.seen == []


async def test_a_link_to_our_own_graph_is_followed_as_it_is(calls: Graph, recorder: Recorder) -> None:
    await calls.follow(f"{recorder.address}/v1.0/users/x/delta?$deltatoken=a%2Bb")
    assert recorder.seen[0].target == "/v1.0/users/x/delta?$deltatoken=a%2Bb"
    assert recorder.seen[0].headers["authorization"] == "Bearer token-1"


async def test_a_refusal_of_the_data_carries_its_code_and_request_id(calls: Graph, recorder: Recorder) -> None:
    recorder.answers.append(answering(400, {"error": {"code": "ErrorInvalidRecipients"}}, request_id="rq-9"))
    with pytest.raises(PermanentData) as caught:
        await calls.call("POST", _EVENTS, _PATH, body=EVENT)
    assert (caught.value.code, caught.value.request_id) == ("ErrorInvalidRecipients", "rq-9")


async def test_closing_closes_every_connection(recorder: Recorder) -> None:
    async with open_graph(settings_for(recorder.address)) as graph:
        await graph.call("GET", _EVENTS, _PATH)
        held = graph._adapter._http_client
    assert held.is_closed
    pool = held._transport._pool
    assert pool.connections == []


@pytest.mark.parametrize(
    ("base_url", "authority", "named"),
    [
        ("http://graph.example/v1.0", "https://login.example", "base_url"),
        ("https://graph.example/v1.0", "http://login.example", "authority"),
        ("graph.example", "https://login.example", "base_url"),
        ("https://user@graph.example/v1.0", "https://login.example", "base_url"),
    ],
)
def test_an_address_a_secret_may_not_travel_to_is_refused(base_url: str, authority: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        GraphSettings(base_url, authority, TENANT, CLIENT, "secret")


def test_the_secret_is_not_shown() -> None:
    settings = GraphSettings("https://graph.example/v1.0", "https://login.example", TENANT, CLIENT, "hush-hush")
    assert "hush-hush" not in repr(settings)


async def test_neither_addresses_nor_ids_nor_the_token_are_logged(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with open_graph(settings_for(recorder.address)) as graph:
            recorder.answers.append(answering(404, {"error": {"code": "ErrorItemNotFound"}}))
            with pytest.raises(Gone):
                await graph.call("GET", "/users/{m}/events/{e}", {"m": MAILBOX, "e": "AAMk-7"})
    assert not [line for line in caplog.messages if "council" in line or "AAMk-7" in line or "token-1" in line]


async def test_a_cancelled_call_leaves_the_pool_fit_for_the_next(recorder: Recorder) -> None:
    arrived = asyncio.Event()

    async def stall(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.Event().wait()
        return web.Response()

    recorder.answers += [stall] * 3
    async with open_graph(settings_for(recorder.address, max_connections=2)) as graph:
        for _ in range(3):
            task = asyncio.create_task(graph.call("POST", _EVENTS, _PATH, body=EVENT))
            await arrived.wait()
            arrived.clear()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await graph.call("GET", _EVENTS, _PATH)


async def test_a_long_answer_is_read_no_further_than_it_was_asked_for(calls: Graph, recorder: Recorder) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while sent < 64_000_000:
                await response.write(b"x" * 65_536)
                sent += 65_536
        except ConnectionError:
            pass
        return response

    recorder.answers.append(endless)
    answer = await calls.call("GET", _EVENTS, _PATH, at_most=100_000)
    assert answer.body == b"x" * 100_001
    assert sent < 32_000_000, "the rest was never taken from the wire"
    assert recorder.seen[-1].headers["authorization"] == "Bearer token-1"


async def test_a_short_answer_and_a_failure_are_what_they_are_with_a_limit_too(
    calls: Graph, recorder: Recorder
) -> None:
    recorder.answers.append(answering(200, "all of it"))
    assert (await calls.call("GET", _EVENTS, _PATH, at_most=9)).body == b"all of it"
    recorder.answers.append(answering(404, {"error": {"code": "ErrorItemNotFound"}}))
    with pytest.raises(Gone):
        await calls.call("GET", _EVENTS, _PATH, at_most=9)
    recorder.answers.append(answering(401, {"error": {"code": "InvalidAuthenticationToken"}}))
    await calls.call("GET", _EVENTS, _PATH, at_most=100)
    assert recorder.seen[-1].headers["authorization"] == "Bearer token-2"
