"""A meeting's time chosen on its page, with a browser that runs no script: one press, also where a desk is full."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


def offered(page: str) -> list[str]:
    """The starts that the page's buttons send, in their order."""
    return re.findall(r'name="start" value="([^"]+)"', page)


async def state(house: House, reference: str) -> tuple[str, int]:
    rows = await house.rows("SELECT state, version FROM meetings WHERE reference = :reference", reference=reference)
    return rows[0]["state"], rows[0]["version"]


async def test_the_best_start_is_one_press_from_the_meeting_s_page(house: House) -> None:
    house.clock.at += timedelta(minutes=1)
    reference = await house.planned()
    path = f"/lewisham/meetings/{reference}/time"
    assert path in await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    page = await check(await house.client.get(path))
    assert "Choose this time and invite 5" in page
    assert "Quorum: not set by the partnership." in page
    done = await house.press(path, version="0", start=offered(page)[0], minutes="60")
    assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{reference}?done=confirmed")
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "The meeting has its time." in shown
    assert "Move the meeting" in shown
    assert await state(house, reference) == ("confirmed", 1)


async def test_who_is_second_is_told_kindly_and_goes_on_with_one_press(house: House) -> None:
    start = house.clock.at + timedelta(days=1)
    await house.confirmed(start)
    reference = await house.planned()
    path = f"/lewisham/meetings/{reference}/time"
    sent = {"version": "0", "start": start.isoformat(), "minutes": "60"}
    answer = await house.press(path, **sent)
    assert answer.status == 409
    page = await check(answer)
    assert "That time has just been taken" in page
    assert "can sit in 1 meeting at once and is taken then." in page
    assert await state(house, reference) == ("planned", 0)
    overrides = re.findall(r'name="desk_override" value="([^"]+)"', page)
    assert overrides == ["immediate_risk", "desk_agreed", "no_other_time", "without_desk"]
    assert offered(page)[0] != start.isoformat()
    done = await house.press(path, **sent, desk_override=overrides[1])
    assert done.status == 303
    kept = await house.rows("SELECT DISTINCT override_because, override_by FROM desk_bookings WHERE seat IS NULL")
    assert [row["override_because"] for row in kept] == ["desk_agreed"]
    assert all(row["override_by"] for row in kept)


async def test_immediate_risk_is_offered_its_one_press_alone(house: House) -> None:
    start = house.clock.at + timedelta(days=1)
    await house.confirmed(start)
    path = f"/lewisham/meetings/{await house.planned(urgency='immediate')}/time"
    page = await check(await house.press(path, version="0", start=start.isoformat(), minutes="60"))
    assert re.findall(r'name="desk_override" value="([^"]+)"', page) == ["immediate_risk"]
    assert "Nothing stops a meeting about immediate risk." in page


async def test_a_meeting_that_has_its_time_is_moved_to_a_day_and_time_that_were_typed(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/time"
    assert "Move it here and invite 5" in await check(await house.client.get(path))
    done = await house.press(path, version="1", day="3 December", time="2.30pm", minutes="45")
    assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{reference}?done=moved")
    (row,) = await house.rows("SELECT starts_at, ends_at FROM meetings")
    assert (row["starts_at"].isoformat(), row["ends_at"] - row["starts_at"]) == (
        "2026-12-03T14:30:00+00:00",
        timedelta(minutes=45),
    )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Enter a day, like 3/12/2026 or today"),
        ({"day": "3/12/2026", "time": "25"}, "Enter a time, like 2:30pm or 14:30"),
        ({"day": "3/12/2026", "time": "14:30", "minutes": "9"}, "Enter how long it takes in minutes, from 15 to 480"),
        ({"day": "29/11/2026", "time": "14:30"}, "The start is in the past."),
        ({"day": "3/12/2026", "time": "23:30"}, "would run past midnight"),
        ({"start": "soon"}, "Enter a day"),
    ],
)
async def test_a_time_that_cannot_be_is_asked_for_again_with_what_was_typed(
    house: House, sent: dict[str, str], said: str
) -> None:
    reference = await house.planned()
    answer = await house.press(f"/lewisham/meetings/{reference}/time", **({"version": "0", "minutes": "60"} | sent))
    assert answer.status == 422
    shown = await check(answer)
    assert said in shown
    assert f'value="{sent.get("day", "")}"' in shown
    assert await state(house, reference) == ("planned", 0)


