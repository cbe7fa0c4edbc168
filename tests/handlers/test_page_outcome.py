"""What a meeting came to, typed in without a script: outcome, actions, written information and the medical."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from tests.handlers.house import House
from tests.handlers.test_page_attendance import begun
from tests.handlers.test_page_checks import check


def seen_of(page: str) -> str:
    return html.unescape(re.findall(r'name="seen" value="([^"]*)"', page)[0])


async def test_the_outcome_is_recorded_corrected_and_never_overwritten_unseen(house: House) -> None:
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}/outcome"
    page = await check(await house.client.get(path))
    decided = {"decided.section_47_enquiry": "yes", "police": "joint", "next_day": "8/12/2026", "next_time": "2pm"}
    sent = {"seen": seen_of(page), **decided, "s47_day": "today", "s47_time": "11.30am"}
    done = await house.press(path, **sent)
    assert done.headers["Location"] == f"/lewisham/meetings/{reference}?done=outcome"
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "The section 47 enquiry started Tuesday 1 December 2026, 11:30am." in shown
    assert "The police investigate jointly with children&#39;s social care." in shown
    assert "The next meeting is Tuesday 8 December 2026, 2pm." in shown
    assert (await house.press(path, **sent)).status == 303, "pressed twice it is recorded once"
    assert len(await house.rows("SELECT id FROM audit_events WHERE action LIKE '%outcome%'")) == 1
    again = await check(await house.client.get(path))
    assert 'value="1/12/2026"' in again
    assert 'value="11:30"' in again
    stale = await house.press(path, **sent | {"police": "none"})
    assert stale.status == 409
    kept = await check(stale)
    assert "The outcome has been recorded since you opened this page" in kept
    assert re.search(r'value="none" checked', kept)
    meant = {**sent, "police": "none", "seen": seen_of(kept)}
    assert (await house.press(path, **meant)).status == 303
    assert "There is no police investigation." in await (await house.client.get(done.headers["Location"])).text()


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({}, "Choose what was decided"),
    ({"decided.no_further_action": "yes", "decided.legal_action": "yes"}, "No further action stands alone"),
    ({"decided.legal_action": "yes", "s47_day": "today", "s47_time": "9am"}, "was decided on: tick it too"),
    ({"decided.section_47_enquiry": "yes", "s47_day": "3/12/2026", "s47_time": "9am"}, "no actual start yet"),
    ({"decided.legal_action": "yes", "next_day": "31/2", "next_time": "25"}, "Enter a day, like 3/12/2026"),
    ({"decided.legal_action": "yes", "next_day": "8/12/2026"}, "Enter the time too"),
    ({"decided.legal_action": "yes", "next_time": "9am"}, "Enter the day too"),
    ({"decided.legal_action": "yes", "police": "perhaps"}, "Choose from the list"),
)


async def test_an_outcome_that_contradicts_itself_comes_back_with_a_link_and_what_was_typed(house: House) -> None:
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}/outcome"
    for typed, said in WRONG:
        answer = await house.press(path, seen="", **typed)
        assert answer.status == 422, said
        page = await check(answer)
        assert said in page
        for link in re.findall(r'<a href="#([a-z0-9_]+)"', page):
            assert f'id="{link}"' in page
    assert await house.count("meeting_outcomes") == 0


async def test_actions_are_added_once_and_closed_once_and_name_nobody(house: House) -> None:
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}/actions"
    assert "No action is written down yet." in await check(await house.client.get(path))
    action = {"owner": "health_visitor", "what": "Weigh the baby at home", "due": "3 December"}
    assert (await house.press(path, **action)).headers["Location"] == f"{path}?done=action"
    assert (await house.press(path, **action)).status == 303, "pressed twice it is one action"
    page = await check(await house.client.get(f"{path}?done=action"))
    assert "The action is written down." in page
    assert "1. health visitor: Weigh the baby at home By: 3 December 2026" in page.replace("Thursday ", "")
    assert await house.count("actions") == 1
    named = await house.press(path, owner="school", what="Ask the teacher <b>of Keziah</b> Fennimore")
    assert (named.status, "The action names somebody" in await named.text()) == (422, True)
    refused = await check(await house.press(path, owner="nobody", what="", due="soon"))
    for said in ("Choose from the list", "Say what is to be done, without names", "Enter a day, like 3/12/2026"):
        assert said in refused
    assert (await house.press(f"{path}/1/close", state="done")).headers["Location"] == f"{path}?done=action_closed"
    twice = await house.press(f"{path}/1/close", state="dropped")
    assert twice.status == 409
    assert "has been closed already" in await check(twice)
    assert (await house.press(f"{path}/x/close", state="done")).status == 404


async def test_when_written_information_came_in_is_kept_and_corrected(house: House) -> None:
    reference = await begun(house)
    nurse = (await house.requirement(reference, "school_nurse")).hex
    path = f"/lewisham/meetings/{reference}/written-information"
    assert "Nothing has come in yet." in await check(await house.client.get(path))
    assert (await house.press(path, agency=nurse)).status == 303
    await house.press(path, agency=nurse, received_day="yesterday", received_time="4pm")
    assert "school nurse: Monday 30 November 2026, 4pm" in await check(await house.client.get(path))
    assert await house.count("reports_received") == 1
    future = await check(await house.press(path, agency=nurse, received_day="8/12/2026", received_time="4pm"))
    assert "has come before now" in future
    assert "Choose which agency sent it" in await check(await house.press(path))


async def test_a_medical_is_decided_booked_and_its_attendance_recorded(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/medical"
    assert "Nobody has decided yet." in await check(await house.client.get(path))
    refused = await check(await house.press(path, needed="no", medical_day="today", medical_time="5pm"))
    for said in ("Say why no medical is needed", "Choose why no medical is needed", "Leave out the time"):
        assert said in refused
    assert "Choose whether a medical is needed" in await check(await house.press(path))
    (code, *_) = house.services.policies["lewisham"].medical_not_needed_reasons
    assert (await house.press(path, needed="no", reason_code=code, reason="seen this morning")).status == 303
    assert "No medical is needed: seen this morning" in await check(await house.client.get(path))
    assert (await house.press(path, needed="yes")).status == 303
    assert (await house.press(path, needed="yes")).status == 303, "pressed twice it is decided once"
    decided = await house.rows("SELECT id FROM audit_events WHERE action = 'medical:decision:recorded'")
    assert len(decided) == 2
    booking = {"needed": "yes", "medical_day": "1/12/2026", "medical_time": "3pm", "place": "Kaleidoscope"}
    assert (await house.press(path, **booking)).headers["Location"] == f"{path}?done=medical"
    assert (await house.press(path, **booking)).status == 303, "pressed twice it is one booking"
    (row,) = await house.rows("SELECT state, bookings FROM medicals")
    assert (row["state"], row["bookings"]) == ("booked", 1)
    named = await house.press(path, **booking | {"place": "Rosalind Fennimore's flat"})
    assert (named.status, "Take names and addresses out" in await named.text()) == (422, True)
    early = await house.press(f"{path}/attendance", came_child="yes")
    assert "Record who came once the medical has started." in await check(early)
    house.clock.at += timedelta(days=1, hours=6)
    assert "Say of at least one of them" in await check(await house.press(f"{path}/attendance"))
    assert (await house.press(f"{path}/attendance", came_child="yes", came_social_worker="no")).status == 303
    shown = await check(await house.client.get(f"{path}?done=medical_came"))
    assert "The child came." in shown
    assert "The social worker did not come." in shown
    assert "Save the decision" not in shown


async def test_nothing_can_be_written_down_of_a_meeting_that_has_not_begun(house: House) -> None:
    reference = await house.confirmed()
    for page in ("outcome", "actions"):
        path = f"/lewisham/meetings/{reference}/{page}"
        assert "This can be written down from then on." in await check(await house.client.get(path))
    early = await house.press(f"/lewisham/meetings/{reference}/outcome", seen="", **{"decided.legal_action": "yes"})
    assert early.status in {409, 422}
    await check(early)
