"""The desks, the rota of chairs and the allowances of secure mail for other systems: what the pages do, by the API."""

from __future__ import annotations

from typing import Any

import pytest

from service.workflow import restricting
from tests.handlers.house import House

DESK = {
    "name": "Police desk",
    "seats": 2,
    "surgery": "Tue/Thu 09:30-12:00",
    "away": [{"first": "2026-12-24", "last": "2027-01-01"}],
    "inboxes": [{"role": "police_child_protection", "address": "police.child.protection@lewisham.example"}],
}
SECURE = {"role": "school_nurse", "reason": "agreed with the trust in May"}


async def said(house: House, method: str, path: str, body: object = None, **more: str) -> tuple[int, dict[str, Any]]:
    answer = await house.call(method, f"/api/v1/{path}", body, **more)
    return answer.status, await answer.json()


async def an_address(house: House, role: str) -> str:
    _, found = await said(house, "GET", "directory")
    return next(str(each["address"]) for each in found["inboxes"] if each["role"] == role)


async def test_a_desk_is_described_shared_and_described_again_without_losing_whom_it_serves(house: House) -> None:
    police, nurse = [await an_address(house, role) for role in ("police_child_protection", "school_nurse")]
    desk = DESK | {"inboxes": [{"role": "police_child_protection", "address": police.upper()}]}
    status, done = await said(house, "POST", "desks", desk)
    assert (status, done) == (200, {"name": "Police desk", "done": "added", "reseated": 0, "overbooked": 0})
    assert (await said(house, "POST", "desks", desk))[1]["done"] == "unchanged"
    more = {"name": "Police desk", "seats": 3, "inboxes": [{"role": "school_nurse", "address": nurse}]}
    assert (await said(house, "POST", "desks", more))[1]["done"] == "changed"
    _, found = await said(house, "GET", "desks")
    shown = next(each for each in found["desks"] if each["described"])
    assert (shown["seats"], shown["roles"]) == (3, ["police_child_protection", "school_nurse"])
    assert (len(shown["inboxes"]), shown["surgery"], shown["away"]) == (2, None, [])
    assert len([each for each in found["desks"] if not each["described"]]) > 1, "inboxes with the seats of their entry"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"seats": 0}, "/seats"),
        ({"surgery": "whenever"}, "/surgery"),
        ({"away": [{"first": "2026-12-02", "last": "2026-12-01"}]}, "/away"),
        ({"inboxes": []}, "/inboxes"),
        ({"inboxes": [{"role": "police_child_protection", "address": "nobody@lewisham.example"}]}, "/inboxes"),
    ],
)
async def test_what_a_desk_cannot_be_is_said_by_its_field_and_nothing_is_kept(
    house: House, wrong: dict[str, Any], pointer: str
) -> None:
    status, problem = await said(house, "POST", "desks", DESK | wrong)
    assert status == 422
    assert [each["pointer"] for each in problem["errors"]] == [pointer]
    assert await house.count("desks") == 0


async def test_a_chair_is_put_on_the_rota_changed_in_part_and_taken_off(house: House) -> None:
    away = [{"first": "2026-12-01", "last": "2026-12-03"}]
    ruth = {"name": "Ruth Example", "hours": "Mon-Tue 09:00-12:00", "reader": "staff:ruth"}
    for body in (ruth, {"name": "Ruth Example", "away": away}, {"name": "Sam Example"}):
        assert (await said(house, "POST", "rota", body))[1]["done"] == "put"
    reference = await house.confirmed()
    async with house.engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE meetings SET chair = 'Ruth Example'")
    _, found = await said(house, "GET", "rota")
    shown = found["chairs"][0]
    assert {name: shown[name] for name in ruth} == ruth, "what was left out stayed"
    assert shown["away"] == away
    assert [(each["reference"], each["away"]) for each in shown["meetings"]] == [(reference, True)]
    await restricting.restrict_case(
        house.services, "lewisham", reference, (), reason="a colleague's child", actor="command:officer"
    )
    assert (await said(house, "GET", "rota"))[1]["chairs"][0]["meetings"] == [], "a restricted case is not named"
    gone = {"do": "take_off", "name": "Ruth Example"}
    assert (await said(house, "POST", "rota", gone))[0] == 200
    status, problem = await said(house, "POST", "rota", gone)
    assert (status, problem["code"]) == (409, "bad_chair")
    for wrong, pointer in (({"hours": "whenever"}, "/hours"), ({"reader": "no reader"}, "/reader")):
        status, problem = await said(house, "POST", "rota", {"name": "Sam Example"} | wrong)
        assert (status, problem["errors"][0]["pointer"]) == (422, pointer)
    assert [each["name"] for each in (await said(house, "GET", "rota"))[1]["chairs"]] == ["Sam Example"]


async def test_secure_mail_is_allowed_once_for_an_agency_of_the_directory_and_ended(house: House) -> None:
    first, again = [await said(house, "POST", "secure-mail", SECURE) for _ in range(2)]
    assert first == again
    assert (first[0], first[1]["allowed_by"], first[1]["reason"]) == (200, "api:eclipse", SECURE["reason"])
    assert (await said(house, "GET", "secure-mail"))[1]["allowed"] == [first[1]]
    for wrong in ({"role": "prison"}, {"reason": ""}, {"reason": "  "}, {"place": "900001"}):
        assert (await said(house, "POST", "secure-mail", SECURE | wrong))[0] == 422, wrong
    path = f"secure-mail/{first[1]['id']}"
    assert [(await said(house, "POST", path))[1]["ended"] for _ in range(2)] == [True, False]
    assert (await said(house, "POST", "secure-mail/nothing"))[0] == 404
    assert (await said(house, "GET", "secure-mail"))[1]["allowed"] == []
    actions = await house.rows("SELECT action FROM audit_events WHERE action LIKE '%secure%' ORDER BY at, number")
    assert len(actions) == 2


async def test_a_system_that_only_reads_changes_none_of_them(house: House) -> None:
    bodies = {"desks": DESK, "rota": {"name": "Ruth Example"}, "secure-mail": SECURE}
    for path, body in bodies.items():
        assert (await said(house, "POST", path, body, client="reader"))[0] == 403, path
        assert (await said(house, "GET", path, client="reader"))[0] == 200, path
    assert [await house.count(table) for table in ("desks", "chairs", "secure_mail_allowed")] == [0, 0, 0]
