"""The page after sending: the reference, what each agency gets, when it is first chased, and whom to phone."""

from __future__ import annotations

import re

from sqlalchemy import text

from service.domain.london import words
from service.workflow import restricting
from tests.handlers.house import House
from tests.handlers.test_page_checks import check
from tests.handlers.test_page_requests import kept

AGREED = {"slot": "own", "start_day": "10/12/2026", "start_time": "2pm", "confirmed": "1"}


async def sent(house: House, choice: dict[str, str], **changes: str) -> tuple[str, str]:
    """The path of the page after sending, and the meeting's reference."""
    draft = await kept(house, **changes)
    answer = await house.press(f"{draft}/check", **choice)
    assert answer.headers["Location"] == f"{draft}/sent"
    (row,) = await house.rows("SELECT reference FROM meetings ORDER BY created_at DESC LIMIT 1")
    return f"{draft}/sent", row["reference"]


def rows_of(page: str) -> dict[str, str]:
    """The table's rows as words, by agency."""
    plain = (re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)).strip() for row in re.findall(r"<tr.*?</tr>", page, re.S))
    return {row.split(" A calendar")[0].split(" Nothing")[0].split(" A call")[0]: row for row in plain}


async def test_it_says_what_each_agency_gets_when_it_is_chased_and_whom_to_phone(house: House) -> None:
    path, reference = await sent(house, AGREED, **{"x1-role": "health_practitioner", "x1-reason": "shared inbox"})
    page = await check(await house.client.get(path))
    assert "It is on Thursday 10 December 2026, 2pm to 3pm." in page
    rows = rows_of(page)
    police = rows["Police child protection unit"]
    assert "A calendar invitation and a message with why it is asked, to police child protection desk" in police
    assert "020 7946 0101" in police
    (first,) = await house.rows(
        "SELECT min(c.due_at) AS due_at FROM chases c JOIN requirements r ON r.id = c.requirement_id"
        " WHERE r.role = 'police_child_protection'"
    )
    assert words(first["due_at"]) in police
    assert "Nothing until a person and a safe way are named" in rows["Health practitioner"]
    assert "none see its task" in rows["Health practitioner"]
    assert "Nothing by itself: no inbox is known" in rows["Consultant paediatrician"]
    assert f'href="/lewisham/meetings/{reference}/calls"' in page
    assert "020 7946 0000" in page, "the partnership's own number"
    assert len(rows) == len(await house.rows("SELECT 1 FROM requirements")) + 1


async def test_without_a_time_nothing_has_left_and_it_says_so(house: House) -> None:
    path, _ = await sent(house, {"slot": "later"})
    page = await check(await house.client.get(path))
    assert "Nobody is invited yet" in page
    assert "Nothing yet. Once a time is chosen: a calendar invitation" in page
    assert "leaves within a minute" not in page


async def test_the_channel_decides_what_an_agency_gets(house: House) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE inboxes SET channel = 'phone', phone = '' WHERE role = 'school_nurse'"))
        await conn.execute(text("UPDATE inboxes SET channel = 'calendar_mail' WHERE role = 'lcpp'"))
    path, _ = await sent(house, AGREED)
    rows = rows_of(await check(await house.client.get(path)))
    assert "school nurse desk is invited by phone" in rows["School nurse"]
    assert "none is known" in rows["School nurse"]
    assert any("An invitation by mail for its own calendar" in row for row in rows.values())


async def test_it_stays_at_its_address_and_says_what_is_so_by_then(house: House) -> None:
    path, reference = await sent(house, AGREED)
    await house.call("POST", f"/api/v1/meetings/{reference}/cancel", {"reason": "facts_now_clear"})
    page = await check(await house.client.get(path))
    assert "It was cancelled since" in page
    assert "What each agency gets" not in page
    await restricting.restrict_case(
        house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
    )
    page = await check(await house.client.get(path))
    assert reference in page
    assert "Police" not in page
    assert "/meetings/" not in page


async def test_whoever_may_only_ask_sees_what_leaves_and_one_number(house: House) -> None:
    await house.sign_in("requester", partnerships=("lewisham",))
    path, _ = await sent(house, AGREED)
    page = await check(await house.client.get(path))
    assert "A calendar invitation" in page
    assert "020 7946 0101" not in page
    assert "020 7946 0000" in page
    assert "/meetings/" not in page
