"""What is tried again, late or twice, never undoes what has left since: old rows, lost replies and crossing locks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.requests import Wishes
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.scheduler.dispatch import dispatch
from service.store.changes import handed, outbox
from service.workflow.bind import fill_gaps
from service.workflow.dead_letters import list_dead_letters, try_again
from service.workflow.meetings import MeetingChanged, NewTime, cancel_meeting, move_meeting
from tests.journey.acts import START
from tests.journey.world import POLICE, SOCIAL_WORKER, Desk, World, a_request, add_desk, reference_of

LCPP = Desk("lcpp")


async def _called(world: World) -> str:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    return reference_of(received)


async def _move(world: World, reference: str, to: datetime) -> None:
    await move_meeting(world.services, "lewisham", reference, NewTime(to), actor="officer")
    await world.settle()


async def _refused(world: World, operation: str) -> None:
    await world.sandbox.control.fault(operation, "status", status=404)


async def _try_again(world: World, kind: str) -> str:
    """Press the button on the one dead letter of a kind; returns what became of its row."""
    (letter,) = [row for row in await list_dead_letters(world.services, "lewisham") if row.kind == kind]
    await try_again(world.services, "lewisham", letter.id, actor="officer")
    await world.settle()
    row = await world.one("SELECT state, not_sent_because FROM outbox WHERE id = :id", id=letter.id)
    return str(row["not_sent_because"] or row["state"])


async def _start(world: World) -> str:
    (event,) = [event for event in await world.events() if not event["cancelled"]]
    return str(event["start"])[:16]


def _said(instant: datetime) -> str:
    return instant.isoformat()[:16]


async def test_an_old_move_tried_again_does_not_move_the_event_back(small: World) -> None:
    reference = await _called(small)
    await _refused(small, "patch_event")
    await _move(small, reference, START + timedelta(hours=1))
    await _move(small, reference, START + timedelta(days=1))
    assert await _try_again(small, "update_event") == "superseded"
    assert await _start(small) == _said(START + timedelta(days=1))


async def test_an_old_creation_tried_again_does_not_move_the_event_back(small: World) -> None:
    await _refused(small, "create_event")
    reference = await _called(small)
    await _move(small, reference, START + timedelta(days=1))
    assert await _try_again(small, "create_event") == "superseded"
    assert await _start(small) == _said(START + timedelta(days=1))


async def test_an_old_guest_list_tried_again_drops_nobody(small: World) -> None:
    await _called(small)
    await add_desk(small.engine, "lewisham", POLICE)
    await _refused(small, "patch_event")
    await fill_gaps(small.services, "lewisham", actor="officer")
    await small.settle()
    await add_desk(small.engine, "lewisham", LCPP)
    await fill_gaps(small.services, "lewisham", actor="officer")
    await small.settle()
    assert await _try_again(small, "update_event") == "superseded"
    (event,) = await small.events()
    assert {SOCIAL_WORKER, POLICE.at("lewisham"), LCPP.at("lewisham")} == {
        guest["address"] for guest in event["attendees"]
    }


async def test_a_guest_list_tried_again_after_a_move_still_adds_its_guest_and_says_nothing_of_the_time(
    small: World,
) -> None:
    reference = await _called(small)
    await add_desk(small.engine, "lewisham", POLICE)
    await _refused(small, "patch_event")
    await fill_gaps(small.services, "lewisham", actor="officer")
    await small.settle()
    await _move(small, reference, START + timedelta(days=1))
    assert await _try_again(small, "update_event") == "done"
    assert (await small.delivered(POLICE.at("lewisham")))["invite"] == 1
    assert await _start(small) == _said(START + timedelta(days=1))
    assert (await small.one("SELECT handed_version FROM calendar_events"))["handed_version"] == 2


async def test_a_move_tried_again_after_a_guest_list_is_sent_and_only_then_counted_as_carried(small: World) -> None:
    reference = await _called(small)
    await _refused(small, "patch_event")
    await _move(small, reference, START + timedelta(days=1))
    await add_desk(small.engine, "lewisham", POLICE)
    await fill_gaps(small.services, "lewisham", actor="officer")
    await small.settle()
    assert (await small.one("SELECT handed_version FROM calendar_events"))["handed_version"] == 1
    carried = "SELECT count(*) AS told FROM invitations WHERE version = 2 AND event_handed_at IS NOT NULL"
    assert (await small.one(carried))["told"] == 0, "the guest list said nothing of the new time"
    assert await _try_again(small, "update_event") == "done"
    assert (await small.one("SELECT handed_version FROM calendar_events"))["handed_version"] == 2
    assert (await small.one(carried))["told"] == 2
    assert await _start(small) == _said(START + timedelta(days=1))


async def test_a_row_tried_again_waits_for_a_later_one_that_is_in_somebodys_hands(small: World) -> None:
    reference = await _called(small)
    await _refused(small, "patch_event")
    await _move(small, reference, START + timedelta(hours=1))
    await move_meeting(small.services, "lewisham", reference, NewTime(START + timedelta(days=1)), actor="officer")
    later = (await small.one("SELECT id FROM outbox WHERE kind = 'update_event' AND version = 3"))["id"]
    async with small.engine.begin() as conn:
        assert await outbox.claim(conn, later, small.real.now())
    (letter,) = await list_dead_letters(small.services, "lewisham")
    await try_again(small.services, "lewisham", letter.id, actor="officer")
    async with small.engine.begin() as conn:
        assert await outbox.claim(conn, letter.id, small.real.now()) is None
    small.real.wait(outbox.LEASE)
    await small.settle()
    assert await _start(small) == _said(START + timedelta(days=1))


async def test_a_creation_found_to_have_happened_after_the_cancellation_is_cancelled_too(small: World) -> None:
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    (row,) = await small.due()
    await small.sandbox.control.fault("create_event", "lose_reply_after_commit")
    await dispatch(small.machinery, row)
    await small.quiet()
    await small.change("UPDATE outbox SET state = 'exhausted', finished_at = next_try_at WHERE id = :id", id=row)
    hidden = _Hidden()
    small.through(hidden.behind)
    await cancel_meeting(small.services, "lewisham", reference_of(received), reason="facts_now_clear", actor="officer")
    await small.settle()
    assert await small.live_events() == 1, "Outlook's index did not show the event yet"
    hidden.shown = True
    assert await _try_again(small, "create_event") == "done"
    assert await small.live_events() == 0
    assert (await small.one("SELECT state FROM calendar_events"))["state"] == "cancelled"
    assert (await small.delivered(SOCIAL_WORKER))["cancel"] == 1


async def test_a_mail_whose_sending_lost_its_reply_leaves_once_though_no_search_shows_it_yet(small: World) -> None:
    small.through(_Hidden().behind)
    await small.sandbox.control.fault("send_message", "lose_reply_after_commit")
    await _called(small)
    assert (await small.delivered(SOCIAL_WORKER))["message"] == 1
    row = await small.one("SELECT state, detail FROM outbox WHERE kind = 'message'")
    assert (row["state"], bool(row["detail"]["draft"])) == ("done", True)
    assert await small.calls("create_message") == 1


async def test_finishing_an_event_and_moving_its_meeting_never_wait_for_each_other(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    (row_id,) = await small.due()
    carried, moves = handed.invitations_carried, list[asyncio.Task[MeetingChanged]]()

    async def after_a_move_began(*args: Any) -> None:
        if not moves:
            to = NewTime(START + timedelta(hours=1))
            move = move_meeting(small.services, "lewisham", reference_of(received), to, actor="officer")
            moves.append(asyncio.create_task(move))
            await _waits_for_a_lock(small, moves[0])
        await carried(*args)

    monkeypatch.setattr(handed, "invitations_carried", after_a_move_began)
    await dispatch(small.machinery, row_id)
    assert (await moves[0]).version == 2
    await small.settle()
    assert await _start(small) == _said(START + timedelta(hours=1))


async def _waits_for_a_lock(world: World, moving: asyncio.Task[MeetingChanged]) -> None:
    """Until the move has gone as far as it can."""
    async with asyncio.timeout(10):
        while not moving.done():
            blocked = await world.rows("SELECT 1 FROM pg_locks WHERE NOT granted")
            if blocked:
                return
            await asyncio.sleep(0.01)


@dataclass
class _Hidden:
    """Outlook's search, which may lag behind what it holds: nothing is found until ``shown``."""

    shown: bool = False

    def behind(self, graph: GraphCalls) -> GraphCalls:
        return _Lagging(graph, self)


class _Lagging:
    def __init__(self, graph: GraphCalls, hidden: _Hidden) -> None:
        self._graph = graph
        self._hidden = hidden

    async def call(self, method: str, template: str, *args: Any, **more: Any) -> GraphAnswer:
        if "$filter" in (more.get("query") or {}) and not self._hidden.shown:
            return GraphAnswer(200, {}, b'{"value": []}')
        return await self._graph.call(method, template, *args, **more)

    async def follow(self, link: str, **more: Any) -> GraphAnswer:
        return await self._graph.follow(link, **more)
