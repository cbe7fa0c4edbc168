"""The contact sheet: every agency to phone, of this partnership's meetings to come and no others."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def sheet(house: House, partnership: str = "lewisham") -> str:
    return await check(await house.client.get(f"/{partnership}/contact-sheet"))


async def test_it_lists_whom_to_phone_and_what_they_had_said_the_soonest_meeting_first(house: House) -> None:
    later = await house.confirmed(start=house.clock.at + timedelta(days=3))
    sooner, untimed = await house.confirmed(), await house.planned()
    said = {"role": "school_nurse", "answer": "yes"}
    assert (await house.call("POST", f"/api/v1/meetings/{sooner}/answers", said)).status == 201
    shown = await sheet(house)
    assert shown.index(sooner) < shown.index(later) < shown.index(untimed)
    assert 'href="tel:02079460101"' in shown
    assert shown.count("said yes") == 1
    assert "no time yet" in shown
    assert 'href="/lewisham/contact-sheet"' in await check(await house.client.get("/lewisham/worklist"))


async def test_what_is_over_called_off_or_anothers_is_not_on_it(house: House) -> None:
    cancelled, over = await house.confirmed(), await house.confirmed(start=house.clock.at + timedelta(hours=2))
    assert (await house.call("POST", f"/api/v1/meetings/{cancelled}/cancel", {"reason": "made_in_error"})).status == 200
    assert over in await sheet(house)
    assert over not in await sheet(house, "wirral")
    house.clock.at += timedelta(hours=5)
    assert "No meeting is to come." in await sheet(house)


async def test_a_place_that_must_not_be_told_through_its_inbox_gives_no_number(house: House) -> None:
    await house.confirmed()
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE requirements SET state = 'stopped'"))
    shown = await sheet(house)
    assert "must not be told through its inbox" in shown
    assert "tel:" not in shown
