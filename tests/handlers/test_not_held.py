"""A meeting that could not be held today stays open, tops the list, and says under seal what protects the child."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.calls import CallOutcome
from service.domain.meeting_facts import MeetingFact
from service.domain.meetings import may_be_put_off
from service.workflow import identity
from service.workflow.attend import record_attendance
from service.workflow.bundle import export_bundle
from service.workflow.calls import CallGiven, record_call
from service.workflow.standard import standard_report
from tests.handlers.house import ATTENDED, MONDAY, House
from tests.handlers.test_page_checks import check

POLICE, NURSE = "police_child_protection", "school_nurse"
SAID = {"because": "nobody_answered", "decided_role": "team_manager", "protects": "Keziah stays with her aunt tonight."}


async def called(house: House, reference: str, role: str, outcome: CallOutcome) -> None:
    given = CallGiven(outcome, house.clock.at, house.fresh("call"), role=role)
    await record_call(house.services, "lewisham", reference, given, actor="staff:night")


async def keep(house: House, reference: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
    path = f"/api/v1/meetings/{reference}/not-held"
    answer = await house.call("POST" if body else "GET", path, body, **headers)
    return answer.status, await answer.json()


async def test_the_page_keeps_who_was_tried_and_the_meeting_tops_tomorrows_list(house: House) -> None:
    late = await house.planned(concern_recorded_at=(house.clock.at - timedelta(days=9)).isoformat())
    reference = await house.planned(urgency="immediate")
    await called(house, reference, POLICE, CallOutcome.NO_ANSWER)
    await called(house, reference, NURSE, CallOutcome.REACHED)
    path = f"/lewisham/meetings/{reference}/not-held"
    page = await check(await house.client.get(path))
    assert "Phoned so far: police child protection unit; school nurse. Reached: school nurse." in page
    once = re.findall(r'name="once" value="([^"]+)"', page)[0]
    refused = await house.press(path, once=once, protects="")
    assert refused.status == 422
    text = await refused.text()
    for said in ("Choose why it could not be held", "Choose who decided", "Say what protects the child"):
        assert said in text
    for _ in range(2):
        done = await house.press(path, once=once, **SAID)
        assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{reference}?done=not_held")
    (row,) = await house.rows("SELECT * FROM not_held")
    assert (row["tried"], row["reached"], row["tried_by"]) == ([POLICE, NURSE], [NURSE], ["staff:night"])
    assert b"aunt" not in bytes(row["sealed_protects"])
    shown = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    assert "an agency that must be there could not be reached. Decided by the team manager" in shown
    assert "aunt" not in shown
    (task,) = await house.rows("SELECT state, due_at FROM tasks WHERE kind = 'not_held'")
    assert (task["state"], task["due_at"].date()) == ("open", house.clock.at.date() + timedelta(days=1))
    listed = await check(await house.client.get("/lewisham/worklist"))
    assert listed.index("Could not be held: hold it today") < listed.index(late)
    assert (await house.rows("SELECT state FROM meetings WHERE reference = :x", x=reference))[0]["state"] == "planned"
    exported = await export_bundle(house.services, "lewisham", reference, actor="staff:a")
    assert b'"because":"nobody_answered"' in exported.content
    assert b"aunt" not in exported.content
    opened = await identity.open_protection(
        house.services, "lewisham", reference, reason="the morning's manager asks", actor="staff:a"
    )
    assert opened == [SAID["protects"]]
    assert await house.count("audit_events WHERE action = 'identity:protection:opened'") == 1


async def test_it_ends_when_the_meeting_gets_its_time_and_the_standard_counts_it(house: House) -> None:
    reference, other = await house.planned(urgency="immediate"), await house.planned(urgency="immediate")
    for code in ("nobody_answered", "nobody_to_chair"):
        assert (await keep(house, reference, SAID | {"because": code}))[0] == 201
        house.clock.at += timedelta(hours=1)
    assert await house.count("tasks WHERE kind = 'not_held' AND state = 'open'") == 2
    for each in (reference, other):
        await called(house, each, "health_practitioner", CallOutcome.JOINED)
        await record_attendance(house.services, "lewisham", each, ATTENDED, actor="staff:a")
    assert await house.count("tasks WHERE kind = 'not_held' AND state = 'done'") == 2
    house.clock.at += timedelta(days=1)
    facts: list[MeetingFact] = []
    report = await standard_report(
        house.services, "lewisham", date(2026, 11, 30), date(2026, 12, 1), watch=facts.append
    )
    assert {fact.reference: fact.not_held_because for fact in facts} == {reference: "nobody_to_chair", other: None}
    figures = {
        (table.measure.id, line.key): (line.rate.n, line.rate.of)
        for table in report.tables
        for line in (table.total, *table.lines)
        if line.rate is not None
    }
    assert figures["not_held_that_day", "all"] == (1, 2)
    assert figures["not_held_because", "nobody_to_chair"] == (1, 1)


async def test_by_the_api_it_is_one_under_its_key_and_says_no_more_than_it_may(house: House) -> None:
    reference = await house.confirmed()
    for _ in range(2):
        status, shown = await keep(house, reference, SAID, Idempotency_Key="k1")
        assert status == 201
    assert len(shown["days"]) == 1
    assert "aunt" not in str(shown)
    assert "nobody_answered" in (await keep(house, reference))[1]["reasons"]
    house.clock.at += timedelta(days=1, minutes=10)
    await record_attendance(house.services, "lewisham", reference, ATTENDED, actor="staff:a")
    status, problem = await keep(house, reference, SAID)
    assert (status, problem["code"]) == (409, "not_open")
    assert "not open any more" in await check(await house.client.get(f"/lewisham/meetings/{reference}/not-held"))


@pytest.mark.parametrize("wrong", [{"because": "just_because"}, {"decided_role": "headteacher"}, {"protects": " "}])
async def test_what_is_not_said_properly_is_refused(house: House, wrong: dict[str, str]) -> None:
    reference = await house.planned()
    status, problem = await keep(house, reference, SAID | wrong)
    assert status == 422, problem
    assert await house.count("not_held") == 0


async def acts_of(house: House, reference: str) -> tuple[bool, str]:
    """Whether the meeting's page offers it, and what the page says."""
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    return f'href="/lewisham/meetings/{reference}/not-held"' in page, " ".join(page.split())


