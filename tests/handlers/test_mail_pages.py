"""Mail to read, on the pages: listed without its words, read with a reason, and settled with one choice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from service.domain.incoming_mail import Incoming, MailKind
from service.store.queries.mail_to_read import Belongs
from service.workflow.mail_to_read import keep_mail
from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def a_mail(house: House, reference: str, *, placed: bool = True) -> str:
    (meeting,) = await house.rows("SELECT id FROM meetings WHERE reference = :reference", reference=reference)
    place = await house.requirement(reference, "school_nurse") if placed else None
    read = Incoming(MailKind.ORDINARY, "nurse@school.example", "Re: the meeting", "<b>Sue</b> will come", vouched=True)
    belongs = Belongs(meeting["id"], place)
    assert await keep_mail(house.services, "lewisham", belongs, read, house.fresh("graph"), house.clock.now())
    (mail,) = await house.rows("SELECT id FROM mail_to_read WHERE meeting_id = :id", id=meeting["id"])
    return f"/lewisham/meetings/{reference}/mail/{mail['id']}"


async def test_an_officer_reads_a_mail_and_says_what_it_means(house: House) -> None:
    await house.sign_in("officer")
    reference = await house.confirmed()
    path = await a_mail(house, reference)
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    assert "A mail came from School nurse" in page
    assert path in page
    assert "Sue" not in page
    assert "Sue" not in await check(await house.client.get(path))
    assert (await house.press(f"{path}/read", reading_reason="")).status == 422
    read = await check(await house.press(f"{path}/read", reading_reason="to know who comes"))
    assert "&lt;b&gt;Sue&lt;/b&gt; will come" in read
    (opened,) = await house.rows("SELECT data FROM audit_events WHERE action = 'identity:mail:opened'")
    assert opened["data"]["reason"] == "to know who comes"
    for wrong in ({}, {"meaning": "deputy"}, {"meaning": "banana"}):
        assert (await house.press(path, **wrong)).status == 422
    done = await house.press(path, meaning="yes")
    assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{reference}?done=mail")
    page = await check(await house.client.get(done.headers["Location"]))
    assert "said yes by mail" in page
    assert "read and recorded as an answer" in page


async def test_a_mail_of_nobody_we_can_place_asks_which_agency_it_is_from(house: House) -> None:
    await house.sign_in("officer")
    reference = await house.confirmed()
    path = await a_mail(house, reference, placed=False)
    assert (await house.press(path, meaning="no")).status == 422
    place = str(await house.requirement(reference, "school_nurse"))
    assert (await house.press(path, meaning="no", agency=place)).status == 303
    assert "said no by mail" in await check(await house.client.get(f"/lewisham/meetings/{reference}"))


async def test_a_mail_of_another_meeting_is_not_there(house: House) -> None:
    await house.sign_in("officer")
    first, second = await house.confirmed(), await house.confirmed()
    path = (await a_mail(house, first)).replace(first, second)
    assert (await house.client.get(path)).status == 404
    assert (await house.client.get(f"/lewisham/meetings/{first}/mail/x")).status == 404


async def test_a_mail_is_moved_to_the_meeting_it_is_about_from_its_page(house: House) -> None:
    await house.sign_in("officer")
    first, second = await house.confirmed(), await house.confirmed()
    path = await a_mail(house, first)
    assert "Is it about another meeting?" in await check(await house.client.get(path))
    for wrong, sentence in (
        ("", "Enter the reference"),
        ("CV-1", "no such meeting"),
        ("CV-7K3Q-9XHD", "no such meeting"),
        (first, "with this meeting already"),
    ):
        refused = await house.press(f"{path}/move", to=wrong)
        assert (refused.status, sentence in await check(refused)) == (422, True), wrong
    done = await house.press(f"{path}/move", to=second.lower())
    assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{first}?done=mail_moved")
    assert "waits to be read at the meeting" in await check(await house.client.get(done.headers["Location"]))
    assert (await house.client.get(path)).status == 404
    there = path.replace(first, second)
    assert "will come" in await check(await house.press(f"{there}/read", reading_reason="to know who comes"))
    nurse = str(await house.requirement(second, "school_nurse"))
    assert (await house.press(there, meaning="yes", agency=nurse)).status == 303
    # What is settled stays where it is: its page offers reading alone.
    assert (await house.press(f"{there}/move", to=first)).status == 422
    assert "another meeting?" not in await check(await house.client.get(there))


async def test_the_api_lists_reads_settles_and_moves_mail(house: House) -> None:
    first, second = await house.confirmed(), await house.confirmed()
    mail = (await a_mail(house, first)).rpartition("/")[2]

    async def waits(query: str = "") -> list[dict[str, Any]]:
        found = await (await house.call("GET", f"/api/v1/mail{query}")).json()
        return list(found["mail"])

    (listed,) = await waits()
    assert (listed["meeting_reference"], listed["role"], listed["state"]) == (first, "school_nurse", "open")
    assert (listed["opened"], "Sue" in str(listed)) == ([], False)
    here = f"/api/v1/meetings/{first}/mail/{mail}"
    assert (await house.call("POST", f"{here}/open", {"reason": ""})).status == 422
    said = await (await house.call("POST", f"{here}/open", {"reason": "to know who comes"})).json()
    assert said["words"] == "<b>Sue</b> will come"
    (listed,) = await waits()
    assert [bool(each["by"]) for each in listed["opened"]] == [True]
    # It is about the other meeting: sealed under that one's key, and a task there instead of here.
    for to, status in ((first, 422), ("CV-7K3Q-9XHD", 404), (second, 200)):
        assert (await house.call("POST", f"{here}/move", {"to": to})).status == status
    there = f"/api/v1/meetings/{second}/mail/{mail}"
    assert (await house.call("POST", f"{here}/open", {"reason": "look"})).status == 404
    assert "Sue" in (await (await house.call("POST", f"{there}/open", {"reason": "look"})).json())["words"]
    tasks = await house.rows(
        "SELECT m.reference FROM tasks t JOIN meetings m ON m.id = t.meeting_id"
        " WHERE t.kind = 'mail_to_read' AND t.state = 'open'"
    )
    assert [row["reference"] for row in tasks] == [second]
    # Nobody there has that address, so whoever settles it says which agency it is from.
    assert (await house.call("POST", f"{there}/settle", {"meaning": "yes"})).status >= 400
    assert (await house.call("POST", f"{there}/settle", {"meaning": "deputy", "role": "school_nurse"})).status == 422
    done = await house.call("POST", f"{there}/settle", {"meaning": "yes", "role": "school_nurse"})
    assert (done.status, (await done.json())["state"]) == (200, "answered")
    assert await waits() == []
    (listed,) = await waits("?all=yes")
    assert (listed["state"], listed["meeting_reference"]) == ("answered", second)
    assert (await house.call("POST", f"{there}/move", {"to": first})).status == 422


async def test_mail_about_a_restricted_case_is_in_nobody_s_list_but_of_whoever_is_named(house: House) -> None:
    await a_mail(house, await house.confirmed())
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE requests SET restricted_at = now()"))
    assert (await (await house.call("GET", "/api/v1/mail")).json())["mail"] == []
