"""One meeting, one calendar event: through lost replies, errors, slow answers, two workers, double clicks and races."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.meetings import IllegalMoveError
from service.domain.requests import Wishes
from service.scheduler.dispatch import dispatch
from service.workflow.bind import fill_gaps
from service.workflow.deliveries import Received
from service.workflow.errors import ChangedMeanwhileError
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from tests.journey.world import (
    ONE_DESK,
    SOCIAL_WORKER,
    TUESDAY_NINE,
    Desk,
    World,
    a_request,
    a_world,
    add_desk,
    reference_of,
)

THREE = TUESDAY_NINE + timedelta(hours=6)
FOUR = TUESDAY_NINE + timedelta(hours=7)


async def _moved(world: World, received: Received, **new: Any) -> None:
    time = NewTime(**({"start": THREE} | new))
    await move_meeting(world.services, "lewisham", reference_of(received), time, actor="officer")


async def _cancelled(world: World, received: Received) -> None:
    reference = reference_of(received)
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")


async def _all_is_told_once(world: World) -> None:
    """One event, one invitation to it and one message, whatever happened on the way."""
    events = await world.events()
    assert [event["cancelled"] for event in events] == [False]
    assert await world.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)
    assert {row["state"] for row in await world.rows("SELECT state FROM outbox")} == {"done"}


FAULTS: dict[str, dict[str, Any]] = {
    "lost reply after commit": {"kind": "lose_reply_after_commit"},
    "lost twice": {"kind": "lose_reply_after_commit", "times": 2},
    "dropped before": {"kind": "drop_before", "times": 2},
    "503": {"kind": "status", "status": 503, "times": 2},
    "500": {"kind": "status", "status": 500},
    "504": {"kind": "status", "status": 504, "times": 3},
    "429": {"kind": "status", "status": 429, "retry_after": "179"},
    "page of a gateway": {"kind": "html", "times": 2},
    "reply that breaks off": {"kind": "cut_reply"},
}


@pytest.mark.parametrize("operation", ["create_event", "create_message", "send_message", "*"])
async def test_every_fault_leaves_one_event_and_one_message(small: World, operation: str) -> None:
    for fault in FAULTS.values():
        await small.sandbox.control.post("reset")
        received = await small.receive(a_request())
        await small.sandbox.control.post("faults", operation=operation, **fault)
        await small.settle()
        assert received.answer["state"] == "confirmed"
        await _all_is_told_once(small)


async def test_an_answer_slower_than_our_patience_makes_no_second_event(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=ONE_DESK, graph_timeout=0.15) as world:
        await world.receive(a_request())
        for operation in ("create_event", "send_message"):
            await world.sandbox.control.fault(operation, "slow_reply", seconds=0.3)
        await world.settle()
        await _all_is_told_once(world)


async def test_work_that_outlasts_our_patience_is_found_when_tried_again(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=ONE_DESK, graph_timeout=0.15) as world:
        await world.receive(a_request())
        for operation in ("create_event", "create_message", "send_message"):
            await world.sandbox.control.fault(operation, "delay", seconds=0.3)
        await world.settle()
        await _all_is_told_once(world)


async def test_two_dispatchers_of_one_row_do_it_once(small: World) -> None:
    await small.receive(a_request())
    while due := await small.due():
        await asyncio.gather(*(dispatch(small.machinery, row) for row in due for _ in range(4)))
    await _all_is_told_once(small)
    assert await small.calls("create_event") == 1
    assert await small.calls("send_message") == 1


async def test_fifty_confirmations_at_once_have_one_winner(small: World) -> None:
    received = await small.receive(a_request(wishes=Wishes()))
    asked = [
        confirm_meeting(small.services, "lewisham", reference_of(received), NewTime(THREE), actor=f"officer {number}")
        for number in range(50)
    ]
    said = await asyncio.gather(*asked, return_exceptions=True)
    assert Counter(type(each) for each in said)[ChangedMeanwhileError] == 49
    await small.settle()
    await _all_is_told_once(small)
    assert (await small.one("SELECT version FROM meetings"))["version"] == 1


async def test_the_same_webhook_twenty_times_at_once_is_one_meeting(small: World) -> None:
    request = a_request()
    received = await asyncio.gather(*(small.receive(request, "msg_1") for _ in range(20)))
    assert len({reference_of(each) for each in received}) == 1
    assert [each.replayed for each in received].count(False) == 1
    await small.settle()
    await _all_is_told_once(small)


async def test_a_confirmation_while_the_job_runs_makes_no_second_event(small: World) -> None:
    received = await small.receive(a_request())
    (row,) = await small.due()
    confirming = confirm_meeting(small.services, "lewisham", reference_of(received), NewTime(THREE), actor="officer")
    _, said = await asyncio.gather(dispatch(small.machinery, row), confirming, return_exceptions=True)
    assert isinstance(said, ChangedMeanwhileError)
    await small.settle()
    await _all_is_told_once(small)


async def test_a_move_while_the_creation_is_unresolved_changes_that_one_event(small: World) -> None:
    received = await small.receive(a_request())
    await small.sandbox.control.fault("create_event", "lose_reply_after_commit")
    await small.pump()
    await _moved(small, received)
    await small.settle()
    (event,) = await small.events()
    assert event["start"].startswith("2026-12-01T15:00")
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, update=1, message=1)
    assert (await small.one("SELECT handed_version FROM calendar_events"))["handed_version"] == 2


async def test_a_move_before_anything_left_makes_the_event_once_at_the_new_time(small: World) -> None:
    received = await small.receive(a_request())
    await _moved(small, received)
    await small.settle()
    (event,) = await small.events()
    assert event["start"].startswith("2026-12-01T15:00")
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)


async def test_a_cancellation_while_the_creation_is_unresolved_leaves_nothing_standing(small: World) -> None:
    received = await small.receive(a_request())
    await small.sandbox.control.fault("create_event", "lose_reply_after_commit")
    await small.pump()
    await _cancelled(small, received)
    await small.settle()
    assert await small.live_events() == 0
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, cancel=1)


async def test_a_cancellation_before_anything_left_sends_nothing_at_all(small: World) -> None:
    received = await small.receive(a_request())
    await _cancelled(small, received)
    await small.settle()
    assert await small.events() == []
    assert await small.delivered(SOCIAL_WORKER) == Counter()
    assert (await small.one("SELECT state FROM calendar_events"))["state"] == "cancelled"


async def test_a_change_whose_reply_was_lost_tells_the_guests_once(small: World) -> None:
    received = await small.receive(a_request())
    await small.pump()
    await small.sandbox.control.fault("patch_event", "lose_reply_after_commit")
    await _moved(small, received)
    await small.settle()
    assert await small.calls("patch_event") == 1
    assert (await small.delivered(SOCIAL_WORKER))["update"] == 1
    assert (await small.one("SELECT handed_version FROM calendar_events"))["handed_version"] == 2


async def test_a_meeting_is_cancelled_once_however_often_it_is_asked(small: World) -> None:
    received = await small.receive(a_request())
    await small.pump()
    await _cancelled(small, received)
    with pytest.raises(IllegalMoveError):
        await _cancelled(small, received)
    await small.settle()
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, cancel=1, message=2)


async def test_a_cancellation_whose_reply_was_lost_is_told_once(small: World) -> None:
    received = await small.receive(a_request())
    await small.pump()
    await small.sandbox.control.fault("*", "lose_reply_after_commit", times=3)
    await _cancelled(small, received)
    await small.settle()
    assert await small.live_events() == 0
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, cancel=1, message=2)


async def test_a_creation_given_up_on_is_found_and_cancelled_with_its_meeting(small: World) -> None:
    """The reply was lost and then every try failed until a person had to look: the event may stand all the same."""
    received = await small.receive(a_request())
    await small.sandbox.control.fault("create_event", "lose_reply_after_commit")
    await small.pump()
    await small.change("UPDATE outbox SET attempts = 299 WHERE kind = 'create_event'")
    await small.sandbox.control.fault("*", "status", status=503)
    await small.settle()
    assert (await small.one("SELECT state FROM outbox WHERE kind = 'create_event'"))["state"] == "exhausted"
    await _cancelled(small, received)
    await small.settle()
    assert await small.live_events() == 0


async def test_a_creation_given_up_on_gets_the_new_time_when_its_meeting_moves(small: World) -> None:
    received = await small.receive(a_request())
    await small.sandbox.control.fault("create_event", "lose_reply_after_commit")
    await small.pump()
    await small.change("UPDATE outbox SET attempts = 299 WHERE kind = 'create_event'")
    await small.sandbox.control.fault("*", "status", status=503)
    await small.settle()
    await _moved(small, received)
    await small.settle()
    (event,) = await small.events()
    assert event["start"].startswith("2026-12-01T15:00")


@pytest.mark.parametrize("tried", [False, True])
async def test_an_agency_added_just_before_a_move_does_not_swallow_the_move(small: World, tried: bool) -> None:
    received = await small.receive(a_request())
    await small.pump()
    await add_desk(small.engine, "lewisham", Desk("lcpp"))
    assert len(await fill_gaps(small.services, "lewisham", actor="officer")) == 1
    if tried:
        await small.sandbox.control.fault("patch_event", "status", status=503)
        await small.pump()
    await _moved(small, received)
    await small.settle()
    (event,) = await small.events()
    assert event["start"].startswith("2026-12-01T15:00")
    assert {guest["address"] for guest in event["attendees"]} == {SOCIAL_WORKER, "lcpp@lewisham.example"}
    assert (await small.delivered(SOCIAL_WORKER))["update"] == 1


async def test_two_moves_at_once_give_one_event_at_the_time_that_won_last(small: World) -> None:
    received = await small.receive(a_request())
    await small.pump()
    await asyncio.gather(_moved(small, received), _moved(small, received, start=FOUR))
    await small.settle()
    (event,) = await small.events()
    meeting = await small.one("SELECT version, starts_at FROM meetings")
    assert meeting["version"] == 3
    assert event["start"].startswith(f"{meeting['starts_at']:%Y-%m-%dT%H:%M}")
    told = await small.rows("SELECT version, state FROM invitations ORDER BY version")
    assert told == [
        {"version": 1, "state": "replaced"},
        {"version": 2, "state": "replaced"},
        {"version": 3, "state": "sent"},
    ]


async def test_a_stale_screen_moves_nothing(small: World) -> None:
    received = await small.receive(a_request())
    await _moved(small, received)
    with pytest.raises(ChangedMeanwhileError):
        await move_meeting(
            small.services, "lewisham", reference_of(received), NewTime(FOUR), actor="officer", seen_version=1
        )


async def test_the_database_itself_refuses_a_second_live_event(small: World) -> None:
    await small.receive(a_request())
    (event,) = await small.rows("SELECT * FROM calendar_events")
    twin = "INSERT INTO calendar_events (id, partnership_id, meeting_id, mailbox_id, transaction_id, handed_version, "
    values = "state, created_at) VALUES (:id, :p, :m, :b, :id, 0, 'live', now())"
    with pytest.raises(Exception, match="uq_calendar_events_one_live"):
        await small.change(
            twin + values,
            id=event["mailbox_id"],
            p=event["partnership_id"],
            m=event["meeting_id"],
            b=event["mailbox_id"],
        )
