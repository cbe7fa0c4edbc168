"""Subscriptions: the handshake, renewing, notifications that arrive, repeat or get lost, lifecycle events."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from service.sandbox.clock import real_now
from tests.sandbox.conftest import IMMUTABLE, ORGANISER, POLICE, Ear, Open, Tenant, eventually, in_minutes


async def subscribe(tenant: Tenant, ear: Ear, minutes: float = 1000, **changed: Any) -> Any:
    body = ear.wanted(expirationDateTime=in_minutes(minutes), **changed)
    return await tenant.graph("POST", "/subscriptions", json=body, headers=IMMUTABLE)


async def test_both_endpoints_are_asked_before_a_subscription_is_made(tenant: Tenant, ear: Ear) -> None:
    reply = await subscribe(tenant, ear)
    assert (reply.status, ear.handshakes) == (201, 2)
    assert reply.json["clientState"] == "only we know"
    assert (await tenant.graph("GET", f"/subscriptions/{reply.json['id']}")).json["clientState"] is None


BAD_ECHOES = [
    ("other text", {"echo": lambda _token: "hello"}),
    ("still escaped", {"echo": quote}),
    ("not plain text", {"echo_type": "text/html"}),
]


@pytest.mark.parametrize("ways", [row[1] for row in BAD_ECHOES], ids=[row[0] for row in BAD_ECHOES])
async def test_an_endpoint_that_does_not_echo_the_token_is_refused(
    tenant: Tenant, ear: Ear, ways: dict[str, Any]
) -> None:
    for name, value in ways.items():
        setattr(ear, name, value)
    reply = await subscribe(tenant, ear)
    assert (reply.status, reply.code) == (400, "ValidationError")
    assert (await tenant.graph("GET", "/subscriptions")).json["value"] == []


async def test_an_endpoint_that_is_not_there_is_refused(tenant: Tenant, ear: Ear) -> None:
    reply = await subscribe(tenant, ear, notificationUrl="http://127.0.0.1:9/notify")
    assert (reply.status, reply.code) == (400, "ValidationError")


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("another machine", {"notificationUrl": "https://elsewhere.example/notify"}),
    ("looks like loopback", {"notificationUrl": "http://127.0.0.1@elsewhere.example/"}),
    ("not a web address", {"notificationUrl": "file:///etc/hostname"}),
    ("change type", {"changeType": "created,renamed"}),
    ("resource", {"resource": f"users/{ORGANISER}/contacts"}),
    ("resource data", {"includeResourceData": True}),
    ("client state too long", {"clientState": "x" * 129}),
    ("unknown property", {"colour": "red"}),
]


@pytest.mark.parametrize("changed", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_subscription_graph_would_refuse_is_refused(tenant: Tenant, ear: Ear, changed: dict[str, Any]) -> None:
    assert (await subscribe(tenant, ear, **changed)).status == 400
    assert ear.handshakes == 0


@pytest.mark.parametrize(("minutes", "status"), [(-1, 400), (10_079, 201), (10_081, 400)])
async def test_a_subscription_lives_under_seven_days(tenant: Tenant, ear: Ear, minutes: float, status: int) -> None:
    assert (await subscribe(tenant, ear, minutes)).status == status


async def test_a_short_life_is_raised_to_45_minutes(tenant: Tenant, ear: Ear) -> None:
    made = (await subscribe(tenant, ear, 1)).json
    life = datetime.fromisoformat(made["expirationDateTime"]) - real_now()
    assert timedelta(minutes=44) < life <= timedelta(minutes=45)


async def test_the_same_resource_and_changes_are_subscribed_once(tenant: Tenant, ear: Ear) -> None:
    first = (await subscribe(tenant, ear)).json
    again = await subscribe(tenant, ear, changeType="deleted,updated,created", resource=f"/users/{ORGANISER}/events")
    assert again.status == 409
    assert (await tenant.graph("DELETE", f"/subscriptions/{first['id']}")).status == 204
    assert (await subscribe(tenant, ear)).status == 201


async def test_a_mailbox_that_may_not_be_read_cannot_be_watched(tenant: Tenant, ear: Ear) -> None:
    assert (await subscribe(tenant, ear, resource="users/other@council.example/events")).code == "ErrorInvalidUser"
    await tenant.control("POST", "/mailbox", {"address": ORGANISER, "denied": True})
    assert (await subscribe(tenant, ear)).status == 403


async def test_a_subscription_is_renewed_and_nothing_else_of_it_changes(tenant: Tenant, ear: Ear) -> None:
    path = f"/subscriptions/{(await subscribe(tenant, ear)).json['id']}"
    later = in_minutes(5000)
    renewed = await tenant.graph("PATCH", path, json={"expirationDateTime": later})
    expires = datetime.fromisoformat(renewed.json["expirationDateTime"])
    assert (renewed.status, expires) == (200, datetime.fromisoformat(later).astimezone(UTC))
    other = {"expirationDateTime": later, "lifecycleNotificationUrl": f"{ear.url}/lifecycle"}
    assert (await tenant.graph("PATCH", path, json=other)).status == 400
    assert (await tenant.graph("POST", f"{path}/reauthorize")).status == 204
    assert (await tenant.graph("PATCH", "/subscriptions/none", json={"expirationDateTime": later})).status == 404


async def test_a_subscription_ends_on_the_business_clock(open_tenant: Open, ear: Ear) -> None:
    epoch = datetime(2026, 12, 1, 9, tzinfo=UTC)
    fast = await open_tenant(epoch=epoch, speed=36_000.0)  # an hour passes in a tenth of a second
    body = ear.wanted(expirationDateTime=(fast.sandbox.clock.now() + timedelta(hours=2)).isoformat())
    made = await fast.graph("POST", "/subscriptions", json=body)
    assert made.status == 201
    expires = datetime.fromisoformat(made.json["expirationDateTime"])
    await eventually(lambda: fast.sandbox.clock.now() > expires)
    assert (await fast.graph("GET", f"/subscriptions/{made.json['id']}")).status == 404


async def test_creating_answering_and_cancelling_are_notified(tenant: Tenant, ear: Ear) -> None:
    subscription = (await subscribe(tenant, ear)).json
    made = (await tenant.create(POLICE, headers=IMMUTABLE)).json
    await ear.until(1)
    await tenant.respond(POLICE, made["uid"], "accept")
    await ear.until(2)
    await tenant.mailbox("POST", f"/events/{quote(made['id'], safe='')}/cancel", json={})
    heard = await ear.until(3)
    assert [item["changeType"] for item in heard] == ["created", "updated", "deleted"]
    assert {item["resourceData"]["id"] for item in heard} == {made["id"]}
    assert {(item["subscriptionId"], item["clientState"]) for item in heard} == {(subscription["id"], "only we know")}
    assert heard[0]["tenantId"] == tenant.config.tenant_id
    assert "subject" not in str(heard)


async def test_mail_that_comes_in_is_notified_and_no_draft_and_no_event_is(tenant: Tenant, ear: Ear) -> None:
    inbox = f"users/{ORGANISER}/mailFolders('inbox')/messages"
    made = await subscribe(tenant, ear, changeType="created", resource=inbox)
    assert (made.status, made.json["resource"]) == (201, inbox)
    assert (await subscribe(tenant, ear, changeType="created", resource=f"users/{ORGANISER}/messages")).status == 400
    await tenant.create(POLICE, headers=IMMUTABLE)
    await tenant.mailbox("POST", "/messages", json={"subject": "a draft"})
    raw = b"From: desk@police.example\r\nSubject: Sue will come\r\n\r\nhello"
    await tenant.control("POST", "/mail", {"mailbox": ORGANISER, "mime": base64.b64encode(raw).decode()})
    (heard,) = await ear.until(1)
    assert (heard["changeType"], heard["resourceData"]["@odata.type"]) == ("created", "#Microsoft.Graph.Message")
    assert heard["subscriptionId"] == made.json["id"]
    assert "Sue" not in str(heard)


async def test_only_the_wanted_changes_are_notified(tenant: Tenant, ear: Ear) -> None:
    await subscribe(tenant, ear, changeType="updated")
    made = (await tenant.create(POLICE)).json
    await tenant.respond(POLICE, made["uid"], "tentative")
    assert [item["changeType"] for item in await ear.until(1)] == ["updated"]


async def test_a_notification_not_answered_well_is_sent_again(tenant: Tenant, ear: Ear) -> None:
    await subscribe(tenant, ear)
    ear.answers = [500, 302]
    await tenant.create()
    assert len(await ear.until(1)) == 1
    await eventually(lambda: tenant.sandbox.notifier.counts["delivered"] == 1)
    assert tenant.sandbox.notifier.counts["refused"] == 2


async def test_a_notification_is_given_up_in_the_end(tenant: Tenant, ear: Ear) -> None:
    await subscribe(tenant, ear)
    ear.answers = [503, 503, 503]
    await tenant.create()
    await eventually(lambda: tenant.sandbox.notifier.counts["given_up"] == 1)
    assert ear.heard == []


async def test_notifications_repeat_get_lost_and_come_late_as_planned(tenant: Tenant, ear: Ear) -> None:
    await subscribe(tenant, ear)
    await tenant.control("POST", "/faults", {"kind": "drop_notification"})
    await tenant.control("POST", "/faults", {"kind": "duplicate_notification"})
    await tenant.control("POST", "/faults", {"kind": "late_notification", "seconds": 0.3})
    ids = [(await tenant.create(headers=IMMUTABLE)).json["id"] for _ in range(4)]
    heard = [item["resourceData"]["id"] for item in await ear.until(4)]
    assert ids[0] not in heard
    assert heard.count(ids[1]) == 2
    assert heard[-1] == ids[2]  # overtaken by the one after it


@pytest.mark.parametrize("event", ["reauthorizationRequired", "missed", "subscriptionRemoved"])
async def test_a_lifecycle_event_is_sent_to_its_own_endpoint(tenant: Tenant, ear: Ear, event: str) -> None:
    made = (await subscribe(tenant, ear)).json
    await tenant.control("POST", "/lifecycle", {"event": event})
    await eventually(lambda: len(ear.lifecycle) == 1)
    assert ear.lifecycle[0]["lifecycleEvent"] == event
    assert ear.lifecycle[0]["clientState"] == "only we know"
    gone = (await tenant.graph("GET", f"/subscriptions/{made['id']}")).status == 404
    assert gone == (event == "subscriptionRemoved")