async def test_a_page_from_before_a_change_and_a_meeting_that_is_over_cannot_be_given_a_time(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/time"
    typed = {"day": "3/12/2026", "time": "14:30", "minutes": "60"}
    old = await house.press(path, version="0", **typed)
    assert old.status == 409
    shown = await check(old)
    assert "Somebody has just changed this meeting. It is at Tuesday 1 December 2026, 10am now." in shown
    assert 'value="3/12/2026"' in shown
    assert 'name="version" value="1"' in shown
    pressed = await house.press(path, version="0", start="2026-12-03T14:30:00+00:00", minutes="60")
    assert 'value="14:30"' in await check(pressed)
    cancelled = await house.call("POST", f"/api/v1/meetings/{reference}/cancel", {"reason": "replaced"})
    assert cancelled.status == 200
    closed = await house.client.get(path)
    assert closed.status == 409
    assert "This meeting is cancelled, so it takes no other time." in await check(closed)
    late = await house.press(path, version="1", **typed)
    assert (late.status, "Call it again" in await check(late)) == (409, True)


async def test_where_a_meeting_is_held_is_typed_with_its_time_and_stays_when_a_start_is_pressed(
    house: House,
) -> None:
    reference = await house.planned()
    path = f"/lewisham/meetings/{reference}/time"
    page = await check(await house.client.get(path))
    assert "no name, and no family&#39;s home" in page
    place = {"mode": "in_person", "venue": "Room 4, Laurence House"}
    done = await house.press(path, version="0", day="3/12/2026", time="14:30", minutes="60", **place)
    assert done.status == 303
    stood = "SELECT mode, venue, version FROM meetings"
    assert await house.rows(stood) == [place | {"version": 1}]
    page = await check(await house.client.get(path))
    for filled in ("Room 4, Laurence House", "3/12/2026", "14:30"):
        assert f'value="{filled}"' in page
    assert re.search(r'<option value="in_person" selected', page)
    assert (await house.press(path, version="1", start="2026-12-04T14:30:00+00:00", minutes="60")).status == 303
    assert await house.rows(stood) == [place | {"version": 2}]
    moved = {"day": "4/12/2026", "time": "14:30", "minutes": "60", "mode": "online", "venue": ""}
    assert (await house.press(path, version="2", **moved)).status == 303
    assert await house.rows(stood) == [{"mode": "online", "venue": "", "version": 3}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"venue": "Keziah\u2019s school"}, "This says who somebody is, or where they live."),
        ({"venue": "3 Elm Row"}, "This says who somebody is, or where they live."),
        ({"venue": "x" * 201}, "Use 200 characters or fewer"),
        ({"mode": "by_owl"}, "Choose how they meet"),
    ],
)
async def test_a_place_that_says_who_somebody_is_is_not_sent(house: House, typed: dict[str, str], said: str) -> None:
    reference = await house.confirmed()
    before = await house.count("outbox")
    sent = {"version": "1", "day": "3/12/2026", "time": "14:30", "minutes": "60", "mode": "in_person", **typed}
    answer = await house.press(f"/lewisham/meetings/{reference}/time", **sent)
    page = await answer.text()
    assert answer.status == 422
    assert said in page
    assert f'href="#{next(iter(typed))}"' in page
    if "venue" in typed:
        assert f'value="{typed["venue"]}"' in page
    assert (await state(house, reference), await house.count("outbox")) == (("confirmed", 1), before)


async def test_a_full_desk_does_not_lose_the_place_that_was_typed(house: House) -> None:
    start = house.clock.at + timedelta(days=1)
    await house.confirmed(start)
    path = f"/lewisham/meetings/{await house.planned()}/time"
    typed = {"day": "1/12/2026", "time": "10am", "minutes": "60", "mode": "in_person", "venue": "Room 4"}
    page = await check(await house.press(path, version="0", **typed))
    assert "That time has just been taken" in page
    assert page.count('type="hidden" name="venue" value="Room 4"') >= 4
