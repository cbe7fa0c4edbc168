"""The best starts for a meeting in the records: from the desks' other meetings, their capacity and their past."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from service.store import tables
from service.store.ids import new_id
from tests.handlers.house import MONDAY, House, a_body

POLICE = "police_child_protection"


async def told(house: House, reference: str, query: str = "") -> dict[str, Any]:
    answer = await house.call("GET", f"/api/v1/meetings/{reference}/slots{query}")
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def at_once(house: House, capacity: int) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE inboxes SET capacity = :n"), {"n": capacity})


async def due_today(house: House) -> str:
    """A planned meeting that cannot wait for a day on which the desks have less to do."""
    reference = await house.planned()
    async with house.engine.begin() as conn:
        until = {"at": MONDAY + timedelta(hours=7), "reference": reference}
        await conn.execute(text("UPDATE meetings SET deadline_at = :at WHERE reference = :reference"), until)
    return reference


async def test_a_desk_in_another_meeting_is_avoided(house: House) -> None:
    await house.confirmed(MONDAY + timedelta(minutes=30))
    first = (await told(house, await due_today(house)))["slots"][0]
    # Monday 10:15am is before the other one starts, and too short for an hour: 11:30 is the first that all can make.
    assert first["start"] == "2026-11-30T11:30:00Z"
    assert first["cannot_come"] == []
    assert "Quorum: not set by the partnership." in first["why"]


async def test_a_desk_that_can_sit_in_two_meetings_is_not_taken_by_one(house: House) -> None:
    await at_once(house, 2)
    await house.confirmed(MONDAY + timedelta(minutes=30))
    assert (await told(house, await due_today(house)))["slots"][0]["start"] == "2026-11-30T10:15:00Z"


async def test_a_lighter_day_is_chosen_where_nothing_hurries(house: House) -> None:
    await house.confirmed(MONDAY + timedelta(minutes=30))
    first = (await told(house, await house.planned()))["slots"][0]
    assert first["start"] == "2026-12-01T09:00:00Z"


async def test_a_meeting_s_own_time_does_not_stand_in_its_way_and_its_length_is_kept(house: House) -> None:
    reference = await house.confirmed(MONDAY + timedelta(minutes=30))
    first = (await told(house, reference, "?minutes=45"))["slots"][0]
    assert (first["start"], first["end"]) == ("2026-11-30T10:15:00Z", "2026-11-30T11:00:00Z")
    assert (await told(house, reference))["slots"][0]["end"] == "2026-11-30T11:15:00Z"


async def test_a_desk_s_past_is_shown_as_n_of_m(house: House) -> None:
    await at_once(house, 3)
    for outcome in ("attended", "no_answer"):
        past = await house.confirmed(house.clock.at + timedelta(hours=1))
        house.clock.at += timedelta(hours=2)
        rows = [{"role": POLICE, "outcome": outcome}]
        done = await house.call("POST", f"/api/v1/meetings/{past}/attendance", {"agencies": rows})
        assert done.status == 200, await done.text()
    first = (await told(house, await house.planned()))["slots"][0]
    coming = {each["role"]: (each["came"], each["asked"]) for each in first["coming"]}
    assert coming[POLICE] == (1, 2)
    assert any("police child protection unit 1 of 2" in sentence for sentence in first["why"])


async def test_a_search_changes_nothing_and_ends_with_the_meeting(house: House) -> None:
    reference = await house.planned()
    before = await house.count("audit_events")
    await told(house, reference)
    assert await house.count("audit_events") == before
    path = f"/api/v1/meetings/{reference}"
    assert (await house.call("POST", f"{path}/cancel", {"reason": "replaced"})).status == 200
    assert (await house.call("GET", f"{path}/slots")).status == 409


async def test_a_calendar_that_cannot_be_read_is_said_and_stops_nothing(house: House) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(
            tables.calendars.insert().values(
                id=new_id(MONDAY), partnership_id="lewisham", kind="agency", address="social.worker@lewisham.example"
            )
        )
    reference = await house.planned()
    found = await told(house, reference)
    (calendar,) = found["calendars"]
    assert (calendar["kind"], calendar["seen_at"], calendar["problem"]) == ("agency", None, "away")
    assert found["slots"]
    assert calendar["words"].endswith("standing hours used.")
    assert calendar["words"] in found["slots"][0]["why"]
    assert calendar["words"] in (await (await house.client.get(f"/lewisham/meetings/{reference}/time")).text()).replace(
        "&#39;", "'"
    )


async def test_a_length_that_is_none_is_400_and_another_partnerships_meeting_404(house: House) -> None:
    path = f"/api/v1/meetings/{await house.planned()}/slots"
    for wrong in ("0", "14", "481", "1e2", "٤٥", "45&minutes=60", "9999999999"):
        assert (await house.call("GET", f"{path}?minutes={wrong}")).status == 400, wrong
    assert (await house.call("GET", f"{path}?partnership=wirral", client="both")).status == 404


async def test_a_request_that_is_not_sent_yet_gets_the_times_that_its_meeting_would_and_leaves_nothing(
    house: House,
) -> None:
    await house.confirmed(MONDAY + timedelta(hours=1))
    tables = ("requests", "meetings", "children", "audit_events", "idempotency_keys", "desk_bookings")
    before = [await house.count(table) for table in tables]
    answer = await house.call("POST", "/api/v1/slots", a_body(source_ref="not sent"))
    # As the door for requests would say of this reference.
    assert answer.status == 422
    answer = await house.call("POST", "/api/v1/slots?minutes=45", a_body(source_ref="R-later"))
    assert answer.status == 200, await answer.text()
    found = await answer.json()
    assert [await house.count(table) for table in tables] == before
    sent = await told(house, await house.planned(), "?minutes=45")
    assert [each["start"] for each in found["slots"]] == [each["start"] for each in sent["slots"]]
    # The plan lists the agencies in another order than the meeting's page.
    assert sorted(found["slots"][0]["coming"], key=str) == sorted(sent["slots"][0]["coming"], key=str)
    assert (found["earliest_fair"], found["latest_lawful"]) == (sent["earliest_fair"], sent["latest_lawful"])


async def test_times_for_a_request_are_for_who_may_send_it_to_that_partnership(house: House) -> None:
    assert (await house.call("POST", "/api/v1/slots", a_body(), client="reader")).status == 403
    assert (await house.call("POST", "/api/v1/slots", a_body(partnership="wirral"))).status == 403
    assert (await house.call("POST", "/api/v1/slots", a_body(meeting_type="garden_party"))).status == 422
    assert (await house.call("POST", "/api/v1/slots?minutes=1", a_body())).status == 400
