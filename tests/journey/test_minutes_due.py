"""Minutes: the day is policy, a task asks for them, another says they are late, and issuing them ends both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from service.domain.papers import Kind
from service.domain.policy import Figure
from service.domain.requests import Wishes
from service.domain.spans import Span, Unit
from service.scheduler.sweeps import sweep_minutes
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.papers import PaperGiven, agree_papers, issue_minutes, standing
from tests.journey.world import World, a_request, reference_of

# The world's Tuesday; the meeting is at 14:00 for an hour.
WEDNESDAY_NIGHT = datetime(2026, 12, 2, 23, 59, 59, 999999, tzinfo=UTC)
TASKS = "SELECT kind, owner, state, due_at FROM tasks WHERE kind LIKE 'minutes%' ORDER BY kind, created_at"


def set_by_the_partnership(world: World, span: Span | None) -> None:
    """Give Lewisham's strategy meetings a figure for minutes; as published, there is none."""
    policy = world.services.policies["lewisham"]
    strategy = policy.meeting_types["strategy"]
    changed = replace(strategy, minutes_due=Figure(span, strategy.minutes_due.provenance))
    types = MappingProxyType({**policy.meeting_types, "strategy": changed})
    services = replace(world.services, policies={"lewisham": replace(policy, meeting_types=types)})
    world.services, world.machinery = services, replace(world.machinery, services=services)


async def asked(world: World) -> list[tuple[str, str]]:
    await sweep_minutes(world.machinery)
    return [(row["kind"], row["state"]) for row in await world.rows(TASKS)]


async def over(world: World) -> str:
    set_by_the_partnership(world, Span(1, Unit.WORKING_DAYS))
    reference = reference_of(await world.receive(a_request()))
    meeting = await world.one("SELECT ends_at, minutes_due_at FROM meetings")
    assert meeting["minutes_due_at"].replace(microsecond=0) == WEDNESDAY_NIGHT.replace(microsecond=0)
    assert await asked(world) == [], "nobody is asked before the meeting is over"
    world.clock.pass_to(meeting["ends_at"])
    return reference


async def write_and_issue(world: World, reference: str) -> None:
    await agree_papers(world.services, "lewisham", reference, Kind.MINUTES, [PaperGiven("All met")], actor="chair")
    await issue_minutes(world.services, "lewisham", reference, actor="officer")


async def test_an_officer_is_asked_once_the_meeting_is_over_and_issuing_ends_it(small: World) -> None:
    reference = await over(small)
    assert await asked(small) == [("minutes_due", "open")]
    assert await asked(small) == [("minutes_due", "open")], "a second sweep asks nothing more"
    task = (await small.rows(TASKS))[0]
    assert task["owner"] == "business support officer"
    await write_and_issue(small, reference)
    assert await asked(small) == [("minutes_due", "done")]
    small.clock.pass_to(WEDNESDAY_NIGHT + timedelta(days=3))
    assert await asked(small) == [("minutes_due", "done")], "issued minutes are never late"
    found = await standing(small.services, "lewisham", reference)
    assert found.clock.in_time(small.clock.now()) is True
    assert await small.chains_hold()


async def test_late_minutes_are_put_to_the_practitioner_who_leads(small: World) -> None:
    reference = await over(small)
    await asked(small)
    small.clock.pass_to(WEDNESDAY_NIGHT + timedelta(seconds=1))
    assert await asked(small) == [("minutes_due", "open"), ("minutes_overdue", "open")]
    assert (await small.rows(TASKS))[1]["owner"] == "lead child protection practitioner"
    found = await standing(small.services, "lewisham", reference)
    assert found.clock.in_time(small.clock.now()) is False
    await write_and_issue(small, reference)
    assert await asked(small) == [("minutes_due", "done"), ("minutes_overdue", "done")]


async def test_an_agreed_draft_is_not_issued_and_is_still_asked_for(small: World) -> None:
    reference = await over(small)
    await agree_papers(small.services, "lewisham", reference, Kind.MINUTES, [PaperGiven("All met")], actor="chair")
    assert await asked(small) == [("minutes_due", "open")]


async def test_where_no_day_is_set_nobody_is_asked(small: World) -> None:
    reference = reference_of(await small.receive(a_request()))
    small.clock.wait(timedelta(days=10))
    assert await asked(small) == []
    found = await standing(small.services, "lewisham", reference)
    assert (found.clock.due_at, found.clock.in_time(small.clock.now())) == (None, None)


async def test_a_meeting_called_off_owes_no_minutes(small: World) -> None:
    reference = await over(small)
    await asked(small)
    await cancel_meeting(small.services, "lewisham", reference, reason="already_held", actor="officer")
    assert await asked(small) == [("minutes_due", "dropped")]


async def test_another_time_is_another_day(small: World) -> None:
    set_by_the_partnership(small, Span(1, Unit.WORKING_DAYS))
    reference = reference_of(await small.receive(a_request(wishes=Wishes())))
    assert (await small.one("SELECT minutes_due_at FROM meetings"))["minutes_due_at"] is None
    friday = datetime(2026, 12, 4, 10, tzinfo=UTC)
    await confirm_meeting(small.services, "lewisham", reference, NewTime(friday), actor="officer")
    due = (await small.one("SELECT minutes_due_at FROM meetings"))["minutes_due_at"]
    assert due.date().isoformat() == "2026-12-07", "a Friday meeting: Monday"
    small.clock.pass_to(friday + timedelta(hours=2))
    assert await asked(small) == [("minutes_due", "open")]
    later = NewTime(friday + timedelta(days=4))
    await move_meeting(small.services, "lewisham", reference, later, actor="officer")
    assert await asked(small) == [("minutes_due", "dropped")]
    small.clock.pass_to(later.start + timedelta(hours=2))
    assert await asked(small) == [("minutes_due", "dropped"), ("minutes_due", "open")]
