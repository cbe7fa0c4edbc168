"""No required agency is silently left out: each ends as sent, or as a task in front of a named person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Exclusion, Wishes
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import PermanentData
from service.workflow.meetings import NewTime, move_meeting
from tests.journey.world import (
    DESKS,
    POLICE,
    SOCIAL_WORKER,
    TUESDAY_NINE,
    Desk,
    World,
    a_request,
    a_world,
    add_desk,
    reference_of,
)

POLICE_AT = POLICE.at("lewisham")


async def nobody_is_left_out(world: World) -> None:
    """Every place is sent, or has a task that is open."""
    left_out = await world.rows(
        "SELECT r.role, r.state, i.state AS invitation FROM requirements r "
        "JOIN meetings m ON m.id = r.meeting_id "
        "LEFT JOIN invitations i ON i.requirement_id = r.id AND i.version = m.version "
        "WHERE r.state <> 'withdrawn' AND NOT (r.level = 'optional' AND r.state = 'stopped') "
        "AND i.state IS DISTINCT FROM 'sent' AND NOT EXISTS "
        "(SELECT 1 FROM tasks t WHERE t.state = 'open' AND t.owner <> '' AND (t.requirement_id = r.id OR "
        "(t.requirement_id IS NULL AND t.meeting_id = r.meeting_id AND t.kind = 'not_delivered')))"
    )
    assert left_out == []


async def tasks_of(world: World, role: str) -> list[str]:
    rows = await world.rows(
        "SELECT t.kind FROM tasks t JOIN requirements r ON r.id = t.requirement_id "
        "WHERE r.role = :role AND t.state = 'open' ORDER BY t.kind",
        role=role,
    )
    return [row["kind"] for row in rows]


async def test_an_agency_that_the_directory_does_not_know_is_a_task(small: World) -> None:
    await small.receive(a_request())
    await small.settle()
    assert await tasks_of(small, "police_child_protection") == ["no_inbox"]
    task = await small.rows("SELECT owner, detail FROM tasks WHERE kind = 'no_inbox'")
    assert all(row["owner"] == "business support officer" and row["detail"] for row in task)
    await nobody_is_left_out(small)


async def test_an_excluded_inbox_is_a_task_and_hears_nothing(world: World) -> None:
    request = a_request(exclusions=(Exclusion("police_child_protection", "works with the person alleged"),))
    received = await world.receive(request)
    await world.settle()
    await move_meeting(
        world.services, "lewisham", reference_of(received), NewTime(TUESDAY_NINE + timedelta(days=2)), actor="officer"
    )
    await world.settle()
    world.clock.wait(timedelta(days=1))
    await world.chase()
    await world.settle()
    assert await world.delivered(POLICE_AT) == Counter()
    assert await world.delivered(f"manager.{POLICE_AT}") == Counter()
    assert await tasks_of(world, "police_child_protection") == ["must_not_be_told"]
    assert all(POLICE_AT not in {guest["address"] for guest in event["attendees"]} for event in await world.events())
    await nobody_is_left_out(world)


async def test_an_agency_reached_by_phone_only_is_a_call_to_make(engine: AsyncEngine) -> None:
    desks = [desk for desk in DESKS if desk is not POLICE]
    async with a_world(engine, desks=[*desks, Desk("police_child_protection", channel="phone")]) as world:
        received = await world.receive(a_request())
        await world.settle()
        assert await world.delivered(POLICE_AT) == Counter()
        assert await tasks_of(world, "police_child_protection") == ["phone_invitation"]
        start = TUESDAY_NINE + timedelta(days=1)
        await move_meeting(world.services, "lewisham", reference_of(received), NewTime(start), actor="officer")
        await world.settle()
        due = await world.rows("SELECT due_at FROM tasks WHERE kind = 'phone_invitation' ORDER BY due_at DESC")
        assert due[0]["due_at"] == start, "whoever phones must know of the new time"
        await nobody_is_left_out(world)


@pytest.mark.parametrize("channel", ["phone", "calendar_mail"])
async def test_a_meeting_without_one_outlook_guest_holds_nobody_up(engine: AsyncEngine, channel: str) -> None:
    async with a_world(engine, desks=[Desk("social_worker", channel=channel)]) as world:
        await world.receive(a_request())
        await world.settle()
        assert await world.events() == []
        rows = await world.rows("SELECT kind, state, not_sent_because FROM outbox WHERE kind = 'create_event'")
        assert rows == [{"kind": "create_event", "state": "not_sent", "not_sent_because": "no_guests"}]
        assert (
            await world.delivered(SOCIAL_WORKER) == Counter(message=1 if channel == "calendar_mail" else 0) + Counter()
        )
        await nobody_is_left_out(world)


@dataclass(frozen=True)
class Refusing:
    """Graph that will never accept whatever mentions one address."""

    graph: GraphCalls
    address: str = POLICE_AT

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,
        at_most: int | None = None,
    ) -> GraphAnswer:
        if self.address.encode() in (body or b""):
            raise PermanentData("ErrorInvalidRecipients", status=400)
        return await self.graph.call(
            method,
            template,
            path_params,
            body=body,
            query=query,
            headers=headers,
            sends_mail=sends_mail,
            at_most=at_most,
        )

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        return await self.graph.follow(link, headers=headers)


async def test_what_outlook_refuses_for_good_is_a_task_and_a_visible_row_and_the_others_are_told(world: World) -> None:
    world.through(Refusing)
    await world.receive(a_request())
    await world.settle()
    refused = await world.rows("SELECT kind, last_error FROM outbox WHERE state = 'exhausted' ORDER BY kind")
    assert [row["kind"] for row in refused] == ["create_event", "message"]
    assert all("ErrorInvalidRecipients" in row["last_error"] for row in refused)
    assert await tasks_of(world, "police_child_protection") == ["not_delivered"]
    assert await world.delivered(SOCIAL_WORKER) == Counter(message=1)
    assert await world.delivered("school@lewisham.example") == Counter(message=1)
    await nobody_is_left_out(world)
    told = await world.one("SELECT count(*) AS n FROM tasks WHERE kind = 'not_delivered' AND requirement_id IS NULL")
    assert told["n"] == 1, "the event itself never left, and somebody must know that too"


async def test_an_invitation_that_could_not_leave_before_the_start_is_a_task(world: World) -> None:
    await world.receive(a_request())
    await world.sandbox.control.fault("*", "status", times=3, status=503)
    await world.pump()
    world.clock.wait(timedelta(hours=7))
    await world.settle()
    assert await world.events() == [], "nobody is invited to the past"
    assert {row["kind"] for row in await world.rows("SELECT kind FROM tasks WHERE requirement_id IS NOT NULL")} >= {
        "not_delivered"
    }
    failed = await world.rows("SELECT DISTINCT state FROM invitations")
    assert failed == [{"state": "failed"}]
    await nobody_is_left_out(world)


async def test_a_directory_nobody_can_read_any_more_is_a_task_and_not_a_row_that_fails_for_ever(world: World) -> None:
    await world.receive(a_request())
    await world.change("UPDATE inboxes SET hours = 'whenever' WHERE role = 'social_worker'")
    await world.settle()
    assert await tasks_of(world, "social_worker") == ["not_delivered"]
    assert await world.delivered(POLICE_AT) == Counter(invite=1, message=1)
    await nobody_is_left_out(world)


async def test_each_school_of_two_children_is_invited_or_is_a_task(world: World) -> None:
    (first,) = a_request().children
    second = type(first)("C2", birth_date=first.birth_date, name="Joab Fennimore", school_urn="900002")
    await add_desk(world.engine, "lewisham", Desk("school", "900003", address="another@school.example"))
    await world.receive(a_request(children=(first, second)))
    await world.settle()
    places = await world.rows("SELECT state FROM requirements WHERE role = 'school' ORDER BY state")
    assert [row["state"] for row in places] == ["no_inbox", "wanted"]
    assert await world.delivered("another@school.example") == Counter()
    await nobody_is_left_out(world)


async def test_a_meeting_without_a_time_is_a_task_to_choose_one(small: World) -> None:
    for wishes in (Wishes(), Wishes(start=TUESDAY_NINE - timedelta(hours=1)), Wishes(start=TUESDAY_NINE, minutes=0)):
        await small.receive(a_request(wishes=wishes))
    tasks = await small.rows("SELECT kind, state, meeting_id FROM tasks WHERE kind = 'choose_time'")
    assert len({row["meeting_id"] for row in tasks}) == 3
    assert await small.due() == []
