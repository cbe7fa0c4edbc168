"""The page and the API of what was changed in Outlook: for whoever may know of the meeting, settled with a press."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from service.domain.drift import Difference, DriftKind
from service.store import tables
from service.store.changes import drifts
from service.store.ids import new_id
from service.workflow import restricting
from tests.handlers.house import House


async def found(house: House, kind: str = "time", **detail: object) -> tuple[str, UUID]:
    """A meeting with a live event, and one open difference of it."""
    reference = await house.confirmed()
    (row,) = await house.rows(
        "SELECT m.id, m.starts_at, e.id AS event FROM meetings m JOIN calendar_events e ON e.meeting_id = m.id "
        "WHERE reference = :reference",
        reference=reference,
    )
    start = row["starts_at"] + timedelta(hours=2)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    difference = Difference(DriftKind(kind), times if kind == "time" else detail)
    drift_id = new_id(house.clock.at)
    async with house.engine.begin() as conn:
        await conn.execute(
            tables.calendar_events.update()
            .where(tables.calendar_events.c.id == row["event"])
            .values(state="live", graph_id=str(row["event"]), handed_version=1)
        )
        about = {"partnership_id": "lewisham", "meeting_id": row["id"], "event_id": row["event"], "version": 1}
        values = {"id": drift_id, "kind": kind, "detail": dict(difference.detail), "found_at": house.clock.at}
        await drifts.add(conn, {**about, **values, "state": "open"}, by="scheduler")
    return reference, drift_id


async def version_of(house: House, reference: str) -> int:
    (row,) = await house.rows("SELECT version FROM meetings WHERE reference = :reference", reference=reference)
    return int(row["version"])


async def test_a_press_takes_the_time_over_and_the_audit_names_who(house: House) -> None:
    me = f"staff:{(await house.sign_in('officer'))['lewisham']}"
    reference, seen = await found(house)
    page = await (await house.client.get("/lewisham/drift")).text()
    assert reference in page
    assert "Take over this time" in page
    done = await house.press(f"/lewisham/meetings/{reference}/drift", do="adopt", seen=str(seen))
    assert (done.status, done.headers["Location"]) == (303, "/lewisham/drift?done=adopted")
    assert await version_of(house, reference) == 2
    assert "Every agency is being told" in await (await house.client.get("/lewisham/drift?done=adopted")).text()
    (event,) = await house.rows("SELECT actor FROM audit_events WHERE action = 'outlook:drift:adopted'")
    assert event["actor"] == me
    again = await house.press(f"/lewisham/meetings/{reference}/drift", do="adopt", seen=str(seen))
    assert again.status == 409
    assert await version_of(house, reference) == 2


async def test_a_press_puts_the_event_back(house: House) -> None:
    reference, seen = await found(house)
    done = await house.press(f"/lewisham/meetings/{reference}/drift", do="restore", seen=str(seen))
    assert done.headers["Location"] == "/lewisham/drift?done=restored"
    rows = await house.rows("SELECT detail FROM outbox WHERE detail ->> 'about' = 'restore'")
    assert [row["detail"]["parts"] for row in rows] == [["time"]]
    assert await version_of(house, reference) == 1


async def test_a_form_of_another_day_is_refused(house: House) -> None:
    reference, _ = await found(house)
    path = f"/lewisham/meetings/{reference}/drift"
    assert (await house.press(path, do="restore", seen="nothing")).status == 400
    assert (await house.press(path, do="restore", seen=str(new_id(house.clock.at)))).status == 409


async def test_another_system_reads_and_settles_it(house: House) -> None:
    reference, seen = await found(house, "guests", missing=["a@lewisham.example"], extra=[])
    listed = await (await house.call("GET", "/api/v1/drift")).json()
    (shown,) = [each for each in listed["drift"] if each["meeting_reference"] == reference]
    assert (shown["kind"], shown["missing"], shown["outlook_starts_at"]) == ("guests", ["a@lewisham.example"], None)
    path = f"/api/v1/meetings/{reference}/drift"
    refused = await house.call("POST", path, {"do": "adopt"})
    assert (refused.status, (await refused.json())["code"]) == (409, "cannot_adopt")
    assert (await house.call("POST", path, {"do": "burn"})).status == 422
    assert (await house.call("POST", path, {"do": "restore"}, client="reader")).status == 403
    done = await house.call("POST", path, {"do": "restore", "seen": str(seen)})
    assert await done.json() == {"meeting_reference": reference, "done": "restore", "kinds": ["guests"], "left": []}


async def test_it_is_not_shown_to_whoever_may_not_know_of_the_case(house: House) -> None:
    await house.sign_in("officer")
    reference, seen = await found(house)
    await restricting.restrict_case(
        house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
    )
    assert reference not in await (await house.client.get("/lewisham/drift")).text()
    listed = await (await house.call("GET", "/api/v1/drift")).json()
    assert reference not in {each["meeting_reference"] for each in listed["drift"]}
    path = f"/lewisham/meetings/{reference}/drift"
    assert (await house.press(path, do="restore", seen=str(seen))).status == 404


async def test_the_calendars_are_compared_again_when_somebody_asks(house: House) -> None:
    await house.sign_in("officer")
    async with house.engine.begin() as conn:
        await conn.execute(tables.mailboxes.update().values(compared_at=house.clock.at))
    assert (await house.press("/lewisham/drift/compare")).status == 303
    rows = await house.rows("SELECT partnership_id FROM mailboxes WHERE compared_at IS NULL")
    assert [row["partnership_id"] for row in rows] == ["lewisham"]
    await house.sign_in("auditor")
    page = await (await house.client.get("/lewisham/drift")).text()
    assert "Compare again now" not in page
