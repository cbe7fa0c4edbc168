"""The rota of chairs and the desks by page: one at a time, nobody else's figures touched, and what is wrong said."""

from __future__ import annotations

import re
from datetime import date

import pytest

from service.web.away_days import BadDaysError, days_text, read_days
from service.web.worklist_tabs import chair_key
from service.workflow import restricting
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

ROTA, DESKS = "/lewisham/rota", "/lewisham/directory/desks"
TODAY = date(2026, 11, 30)


async def test_a_chair_is_put_on_the_rota_changed_and_taken_off(house: House) -> None:
    assert "Nobody is on the rota" in await check(await house.client.get(ROTA))
    for name in ("Ruth Example", "Sam Example"):
        answer = await house.press(ROTA, name=name, hours="Mon-Fri 09:00-17:00", away="", reader="")
        assert answer.headers["Location"] == f"{ROTA}?done=saved"
    reference = await house.confirmed()
    async with house.engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE meetings SET chair = 'Ruth Example'")
    page = await check(await house.client.get(f"{ROTA}?chair={chair_key('Ruth Example')}"))
    assert ("Change Ruth Example" in page, reference in page, "away then" in page) == (True, True, False)
    away = "1/12/2026 to 3/12/2026\n24 December"
    await house.press(ROTA, known="Ruth Example", hours="Mon/Tue 09:00-12:00", away=away)
    page = await check(await house.client.get(f"{ROTA}?chair={chair_key('Ruth Example')}"))
    assert ("away then" in page, "24/12/2026" in page, f"{reference}/chair" in page) == (True, True, True)
    (sam,) = await house.rows("SELECT hours FROM chairs WHERE name = 'Sam Example'")
    assert sam["hours"] == "Mon-Fri 09:00-17:00", "nobody else's hours are touched"
    await restricting.restrict_case(
        house.services, "lewisham", reference, (), reason="a colleague's child", actor="command:officer"
    )
    assert reference not in await (await house.client.get(ROTA)).text()
    for _ in range(2):
        gone = await house.press(ROTA, known="Ruth Example", act="take_off")
    assert gone.status == 422, "pressed twice, the second says so"
    assert [each["name"] for each in await house.rows("SELECT name FROM chairs WHERE active")] == ["Sam Example"]
    assert len(await house.rows("SELECT 1 FROM audit_events WHERE action = 'directory:rota:changed'")) == 4


WRONG_CHAIR = [
    ({"name": ""}, "name"),
    ({"name": "x" * 99}, "name"),
    ({"hours": "whenever"}, "hours"),
    ({"away": "some day"}, "away"),
    ({"away": "3/12/2026 to 1/12/2026"}, "away"),
    ({"reader": "no reader"}, "reader"),
]


async def test_what_a_chair_cannot_be_is_said_by_its_field_and_kept_for_another_try(house: House) -> None:
    for change, field in WRONG_CHAIR:
        fields = {"name": "Ruth Example", "hours": "always", "away": "", "reader": ""} | change
        answer = await house.press(ROTA, **fields)
        page = await check(answer)
        assert (answer.status, f'href="#{field}"' in page) == (422, True), change
    assert await house.count("chairs") == 0
    await house.sign_in("analyst")
    assert (await house.client.get(ROTA)).status == 403


async def test_a_desk_is_described_and_changed_and_its_meetings_stay(house: House) -> None:
    await house.sign_in("administrator")
    page = await check(await house.client.get(DESKS))
    [inbox] = re.findall(r'<option value="([^"]+)"[^>]*>police', page)
    new = {"name": "Joint police desk", "inbox": inbox, "seats": "2", "surgery": "", "travel_minutes": "", "away": ""}
    assert (await house.press(DESKS, **new)).headers["Location"].endswith("done=yes")
    changed = {"known": "Joint police desk", "seats": "3", "surgery": "Tue/Thu 09:30-12:00", "travel_minutes": "30"}
    await house.press(DESKS, **changed, away="24/12/2026")
    page = await check(await house.client.get(f"{DESKS}?desk=Joint police desk"))
    assert ("Tue 09:30-12:00" in page or "Tue/Thu 09:30-12:00" in page, 'value="30"' in page) == (True, True)
    (desk,) = await house.rows("SELECT capacity, travel_minutes FROM desks")
    assert (desk["capacity"], desk["travel_minutes"]) == (3, 30)
    (shared,) = await house.rows("SELECT count(*) AS n FROM inboxes WHERE desk_id IS NOT NULL")
    assert shared["n"] == 1


WRONG_DESK = [
    ({"seats": "0"}, "seats"),
    ({"seats": "many"}, "seats"),
    ({"surgery": "whenever"}, "surgery"),
    ({"travel_minutes": "9999"}, "travel_minutes"),
    ({"away": "soon"}, "away"),
    ({"inbox": ""}, "inbox"),
    ({"inbox": "not one of ours"}, "inbox"),
    ({"name": ""}, "name"),
]


async def test_what_a_desk_cannot_be_is_said_by_its_field(house: House) -> None:
    await house.sign_in("administrator")
    (inbox,) = await house.rows("SELECT id FROM inboxes WHERE role = 'school_nurse'")
    for change, field in WRONG_DESK:
        fields = {"name": "A desk", "inbox": str(inbox["id"]), "seats": "1", "surgery": "", "travel_minutes": "",
                  "away": ""} | change  # fmt: skip
        answer = await house.press(DESKS, **fields)
        page = await check(answer)
        assert (answer.status, f'href="#{field}"' in page) == (422, True), change
    assert await house.count("desks") == 0


def test_days_away_are_read_as_they_are_written() -> None:
    written = "24/12/2026 to 1/1/2027\n7 January 2027"
    read = read_days(written, TODAY)
    assert read == ((date(2026, 12, 24), date(2027, 1, 1)), (date(2027, 1, 7), date(2027, 1, 7)))
    assert read_days(days_text(read), TODAY) == read
    assert read_days("\n \n", TODAY) == ()
    for wrong in ("never", "1/1/2027 to 24/12/2026", "1/1/2027 to", "\n".join(["1/1/2027"] * 61)):
        with pytest.raises(BadDaysError):
            read_days(wrong, TODAY)
