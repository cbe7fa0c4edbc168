"""Subscriptions kept alive, and notifications believed only with the right client state."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from service.outlook.adapter import Graph
from service.outlook.errors import Ambiguous, PermanentData
from service.outlook.subscriptions import (
    LIFETIME,
    RENEW_BEFORE,
    Lifecycle,
    Step,
    Subscription,
    SubscriptionWish,
    check_notification,
    create,
    delete,
    ensure,
    hash_of,
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


async def test_a_change_and_each_lifecycle_event_are_read(
    graph: Graph, sandbox: Place, wish: SubscriptionWish, listener: tuple[str, list[bytes]]
) -> None:
    held = await create(graph, wish, NOW)
    for event in ("reauthorizationRequired", "missed", "subscriptionRemoved"):
        await sandbox.control.post("lifecycle", event=event, subscription_id=held.id)
    posted = listener[1]
    while len(posted) < 3:
        await sandbox.control.state()
    expected = {held.id: hash_of(STATE)}
    kinds = {item.lifecycle for body in posted for item in check_notification(body, expected).accepted}
    assert kinds == {Lifecycle.REAUTHORIZE, Lifecycle.MISSED, Lifecycle.REMOVED}


def _item(**changes: Any) -> dict[str, Any]:
    item = {
        "subscriptionId": "s-1",
        "clientState": STATE,
        "changeType": "updated",
        "resource": "Users/x/Events/AAk",
        "resourceData": {"id": "AAk"},
    }
    return {**item, **changes}


def _posted(*items: object) -> bytes:
    return json.dumps({"value": items}).encode()


EXPECTED = {"s-1": hash_of(STATE), "s-2": hash_of("another")}


def test_each_item_is_checked_by_itself() -> None:
    checked = check_notification(
        _posted(
            _item(),
            _item(clientState="wrong"),
            _item(clientState=None),
            _item(subscriptionId="s-2"),
            _item(subscriptionId="s-9"),
            "odd",
            _item(resourceData=None, changeType=7),
        ),
        EXPECTED,
    )
    assert [(item.change, item.resource_id) for item in checked.accepted] == [("updated", "AAk"), ("", "")]
    assert checked.refused == 5


def test_an_unknown_lifecycle_event_is_kept_as_unknown() -> None:
    checked = check_notification(_posted(_item(lifecycleEvent="somethingNew")), EXPECTED)
    assert checked.accepted[0].lifecycle is Lifecycle.UNKNOWN


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b"\xff", b'{"value": 3}', b"[" * 100_000, _posted(*["x"] * 1001)]
)
def test_what_is_no_notification_is_counted_and_never_raises(payload: bytes) -> None:
    assert check_notification(payload, EXPECTED).accepted == ()
    assert check_notification(payload, EXPECTED).refused >= 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["value", "subscriptionId", "clientState", "lifecycleEvent"]), inner)
        ),
        max_leaves=12,
    )
)
def test_any_json_at_all_is_answered(posted: object) -> None:
    assert check_notification(json.dumps(posted).encode(), EXPECTED).accepted == ()


def test_a_client_state_that_is_no_text_is_refused() -> None:
    assert check_notification(b'{"value":[{"subscriptionId":"s-1","clientState":"\\ud800"}]}', EXPECTED).refused == 1


def test_the_client_state_is_not_shown() -> None:
    assert STATE not in repr(_wish("http://127.0.0.1:1"))
