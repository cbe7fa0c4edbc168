"""One more agency is asked to a meeting to come: it alone hears of it, with its own notice and chases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Exclusion, Wishes
from service.domain.spans import Span, Unit
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.errors import BadReasonError, CannotInviteError
from service.workflow.replan import replan_meeting
from service.workflow.replan_look import ReplanAsked
from service.workflow.safe_route import StoppedPlace, stop_place
from service.workflow.withdraw_agency import withdraw_agency
from tests.journey.test_calendar_mail import calendar, said
from tests.journey.world import DESKS, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=7)
GUEST, BY_MAIL = "personal.adviser@lewisham.example", "substance.misuse.service@lewisham.example"
OTHER_SCHOOL = "second.school@lewisham.example"
MORE = (
    *DESKS,
    Desk("personal_adviser"),
    Desk("prevent_lead", channel="phone"),
    Desk("substance_misuse_service", channel="calendar_mail"),
    Desk("school", "900002", address=OTHER_SCHOOL),
    # One address that also does the job of the school nurse.
    Desk("health_visitor", address="school.nurse@lewisham.example"),
)


@pytest.fixture
async def there(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=MORE) as made:
        yield made


async def asked(world: World, **changes: object) -> str:
    wishes = {"wishes": Wishes(start=START)}
    received = await world.receive(a_request(**{**wishes, **changes}))
    await world.settle()
    return reference_of(received)


async def deliveries(world: World) -> dict[str, object]:
    found: dict[str, object] = (await world.sandbox.control.state())["deliveries"]
    return found


async def adds(world: World, reference: str, role: str, **more: object) -> bool:
    """Ask this agency too; whether its notice is short."""
    wanted = MoreAsked(role, "knows_family", **more)  # type: ignore[arg-type]
    added = await add_agency(world.services, "lewisham", reference, wanted, actor="staff:a")
    await world.settle()
    return added.short


async def test_each_way_of_asking_reaches_the_added_agency_alone_and_a_replan_leaves_it_there(there: World) -> None:
    reference = await asked(there)
    before = await deliveries(there)
    updates = await there.calls("patch_event")
    assert not await adds(there, reference, "personal_adviser")
    assert await there.calls("patch_event") == updates + 1
    assert await there.delivered(GUEST, reference) == {"invite": 1, "message": 1}
    await adds(there, reference, "substance_misuse_service")
    assert said(await calendar(there, BY_MAIL)) == [("REQUEST", 2)]
    await adds(there, reference, "school", address=OTHER_SCHOOL, children=("C1",))
    assert await there.delivered(OTHER_SCHOOL, reference) == {"invite": 1, "message": 1}
    await adds(there, reference, "prevent_lead")
    assert "phone_invitation" in await there.tasks()
    await adds(there, reference, "youth_justice")
    assert "no_inbox" in await there.tasks()
    after = await deliveries(there)
    assert {address: after[address] for address in before} == before
    (event,) = await there.events()
    guests = json.dumps(event["attendees"])
    assert (GUEST in guests, OTHER_SCHOOL in guests, BY_MAIL in guests) == (True, True, False)
    chases = await there.rows("SELECT r.role, c.state FROM chases c JOIN requirements r ON r.id = c.requirement_id")
    assert {row["state"] for row in chases} == {"due"}
    assert {"personal_adviser", "substance_misuse_service"} <= {row["role"] for row in chases}
    (mail,) = [item for item in await there.sandbox.control.inbox(GUEST) if item["kind"] == "message"]
    assert "it works with the family" in json.dumps(mail)
    events = await there.rows("SELECT actor, data FROM audit_events WHERE action = 'planning:requirement:added'")
    assert {(row["actor"], row["data"]["because"]) for row in events} == {("staff:a", "knows_family")}
    planned = await replan_meeting(there.services, "lewisham", reference, ReplanAsked(), actor="officer")
    assert planned.nothing_to_do
    assert await there.chains_hold()


async def test_who_is_asked_already_must_not_be_told_or_is_not_known_is_refused_and_nothing_is_written(
    there: World,
) -> None:
    reference = await asked(there, exclusions=(Exclusion("personal_adviser", "an example"),))
    await stop_place(there.services, "lewisham", reference, StoppedPlace("school_nurse"), actor="officer")
    await there.settle()
    before, rows = await deliveries(there), await there.rows("SELECT id FROM requirements ORDER BY id")
    for wanted, why in (
        (MoreAsked("social_worker", "decides"), "asked to this meeting already"),
        (MoreAsked("personal_adviser", "decides"), "must not be told of this case"),
        (MoreAsked("school_nurse", "decides"), "must not be told of this case"),
        (MoreAsked("health_visitor", "decides"), "stopped agency too"),
        (MoreAsked("school", "decides"), "Say which school"),
        (MoreAsked("school", "decides", address="nobody@lewisham.example"), "no inbox 'nobody@lewisham.example'"),
        (MoreAsked("prevent_leed", "decides"), "The nearest is prevent_lead"),
        (MoreAsked("prevent_lead", "decides", children=("C9",)), "no child C9"),
    ):
        with pytest.raises(CannotInviteError, match=why):
            await add_agency(there.services, "lewisham", reference, wanted, actor="officer")
    with pytest.raises(BadReasonError, match="knows_family"):
        await add_agency(there.services, "lewisham", reference, MoreAsked("prevent_lead", "bored"), actor="officer")
    there.clock.pass_to(START)
    with pytest.raises(CannotInviteError, match="While it sits, phone the agency and add it then"):
        await add_agency(there.services, "lewisham", reference, MoreAsked("prevent_lead", "decides"), actor="officer")
    await there.settle()
    assert await there.rows("SELECT id FROM requirements ORDER BY id") == rows
    assert await deliveries(there) == before


async def test_notice_is_the_added_agency_s_own_and_a_task_asks_why_where_it_is_short(there: World) -> None:
    policy = there.services.policies["lewisham"]
    strategy = policy.meeting_types["strategy"]
    day = replace(strategy.notice_standard.otherwise, value=Span(2, Unit.WORKING_DAYS))
    owed = replace(strategy, notice_standard=replace(strategy.notice_standard, otherwise=day, own={}))
    changed = replace(policy, meeting_types={**policy.meeting_types, "strategy": owed})
    there.services = replace(there.services, policies={"lewisham": changed})
    reference = await asked(there)
    assert "explain_short_notice" not in await there.tasks()
    there.clock.pass_to(START - timedelta(hours=3))
    assert await adds(there, reference, "personal_adviser")
    task = await there.one("SELECT detail FROM tasks WHERE kind = 'explain_short_notice' AND state = 'open'")
    assert "leaving care personal adviser" in task["detail"]
    assert "social worker" not in task["detail"]


async def test_a_meeting_without_a_time_asks_it_with_the_others_and_one_let_off_can_be_asked_again(
    there: World,
) -> None:
    planned = await asked(there, wishes=Wishes())
    assert not await adds(there, planned, "personal_adviser")
    assert await there.rows("SELECT id FROM outbox") == []
    reference = await asked(there)
    await adds(there, reference, "personal_adviser")
    await withdraw_agency(
        there.services, "lewisham", reference, StoppedPlace("personal_adviser"), reason="asked_in_error", actor="a"
    )
    await there.settle()
    await adds(there, reference, "personal_adviser")
    assert await there.delivered(GUEST, reference) == {"invite": 2, "message": 3, "cancel": 1}
