"""Limits and planned faults: what a client must live through, and what was done behind a lost reply."""

import asyncio
from typing import Any

import aiohttp
import pytest

from service.sandbox.errors import GraphError
from service.sandbox.faults import read_chance, read_fault
from service.sandbox.limits import Meter, Window
from tests.sandbox.conftest import HEALTH, ORGANISER, POLICE, SCHOOL, Ear, Open, Tenant, draft, eventually, in_minutes


async def test_a_fifth_request_in_flight_is_refused(tenant: Tenant) -> None:
    await tenant.fault("create_event", "delay", times=4, seconds=0.3)
    replies = await asyncio.gather(*(tenant.create(POLICE, transactionId=f"t-{n}") for n in range(6)))
    refused = [reply for reply in replies if reply.status == 429]
    assert len(refused) == 2
    assert {(reply.code, reply.headers["Retry-After"]) for reply in refused} == {("ApplicationThrottled", "1")}
    assert refused[0].json["error"]["message"] == "Application is over its MailboxConcurrency limit."
    state = await tenant.state()
    assert (state["throttled"], state["mailboxes"][ORGANISER]["max_in_flight"]) == (2, 4)
    assert len(state["mailboxes"][ORGANISER]["events"]) == 4


async def test_in_flight_is_counted_by_mailbox_whatever_name_it_is_called_by(open_tenant: Open) -> None:
    tenant = await open_tenant(mailboxes=(ORGANISER, "second@council.example"), in_flight_limit=1)
    own_id = tenant.sandbox.mailboxes[ORGANISER].object_id
    await tenant.fault("list_events", "delay", times=2, seconds=0.3)
    slow = asyncio.ensure_future(tenant.graph("GET", f"/users/{own_id}/events"))
    await eventually(lambda: tenant.sandbox.mailboxes[ORGANISER].meter.in_flight == 1)
    assert (await tenant.graph("GET", f"/users/{ORGANISER}/events")).status == 429
    assert (await tenant.graph("GET", "/users/second@council.example/events")).status == 200
    assert (await slow).status == 200


async def test_requests_over_the_rate_are_refused(open_tenant: Open) -> None:
    tenant = await open_tenant(requests_per_10_minutes=3)
    statuses = [(await tenant.mailbox("GET", "/events")).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


async def test_latency_holds_a_request_in_flight(open_tenant: Open) -> None:
    tenant = await open_tenant(latency=0.1)
    replies = await asyncio.gather(*(tenant.mailbox("GET", "/events") for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 200, 429]


def test_a_window_opens_again_and_counts_calls_made_while_it_was_shut() -> None:
    now = [0.0]
    window = Window(2, 60.0, lambda: now[0])
    assert [window.take() for _ in range(2)] == [0, 0]
    now[0] = 30.0
    assert window.take() == 30  # until the first two are a minute old
    now[0] = 60.0
    assert window.take() == 0  # this one and the refused one fill it
    assert window.take() > 0


def test_a_slot_is_given_back_when_the_work_fails() -> None:
    meter = Meter(1, 100, None, lambda: 0.0)
    with pytest.raises(LookupError), meter.request():
        raise LookupError
    with meter.request(), pytest.raises(GraphError), meter.request():
        pass
    assert (meter.in_flight, meter.most_in_flight, meter.refused) == (0, 1, 1)


async def test_a_reply_lost_after_the_commit_leaves_the_event_behind(tenant: Tenant) -> None:
    await tenant.fault("create_event", "lose_reply_after_commit")
    with pytest.raises(aiohttp.ClientError):
        await tenant.create(POLICE, transactionId="t-1")
    assert [event["transaction_id"] for event in await tenant.events()] == ["t-1"]
    again = await tenant.create(POLICE, transactionId="t-1")
    assert again.status == 201
    assert len(await tenant.events()) == 1
    assert (await tenant.counts(POLICE))["invite"] == 1


async def test_a_connection_dropped_before_the_work_leaves_nothing_behind(tenant: Tenant) -> None:
    await tenant.fault("create_event", "drop_before")
    with pytest.raises(aiohttp.ClientError):
        await tenant.create(POLICE)
    assert await tenant.events() == []
    call = (await tenant.state())["calls"][-1]
    assert (call["status"], call["fault"]) == (0, "drop_before")


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "ApplicationThrottled"), (500, "ErrorInternalServerError"), (503, "serviceNotAvailable"),
     (504, "GatewayTimeout"), (410, "syncStateNotFound")],
)  # fmt: skip
async def test_a_planned_status_comes_with_its_code_and_retry_after(tenant: Tenant, status: int, code: str) -> None:
    await tenant.fault("create_event", "status", status=status, retry_after="Wed, 02 Dec 2026 10:00:00 GMT")
    reply = await tenant.create(POLICE)
    assert (reply.status, reply.code) == (status, code)
    assert reply.headers["Retry-After"] == "Wed, 02 Dec 2026 10:00:00 GMT"
    assert await tenant.events() == []


async def test_a_gateways_own_error_is_a_page_and_not_json(tenant: Tenant) -> None:
    await tenant.fault("*", "html")
    reply = await tenant.create(POLICE)
    assert (reply.status, reply.json) == (502, None)
    assert reply.headers["Content-Type"].startswith("text/html")


