"""The API's door for requests: the key makes a request one, and every refusal says what would mend it."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from tests.handlers.house import House, a_body

PATH = "/api/v1/meeting-requests"


async def test_a_request_is_201_with_its_place(house: House) -> None:
    answer = await house.send(a_body())
    said = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"{PATH}/{said['request_id']}"
    assert "Idempotency-Replayed" not in answer.headers
    shown = await house.call("GET", answer.headers["Location"])
    assert shown.status == 200
    assert "Fennimore" not in await shown.text()
    assert "2018-05-04" not in await shown.text()


@pytest.mark.parametrize("again", ["k-1", '"k-1"', " k-1 "])
async def test_the_same_request_again_gets_the_same_answer(house: House, again: str) -> None:
    first = await house.send(a_body(), key='"k-1"')
    second = await house.send(dict(reversed(a_body().items())), key=again)
    assert (first.status, second.status) == (201, 201)
    assert await first.json() == await second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert await house.count("requests") == 1


async def test_ten_at_once_under_one_key_are_one_request(house: House) -> None:
    answers = await asyncio.gather(*(house.send(a_body(), key="k-1") for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({await answer.text() for answer in answers}) == 1
    assert await house.count("requests") == await house.count("meetings") == 1


async def test_one_key_with_another_body_is_422(house: House) -> None:
    await house.send(a_body(), key="k-1")
    answer = await house.send(a_body(case_ref="LCS-2"), key="k-1")
    assert (answer.status, (await answer.json())["code"]) == (422, "key_reused")


async def test_one_reference_with_other_content_is_409_and_names_the_meeting(house: House) -> None:
    first = await (await house.send(a_body())).json()
    answer = await house.send(a_body(case_ref="LCS-2"))
    said = await answer.json()
    assert (answer.status, said["code"]) == (409, "already_known")
    assert said["meeting_reference"] == first["meeting_reference"]


BODY = json.dumps(a_body()).encode()
JSON = "application/json"
REFUSED: list[tuple[str, bytes, dict[str, str], int, str | None]] = [
    ("no key", BODY, {"Content-Type": JSON}, 400, "idempotency_key"),
    ("an empty key", BODY, {"Content-Type": JSON, "Idempotency-Key": '""'}, 400, "idempotency_key"),
    ("a key of 201", BODY, {"Content-Type": JSON, "Idempotency-Key": "k" * 201}, 400, "idempotency_key"),
    ("a key with a space", BODY, {"Content-Type": JSON, "Idempotency-Key": "k k"}, 400, "idempotency_key"),
    ("text", BODY, {"Content-Type": "text/plain", "Idempotency-Key": "k"}, 415, "wrong_content_type"),
    ("a form", BODY, {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "k"}, 415, None),
    ("compressed", BODY, {"Content-Type": JSON, "Content-Encoding": "gzip", "Idempotency-Key": "k"}, 415, None),
    ("another charset", BODY, {"Content-Type": f"{JSON}; charset=utf-16", "Idempotency-Key": "k"}, 415, None),
    ("not JSON", b"{", {"Content-Type": JSON, "Idempotency-Key": "k"}, 400, "not_json"),
    ("not UTF-8", b'{"a":"\xff"}', {"Content-Type": JSON, "Idempotency-Key": "k"}, 400, "not_json"),
    ("no body", b"", {"Content-Type": JSON, "Idempotency-Key": "k"}, 400, "not_json"),
    ("deeply nested", b"[" * 60000, {"Content-Type": JSON, "Idempotency-Key": "k"}, 400, "not_json"),
    ("null", b"null", {"Content-Type": JSON, "Idempotency-Key": "k"}, 422, "wrong_shape"),
    ("an empty object", b"{}", {"Content-Type": JSON, "Idempotency-Key": "k"}, 422, "wrong_shape"),
    ("1 MB", b"x" * 1_000_000, {"Content-Type": JSON, "Idempotency-Key": "k"}, 413, "too_large"),
]


async def test_bad_input_is_a_problem_document_and_keeps_nothing(house: House) -> None:
    for why, body, headers, status, code in REFUSED:
        sent = {"Authorization": "Bearer key-of-eclipse", **headers}
        answer = await house.client.post(PATH, data=body, headers=sent, skip_auto_headers={"Content-Type"})
        said = await answer.json(content_type="application/problem+json")
        assert answer.status == said["status"] == status, why
        assert code is None or said["code"] == code, why
        assert re.fullmatch(r"[0-9a-f]{32}", said["correlation_id"])
        assert said["correlation_id"] == answer.headers["X-Correlation-Id"]
    assert await house.count("requests") == 0


async def test_a_doubled_key_is_400(house: House) -> None:
    headers = [("Authorization", "Bearer key-of-eclipse"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await house.client.post(PATH, json=a_body(), headers=headers)
    assert answer.status == 400


async def test_faults_carry_pointers_and_no_values(house: House) -> None:
    answer = await house.send(a_body(urgency="Fennimore", children=[{"ref": "C1", "birth_date": "2023-02-29"}]))
    said = await answer.json()
    assert answer.status == 422
    assert {fault["pointer"] for fault in said["errors"]} == {"/urgency", "/children/0/birth_date"}
    assert "Fennimore" not in await answer.text()


async def test_a_sender_cannot_choose_the_correlation_id(house: House) -> None:
    answer = await house.call("GET", "/health/live", X_Correlation_Id="mine")
    assert answer.headers["X-Correlation-Id"] != "mine"


WHO: list[tuple[str, list[tuple[str, str]], int]] = [
    ("nobody", [], 401),
    ("another scheme", [("Authorization", "Basic a2V5LW9mLWVjbGlwc2U=")], 401),
    ("no key", [("Authorization", "Bearer ")], 401),
    ("a wrong key", [("Authorization", "Bearer key-of-eclips")], 401),
    ("two keys", [("Authorization", "Bearer key-of-eclipse")] * 2, 401),
    ("a key without the right", [("Authorization", "Bearer key-of-reader")], 403),
]


async def test_only_a_client_with_the_right_comes_in(house: House) -> None:
    for why, headers, status in WHO:
        answer = await house.client.post(PATH, json=a_body(), headers=[*headers, ("Idempotency-Key", "k")])
        assert answer.status == status, why
        assert answer.content_type == "application/problem+json"
        assert (status != 401) or answer.headers["WWW-Authenticate"] == "Bearer"
    assert await house.count("requests") == 0


async def test_a_client_acts_only_for_its_own_partnerships(house: House) -> None:
    assert (await house.send(a_body(partnership="wirral"))).status == 403
    assert (await house.send(a_body(partnership="atlantis"))).status == 403
    assert (await house.send(a_body(partnership="wirral"), client="both")).status == 201
    assert await house.count("requests") == 1
