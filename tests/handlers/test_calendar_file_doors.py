"""The calendar file at its three doors: the same file, naming nobody, changing nothing, and only for whoever may."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import ClientResponse
from icalendar import Calendar
from sqlalchemy import text

from tests.handlers.house import House


async def entry(answer: ClientResponse) -> dict[str, str]:
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "text/calendar"
    raw = await answer.read()
    for word in ("Fennimore", "Keziah", "2018-05-04", "Elm Row", "LCS-1001", "/r/", "@"):
        assert word.encode() not in raw
    return {name: str(value) for name, value in Calendar.from_ical(raw).walk("VEVENT")[0].items()}


async def handed(house: House, reference: str) -> None:
    """As if Outlook had taken the event of the meeting's version."""
    handing = text(
        "UPDATE calendar_events e SET state = 'live', handed_version = m.version, join_url = :url"
        " FROM meetings m WHERE m.id = e.meeting_id AND m.reference = :reference"
    )
    async with house.engine.begin() as conn:
        await conn.execute(handing, {"url": "https://teams.example/1", "reference": reference})


async def test_the_three_doors_give_the_same_file_and_change_nothing(house: House) -> None:
    reference = await house.confirmed()
    before = await house.count("audit_events")
    link = await house.link(reference)
    found = [
        await entry(await house.call("GET", f"/api/v1/meetings/{reference}/calendar-file")),
        await entry(await house.client.get(f"/lewisham/meetings/{reference}/calendar-file")),
        await entry(await house.client.get(f"{link}/calendar-file")),
    ]
    assert found[0] == found[1] == found[2]
    assert found[0]["SUMMARY"] == f"Professionals' meeting {reference}"
    assert await house.count("audit_events") == before


async def test_the_pages_lead_to_it_once_there_is_a_time(house: House) -> None:
    confirmed, planned = await house.confirmed(), await house.planned()
    link = await house.link(confirmed)
    for page, target in (
        (f"/lewisham/meetings/{confirmed}", f"/lewisham/meetings/{confirmed}/calendar-file"),
        (link, f"{link}/calendar-file"),
    ):
        assert f'href="{target}"' in await (await house.client.get(page)).text()
    assert "calendar-file" not in await (await house.client.get(f"/lewisham/meetings/{planned}")).text()


async def test_a_meeting_without_a_time_has_no_file_and_says_why(house: House) -> None:
    reference = await house.planned()
    answer = await house.call("GET", f"/api/v1/meetings/{reference}/calendar-file")
    assert (answer.status, (await answer.json())["code"]) == (409, "no_time_yet")


async def test_it_is_not_for_another_partnership_or_a_broken_link(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference)
    path = f"/api/v1/meetings/{reference}/calendar-file"
    assert (await house.call("GET", f"{path}?partnership=wirral", client="both")).status == 404
    assert (await house.client.get(f"/wirral/meetings/{reference}/calendar-file")).status == 404
    assert (await house.client.get(f"{link[:-1]}/calendar-file")).status == 404
    house.clock.at += timedelta(days=30)
    assert (await house.client.get(f"{link}/calendar-file")).status == 410


async def test_a_venue_stands_in_it_only_after_the_leak_check_on_its_way_to_outlook(house: House) -> None:
    reference = await house.confirmed()
    async with house.engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE meetings SET mode = 'in_person', venue = 'Town Hall, Room 2'")
    path = f"/api/v1/meetings/{reference}/calendar-file"
    assert (await entry(await house.call("GET", path)))["LOCATION"] == "in person"
    await handed(house, reference)
    assert (await entry(await house.call("GET", path)))["LOCATION"] == "Town Hall, Room 2"


async def test_a_withdrawn_agency_takes_its_entry_away_while_the_others_keep_theirs(house: House) -> None:
    reference = await house.confirmed()
    await handed(house, reference)
    gone, stays = await house.link(reference), await house.link(reference, "school_nurse")
    requirement = await house.requirement(reference, "health_practitioner")
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE requirements SET state = 'withdrawn' WHERE id = :id"), {"id": requirement})
    assert (await entry(await house.client.get(f"{gone}/calendar-file")))["STATUS"] == "CANCELLED"
    kept = await entry(await house.client.get(f"{stays}/calendar-file"))
    assert (kept["STATUS"], "teams.example" in kept["DESCRIPTION"]) == ("CONFIRMED", True)


async def test_a_cancelled_meeting_takes_its_entry_away(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    first = await entry(await house.call("GET", f"{path}/calendar-file"))
    assert (await house.call("POST", f"{path}/cancel", {"reason": "facts_now_clear"})).status == 200
    last = await entry(await house.call("GET", f"{path}/calendar-file"))
    assert (last["STATUS"], last["UID"]) == ("CANCELLED", first["UID"])
    assert int(last["SEQUENCE"]) > int(first["SEQUENCE"])
