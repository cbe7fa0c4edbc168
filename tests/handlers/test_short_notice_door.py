"""Why notice is short, at the API's door."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.handlers.house import House

GOOD = {"code": "late_request", "reason": "it reached us at noon"}


async def test_it_is_shown_with_who_said_so_on_the_page_and_by_the_api(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    said = await house.call("POST", f"{path}/short-notice", GOOD)
    assert (said.status, (await said.json())["words"]) == (200, "the request reached us late")
    shown = await (await house.call("GET", path)).json()
    assert (shown["short_notice_code"], shown["short_notice_reason"]) == ("late_request", GOOD["reason"])
    assert shown["short_notice_by"]
    page = await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    assert "late request: it reached us at noon" in page
    assert "Somebody said why notice is short" in page


async def test_a_time_takes_its_reason_along(house: House) -> None:
    path = f"/api/v1/meetings/{await house.planned()}"
    time = {"start": (house.clock.at + timedelta(hours=1)).isoformat(), "short_notice_code": "risk_cannot_wait"}
    assert (await house.call("POST", f"{path}/confirm", time)).status == 200
    assert (await (await house.call("GET", path)).json())["short_notice_code"] == "risk_cannot_wait"


@pytest.mark.parametrize(
    "body",
    [{"code": "made_up", "reason": "x"}, {"code": "late", "reason": "x"}, {"code": "late_request", "reason": ""}, {}],
)
async def test_what_is_no_reason_is_422_with_a_sentence(house: House, body: dict[str, str]) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}/short-notice"
    refused = await house.call("POST", path, body)
    assert refused.status == 422
    assert (await refused.json())["detail"]


async def test_a_reader_and_another_partnership_may_not(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}/short-notice"
    assert (await house.call("POST", path, GOOD, client="reader")).status == 403
    assert (await house.call("POST", f"{path}?partnership=wirral", GOOD, client="both")).status == 404
