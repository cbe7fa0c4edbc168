"""The database is asked as often for a page of many agencies as for one of few."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.store import tables
from service.store.ids import new_id
from tests.handlers.house import MONDAY, House
from tests.handlers.test_page_requests import kept
from tests.handlers.test_worklist_page import statements

MORE = (
    "probation",
    "housing",
    "camhs",
    "adult_mental_health",
    "adult_social_care",
    "substance_misuse_service",
    "youth_justice",
    "midwifery",
    "health_visitor",
    "social_landlord",
)


async def more_inboxes(house: House, roles: list[str]) -> None:
    """Each of these agencies has an inbox."""
    async with house.engine.begin() as conn:
        for role in roles:
            values = {"id": new_id(MONDAY), "partnership_id": "lewisham", "role": role, "name": f"{role} desk"}
            values |= {"address": f"{role}@lewisham.example", "hours": "always", "updated_at": MONDAY}
            await conn.execute(tables.inboxes.insert().values(phone="020 7946 0102", **values))


async def asked(house: House, path: str) -> int:
    with statements(house) as seen:
        answer = await house.client.get(path)
        assert answer.status == 200, path
        await answer.text()
    return len(seen)


@pytest.mark.parametrize("page", ["", "/calls", "/attendance", "/who-it-is-about", "/cancel", "/time", "/chair-sheet"])
async def test_a_meeting_of_many_agencies_asks_the_database_no_more_often(house: House, page: str) -> None:
    await more_inboxes(house, list(MORE))
    few = await house.confirmed()
    many = await house.confirmed(involved_roles=list(MORE))
    places = "SELECT count(*) AS n FROM requirements r JOIN meetings m ON m.id = r.meeting_id WHERE m.reference = :one"
    sizes = [(await house.rows(places, one=each))[0]["n"] for each in (few, many)]
    assert sizes[1] >= sizes[0] + len(MORE), sizes
    paths = [f"/lewisham/meetings/{each}{page}" for each in (few, many)]
    if page == "/attendance":
        house.clock.at = house.clock.at + timedelta(days=1, hours=2)
    # What is learnt once in a process is learnt before.
    await asked(house, paths[0])
    assert await asked(house, paths[1]) == await asked(house, paths[0])


async def test_the_check_of_a_request_asks_the_database_no_more_often_for_many_agencies(house: House) -> None:
    await more_inboxes(house, list(MORE))
    few = await kept(house)
    many = await kept(house, case_ref="LCS-2", **{f"role-{role}": "1" for role in MORE})
    await asked(house, f"{few}/check")
    assert await asked(house, f"{many}/check") == await asked(house, f"{few}/check")