async def test_a_slow_reply_comes_after_the_work_was_done(tenant: Tenant) -> None:
    await tenant.fault("send_mail", "slow_reply", seconds=30)
    with pytest.raises(TimeoutError):
        await tenant.mailbox(
            "POST", "/sendMail", json={"message": draft(POLICE)}, timeout=aiohttp.ClientTimeout(total=0.3)
        )
    assert (await tenant.counts(POLICE))["message"] == 1


async def test_faults_strike_the_named_operation_as_often_as_planned_after_those_let_pass(tenant: Tenant) -> None:
    await tenant.fault("create_event", "status", status=503, times=2, skip=1)
    assert (await tenant.mailbox("GET", "/events")).status == 200
    statuses = [(await tenant.create(guest)).status for guest in (POLICE, SCHOOL, HEALTH, POLICE)]
    assert statuses == [201, 503, 503, 201]
    assert (await tenant.control("GET", "/faults")).json == {"faults": []}


async def test_the_subscriptions_group_covers_each_of_its_operations(tenant: Tenant) -> None:
    await tenant.fault("subscriptions", "status", status=500, times=2)
    assert (await tenant.graph("GET", "/subscriptions")).status == 500
    assert (await tenant.graph("GET", "/subscriptions/x")).status == 500
    assert (await tenant.graph("GET", "/subscriptions")).status == 200


async def test_a_reply_may_break_off_although_the_work_was_done(tenant: Tenant) -> None:
    await tenant.fault("create_event", "cut_reply")
    with pytest.raises(ValueError, match=r"."):
        await tenant.create(POLICE, transactionId="t-1")
    assert [event["transaction_id"] for event in await tenant.events()] == ["t-1"]


async def test_a_page_may_bring_its_items_twice(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    await tenant.fault("list_events", "repeat_items")
    twice, once = [(await tenant.mailbox("GET", "/events")).json["value"] for _ in range(2)]
    assert twice == once * 2


async def test_a_planned_status_may_have_another_of_graphs_codes(tenant: Tenant) -> None:
    await tenant.fault("create_event", "status", status=509, code="activityLimitReached", retry_after="in a while")
    reply = await tenant.create(POLICE)
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (509, "activityLimitReached", "in a while")


async def test_a_notification_that_was_overtaken_comes_behind_the_later_one_in_one_post(
    tenant: Tenant, ear: Ear
) -> None:
    wanted = ear.wanted(expirationDateTime=in_minutes(60))
    assert (await tenant.graph("POST", "/subscriptions", json=wanted)).status == 201
    await tenant.fault("notification", "reorder_notification")
    for name in ("t-1", "t-2"):
        await tenant.create(POLICE, transactionId=name)
    heard = await ear.until(2)
    ids = [event["id"] for event in await tenant.events()]
    assert [each["resourceData"]["id"] for each in heard] == ids[::-1]


async def _lived(tenant: Tenant, seed: int, faults: list[str]) -> list[str | None]:
    await tenant.control("POST", "/reset")
    assert (await tenant.control("POST", "/chance", {"seed": seed, "rate": 0.5, "faults": faults})).status == 200
    for _ in range(20):
        await tenant.mailbox("GET", "/events")
    fate = [call["fault"] for call in (await tenant.state())["calls"]]
    await tenant.control("DELETE", "/faults")
    assert (await tenant.mailbox("GET", "/events")).status == 200
    return fate


async def test_what_is_left_to_chance_comes_from_its_seed_and_ends_when_told(tenant: Tenant) -> None:
    faults = ["busy", "html", "bandwidth", "drop_notification"]
    first, again, other = [await _lived(tenant, seed, faults) for seed in (7, 7, 8)]
    assert first == again != other
    assert {"status", "html", None} == set(first), "a fault of notifications strikes no call"


@pytest.mark.parametrize(
    "raw",
    [{}, {"seed": 1}, {"seed": "x", "rate": 0.5}, {"seed": 1, "rate": 0}, {"seed": 1, "rate": 1.5},
     {"seed": 1, "rate": 0.5, "faults": []}, {"seed": 1, "rate": 0.5, "faults": ["fire"]},
     {"seed": 1, "rate": 0.5, "colour": 1}],
)  # fmt: skip
def test_chance_nobody_could_mean_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_chance(raw)


@pytest.mark.parametrize(
    "raw",
    [{}, {"kind": "explode", "operation": "*"}, {"kind": "delay", "operation": "create_evnet"}, {"kind": "delay"},
     {"kind": "delay", "operation": "*", "times": 0}, {"kind": "delay", "operation": "*", "seconds": -1},
     {"kind": "status", "operation": "*", "status": 200}, {"kind": "delay", "operation": "*", "colour": 1}],
)  # fmt: skip
def test_a_fault_nobody_could_mean_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_fault(raw)


async def test_calls_are_logged_by_operation_and_path_template(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    await tenant.mailbox("GET", "/events/none")
    calls = [(call["operation"], call["method"], call["path"], call["status"])
             for call in (await tenant.state())["calls"]]  # fmt: skip
    assert calls == [
        ("token", "POST", "/{tenant}/oauth2/v2.0/token", 200),
        ("create_event", "POST", "/users/{user}/events", 201),
        ("get_event", "GET", "/users/{user}/events/{item}", 404),
    ]
