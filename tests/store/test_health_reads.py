"""What waits, over all partnerships."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from service.store import tables as t
from service.store.ids import new_id
from service.store.queries.health import every_heartbeat, whole_backlog
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World


async def intent(world: World, partnership: str, number: int, **values: Any) -> None:
    mailbox = await world.mailbox(partnership, address=f"m{number}@{partnership}.example")
    meeting = await world.meeting(partnership)
    wanted = {"mailbox_id": mailbox, "meeting_id": meeting, "created_at": NOW, "partnership_id": partnership}
    calendar_event = await world.add(t.calendar_events, **wanted, transaction_id=new_id(NOW), state="wanted")
    row = {
        **wanted,
        "event_id": calendar_event,
        "kind": "create_event",
        "version": 1,
        "stream": f"s{number}",
        "sequence": 1,
        "idempotency_key": f"s{number}/1",
        "detail": {},
        "state": "waiting",
        "attempts": 0,
        "next_try_at": NOW,
    }
    await world.add(t.outbox, **row | values)


async def test_an_idle_service_has_no_backlog(world: World) -> None:
    backlog = await whole_backlog(world.conn, NOW, NOW)
    assert (backlog.outbox, backlog.oldest_due_at, backlog.tasks_open, backlog.chases_due) == ({}, None, {}, {})


async def test_the_backlog_counts_what_is_unfinished_by_partnership_and_state_in_one_query(world: World) -> None:
    await intent(world, LEWISHAM, 1, next_try_at=NOW - timedelta(minutes=5))
    await intent(world, LEWISHAM, 2, next_try_at=NOW + timedelta(minutes=5))
    await intent(world, LEWISHAM, 3, state="done", next_try_at=NOW - timedelta(days=9))
    await intent(world, WIRRAL, 4, state="exhausted", next_try_at=NOW - timedelta(days=9))
    await intent(world, WIRRAL, 5, state="frozen", next_try_at=NOW - timedelta(minutes=1))
    await world.mailbox(WIRRAL, state="stopped")
    said: list[str] = []
    event.listen(world.conn.sync_connection, "before_cursor_execute", lambda *given: said.append(given[2]))
    backlog = await whole_backlog(world.conn, NOW, NOW)
    assert len(said) == 1
    assert backlog.outbox == {(LEWISHAM, "waiting"): 2, (WIRRAL, "exhausted"): 1, (WIRRAL, "frozen"): 1}
    assert backlog.oldest_due_at == NOW - timedelta(minutes=5)
    assert backlog.mailboxes_stopped == {WIRRAL: 1}


async def test_outbox_rows_are_due_by_real_time_and_chases_by_business_time(world: World) -> None:
    """In a demo business time runs ahead, and a row that waits for its next try is not late."""
    await intent(world, LEWISHAM, 1, next_try_at=NOW + timedelta(minutes=5))
    assert (await whole_backlog(world.conn, NOW + timedelta(days=9), NOW)).oldest_due_at is None
    late = await whole_backlog(world.conn, NOW, NOW + timedelta(minutes=6))
    assert late.oldest_due_at == NOW + timedelta(minutes=5)


async def test_a_heartbeat_keeps_its_last_run_and_its_last_success_apart(world: World) -> None:
    run, success = NOW, NOW - timedelta(hours=1)
    await world.add(t.heartbeats, job="sweep", last_run_at=run, last_success_at=success, last_error="TimeoutError")
    (beat,) = await every_heartbeat(world.conn)
    assert (beat.job, beat.last_run_at, beat.last_success_at, beat.last_error) == (
        "sweep",
        run,
        success,
        "TimeoutError",
    )
