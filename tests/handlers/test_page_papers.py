"""Decisions, minutes and disagreements on their pages: agreed once, issued, read with a reason, never shown unasked."""

from __future__ import annotations

import re

from tests.handlers.house import House
from tests.handlers.test_page_attendance import begun
from tests.handlers.test_page_checks import check

SECRET = "Keziah Fennimore stays with her aunt."


async def test_a_decision_is_agreed_once_corrected_and_read_with_a_reason(house: House) -> None:
    reference = await begun(house)
    nurse = (await house.requirement(reference, "school_nurse")).hex
    path = f"/lewisham/meetings/{reference}/decisions"
    assert "No decision is written down yet." in await check(await house.client.get(path))
    assert "Write what was agreed" in await check(await house.press(path, text=" "))
    done = await house.press(path, text=SECRET, **{f"concerns.{nurse}": "yes"})
    assert done.headers["Location"] == f"{path}?done=decisions_agreed"
    assert (await house.press(path, text=SECRET, **{f"concerns.{nurse}": "yes"})).status == 303
    assert await house.count("papers") == 1
    page = await check(await house.client.get(done.headers["Location"]))
    assert "Decision 1: agreed by Ada Officer" in page
    assert "for school nurse." in page
    assert "not opened yet" in page
    assert "Say why, in a sentence" in await check(await house.press(f"{path}/read", reading_reason=""))
    read = await house.press(f"{path}/read", reading_reason="checking the wording before the letter")
    assert SECRET in await read.text()
    assert read.headers["Cache-Control"] == "no-store"
    (receipt,) = await house.rows("SELECT opener, proof, reason FROM receipts")
    assert (receipt["opener"], receipt["proof"]) == ("Ada Officer", "staff")
    await house.press(path, text="She goes home on Friday.", replaces="1")
    again = await house.press(path, text="She goes home on Monday.", replaces="1")
    assert again.status == 422
    assert "Choose from the list" in await check(again)
    assert "Decision 2: agreed by" in await check(await house.client.get(path))


async def test_minutes_are_agreed_then_issued_by_the_officer(house: House) -> None:
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}/minutes"
    assert "There are no minutes of this meeting yet" in await check(await house.press(f"{path}/issue"))
    assert (await house.press(path, text="All agreed.")).status == 303
    assert "not issued yet" in await check(await house.client.get(path))
    await house.sign_in("officer")
    page = await check(await house.client.get(path))
    assert "Agree this part" not in page
    assert (await house.press(path, text="More.")).status == 403
    early = await house.press(f"{path}/issue", issued_day="1/11/2026", issued_time="9am")
    assert "Minutes go out after the meeting started" in await check(early)
    done = await house.press(f"{path}/issue")
    assert done.headers["Location"] == f"{path}?done=issued"
    assert "; issued Tuesday 1 December 2026" in await check(await house.client.get(done.headers["Location"]))
    assert (await house.press(f"{path}/issue")).status == 303, "pressed twice they are issued once"
    assert len(await house.rows("SELECT id FROM audit_events WHERE action LIKE '%minutes:issued'")) == 1


async def test_a_dissent_is_written_down_read_taken_further_and_settled(house: House) -> None:
    reference = await begun(house)
    nurse = (await house.requirement(reference, "school_nurse")).hex
    path = f"/lewisham/meetings/{reference}/disagreements"
    assert "No dissent and no refused request" in await check(await house.client.get(path))
    wrong = await check(await house.press(path, disagreement="dissent"))
    for said in ("Choose the agency", "Choose the decision it dissents from", "Write what the agency says"):
        assert said in wrong
    await house.press(f"/lewisham/meetings/{reference}/decisions", text="No enquiry.")
    raised = {"disagreement": "dissent", "agency": nurse, "decision": "1", "text": SECRET}
    assert (await house.press(path, **raised)).headers["Location"] == f"{path}?done=disagreement"
    assert (await house.press(path, **raised)).status == 303
    assert await house.count("disagreements") == 1
    page = await check(await house.client.get(path))
    assert "School nurse, dissent from a decision 1" in page
    (one,) = set(re.findall(rf'href="({path}/[0-9a-f-]+)"', page))
    await check(await house.client.get(one))
    assert SECRET in await (await house.press(f"{one}/read", reading_reason="for the ladder")).text()
    further = await house.press(f"{one}/further")
    assert further.status in {303, 409}
    if further.status == 409:
        assert "There is no further stage" in await check(further)
    assert "Write how it was settled" in await check(await house.press(f"{one}/settle"))
    assert (await house.press(f"{one}/settle", settled="Both agree to an assessment.")).status == 303
    assert "It has been settled already." in await check(await house.press(f"{one}/settle", settled="Again."))
    assert ": settled " in await check(await house.client.get(path))
    assert (await house.client.get(f"{path}/x")).status == 404
    other = await begun(house)
    stranger = one.replace(reference, other)
    assert (await house.client.get(stranger)).status == 404
