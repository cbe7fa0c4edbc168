"""The webhook door: what is not believed is counted, what is believed is taken in or kept whole, and never a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from standardwebhooks import Webhook

from service.store.sealing import unseal
from tests.handlers.house import MONDAY, OLD_SECRET, OTHER_SECRET, SECRET, House, a_body, an_envelope

Headers = dict[str, str]
GOOD = an_envelope(a_body())


async def refused(house: House) -> Counter[str]:
    rows = await house.rows("SELECT reason, count FROM refusals WHERE door = 'webhook:eclipse'")
    return Counter({row["reason"]: row["count"] for row in rows})


def hand_signed(body: bytes, delivery: str, seconds: str) -> str:
    """A signature over bytes the package cannot sign, because they are not text."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, f"{delivery}.{seconds}.".encode() + body, hashlib.sha256)).decode()


async def test_a_signed_request_is_taken_in_and_answered_202(house: House) -> None:
    answer = await house.deliver(GOOD, house.signed(GOOD))
    assert answer.status == 202
    said = await answer.json()
    assert said["state"] == "planned"
    assert said["links"]["meeting"] == f"/api/v1/meetings/{said['meeting_reference']}"
    assert await house.count("requests") == 1


async def test_both_secrets_are_good_while_one_replaces_the_other(house: House) -> None:
    assert (await house.deliver(GOOD, house.signed(GOOD, secret=OLD_SECRET))).status == 202


async def test_one_good_signature_among_several_is_enough(house: House) -> None:
    headers = house.signed(GOOD)
    other = house.signed(GOOD, key=headers["webhook-id"], secret=OTHER_SECRET)["webhook-signature"]
    headers["webhook-signature"] = f"v1a,abc {other} {headers['webhook-signature']}"
    assert (await house.deliver(GOOD, headers)).status == 202


def _set(name: str, value: str) -> Callable[[Headers], None]:
    def change(headers: Headers) -> None:
        headers[name] = value

    return change


def _drop(name: str) -> Callable[[Headers], None]:
    def change(headers: Headers) -> None:
        del headers[name]

    return change


NOT_BELIEVED = [
    ("another id than was signed", _set("webhook-id", "msg-other"), "signature"),
    ("an id with a dot", _set("webhook-id", "msg.1"), "headers"),
    ("an id with a space", _set("webhook-id", "msg 1"), "headers"),
    ("an id of 129 characters", _set("webhook-id", "a" * 129), "headers"),
    ("no id", _drop("webhook-id"), "headers"),
    ("no time", _drop("webhook-timestamp"), "headers"),
    ("no signature", _drop("webhook-signature"), "headers"),
    ("a time in words", _set("webhook-timestamp", "now"), "headers"),
    ("a time with a fraction", _set("webhook-timestamp", "1796032800.5"), "headers"),
    ("a time below zero", _set("webhook-timestamp", "-1"), "headers"),
    ("a time of 12 digits", _set("webhook-timestamp", "999999999999"), "headers"),
    ("a time at the end of time", _set("webhook-timestamp", "99999999999"), "too_new"),
    ("an empty signature", _set("webhook-signature", ""), "signature"),
    ("a signature without a comma", _set("webhook-signature", "v1"), "signature"),
    ("a signature that is not base64", _set("webhook-signature", "v1,!!!"), "signature"),
    ("a signature with three parts", _set("webhook-signature", "v1,a,b"), "signature"),
    ("only an asymmetric signature", _set("webhook-signature", "v1a,YWJj"), "signature"),
]


async def test_what_is_not_believed_is_401_and_only_counted(house: House) -> None:
    for why, change, reason in NOT_BELIEVED:
        before = await refused(house)
        headers = house.signed(GOOD)
        change(headers)
        answer = await house.deliver(GOOD, headers)
        assert answer.status == 401, why
        assert answer.content_type == "application/problem+json"
        assert await refused(house) - before == Counter({reason: 1}), why
    assert await house.count("held_items") == await house.count("requests") == await house.count("tasks") == 0


