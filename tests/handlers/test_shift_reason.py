"""Why staff open what is sealed about a meeting: said once for each meeting in a shift, and kept with each opening."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.handlers.house import House
from tests.handlers.test_mail_pages import a_mail
from tests.handlers.test_page_attendance import begun
from tests.handlers.test_page_checks import check
from tests.handlers.test_page_papers import SECRET

WHY = "checking the wording before the letter"


async def decided(house: House) -> str:
    """The path of a meeting with one decision and one mail to read."""
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}"
    assert (await house.press(f"{path}/decisions", text=SECRET)).status == 303
    return path


async def test_a_reason_is_given_once_for_a_meeting_and_kept_with_every_opening(house: House) -> None:
    path = await decided(house)
    mail = await a_mail(house, path.rpartition("/")[2])
    assert "You say why once for this meeting in a shift" in await check(await house.client.get(f"{path}/decisions"))
    assert (await house.press(f"{path}/decisions/read", reading_reason="")).status == 422
    first = await house.press(f"{path}/decisions/read", reading_reason=WHY)
    assert SECRET in await first.text()
    page = await check(await house.client.get(f"{path}/decisions"))
    assert f"You said why: “{WHY}”." in page
    assert "until Monday 30 November 2026, 6pm" in page
    assert "Another reason (optional)" in page
    assert SECRET in await (await house.press(f"{path}/decisions/read")).text()
    assert SECRET in await (await house.press(f"{path}/decisions/read", reading_reason="for the ladder")).text()
    reasons = [row["reason"] for row in await house.rows("SELECT reason FROM receipts ORDER BY reason")]
    assert reasons == [WHY, WHY, "for the ladder"]
    opened = "SELECT 1 FROM audit_events WHERE action = 'identity:decision:opened'"
    assert len(await house.rows(opened)) == len(reasons), "each opening is audited by itself"
    assert "Sue" in await (await house.press(f"{mail}/read")).text(), "another thing about the same meeting"


@pytest.mark.parametrize("later", ["another meeting", "somebody else", "the next shift"])
async def test_a_reason_is_good_for_nothing_else(house: House, later: str) -> None:
    path = await decided(house)
    await house.press(f"{path}/decisions/read", reading_reason=WHY)
    if later == "another meeting":
        path = await decided(house)
    elif later == "somebody else":
        await house.sign_in("officer", "chair")
    else:
        house.clock.real += timedelta(hours=8)
        await house.sign_in_again("officer", "chair", "analyst")
    page = await check(await house.client.get(f"{path}/decisions"))
    assert WHY not in page
    assert (await house.press(f"{path}/decisions/read")).status == 422
    assert len(await house.rows("SELECT 1 FROM receipts")) == 1


async def test_a_reason_is_kept_sealed_and_is_no_request_that_was_begun(house: House) -> None:
    path = await decided(house)
    await house.press(f"{path}/decisions/read", reading_reason=WHY)
    (row,) = await house.rows("SELECT * FROM drafts")
    assert row["kind"] == "reason"
    assert WHY.encode() not in row["sealed_form"]
    assert WHY not in str({name: value for name, value in row.items() if name != "sealed_form"})
    assert "There is none." in await check(await house.client.get("/lewisham/requests"))
    assert (await house.client.get(f"/lewisham/requests/{row['id']}")).status == 404
    assert not [key for key in await house.redis.keys() if WHY.encode() in (await house.redis.get(key) or b"")]
