"""How the Teams meeting of an event is set is looked at when the event is made or moved, and nobody waits for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from service.domain.requests import Wishes
from service.outlook.adapter import GraphCalls
from service.scheduler.jobs import MACHINERY, functions
from service.scheduler.queue import DISPATCH
from service.workflow.meetings import NewTime, move_meeting
from tests.journey.world import MAILBOX, SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(hours=5)
OPEN = {"lobbyBypassSettings": {"scope": "everyone", "isDialInBypassEnabled": False}, "allowTranscription": True}
JOB = next(each.coroutine for each in functions() if each.name == DISPATCH)


async def worked(world: World) -> None:
    """A worker takes every row that is due, as the queue would hand it over."""
    while due := await world.due():
        for row in due:
            await JOB({MACHINERY: world.machinery}, str(UUID(str(row))))


async def details(world: World) -> list[str]:
    return [row["detail"] for row in await world.rows("SELECT detail FROM tasks WHERE kind = 'online_open'")]


async def test_an_open_lobby_and_a_transcript_are_a_task_at_once_and_again_after_a_move(small: World) -> None:
    await small.sandbox.control.post("teams", mailbox=MAILBOX, settings=OPEN)
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    await worked(small)
    (said,) = await details(small)
    assert reference_of(received) in said
    assert "not everyone waits in the lobby" in said
    assert "it may be transcribed" in said
    later = NewTime(START + timedelta(hours=1))
    await move_meeting(small.services, "lewisham", reference_of(received), later, actor="officer")
    await worked(small)
    assert len(await details(small)) == 2


async def test_one_that_is_set_well_and_one_without_teams_are_no_task(small: World) -> None:
    await small.receive(a_request(wishes=Wishes(start=START)))
    await small.receive(a_request(wishes=Wishes(start=START, mode="phone")))
    await worked(small)
    assert await details(small) == []
    assert await small.calls("list_online_meetings") == 1, "once for each online meeting"


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 403}, {"kind": "status", "status": 503}, {"kind": "html"}]
)
async def test_what_cannot_be_looked_at_delays_and_stops_nothing(small: World, fault: dict[str, object]) -> None:
    await small.sandbox.control.post("faults", operation="list_online_meetings", times=9, **fault)
    await small.receive(a_request(wishes=Wishes(start=START)))
    await worked(small)
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)
    assert (await small.one("SELECT state FROM mailboxes"))["state"] == "active"
    assert await details(small) == []


async def test_the_agencies_messages_are_woken_before_anybody_looks(small: World) -> None:
    await small.receive(a_request(wishes=Wishes(start=START)))
    (event,) = await small.due()
    small.wake.rows.clear()
    woken: list[int] = []
    before = small.machinery.graph

    def graph(mailbox_id: UUID) -> GraphCalls:
        woken.append(len(small.wake.rows))
        return before(mailbox_id)

    small.machinery = replace(small.machinery, graph=graph)
    await JOB({MACHINERY: small.machinery}, str(event))
    assert woken[-1] >= 1, "the message of the agency was on its way when the look began"
