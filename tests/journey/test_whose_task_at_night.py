"""Two in the morning, a child at immediate risk: whatever comes to need a person is the emergency duty team's, not the
office's, which opens seven hours later. By day, and where it can wait, it is the office's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.answers import Answer, Way
from service.domain.facts import Urgency
from service.domain.requests import Wishes
from service.policies.holidays import working_calendar
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.reply import GivenAnswer, record_answer
from service.workflow.tasks import OFFICER, owner_of
from tests.journey.test_changed_in_outlook import in_outlook
from tests.journey.world import TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

NIGHT_TEAM = "emergency duty team"
AT_TWO = datetime(2026, 12, 2, 2, tzinfo=UTC)
CALENDAR = working_calendar(TUESDAY_NINE.date())
HOUR = timedelta(hours=1)


@pytest.fixture
async def night(engine: AsyncEngine) -> AsyncIterator[World]:
    """An agency with an inbox, and one that is reached by phone only, open at all hours."""
    desks = (Desk("social_worker", hours="always"), Desk("lcpp", channel="phone", hours="always"))
    async with a_world(engine, desks=desks) as made:
        yield made


async def owners(world: World, kind: str) -> set[str]:
    """Whose the open tasks of this kind are."""
    found = await world.rows("SELECT owner FROM tasks WHERE kind = :kind AND state = 'open'", kind=kind)
    assert found, kind
    return {row["owner"] for row in found}


async def asked(world: World, urgency: Urgency, now: datetime) -> str:
    """A meeting called at an instant, to begin four hours later."""
    world.clock.at = now
    wishes = Wishes(start=now + 4 * HOUR)
    received = await world.receive(a_request(urgency=urgency, wishes=wishes, concern_recorded_at=now - HOUR))
    await world.settle()
    return reference_of(received)


CASES = [
    (Urgency.IMMEDIATE, AT_TWO, NIGHT_TEAM),
    (Urgency.STANDARD, AT_TWO, OFFICER),
    (Urgency.IMMEDIATE, AT_TWO + 8 * HOUR, OFFICER),
]


@pytest.mark.parametrize(("urgency", "now", "whose"), CASES)
async def test_calls_answers_and_events_that_need_somebody(
    night: World, urgency: Urgency, now: datetime, whose: str
) -> None:
    reference = await asked(night, urgency, now)
    assert await owners(night, "phone_invitation") == {whose}
    await night.change("UPDATE chases SET due_at = :now WHERE \"to\" = 'phone'", now=now)
    assert await night.chase()
    assert await owners(night, "phone_silent") == {whose}
    asks = GivenAnswer(Answer.ANOTHER_TIME, Way.PHONE, now, "call 1", role="social_worker")
    await record_answer(night.services, "lewisham", reference, asks, actor="officer")
    assert await owners(night, "another_time") == {whose}
    await night.read()
    await in_outlook(night, "DELETE")
    await night.read()
    assert await owners(night, "event_gone") == {whose}
    await cancel_meeting(night.services, "lewisham", reference, reason="facts_now_clear", actor="officer")


@pytest.mark.parametrize(("urgency", "now", "whose"), CASES)
async def test_what_could_not_leave(night: World, urgency: Urgency, now: datetime, whose: str) -> None:
    reference = await asked(night, urgency, now)
    later = NewTime(now + 5 * HOUR, mode="in_person", venue="Town Hall, room 2")
    await move_meeting(night.services, "lewisham", reference, later, actor="officer")
    assert await owners(night, "phone_invitation") == {whose}, "of the new time"
    await night.change("UPDATE meetings SET venue = 'with Keziah Fennimore, 3 Elm Row'")
    await night.settle()
    assert await owners(night, "held_back") == {whose}
    assert await owners(night, "not_delivered") == {whose}


def test_past_the_known_holidays_and_in_office_hours_it_is_the_offices() -> None:
    far = datetime(2050, 1, 4, 2, tzinfo=UTC)
    assert owner_of("immediate", far, CALENDAR) == OFFICER
    for now, whose in (
        (AT_TWO, NIGHT_TEAM),
        (AT_TWO.replace(hour=8, minute=59), NIGHT_TEAM),
        (AT_TWO.replace(hour=9), OFFICER),
        (AT_TWO.replace(hour=17), NIGHT_TEAM),
        (datetime(2026, 12, 25, 11, tzinfo=UTC), NIGHT_TEAM),
    ):
        assert owner_of("immediate", now, CALENDAR) == whose, now
        assert owner_of("standard", now, CALENDAR) == OFFICER
