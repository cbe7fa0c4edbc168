"""Siblings in one sitting through the API: consecutive times, what stands in a sentence, nothing of a hidden case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from service.domain.references import make_reference
from service.workflow import meetings, restricting
from tests.handlers.house import House

UNKNOWN = make_reference(bytes(16))


async def call(
    house: House, method: str, reference: str, query: str = "", body: object = None, client: str = "eclipse"
) -> tuple[int, dict[str, Any]]:
    answer = await house.call(method, f"/api/v1/meetings/{reference}/together{query}", body, client=client)
    return answer.status, await answer.json()


async def stand(house: House, *references: str) -> list[tuple[str, int]]:
    found = {row["reference"]: row for row in await house.rows("SELECT reference, state, version FROM meetings")}
    return [(found[each]["state"], found[each]["version"]) for each in references]


def meddle(house: House, act: Callable[[], Any]) -> None:
    """Let somebody do this in the instant after the first meeting of a sitting was confirmed."""
    plain = house.wake.outbox

    async def outbox(ids: list[UUID], *, ahead: bool = False) -> None:
        house.wake.outbox = plain  # type: ignore[method-assign]
        await act()
        await plain(ids)

    house.wake.outbox = outbox  # type: ignore[method-assign]


async def test_a_sitting_is_found_and_given_and_given_again_it_asks_nobody_twice(house: House) -> None:
    house.clock.at += timedelta(minutes=1)
    first, second = [await house.planned() for _ in range(2)]
    status, found = await call(house, "GET", first, f"?with={second.lower()}&minutes=50")
    assert status == 200, found
    best = found["sittings"][0]["meetings"]
    assert [each["meeting_reference"] for each in best] == [first, second]
    starts = [datetime.fromisoformat(each["slot"]["start"]) for each in best]
    assert starts[1] - starts[0] == timedelta(hours=1)
    body = {"others": [second], "start": best[0]["slot"]["start"], "minutes": 50, "version": 0}
    assert (await call(house, "POST", first, body={**body, "version": 1}))[1]["code"] == "changed_meanwhile"
    assert (await call(house, "POST", first, body=body, client="reader"))[0] == 403
    assert await stand(house, first, second) == [("planned", 0)] * 2
    status, given = await call(house, "POST", first, body=body)
    assert (status, [each["version"] for each in given["meetings"]]) == (200, [1, 1])
    asked = await house.count("outbox")
    assert (await call(house, "POST", first, body=body))[0] == 200
    assert (await house.count("outbox"), await stand(house, first, second)) == (asked, [("confirmed", 1)] * 2)


async def test_where_the_second_fails_it_is_said_which_stand_and_the_same_call_gives_what_is_missing(
    house: House,
) -> None:
    first, second = [await house.planned() for _ in range(2)]
    start = house.clock.at + timedelta(days=1)
    elsewhere = meetings.NewTime(start + timedelta(days=1))
    meddle(house, lambda: meetings.confirm_meeting(house.services, "lewisham", second, elsewhere, actor="staff:other"))
    body = {"others": [second], "start": start.isoformat()}
    status, told = await call(house, "POST", first, body=body)
    assert (status, told["code"], told["stand"], told["failed"]) == (409, "partly_given", [first], second)
    assert told["detail"].startswith(f"{first} has its place and its agencies are asked. {second} could not be given")
    assert told["detail"].endswith("Try the same again: only what is missing is given then.")
    assert await stand(house, first, second) == [("confirmed", 1)] * 2
    assert (await call(house, "POST", first, body=body))[0] == 200
    assert await stand(house, first, second) == [("confirmed", 1), ("confirmed", 2)]


async def test_a_meeting_called_off_meanwhile_is_named_with_the_reason(house: House) -> None:
    first, second = [await house.planned() for _ in range(2)]
    meddle(
        house,
        lambda: meetings.cancel_meeting(
            house.services, "lewisham", second, reason="made_in_error", actor="staff:other"
        ),
    )
    start = (house.clock.at + timedelta(days=1)).isoformat()
    _, told = await call(house, "POST", first, body={"others": [second], "start": start})
    assert (told["code"], "cancelled" in told["detail"]) == ("partly_given", True)


async def test_a_sitting_across_midnight_is_refused_before_anything_is_confirmed(house: House) -> None:
    pair = [await house.planned() for _ in range(2)]
    body = {"others": pair[1:], "start": "2026-12-03T22:15:00+00:00"}
    status, told = await call(house, "POST", pair[0], body=body)
    assert (status, told["code"], "past midnight" in told["detail"]) == (422, "bad_time", True)
    assert await stand(house, *pair) == [("planned", 0)] * 2


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_meeting_of_a_restricted_case_is_refused_as_one_that_nobody_knows(house: House, method: str) -> None:
    reference, hidden = await house.planned(), await house.planned()
    await restricting.restrict_case(
        house.services, "lewisham", hidden, (), reason="a colleague's child", actor="command:officer"
    )
    start = (house.clock.at + timedelta(days=1)).isoformat()
    said = []
    for other in (hidden, UNKNOWN):
        body = {"others": [other], "start": start} if method == "POST" else None
        status, told = await call(house, method, reference, f"?with={other}" if body is None else "", body)
        said.append((status, told["code"], told["detail"].replace(other, "")))
    assert said[0] == said[1] == (404, "no_such_meeting", said[0][2])
    assert await house.count("desk_bookings") == 0


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?with=a&with=b", 400), ("?with=nothing", 404), ("?with={same}", 422)]
)
async def test_what_names_no_sitting_is_refused_with_a_sentence(house: House, query: str, status: int) -> None:
    reference = await house.planned()
    answered, told = await call(house, "GET", reference, query.format(same=reference))
    assert (answered, bool(told["detail"])) == (status, True)
