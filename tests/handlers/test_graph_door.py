"""Where Graph knocks: the handshake is answered, hints are noted when they are proved, junk is 202 and a count."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import text

from tests.handlers.house import CLIENT_STATE, SUBSCRIPTION, House

DOORS = ("/graph/notifications", "/graph/lifecycle")


def a_notice(**changes: object) -> dict[str, object]:
    return {
        "subscriptionId": SUBSCRIPTION,
        "clientState": CLIENT_STATE,
        "changeType": "updated",
        "resource": "users/x/events/y",
        "tenantId": "t",
    } | changes


@pytest.mark.parametrize("door", DOORS)
async def test_the_handshake_says_the_token_back_as_plain_text(house: House, door: str) -> None:
    token = "Validation: Testing client application <b>reachability</b> & more é"
    answer = await house.client.post(door, params={"validationToken": token})
    assert (answer.status, answer.content_type, await answer.text()) == (200, "text/plain", token)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_endless_token_is_refused(house: House) -> None:
    answer = await house.client.post(DOORS[0], params={"validationToken": "x" * 3000})
    assert answer.status == 400


@pytest.mark.parametrize("door", DOORS)
async def test_a_proved_notice_marks_its_mailbox_once(house: House, door: str) -> None:
    other = a_notice(lifecycleEvent="missed", resource="users/x/events/z")
    body = {"value": [a_notice(lifecycleEvent="missed"), other]}
    answer = await house.client.post(door, json=body)
    assert (answer.status, await answer.read()) == (202, b"")
    [row] = await house.rows("SELECT id, read_wanted_at FROM mailboxes WHERE partnership_id = 'lewisham'")
    assert row["read_wanted_at"] is not None
    assert house.wake.mailboxes == [row["id"]]


async def test_mail_that_came_in_marks_the_same_mailbox_by_its_own_subscription_and_state(house: House) -> None:
    said = hashlib.sha256(b"of the inbox").digest()
    async with house.services.engine.begin() as conn:
        change = "UPDATE mailboxes SET mail_subscription_id = 'mail-1', mail_client_state_hash = :said"
        change += " WHERE partnership_id = 'lewisham'"
        await conn.execute(text(change), {"said": said})
    for state, marked in ((CLIENT_STATE, 0), ("of the inbox", 1)):
        body = {"value": [a_notice(subscriptionId="mail-1", clientState=state, changeType="created")]}
        assert (await house.client.post(DOORS[0], json=body)).status == 202
        assert len(house.wake.mailboxes) == marked
    gone = a_notice(subscriptionId="mail-1", clientState="of the inbox", lifecycleEvent="subscriptionRemoved")
    await house.client.post(DOORS[1], json={"value": [gone]})
    mine = "SELECT subscription_id, mail_subscription_id FROM mailboxes WHERE partnership_id = 'lewisham'"
    [row] = await house.rows(mine)
    assert row == {"subscription_id": SUBSCRIPTION, "mail_subscription_id": None}


NOT_PROVED = [
    ("another client state", {"value": [a_notice(clientState="guessed")]}),
    ("no client state", {"value": [a_notice(clientState="")]}),
    ("an unknown subscription", {"value": [a_notice(subscriptionId="7f1c0000-0000-4000-8000-00000000ffff")]}),
    ("a subscription that is no id", {"value": [a_notice(subscriptionId="x'; --")]}),
    ("a number for a state", {"value": [a_notice(clientState=1)]}),
    ("no notices", {"value": []}),
    ("notices that are words", {"value": ["a", "b"]}),
    ("no value", {}),
    ("a list", []),
]


async def test_what_is_not_proved_is_202_and_changes_nothing(house: House) -> None:
    for why, body in NOT_PROVED:
        for door in DOORS:
            assert (await house.client.post(door, json=body)).status == 202, why
    assert house.wake.mailboxes == []
    assert await house.rows("SELECT 1 FROM mailboxes WHERE read_wanted_at IS NOT NULL") == []


async def test_junk_is_202_and_counted(house: House) -> None:
    for raw in (b"", b"{", b"\xff", b"[" * 9000):
        assert (await house.client.post(DOORS[0], data=raw)).status == 202
    figures = await (await house.client.get("/metrics")).text()
    assert 'convene_graph_notifications_total{outcome="junk"} 4.0' in figures


async def test_one_wrong_notice_does_not_hide_a_right_one(house: House) -> None:
    body = {"value": [a_notice(clientState="guessed"), {"junk": 1}, a_notice()]}
    await house.client.post(DOORS[0], data=json.dumps(body))
    assert len(house.wake.mailboxes) == 1
