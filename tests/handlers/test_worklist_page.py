"""The worklist page: tabs and filters, who sees what in its counts, and how often it asks the database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from markupsafe import escape
from sqlalchemy import event, text

from service.app import _keep_looking
from service.workflow import restricting
from tests.handlers.house import House, an_envelope
from tests.handlers.test_page_checks import check

WORKLIST = "/lewisham/worklist"


def counts(page: str) -> dict[str, int]:
    """The tabs with their counts."""
    found = re.findall(r">(Needs you|Today|Coming|To record|Done) \((\d+)\)</a>", page)
    return {name: int(number) for name, number in found}


async def tab(house: House, name: str = "needs-you", more: str = "") -> str:
    return await check(await house.client.get(f"{WORKLIST}?tab={name}{more}"))


async def test_each_meeting_is_found_in_its_tab(house: House) -> None:
    planned, today = await house.planned(), await house.confirmed(house.clock.at + timedelta(hours=2))
    coming = await house.confirmed(house.clock.at + timedelta(days=3))
    cancelled = await house.planned()
    await house.call("POST", f"/api/v1/meetings/{cancelled}/cancel", {"reason": "facts_now_clear"})
    assert counts(await tab(house)) == {"Needs you": 3, "Today": 1, "Coming": 1, "To record": 0, "Done": 1}
    for name, reference in (("needs-you", planned), ("today", today), ("coming", coming), ("done", cancelled)):
        shown = await tab(house, name)
        assert reference in shown, name
        assert 'aria-current="page"' in shown
    house.clock.at += timedelta(hours=2)
    assert today in await tab(house, "to-record")
    assert "There is nothing to record" not in await tab(house, "to-record")


async def test_every_empty_tab_says_what_will_stand_there(house: House) -> None:
    for name in ("needs-you", "today", "coming", "to-record", "done"):
        shown = await tab(house, name)
        assert "appears here" in shown, name
        assert ("What the service cannot do by itself" in shown) == (name == "needs-you")


async def test_a_filter_is_chosen_in_a_form_and_stands_in_an_address_without_names(house: House) -> None:
    reference = await house.confirmed(chair="Ben Chair")
    key = re.search(r'<option value="(\w+)">Ben Chair</option>', await tab(house))
    assert key is not None
    chosen = await house.press(WORKLIST, tab="coming", chair=key[1], agency="school_nurse", kind="", part="")
    where = chosen.headers["Location"]
    assert (chosen.status, where) == (303, f"{WORKLIST}?tab=coming&agency=school_nurse&chair={key[1]}")
    shown = await check(await house.client.get(where))
    assert reference in shown
    assert "Chair: Ben Chair" in shown
    assert reference not in await tab(house, "coming", "&agency=gp")
    assert "No meeting in this tab matches" in await tab(house, "coming", "&agency=gp")


async def test_a_reference_opens_its_meeting_and_a_part_of_it_filters(house: House) -> None:
    reference = await house.confirmed()
    found = await house.press(WORKLIST, part=f" {reference.lower().replace('-', ' ')} ")
    assert found.headers["Location"] == f"/lewisham/meetings/{reference}"
    part = await house.press(WORKLIST, tab="coming", part=reference[-4:].lower())
    assert part.headers["Location"] == f"{WORKLIST}?tab=coming&part={reference[-4:]}"
    assert reference in await (await house.client.get(part.headers["Location"])).text()


async def test_a_name_is_refused_kept_in_its_field_and_put_in_no_address(house: House) -> None:
    for typed in ("Keziah", "=1+1", "<b>x</b>", "\u202eabc", "😀", "x" * 5000):
        refused = await house.press(WORKLIST, part=typed)
        assert refused.status == 422
        page = await refused.text()
        assert "nobody is found by name" in page
        assert "<title>Error: Worklist" in page
    assert 'href="#part"' in page


async def test_a_restricted_case_is_in_no_count_and_no_filter_of_those_it_is_not_for(house: House) -> None:
    reference = await house.confirmed(chair="Quinta Chair")
    await restricting.restrict_case(
        house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
    )
    for name in ("needs-you", "coming"):
        shown = await tab(house, name)
        assert sum(counts(shown).values()) == 0
        assert "Quinta" not in shown
        assert reference not in shown
    assert "No meeting in this tab matches" in await tab(house, "coming", f"&part={reference[-4:]}")
    whole = await house.press(WORKLIST, part=reference)
    assert (await house.client.get(whole.headers["Location"])).status == 404


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """What is asked of the database meanwhile, but for the look that the process takes at its policies now and then."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        task = asyncio.current_task()
        if task is None or getattr(task.get_coro(), "__qualname__", "") != _keep_looking.__qualname__:
            seen.append(statement)

    event.listen(house.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(house.engine.sync_engine, "before_cursor_execute", note)


async def test_the_database_is_asked_as_often_for_forty_meetings_as_for_none(house: House) -> None:
    asked = []
    for number in (0, 1, 39):
        for each in range(number):
            await house.confirmed(house.clock.at + timedelta(hours=each + 1))
            await house.planned()
        await house.deliver(b"{", house.signed(b"{"))
        for name in ("needs-you", "coming"):
            with statements(house) as seen:
                await (await house.client.get(f"{WORKLIST}?tab={name}")).text()
            asked.append(len(seen))
    # Who it is, and what has been committed since; only where something has, the worklist itself.
    assert asked[0] == 5
    assert set(asked) <= {1, 5}, asked


async def test_who_somebody_is_and_whether_a_meeting_is_theirs_is_one_question(house: House) -> None:
    reference = await house.confirmed()
    task = (await house.rows("SELECT id FROM tasks LIMIT 1"))[0]["id"]
    for method, path in (("GET", f"/lewisham/meetings/{reference}/cancel"), ("POST", f"/wirral/tasks/{task}/done")):
        with statements(house) as seen:
            if method == "GET":
                assert (await house.client.get(path)).status == 200
            else:
                assert (await house.press(path)).status == 404
        guard = [each for each in seen if "staff.signed_out_before" in each or "case_access" in each]
        assert len(guard) == 1, guard
        assert "case_access" in guard[0]


async def test_a_long_list_is_shown_by_the_page_and_stays_light(house: House) -> None:
    references = [await house.planned() for _ in range(52)]
    first, second = await tab(house), await tab(house, more="&page=2&tasks=3")
    assert "1 to 50 of 52" in first
    assert "51 to 52 of 52" in second
    listed = [page[page.index('id="meetings"') : page.index('id="tasks"')] for page in (first, second)]
    for reference in references:
        assert sum(f"/lewisham/meetings/{reference}" in page for page in listed) == 1


async def test_what_needs_somebody_is_shown_to_whom_it_needs_and_the_rest_is_one_press_away(house: House) -> None:
    planned, over = await house.planned(), await house.confirmed(house.clock.at + timedelta(hours=1))
    await house.deliver(b"{", house.signed(b"{"))
    house.clock.at += timedelta(hours=3)
    came = {"agencies": [{"role": "school_nurse", "outcome": "attended"}]}
    await house.call("POST", f"/api/v1/meetings/{over}/attendance", came)
    await house.sign_in("chair")
    chair = await tab(house)
    assert "Shown is the work of: chair (lead child protection practitioner)." in chair
    assert over in chair
    assert planned not in chair
    assert "business support officer" not in chair.partition("Show everybody’s")[2]
    assert "Needs a person" not in chair
    everybody = await tab(house, more="&whose=all")
    assert "Shown is everybody’s work." in everybody
    assert planned in everybody
    assert "Needs a person (1)" in everybody
    assert counts(everybody)["Needs you"] > counts(chair)["Needs you"]
    assert planned in await tab(house, "coming"), "what somebody else is to do still stands in a tab"
    kept = await house.press(WORKLIST, tab="needs-you", whose="all", agency="school_nurse")
    assert kept.headers["Location"] == f"{WORKLIST}?tab=needs-you&agency=school_nurse&whose=all"
    await house.sign_in("auditor")
    assert "Shown is" not in await tab(house), "whoever only reads is shown all"
    assert planned in await tab(house)
    await house.sign_in("emergency_duty")
    assert "Needs a person" not in await tab(house)
    house.clock.at += timedelta(hours=10)
    assert "Needs a person (1)" in await tab(house), "at night it is theirs"


async def test_each_role_asks_the_database_as_often_whatever_there_is_to_do(house: House) -> None:
    asked: dict[str, set[int]] = {}
    for number in (0, 1, 12):
        for each in range(number):
            await house.confirmed(house.clock.at + timedelta(hours=each + 1))
            await house.planned()
        for role in ("officer", "chair", "manager", "emergency_duty"):
            await house.sign_in(role)
            with statements(house) as seen:
                await (await house.client.get(WORKLIST)).text()
            asked.setdefault(role, set()).add(len(seen))
    # Signing in commits, so each of these looks reads the worklist anew.
    assert list(asked.values()) == [{5}] * 4


async def test_a_delivery_nobody_understood_is_counted(house: House) -> None:
    await house.deliver(an_envelope({}), house.signed(an_envelope({})))
    shown = await tab(house)
    assert counts(shown)["Needs you"] == 1
    assert "Needs a person (1)" in shown


async def test_a_page_shared_by_many_holds_of_each_reader_only_what_is_their_own(house: House) -> None:
    await house.confirmed()
    seen: list[tuple[str, str, str]] = []
    for name in ("Ada <b>Officer</b>", "Ben O\u2019Officer & Sons", "\\1{gap}"):
        await house.sign_in("officer", name=name)
        page = await check(await house.client.get(WORKLIST))
        with statements(house) as asked:
            again = await (await house.client.get(WORKLIST)).text()
        assert len(asked) == 1, "the second look is the first one's page"
        assert again == page
        assert f'href="/account">{escape(name)}</a>' in page
        assert page.count(f'value="{house.csrf}"') == 3
        seen.append((name, house.csrf, page))
    for name, csrf, page in seen:
        assert [other for other, _, _ in seen if str(escape(other)) in page] == [name]
        assert [word for _, word, _ in seen if word in page] == [csrf]
        assert "gap0" not in page


async def test_a_page_once_made_is_not_shown_to_whoever_may_see_less_or_do_less(house: House) -> None:
    hidden, free = await house.confirmed(), await house.confirmed()
    ids = await house.sign_in("officer")
    readers = [f"staff:{ids['lewisham']}"]
    await restricting.restrict_case(
        house.services, "lewisham", hidden, readers, reason="a colleague's child", actor="command:officer"
    )
    named = await tab(house)
    await house.sign_in("officer")
    other = await tab(house)
    await house.sign_in("auditor")
    reading = await tab(house)
    assert hidden in named
    assert hidden not in other + reading
    assert free in named
    assert free in other
    assert free in reading
    assert ("Rota of chairs" in other, "Rota of chairs" in reading) == (True, False)
    assert "Done<span" not in reading


async def test_what_was_committed_before_a_look_began_is_in_it(house: House) -> None:
    reference = await house.confirmed(chair="Ben Chair")
    for number in range(12):
        async with house.engine.begin() as conn:
            await conn.execute(text("UPDATE meetings SET chair = 'Chair ' || :number"), {"number": str(number)})
        pages = await asyncio.gather(*(tab(house) for _ in range(4)))
        for page in pages:
            assert f">Chair {number}</option>" in page
            assert f">Chair {number - 1}</option>" not in page
            assert reference in page


async def test_a_chair_is_shown_their_own_meetings_first_and_every_chair_s_with_one_press(house: House) -> None:
    chairs = ("Cara Chair", "Ben Chair", "")
    mine, other, nobody_s = [
        await house.confirmed(house.clock.at + timedelta(hours=1), chair=chair) for chair in chairs
    ]
    house.clock.at += timedelta(hours=3)
    came = {"agencies": [{"role": "school_nurse", "outcome": "attended"}]}
    for reference in (mine, other, nobody_s):
        await house.call("POST", f"/api/v1/meetings/{reference}/attendance", came)
    ids = await house.sign_in("chair", name="Cara Chair")
    shown, everybody = await tab(house), await tab(house, more="&whose=all")
    assert [mine in shown, other in shown, nobody_s in shown] == [True, False, True]
    assert "of what is a chair’s, your own meetings and those without a chair" in shown
    assert other in everybody
    assert counts(everybody)["Needs you"] == counts(shown)["Needs you"] + 1
    assert other in await tab(house, "to-record"), "it still stands in a tab"
    async with house.engine.begin() as conn:
        await conn.execute(
            text(
                "INSERT INTO chairs (id, partnership_id, name, hours, reader, updated_at)"
                " VALUES (gen_random_uuid(), 'lewisham', 'Ben Chair', 'office', :reader, now())"
            ),
            {"reader": f"staff:{ids['lewisham']}"},
        )
    by_rota = await tab(house)
    assert [mine in by_rota, other in by_rota] == [False, True], "the rota says who somebody is, before their name does"
    await house.sign_in("chair", name="Somebody Else")
    unknown = await tab(house)
    assert [each in unknown for each in (mine, other, nobody_s)] == [True] * 3, "nothing is left out by a guess"
    await house.sign_in("chair", "officer", name="Cara Chair")
    assert mine in await tab(house)
