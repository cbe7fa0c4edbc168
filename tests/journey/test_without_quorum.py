"""Too few agencies stop no meeting: who decided to go on, and why, is kept, or asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.domain.attendance import Outcome
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.errors import BadReasonError
from service.workflow.without_quorum import go_on_without_quorum
from tests.journey.world import World, a_request, reference_of

TASK = "SELECT state, owner, detail FROM tasks WHERE kind = 'explain_no_quorum'"
KEPT = "SELECT inquorate_reason, inquorate_by FROM meetings"
CAME = [
    AttendanceGiven("social_worker", Outcome.ATTENDED),
    AttendanceGiven("police_child_protection", Outcome.ATTENDED),
]
HEALTH = [AttendanceGiven("health_practitioner", Outcome.ATTENDED)]


async def held(world: World, came: list[AttendanceGiven]) -> str:
    received = await world.receive(a_request())
    reference = reference_of(received)
    start = (await world.one("SELECT starts_at FROM meetings"))["starts_at"]
    world.clock.at = start + timedelta(hours=1)
    await record_attendance(world.services, "lewisham", reference, came, actor="officer")
    return reference


async def test_a_meeting_without_health_asks_the_lcpp_why_it_went_on(world: World) -> None:
    await held(world, CAME)
    assert await world.one(TASK) == {
        "state": "open",
        "owner": "lead child protection practitioner",
        "detail": "Say why the meeting went on without: health. Or record them if they came.",
    }


async def test_the_reason_is_kept_with_its_name_and_the_audit_has_no_words_of_it(world: World) -> None:
    reference = await held(world, CAME)
    await go_on_without_quorum(world.services, "lewisham", reference, reason="the risk was now", actor="amy")
    assert await world.one(KEPT) == {"inquorate_reason": "the risk was now", "inquorate_by": "amy"}
    assert (await world.one(TASK))["state"] == "done"
    event = await world.one("SELECT actor, data FROM audit_events WHERE action = 'attendance:quorum:waived'")
    assert event == {"actor": "amy", "data": {"missing": ["health"]}}


async def test_a_reason_given_before_the_meeting_leaves_nothing_to_ask_after_it(world: World) -> None:
    reference = reference_of(await world.receive(a_request()))
    await go_on_without_quorum(world.services, "lewisham", reference, reason="the risk is now", actor="amy")
    world.clock.at = (await world.one("SELECT starts_at FROM meetings"))["starts_at"] + timedelta(hours=1)
    await record_attendance(world.services, "lewisham", reference, CAME, actor="officer")
    assert await world.rows(TASK) == []


async def test_a_correction_that_shows_that_enough_came_closes_the_task(world: World) -> None:
    reference = await held(world, CAME)
    await record_attendance(world.services, "lewisham", reference, HEALTH, actor="officer")
    assert (await world.one(TASK))["state"] == "done"


async def test_where_enough_came_nothing_is_asked_and_nothing_can_be_waived(world: World) -> None:
    reference = await held(world, [*CAME, *HEALTH])
    assert await world.rows(TASK) == []
    with pytest.raises(BadReasonError, match="Nobody"):
        await go_on_without_quorum(world.services, "lewisham", reference, reason="no need", actor="amy")


async def test_a_reason_without_words_is_refused(world: World) -> None:
    reference = await held(world, CAME)
    with pytest.raises(BadReasonError, match="in a sentence"):
        await go_on_without_quorum(world.services, "lewisham", reference, reason="  ", actor="amy")
