"""What staff do from a meeting's page, with a browser that runs no script: each act once, with its errors kept."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def place(house: House, reference: str, role: str = "school_nurse") -> str:
    return f"/lewisham/meetings/{reference}/answers/{await house.requirement(reference, role)}"


def once_of(page: str) -> str:
    return str(re.findall(r'name="once" value="([^"]+)"', page)[0])


async def test_an_officer_types_in_what_the_nurse_said_by_phone(house: House) -> None:
    reference = await house.confirmed()
    path = await place(house, reference)
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    assert path in page
    form = await check(await house.client.get(path))
    assert "Will the school nurse be there?" in form
    assert 'href="tel:02079460101"' in form
    sent = {"once": once_of(form), "version": "1", "answer": "yes", "given_by": "the duty nurse"}
    answer = await house.press(path, **sent)
    assert (answer.status, answer.headers["Location"]) == (303, f"/lewisham/meetings/{reference}?done=answer")
    assert (await house.press(path, **sent)).status == 303
    assert await house.count("answers") == 1
    shown = await check(await house.client.get(answer.headers["Location"]))
    assert "The answer is recorded." in shown
    assert "said yes by phone" in shown
    assert "by Ada Officer" in shown


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose an answer"),
        ({"answer": "no"}, "Choose why you cannot come"),
        ({"answer": "deputy"}, "Enter the name of whoever comes instead"),
        ({"answer": "another_time", "other_day": "31/2", "other_time": "25"}, "Enter a day, like 3/12/2026"),
    ],
)
async def test_a_form_that_is_not_complete_comes_back_with_what_was_typed(
    house: House, sent: dict[str, str], said: str
) -> None:
    path = await place(house, await house.confirmed())
    answer = await house.press(path, once="abcdefgh", version="1", given_by="<b>Sue</b>", **sent)
    assert answer.status == 422
    shown = await check(answer)
    assert said in shown
    assert "&lt;b&gt;Sue&lt;/b&gt;" in shown
    assert await house.count("answers") == 0


async def test_a_name_that_is_refused_leaves_all_that_was_typed_while_the_nurse_is_on_the_line(house: House) -> None:
    reference = await house.confirmed()
    path = await place(house, reference)
    typed = {"once": "abcdefgh", "version": "1", "words": "She can come at noon", "given_by": "Amara Okafor"}
    deputy = {"answer": "deputy", "deputy_name": "Rosalind Fennimore", "deputy_job": "school nurse"}
    refused = await house.press(path, **typed, **deputy)
    assert refused.status == 422
    page = await refused.text()
    for kept in ("Rosalind Fennimore", "school nurse", "She can come at noon", "Amara Okafor"):
        assert kept in page
    assert 'href="#deputy_name"' in page
    assert "Somebody will phone the agency about it." in page
    tied = await house.press(path, **(typed | {"given_by": "Rosalind Fennimore"}), answer="yes")
    page = await tied.text()
    assert tied.status == 422
    assert 'href="#given_by"' in page
    assert 'id="given_by-error"' in page
    assert await house.count("answers") == 0


async def test_an_answer_by_phone_to_a_time_that_has_moved_is_asked_for_again(house: House) -> None:
    reference = await house.confirmed()
    path = await place(house, reference)
    start = (house.clock.at + timedelta(days=2)).isoformat()
    assert (await house.call("POST", f"/api/v1/meetings/{reference}/move", {"start": start})).status == 200
    old = await house.press(path, once="abcdefgh", version="1", answer="yes", words="Ring the bell")
    assert old.status == 409
    page = await check(old)
    assert "Your answer was about the old one; answer again." in page
    assert "The meeting is on Wednesday 2 December 2026, 10am to 11am." in page
    assert "Ring the bell" in page
    assert not re.search(r'name="answer"[^>]*checked', page)
    again = {"once": once_of(page), "version": "2", "answer": "yes"}
    assert (await house.press(path, **again)).status == 303
    counted = await house.rows("SELECT version FROM answers ORDER BY version")
    assert [row["version"] for row in counted] == [1, 2]


async def test_what_is_refused_without_a_page_of_its_own_leads_to_the_meeting_with_what_was_typed(
    house: House,
) -> None:
    reference = await house.confirmed()
    place_id = await house.requirement(reference, "school_nurse")
    path, page = await place(house, reference), f"/lewisham/meetings/{reference}"
    withdrawn = await house.press(f"{page}/places/{place_id}/withdraw", reason="not_involved")
    assert withdrawn.status == 303, await withdrawn.text()
    gone = await house.press(path, once="abcdefgh", version="1", answer="yes", words="She asks for the <b>rota</b>")
    assert gone.status == 404
    shown = await check(gone)
    assert f'href="{page}"' in shown
    assert "She asks for the &lt;b&gt;rota&lt;/b&gt;" in shown
    assert house.csrf not in re.sub(r'type="hidden" name="csrf" value="[^"]+"', "", shown)
    stranger = await check(await house.press("/lewisham/meetings/CV-1111-1111/cancel", code="replaced"))
    assert 'href="/lewisham/meetings/CV-1111-1111"' not in stranger, "nothing says that there is such a meeting"
    await house.sign_in("analyst")
    assert f'href="{page}"' not in await check(await house.client.get(f"{page}/cancel"))


async def test_a_place_that_is_not_this_meeting_s_is_not_there(house: House) -> None:
    first, second = await house.confirmed(), await house.confirmed()
    stranger = (await place(house, second)).replace(second, first)
    assert (await house.client.get(stranger)).status == 404
    assert (await house.client.get(f"/lewisham/meetings/{first}/answers/x")).status == 404


async def test_cancelling_says_who_will_be_told_and_asks_why(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/cancel"
    page = await check(await house.client.get(path))
    assert "Cancel the meeting and tell 5" in page
    assert "cannot be undone" not in page
    assert "Call it again on its page" in page
    assert "Choose a reason" in await check(await house.press(path, version="1"))
    assert "Choose a reason" in await check(await house.press(path, version="1", code="boredom"))
    done = await house.press(path, version="1", code="facts_now_clear")
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "The meeting is cancelled." in shown
    assert "Cancel the meeting" not in shown
    again = await house.press(path, version="1", code="facts_now_clear")
    assert again.status == 409
    closed = await check(again)
    assert "Somebody has just changed this meeting. It is cancelled now." in closed
    assert f'href="/lewisham/meetings/{reference}/again"' in closed


async def test_a_page_from_before_a_move_cannot_cancel_what_its_reader_has_not_seen(house: House) -> None:
    reference = await house.confirmed()
    start = (house.clock.at + timedelta(days=2)).isoformat()
    moved = await house.call("POST", f"/api/v1/meetings/{reference}/move", {"start": start})
    assert moved.status == 200, await moved.text()
    path = f"/lewisham/meetings/{reference}/cancel"
    answer = await house.press(path, version="1", code="replaced")
    assert answer.status == 409
    shown = await check(answer)
    assert "Somebody has just changed this meeting. It is at Wednesday 2 December 2026, 10am now." in shown
    assert re.search(r'value="replaced"\s+checked', shown)
    assert 'name="version" value="2"' in shown
    assert (await house.press(path, version="2", code="replaced")).status == 303


async def test_short_notice_takes_a_reason_from_the_list_and_a_sentence(house: House) -> None:
    reference = await house.confirmed(house.clock.at + timedelta(hours=1))
    path = f"/lewisham/meetings/{reference}/short-notice"
    await check(await house.client.get(path))
    refused = await check(await house.press(path))
    assert "Choose a reason" in refused
    assert "Say why in a sentence" in refused
    (code,) = list(house.services.policies["lewisham"].short_notice_reasons)[:1]
    long = await check(await house.press(path, code=code, reason="x" * 501))
    assert "Use 500 characters or fewer" in long
    done = await house.press(path, code=code, reason="The child is in hospital tonight.")
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "Why notice is short is recorded." in shown
    assert "The child is in hospital tonight. (Ada Officer)" in shown


async def test_going_on_without_everyone_takes_a_sentence(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/go-on"
    assert path in await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    assert "Say why in a sentence" in await check(await house.press(path))
    done = await house.press(path, reason="Police joined by phone before.")
    assert "Police joined by phone before. (Ada Officer)" in await check(
        await house.client.get(done.headers["Location"])
    )


async def test_a_task_is_done_with_one_press_and_not_a_second_time(house: House) -> None:
    reference = await house.planned()
    task = (await house.rows("SELECT id FROM tasks WHERE state = 'open' ORDER BY id LIMIT 1"))[0]["id"]
    assert f"/lewisham/tasks/{task}/done" in await (await house.client.get("/lewisham/worklist")).text()
    done = await house.press(f"/lewisham/tasks/{task}/done", back=reference)
    assert done.headers["Location"] == f"/lewisham/meetings/{reference}?done=task_done"
    assert "The task is done." in await check(await house.client.get(done.headers["Location"]))
    late = await house.press(f"/lewisham/tasks/{task}/drop", back="//evil.example")
    assert late.headers["Location"] == "/lewisham/worklist?done=task_gone"
    assert "This task was ended already." in await check(await house.client.get(late.headers["Location"]))
    (kept,) = await house.rows("SELECT state FROM tasks WHERE id = :id", id=task)
    assert kept["state"] == "done"
    nobody = await house.press("/lewisham/tasks/00000000-0000-0000-0000-000000000001/done")
    assert nobody.status == 404
    other = (await house.rows("SELECT id FROM tasks WHERE state = 'open' ORDER BY id LIMIT 1"))[0]["id"]
    dropped = await house.press(f"/lewisham/tasks/{other}/drop", back="//evil.example")
    assert dropped.headers["Location"] == "/lewisham/worklist?done=task_dropped"
    assert (await house.press(f"/wirral/tasks/{other}/drop")).status == 404
    assert (await house.press("/lewisham/tasks/x/done")).status == 404


async def test_somebody_who_may_only_look_is_shown_no_button_and_can_press_none(house: House) -> None:
    reference = await house.confirmed(house.clock.at + timedelta(hours=1))
    await house.sign_in("auditor")
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    assert "Cancel the meeting" not in page
    assert "what they say by" not in page
    assert "/tasks/" not in page + await check(await house.client.get("/lewisham/worklist"))
    for path in ("cancel", "short-notice", "go-on"):
        where = f"/lewisham/meetings/{reference}/{path}"
        assert (await house.client.get(where)).status == 403
        assert (await house.press(where, code="replaced", reason="x")).status == 403
    assert (await house.press(await place(house, reference), answer="yes")).status == 403
    assert await house.count("answers") == 0