async def test_a_wrong_secret_is_401(house: House) -> None:
    assert (await house.deliver(GOOD, house.signed(GOOD, secret=OTHER_SECRET))).status == 401


async def test_a_body_written_anew_after_signing_is_401(house: House) -> None:
    headers = house.signed(GOOD)
    assert (await house.deliver(json.dumps(json.loads(GOOD), indent=1).encode(), headers)).status == 401


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_doubled_header_is_401(house: House, name: str) -> None:
    headers = house.signed(GOOD)
    doubled = [*headers.items(), (name, headers[name])]
    assert (await house.client.post("/webhooks/eclipse", data=GOOD, headers=doubled)).status == 401


TIMES = [
    ("299 seconds old", -299, 202),
    ("301 seconds old", -301, 401),
    ("59 seconds ahead", 59, 202),
    ("61 seconds ahead", 61, 401),
]


@pytest.mark.parametrize(("why", "seconds", "status"), TIMES, ids=[row[0] for row in TIMES])
async def test_a_delivery_is_believed_for_five_minutes_and_one_ahead(
    house: House, why: str, seconds: int, status: int
) -> None:
    at = MONDAY + timedelta(seconds=seconds)
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m1", at, GOOD.decode()),
        "Content-Type": "application/json",
    }
    assert (await house.deliver(GOOD, headers)).status == status, why


async def test_signatures_are_checked_by_real_time_however_fast_business_time_runs(house: House) -> None:
    house.clock.at += timedelta(days=30)
    answer = await house.deliver(GOOD, house.signed(GOOD))
    assert answer.status == 202


async def test_an_unknown_source_is_404(house: House) -> None:
    answer = await house.deliver(GOOD, house.signed(GOOD), source="nobody")
    assert answer.status == 404


async def test_a_body_over_the_limit_is_413_and_counted(house: House) -> None:
    big = b"x" * (1024 * 1024)
    answer = await house.deliver(big, house.signed(big))
    assert answer.status == 413
    assert answer.content_type == "application/problem+json"
    assert await house.count("held_items") == 0


async def test_a_body_over_the_limit_sent_in_chunks_is_413(house: House) -> None:
    async def pieces() -> object:
        for _ in range(100):
            yield b"x" * 4096

    answer = await house.client.post("/webhooks/eclipse", data=pieces(), headers=house.signed(b"x"))
    assert answer.status == 413
    assert await house.rows("SELECT reason FROM refusals") == [{"reason": "too_large"}]


KEPT = [
    ("not JSON", b"{", {}, "not_json"),
    ("empty", b"", {}, "not_json"),
    ("a list", b"[]", {}, "wrong_shape"),
    ("another type", an_envelope({}, type="meeting.cancelled"), {}, "unknown_type"),
    ("an unknown field", an_envelope(a_body(extra=1)), {}, "wrong_shape"),
    ("an unknown role", an_envelope(a_body(involved_roles=["scool"])), {}, "wrong_shape"),
    ("29 February", an_envelope(a_body(children=[{"ref": "C1", "birth_date": "2023-02-29"}])), {}, "wrong_shape"),
    ("another partnership", an_envelope(a_body(partnership="wirral")), {}, "other_partnership"),
    ("an unknown meeting type", an_envelope(a_body(meeting_type="picnic")), {}, "refused"),
    ("another content type", GOOD, {"Content-Type": "text/plain"}, "wrong_content_type"),
    ("another charset", GOOD, {"Content-Type": "application/json; charset=latin-1"}, "wrong_content_type"),
]