async def test_it_is_offered_on_the_day_of_the_meeting_and_in_the_night_after_it(house: House) -> None:
    reference = await house.confirmed(house.clock.at + timedelta(days=1, hours=11))
    offered, said = await acts_of(house, reference)
    assert not offered
    assert "It could not be held today" in said
    assert "Not now. On its day, Tuesday 1 December 2026." in said
    house.clock.at += timedelta(hours=14, minutes=1)
    assert (await acts_of(house, reference))[0], "one minute past midnight it is its day"
    house.clock.at += timedelta(hours=24)
    assert (await acts_of(house, reference))[0], "in the night after it"
    house.clock.at += timedelta(hours=9)
    assert not (await acts_of(house, reference))[0], "the next day it is another day's"


@pytest.mark.parametrize(
    ("starts", "due", "immediate", "offered"),
    [
        (None, timedelta(hours=3), False, True),
        (None, timedelta(days=2), False, False),
        (None, timedelta(days=2), True, True),
        (None, None, True, True),
        (timedelta(days=1), timedelta(hours=-3), True, True),
        (timedelta(days=1), timedelta(hours=-3), False, False),
        (timedelta(hours=14), None, False, False),
        (timedelta(hours=13), None, False, True),
    ],
)
def test_what_can_have_been_put_off_today_is_of_today_or_due_by_now(
    starts: timedelta | None, due: timedelta | None, *, immediate: bool, offered: bool
) -> None:
    at = [None if each is None else MONDAY + each for each in (starts, due)]
    assert may_be_put_off(at[0], at[1], immediate=immediate, now=MONDAY) is offered
