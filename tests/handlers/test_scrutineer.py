"""The independent scrutineer: reads figures and counts, opens no case, changes nothing, whatever door is tried."""

from __future__ import annotations

import re

import pytest

from service.domain.staff import StaffRole
from service.handlers.permissions import STAFF_PERMISSIONS, STAFF_RIGHTS, Permission
from service.handlers.routes import ROUTES
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

STAFF_DOORS = [route for route in ROUTES if route.permission in STAFF_PERMISSIONS]
# Signing out, and putting away what one typed oneself, change nothing of a case.
OWN = {"/sign-out", "/{partnership}/kept/{kept}/drop"}
CHANGES = [route for route in STAFF_DOORS if route.method != "GET" and route.path not in OWN]
CASES = [route for route in STAFF_DOORS if route.permission is Permission.STAFF_READ]


def at(path: str, reference: str) -> str:
    found = path.replace("{partnership}", "lewisham").replace("{reference}", reference)
    return re.sub(r"\{[^{}]+\}", "01890000-0000-7000-8000-000000000000", found)


def test_the_role_holds_figures_and_nothing_else() -> None:
    assert STAFF_RIGHTS[StaffRole.SCRUTINEER] == {Permission.STAFF_REPORT}
    doors = [route for route in STAFF_DOORS if route.permission is Permission.STAFF_REPORT]
    assert {route.method for route in doors} == {"GET"}
    assert len(doors) >= 3


async def test_a_scrutineer_changes_nothing_by_any_door(house: House) -> None:
    reference = await house.confirmed()
    await house.sign_in("scrutineer")
    tables = ("audit_events", "answers", "attendances", "tasks", "outbox", "requirements")
    before = [await house.count(table) for table in tables]
    assert len(CHANGES) > 5
    for route in CHANGES:
        answer = await house.press(at(route.path, reference), code="x", reason="x", answer="yes")
        assert answer.status == 403, route
    assert [await house.count(table) for table in tables] == before


async def test_a_scrutineer_opens_no_case(house: House) -> None:
    reference = await house.confirmed()
    await house.sign_in("scrutineer")
    assert len(CASES) > 3
    for route in CASES:
        answer = await house.client.get(at(route.path, reference), allow_redirects=False)
        assert answer.status == 403, route
        assert reference not in await answer.text()


async def test_a_scrutineer_reads_the_figures_and_the_caseload_as_counts(house: House) -> None:
    reference = await house.confirmed()
    await house.sign_in("scrutineer")
    shown = await check(await house.client.get("/lewisham/reports/caseload"))
    assert "Child Protection Team" in shown
    assert reference not in shown
    assert "Open meetings" not in shown
    assert (await house.client.get("/lewisham/reports/standard")).status == 200


@pytest.mark.parametrize("role", ["officer", "chair", "manager"])
async def test_who_works_the_cases_sees_them_by_team(house: House, role: str) -> None:
    reference = await house.confirmed()
    planned = await house.planned()
    await house.sign_in(role)
    shown = await check(await house.client.get("/lewisham/reports/caseload"))
    assert "Child Protection Team" in shown
    assert f'href="/lewisham/meetings/{reference}"' in shown
    assert planned in shown
    assert planned not in await check(await house.client.get("/wirral/reports/caseload"))
