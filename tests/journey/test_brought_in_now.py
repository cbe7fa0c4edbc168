"""An agency is brought into a meeting that sits: phone first, then how to join, once the right person was reached."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.attendance import How, Outcome
from service.domain.calls import CallOutcome
from service.domain.london import local_date
from service.domain.meeting_facts import MeetingFact
from service.domain.meetings import sitting_now
from service.domain.requests import Exclusion, Wishes
from service.workflow.add_agency import MoreAsked
from service.workflow.add_now import AddedNow, CallSaid, add_now, desk_to_phone
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.errors import CannotCallError, CannotInviteError
from service.workflow.meetings import cancel_meeting
from service.workflow.sittings import adjourn
from service.workflow.standard import standard_report
from tests.journey.world import DESKS, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=1)
ADVISER = "personal.adviser@lewisham.example"
MORE = (*DESKS, Desk("personal_adviser"), Desk("prevent_lead", channel="phone"))
ASKED = MoreAsked("personal_adviser", "holds_information")


@pytest.fixture
async def there(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=MORE) as made:
        yield made


async def sitting(world: World, **changes: object) -> str:
    """A meeting that everybody was asked to and that began ten minutes ago."""
    received = await world.receive(a_request(wishes=Wishes(start=START), **changes))
    await world.settle()
    world.clock.pass_to(START + timedelta(minutes=10))
    return reference_of(received)


async def called(
    world: World,
    reference: str,
    outcome: CallOutcome,
    *,
    asked: MoreAsked = ASKED,
    who: str = "",
    once: str = "press-1",
) -> AddedNow:
    said = CallSaid(outcome, who, world.clock.now(), once)
    added = await add_now(world.services, "lewisham", reference, asked, said, actor="staff:a")
    await world.settle()
    return added


async def deliveries(world: World) -> dict[str, object]:
    found: dict[str, object] = (await world.sandbox.control.state())["deliveries"]
    return found


async def state_of(world: World, role: str = "personal_adviser") -> str:
    return str((await world.one("SELECT state FROM requirements WHERE role = :role", role=role))["state"])


async def test_nothing_leaves_before_the_right_person_is_reached_and_then_one_message_to_it_alone(
    there: World,
) -> None:
    reference = await sitting(there)
    phone = await desk_to_phone(there.services, "lewisham", reference, ASKED)
    assert phone.inbox is not None
    assert phone.inbox.phone == "020 7946 0101"
    before, updates = await deliveries(there), await there.calls("patch_event")
    for number, outcome in enumerate((CallOutcome.NO_ANSWER, CallOutcome.LEFT_MESSAGE)):
        added = await called(there, reference, outcome, once=f"vain-{number}")
        assert (added.joined, added.details) == (False, False)
        assert await state_of(there) == "withdrawn"
    with pytest.raises(CannotCallError, match="who was reached"):
        await called(there, reference, CallOutcome.REACHED)
    assert await deliveries(there) == before
    added = await called(there, reference, CallOutcome.REACHED, who="Asha Okoro")
    assert (added.joined, added.details) == (True, True)
    assert await called(there, reference, CallOutcome.REACHED, who="Asha Okoro") == added, "the same press is one"
    assert await there.delivered(ADVISER, reference) == {"message": 1}
    (mail,) = await there.sandbox.control.inbox(ADVISER)
    said = json.dumps(mail)
    assert "how to join the professionals" in said
    assert "/r/" not in said, "it is asked no question, so it needs no link"
    after = await deliveries(there)
    assert {address: after[address] for address in before} == before
    assert await there.calls("patch_event") == updates, "the event is left as it is"
    calls = await there.rows("SELECT outcome, spoke_named FROM calls")
    kept = sorted((row["outcome"], row["spoke_named"]) for row in calls)
    assert kept == [("left_message", False), ("no_answer", False), ("reached", True)]
    with pytest.raises(CannotInviteError, match="brought in while the meeting sat"):
        await called(there, reference, CallOutcome.REACHED, who="Asha Okoro", once="another")
    assert await there.rows("SELECT id FROM invitations i WHERE i.requirement_id = :id", id=added.requirement_id) == []
    assert await there.rows("SELECT id FROM chases c WHERE c.requirement_id = :id", id=added.requirement_id) == []
    assert await there.chains_hold()


async def test_it_counts_as_an_agency_that_joined_and_stands_outside_the_figures_of_notice(there: World) -> None:
    reference = await sitting(there)
    day = local_date(START)
    await called(there, reference, CallOutcome.REACHED, who="Asha Okoro")
    proposed = await there.one("SELECT state, outcome, how FROM attendances")
    assert proposed == {"state": "proposed", "outcome": "attended", "how": "teams"}
    rows = [AttendanceGiven("personal_adviser", Outcome.ATTENDED, how=How.TEAMS)]
    await record_attendance(there.services, "lewisham", reference, rows, actor="staff:a")
    facts: list[MeetingFact] = []
    await there.change(
        "UPDATE policy_versions SET content = CAST(:content AS jsonb)",
        content=there.services.policies["lewisham"].canonical,
    )
    await standard_report(there.services, "lewisham", day, day, watch=facts.append)
    (came,) = [place for place in facts[0].places if place.role == "personal_adviser"]
    assert (came.outcome, came.joined, came.invited) == ("attended", True, False)
    assert (came.asked_beforehand, came.owed, came.handed_at, came.seen_at) == (False, None, None, None)


async def test_whoever_may_be_tied_to_the_case_is_sent_nothing_and_the_call_is_kept_with_a_task(there: World) -> None:
    reference = await sitting(there)
    before = await deliveries(there)
    with pytest.raises(CannotInviteError, match="cannot be taken for this place"):
        await called(there, reference, CallOutcome.REACHED, who="Rosalind Fennimore")
    await there.settle()
    assert await deliveries(there) == before
    assert await state_of(there) == "withdrawn"
    assert await there.rows("SELECT outcome FROM calls") == [{"outcome": "reached"}]
    assert "name_refused" in await there.tasks()
    assert await there.rows("SELECT id FROM attendances") == []
    assert (await called(there, reference, CallOutcome.REACHED, who="Asha Okoro", once="second")).details


async def test_who_is_on_the_line_or_has_no_inbox_gets_no_message(there: World) -> None:
    reference = await sitting(there)
    on_line = await called(there, reference, CallOutcome.JOINED, who="Asha Okoro")
    assert (on_line.joined, on_line.details) == (True, False)
    for role in ("prevent_lead", "camhs"):
        asked = MoreAsked(role, "decides")
        added = await called(there, reference, CallOutcome.REACHED, asked=asked, who="Bela Ruiz", once=role)
        assert (added.joined, added.details) == (True, False)
    assert await there.delivered(ADVISER, reference) == {}


async def test_not_before_the_start_nor_after_the_end_nor_for_who_is_asked_or_must_not_be_told(there: World) -> None:
    reference = await sitting(there, exclusions=(Exclusion("personal_adviser", "an example"),))
    with pytest.raises(CannotInviteError, match="must not be told of this case"):
        await called(there, reference, CallOutcome.REACHED, who="Asha Okoro")
    with pytest.raises(CannotInviteError, match="asked to this meeting already"):
        await called(there, reference, CallOutcome.REACHED, asked=MoreAsked("lcpp", "decides"), who="Asha Okoro")
    for instant in (START - timedelta(minutes=1), START + timedelta(hours=2)):
        there.clock.at = instant
        with pytest.raises(CannotInviteError, match="does not sit now"):
            await called(there, reference, CallOutcome.REACHED, asked=MoreAsked("camhs", "decides"), who="Asha Okoro")
    assert await there.rows("SELECT id FROM calls") == []


@pytest.mark.parametrize("late", ["cancelled", "over"])
async def test_how_to_join_does_not_leave_for_a_meeting_that_was_called_off_or_is_over(there: World, late: str) -> None:
    reference = await sitting(there)
    said = CallSaid(CallOutcome.REACHED, "Asha Okoro", there.clock.now(), "press-1")
    await add_now(there.services, "lewisham", reference, ASKED, said, actor="staff:a")
    if late == "over":
        there.clock.pass_to(START + timedelta(hours=3))
    else:
        await cancel_meeting(there.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    await there.settle()
    assert await there.delivered(ADVISER, reference) == {}
    row = await there.one("SELECT not_sent_because FROM outbox WHERE detail ->> 'about' = 'join_now'")
    assert row["not_sent_because"] == late


async def test_an_agency_is_brought_into_a_further_sitting_with_that_one_s_time(there: World) -> None:
    reference = await sitting(there)
    rows = [AttendanceGiven("lcpp", Outcome.ATTENDED)]
    await record_attendance(there.services, "lewisham", reference, rows, actor="staff:a")
    again = START + timedelta(days=2, hours=3)
    await adjourn(
        there.services, "lewisham", reference, start=again, minutes=60, because="The doctor is away.", actor="staff:a"
    )
    there.clock.pass_to(again - timedelta(minutes=1))
    with pytest.raises(CannotInviteError, match="does not sit now"):
        await called(there, reference, CallOutcome.REACHED, who="Asha Okoro")
    there.clock.pass_to(again + timedelta(minutes=20))
    added = await called(there, reference, CallOutcome.REACHED, who="Asha Okoro")
    assert (added.joined, added.details) == (True, True)
    (mail,) = await there.sandbox.control.inbox(ADVISER)
    said = json.dumps(mail)
    assert "how to join the professionals" in said
    assert "4 December" in said
    assert "2 December" not in said
    proposed = await there.rows("SELECT sitting, state FROM attendances WHERE state = 'proposed'")
    assert proposed == [{"sitting": 2, "state": "proposed"}]
    there.clock.pass_to(again + timedelta(hours=2))
    with pytest.raises(CannotInviteError, match="does not sit now"):
        await called(there, reference, CallOutcome.REACHED, who="Bea Lund", once="later")
    assert await there.chains_hold()


def test_the_later_sitting_counts_where_one_runs_over_into_it() -> None:
    first, second = (1, START, START + timedelta(hours=1)), (2, START + timedelta(hours=1), START + timedelta(hours=2))
    cases = ((-1, None), (30, 1), (61, 2), (119, 2), (181, None))
    for minutes, number in cases:
        assert sitting_now([first, second], START + timedelta(minutes=minutes)) == number, minutes
