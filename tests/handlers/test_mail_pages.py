"""Mail to read, on the pages: listed without its words, read with a reason, and settled with one choice."""

from __future__ import annotations

from service.domain.incoming_mail import Incoming, MailKind
from service.store.queries.mail_to_read import Belongs
from service.workflow.mail_to_read import keep_mail
from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def a_mail(house: House, reference: str, *, placed: bool = True) -> str:
    (meeting,) = await house.rows("SELECT id FROM meetings WHERE reference = :reference", reference=reference)
    place = await house.requirement(reference, "school_nurse") if placed else None
    read = Incoming(MailKind.ORDINARY, "nurse@school.example", "Re: the meeting", "<b>Sue</b> will come")
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