@pytest.mark.parametrize(("why", "body", "more", "kind"), KEPT, ids=[row[0] for row in KEPT])
async def test_what_is_believed_but_not_understood_is_kept_whole_for_a_person(
    house: House, why: str, body: bytes, more: Headers, kind: str
) -> None:
    answer = await house.deliver(body, house.signed(body, **more))
    assert answer.status == 202, why
    said = await answer.json()
    assert said["state"] == "needs_a_person"
    [item] = await house.rows("SELECT * FROM held_items")
    assert (item["reference"], item["kind"]) == (said["reference"], kind)
    key = house.services.keyring.open_data_key(item["key_id"], item["wrapped_key"])
    assert unseal(key, "held_items", item["id"], "sealed_body", item["sealed_body"]) == body
    assert [row["kind"] for row in await house.rows("SELECT kind FROM tasks")] == ["needs_a_person"]
    assert "Fennimore" not in json.dumps(said) + item["problem"]


async def test_bytes_that_are_no_text_are_kept_whole_when_they_are_signed(house: House) -> None:
    body = b'{"type": "\xe9\xff"}'
    seconds = str(int(MONDAY.timestamp()))
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": seconds,
        "webhook-signature": hand_signed(body, "m1", seconds),
        "Content-Type": "application/json",
    }
    answer = await house.deliver(body, headers)
    assert answer.status == 202
    assert (await house.rows("SELECT kind FROM held_items")) == [{"kind": "not_json"}]


async def test_a_delivery_kept_once_is_kept_once_however_often_it_comes(house: House) -> None:
    headers = house.signed(b"{")
    first, second = [await (await house.deliver(b"{", headers)).json() for _ in range(2)]
    assert first == second
    assert await house.count("held_items") == await house.count("tasks") == 1


async def test_two_bodies_under_one_id_are_both_kept(house: House) -> None:
    await house.deliver(b"{", house.signed(b"{", key="m1"))
    await house.deliver(b"[", house.signed(b"[", key="m1"))
    assert await house.count("held_items") == 2


async def test_the_same_delivery_twice_is_one_request_and_one_answer(house: House) -> None:
    first = await (await house.deliver(GOOD, house.signed(GOOD, key="m1"))).json()
    house.clock.real += timedelta(seconds=40)
    again = await house.deliver(GOOD, house.signed(GOOD, key="m1"))
    assert (again.status, await again.json()) == (202, first)
    assert await house.count("requests") == await house.count("meetings") == 1


async def test_the_same_id_with_another_body_is_kept_for_a_person(house: House) -> None:
    await house.deliver(GOOD, house.signed(GOOD, key="m1"))
    other = an_envelope(a_body(case_ref="LCS-2"))
    answer = await house.deliver(other, house.signed(other, key="m1"))
    assert (answer.status, (await answer.json())["state"]) == (202, "needs_a_person")
    assert await house.count("requests") == await house.count("held_items") == 1


async def test_the_same_reference_with_other_content_is_kept_and_names_the_meeting(house: House) -> None:
    first = await (await house.deliver(GOOD, house.signed(GOOD))).json()
    other = an_envelope(a_body(case_ref="LCS-2"))
    answer = await (await house.deliver(other, house.signed(other))).json()
    assert answer["state"] == "needs_a_person"
    assert first["meeting_reference"] in answer["problem"]


async def test_no_answer_of_this_door_repeats_a_name(house: House) -> None:
    for body in (GOOD, an_envelope(a_body(chair="Fennimore" * 40)), b"Fennimore"):
        said = await (await house.deliver(body, house.signed(body))).text()
        assert "Fennimore" not in said


async def test_while_no_policy_is_published_the_sender_waits_and_nothing_is_lost(house: House) -> None:
    published = cast("dict[str, object]", house.services.policies)
    ready = published.pop("lewisham")
    headers = house.signed(GOOD)
    turned_away = await house.deliver(GOOD, headers)
    assert (turned_away.status, turned_away.headers["Retry-After"]) == (503, "30")
    assert await house.count("held_items") == 0
    published["lewisham"] = ready
    assert (await house.deliver(GOOD, headers)).status == 202
    assert await house.count("requests") == 1
