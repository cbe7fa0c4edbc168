"""Subscriptions kept alive, one for each mailbox, whatever Graph has forgotten."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from service.outlook.adapter import Graph
from service.outlook.errors import Ambiguous, PermanentData
from service.outlook.subscriptions import (
    LIFETIME,
    RENEW_BEFORE,
    Step,
    Subscription,
    SubscriptionWish,
    create,
    delete,
    ensure,
    list_all,
    next_step,
    renew,
)
from tests.outlook.stage import MAILBOX, Place, serving

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STATE = "a state only Graph and we know"


@pytest.fixture
async def listener() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Our endpoint, as small as it can be: echoes the handshake and keeps what is posted."""
    posted: list[bytes] = []

    async def receive(request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            return web.Response(text=token, content_type="text/plain")
        posted.append(await request.read())
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/graph/{kind}", receive)
    async with serving(app) as address:
        yield address, posted


@pytest.fixture
def wish(listener: tuple[str, list[bytes]]) -> SubscriptionWish:
    return _wish(listener[0])


def _wish(address: str, **changes: Any) -> SubscriptionWish:
    values = {
        "mailbox_address": MAILBOX,
        "notification_url": f"{address}/graph/notifications",
        "lifecycle_url": f"{address}/graph/lifecycle",
        "client_state": STATE,
    }
    return SubscriptionWish(**{**values, **changes})


STEPS = [
    (None, Step.CREATE, "none yet"),
    (timedelta(days=5), Step.KEEP, "fresh"),
    (RENEW_BEFORE + timedelta(seconds=1), Step.KEEP, "just before the half"),
    (RENEW_BEFORE, Step.RENEW, "half used"),
    (timedelta(seconds=1), Step.RENEW, "nearly over"),
    (timedelta(0), Step.CREATE, "over this second"),
    (-timedelta(days=9), Step.CREATE, "long over"),
]


@pytest.mark.parametrize(("left", "step", "why"), STEPS, ids=[row[2] for row in STEPS])
def test_each_state_has_its_step(left: timedelta | None, step: Step, why: str) -> None:
    held = None if left is None else Subscription("s", NOW + left)
    assert next_step(held, NOW) is step, why


async def test_a_subscription_is_created_kept_renewed_and_deleted(graph: Graph, wish: SubscriptionWish) -> None:
    held, step = await ensure(graph, wish, None, NOW)
    assert (step, held.expires_at) == (Step.CREATE, NOW + LIFETIME)
    assert await ensure(graph, wish, held, NOW + timedelta(days=1)) == (held, Step.KEEP)
    half_used = replace(held, expires_at=NOW + timedelta(days=2))
    renewed, step = await ensure(graph, wish, half_used, NOW)
    assert (step, renewed.id) == (Step.RENEW, held.id)
    assert renewed.expires_at > half_used.expires_at
    await delete(graph, held.id)
    await delete(graph, held.id)
    assert await list_all(graph) == []


async def test_one_that_graph_removed_is_created_anew(graph: Graph, sandbox: Place, wish: SubscriptionWish) -> None:
    held, _ = await ensure(graph, wish, None, NOW)
    await delete(graph, held.id)
    assert await renew(graph, held.id, NOW) is None
    anew, step = await ensure(graph, wish, replace(held, expires_at=NOW + timedelta(days=2)), NOW)
    assert step is Step.CREATE
    assert [found.id for found in await list_all(graph)] == [anew.id]


async def test_one_whose_answer_was_lost_is_replaced_and_not_doubled(
    graph: Graph, sandbox: Place, wish: SubscriptionWish
) -> None:
    await sandbox.control.fault("create_subscription", "lose_reply_after_commit")
    with pytest.raises(Ambiguous):
        await create(graph, wish, NOW)
    made = await create(graph, wish, NOW)
    assert [found.id for found in await list_all(graph)] == [made.id]


async def test_an_endpoint_that_does_not_echo_is_refused_by_graph(graph: Graph, sandbox: Place) -> None:
    with pytest.raises(PermanentData, match="ValidationError"):
        await create(graph, _wish(sandbox.address), NOW)


async def test_each_lifecycle_event_comes_with_our_client_state(
    graph: Graph, sandbox: Place, wish: SubscriptionWish, listener: tuple[str, list[bytes]]
) -> None:
    held = await create(graph, wish, NOW)
    for event in ("reauthorizationRequired", "missed", "subscriptionRemoved"):
        await sandbox.control.post("lifecycle", event=event, subscription_id=held.id)
    posted = listener[1]
    while len(posted) < 3:
        await sandbox.control.state()
    items = [item for body in posted for item in json.loads(body)["value"]]
    assert [item["lifecycleEvent"] for item in items] == ["reauthorizationRequired", "missed", "subscriptionRemoved"]
    assert {(item["subscriptionId"], item["clientState"]) for item in items} == {(held.id, STATE)}


def test_the_client_state_is_not_shown() -> None:
    assert STATE not in repr(_wish("http://127.0.0.1:1"))
