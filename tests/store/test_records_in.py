"""Partnerships, policies, directory, held items, refusals, tasks and mailboxes: written once, audited, kept apart."""

import dataclasses
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from service.store import tables as t
from service.store.actions import Action
from service.store.changes import held, mailboxes, partnerships, policies, tasks
from service.store.changes.directory import InboxEntry, compare, put_inboxes
from service.store.changes.held import NewHeldItem
from service.store.changes.mailboxes import Subscription
from service.store.changes.policies import NewVersion
from service.store.ids import new_id
from service.store.queries import directory as inboxes
from service.store.queries import held as held_queries
from service.store.queries import mailboxes as mailbox_queries
from service.store.queries import policies as policy_queries
from service.store.queries import requests as request_queries
from service.store.queries import tasks as task_queries
from service.store.queries.audit import verify_chain
from service.store.queries.partnerships import Partnership, every_partnership, partnership_by_id
from service.store.sealing import unseal
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World

BY = "staff:amy"
POLICE = InboxEntry("police", "Police duty desk", "police@desk.example", "01632 960201", "always")
HEALTH = InboxEntry("health", "Named nurse", "nurse@health.example", "01632 960202", "office")


async def actions(world: World, partnership: str = LEWISHAM) -> list[str]:
    e = t.audit_events.c
    found = await world.conn.execute(
        select(e.action).where(e.partnership_id == partnership).order_by(e.chain, e.number)
    )
    return list(found.scalars())


async def test_a_partnership_is_added_once_and_changed_when_the_settings_change(world: World) -> None:
    bexley = Partnership("bexley", "Bexley", "london", "meetings@bexley.example", "01632 960300")
    assert await partnerships.ensure(world.conn, bexley, by=BY, now=NOW)
    assert not await partnerships.ensure(world.conn, bexley, by=BY, now=NOW)
    moved = dataclasses.replace(bexley, service_phone="01632 960301")
    assert await partnerships.ensure(world.conn, moved, by=BY, now=NOW)
    assert await partnership_by_id(world.conn, "bexley") == moved
    assert await actions(world, "bexley") == [Action.PARTNERSHIP_ADDED, Action.PARTNERSHIP_CHANGED]
    assert [each.id for each in await every_partnership(world.conn)] == ["bexley", LEWISHAM, WIRRAL]


async def test_a_policy_version_is_published_once_and_found_by_instant_and_by_hash(world: World) -> None:
    new = NewVersion("p2", "lewisham", "2", {"rules": [1.5]}, NOW + timedelta(days=1))
    assert await policies.publish(world.conn, LEWISHAM, new, by=BY, now=NOW)
    again = dataclasses.replace(new, starts_at=NOW)
    assert not await policies.publish(world.conn, LEWISHAM, again, by=BY, now=NOW)
    before, after = NOW + timedelta(hours=23), NOW + timedelta(hours=25)
    found = [await policy_queries.policy_at(world.conn, LEWISHAM, at) for at in (before, after)]
    assert [version.hash if version else None for version in found] == ["p1", "p2"]
    by_hash = await policy_queries.policy_by_hash(world.conn, LEWISHAM, "p2")
    assert by_hash is not None
    assert by_hash.content == {"rules": [1.5]}
    assert [version.hash for version in await policy_queries.policy_history(world.conn, LEWISHAM)] == ["p2", "p1"]
    assert await actions(world) == [Action.POLICY_PUBLISHED]


async def test_two_partnerships_may_publish_the_same_content(world: World) -> None:
    new = NewVersion("same", "national", "1", {}, NOW)
    assert await policies.publish(world.conn, LEWISHAM, new, by=BY, now=NOW)
    assert await policies.publish(world.conn, WIRRAL, new, by=BY, now=NOW)


async def test_no_policy_is_in_force_before_the_first_one_starts(world: World) -> None:
    assert await policy_queries.policy_at(world.conn, LEWISHAM, NOW - timedelta(days=31)) is None


async def test_an_import_adds_changes_and_retires_inboxes_and_audits_each(world: World) -> None:
    first = await put_inboxes(world.conn, LEWISHAM, [POLICE, HEALTH], by=BY, now=NOW)
    assert (len(first.added), len(first.changed), len(first.retired), first.unchanged) == (2, 0, 0, 0)
    moved = dataclasses.replace(POLICE, phone="01632 960299", capacity=2)
    second = await put_inboxes(world.conn, LEWISHAM, [moved], by=BY, now=NOW, retire_missing=True)
    assert (len(second.added), len(second.changed), len(second.retired)) == (0, 1, 1)
    (left,) = await inboxes.inboxes_for(world.conn, LEWISHAM)
    assert (left.role, left.phone, left.capacity) == ("police", "01632 960299", 2)
    assert [(each.role, each.active) for each in await inboxes.directory(world.conn, LEWISHAM)] == [
        ("health", False),
        ("police", True),
    ]
    assert await actions(world) == [
        Action.INBOX_ADDED,
        Action.INBOX_ADDED,
        Action.INBOX_CHANGED,
        Action.INBOX_RETIRED,
    ]
    assert (await verify_chain(world.conn, LEWISHAM, LEWISHAM)).holds


async def test_the_same_import_twice_changes_nothing(world: World) -> None:
    await put_inboxes(world.conn, LEWISHAM, [POLICE, HEALTH], by=BY, now=NOW)
    again = await put_inboxes(world.conn, LEWISHAM, [POLICE, HEALTH], by=BY, now=NOW)
    assert (again.unchanged, again.added, again.changed) == (2, (), ())
    assert len(await actions(world)) == 2


async def test_a_retired_inbox_comes_back_as_a_change(world: World) -> None:
    await put_inboxes(world.conn, LEWISHAM, [dataclasses.replace(POLICE, active=False)], by=BY, now=NOW)
    assert await inboxes.inboxes_for(world.conn, LEWISHAM) == []
    back = await put_inboxes(world.conn, LEWISHAM, [POLICE], by=BY, now=NOW)
    assert len(back.changed) == 1
    assert len(await inboxes.inboxes_of_role(world.conn, LEWISHAM, "police")) == 1


async def test_schools_are_told_apart_by_their_place(world: World) -> None:
    schools = [dataclasses.replace(HEALTH, role="school", place=place) for place in ("100001", "100002")]
    await put_inboxes(world.conn, LEWISHAM, schools, by=BY, now=NOW)
    (found,) = await inboxes.inboxes_of_role(world.conn, LEWISHAM, "school", "100002")
    assert found.place == "100002"
    assert await inboxes.inbox(world.conn, LEWISHAM, found.id) == found


def test_an_import_that_names_an_inbox_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        compare([], [POLICE, dataclasses.replace(POLICE, phone="01632 960299")])


async def test_a_held_delivery_is_kept_once_and_sealed_under_its_own_key(world: World) -> None:
    new = NewHeldItem(
        "CV-H1", "webhook:liquidlogic", "msg_1", "not_understood", "The body is not JSON.", b"Rosa Example"
    )
    assert await held.hold(world.conn, world.keyring, LEWISHAM, new, by="webhook:liquidlogic", now=NOW) == (
        "CV-H1",
        True,
    )
    again = dataclasses.replace(new, reference="CV-H2")
    assert await held.hold(world.conn, world.keyring, LEWISHAM, again, by="webhook:liquidlogic", now=NOW) == (
        "CV-H1",
        False,
    )
    (item,) = await held_queries.open_items(world.conn, LEWISHAM)
    row = (await world.conn.execute(select(t.held_items))).one()
    assert b"Rosa" not in row.sealed_body
    key = world.keyring.open_data_key(row.key_id, row.wrapped_key)
    assert unseal(key, "held_items", item.id, "sealed_body", row.sealed_body) == b"Rosa Example"
    assert await held.close(world.conn, LEWISHAM, "CV-H1", by=BY, now=NOW)
    assert not await held.close(world.conn, LEWISHAM, "CV-H1", by=BY, now=NOW)
    assert await held_queries.open_items(world.conn, LEWISHAM) == []
    assert await actions(world) == [Action.ITEM_HELD, Action.ITEM_CLOSED]


async def test_refusals_are_counted_by_partnership_door_day_and_reason_and_nothing_else(world: World) -> None:
    day = date(2026, 11, 2)
    for partnership, reason in (
        (LEWISHAM, "signature"),
        (LEWISHAM, "signature"),
        (LEWISHAM, "old"),
        (WIRRAL, "signature"),
    ):
        await held.count_refusal(world.conn, partnership, "webhook:liquidlogic", reason, day)
    found = await held_queries.refusals_between(world.conn, LEWISHAM, day, day)
    assert [(each.reason, each.count) for each in found] == [("old", 1), ("signature", 2)]
    assert set(t.refusals.c.keys()) == {"partnership_id", "door", "day", "reason", "count"}


def task(partnership: str, key: str, kind: str = "no_inbox", **values: object) -> dict[str, object]:
    return {
        "id": new_id(NOW),
        "partnership_id": partnership,
        "kind": kind,
        "key": key,
        "owner": "business support officer",
        "detail": "Find who comes.",
        "state": "open",
        "created_at": NOW,
        **values,
    }


async def test_a_task_is_opened_once_by_its_key_and_closed_once(world: World) -> None:
    row = task(LEWISHAM, "k1")
    assert await tasks.open_once(world.conn, [row, task(LEWISHAM, "k2")]) == 2
    assert await tasks.open_once(world.conn, [task(LEWISHAM, "k1")]) == 0
    task_id = row["id"]
    assert isinstance(task_id, UUID)
    assert not await tasks.close(world.conn, WIRRAL, task_id, by=BY, now=NOW)
    assert await tasks.close(world.conn, LEWISHAM, task_id, by=BY, now=NOW)
    assert not await tasks.drop(world.conn, LEWISHAM, task_id, by=BY, now=NOW)
    done = await task_queries.task_by_id(world.conn, LEWISHAM, task_id)
    assert done is not None
    assert (done.state, done.closed_by, done.closed_at) == ("done", BY, NOW)
    assert len(await task_queries.open_tasks(world.conn, LEWISHAM, None)) == 1
    assert await actions(world) == [Action.TASK_OPENED, Action.TASK_OPENED, Action.TASK_CLOSED]


async def test_a_closed_task_is_not_opened_again_by_a_retry(world: World) -> None:
    row = task(LEWISHAM, "k1")
    await tasks.open_once(world.conn, [row])
    await tasks.close(world.conn, LEWISHAM, UUID(str(row["id"])), by=BY, now=NOW)
    assert await tasks.open_once(world.conn, [task(LEWISHAM, "k1")]) == 0
    assert await task_queries.open_tasks(world.conn, LEWISHAM, None) == []


async def test_what_happens_closes_the_tasks_it_answers_and_a_cancellation_drops_the_rest(world: World) -> None:
    meeting = await world.meeting(LEWISHAM)
    police = await world.requirement(LEWISHAM, meeting, "police")
    about = {"meeting_id": meeting}
    rows = [
        task(LEWISHAM, "time", "choose_time", **about),
        task(LEWISHAM, "silent", "phone_silent", requirement_id=police, **about),
        task(LEWISHAM, "gap", "no_inbox", **about),
        task(LEWISHAM, "other meeting", "no_inbox"),
    ]
    await tasks.open_once(world.conn, rows)
    assert await tasks.close_kind(world.conn, LEWISHAM, meeting, "choose_time", by=BY, now=NOW) == 1
    assert await tasks.close_for_requirement(world.conn, LEWISHAM, police, ("phone_silent",), by=BY, now=NOW) == 1
    assert await tasks.drop_open(world.conn, LEWISHAM, meeting, by=BY, now=NOW) == 1
    assert await tasks.drop_open(world.conn, LEWISHAM, meeting, by=BY, now=NOW) == 0
    (left,) = await task_queries.open_tasks(world.conn, LEWISHAM, None)
    assert left.meeting_reference is None
    check = await verify_chain(world.conn, LEWISHAM, str(meeting))
    assert (check.holds, check.events) == (True, 6)


async def test_tasks_come_back_with_what_is_due_soonest_first(world: World) -> None:
    dues = {"late": NOW + timedelta(days=2), "soon": NOW + timedelta(hours=1), "some day": None}
    await tasks.open_once(world.conn, [task(LEWISHAM, key, detail=key, due_at=due) for key, due in dues.items()])
    found = await task_queries.open_tasks(world.conn, LEWISHAM, None)
    assert [each.detail for each in found] == ["soon", "late", "some day"]


async def test_a_mailbox_is_added_once_stopped_once_and_resumed_once(world: World) -> None:
    address = "organiser@lewisham.example"
    assert await mailboxes.ensure(world.conn, LEWISHAM, address, by=BY, now=NOW)
    assert not await mailboxes.ensure(world.conn, LEWISHAM, address, by=BY, now=NOW)
    (box,) = await mailbox_queries.mailboxes_of(world.conn, LEWISHAM)
    assert await mailbox_queries.organiser(world.conn, LEWISHAM) == box.id
    assert await mailboxes.stop(world.conn, LEWISHAM, box.id, "The credentials were refused.", by="scheduler", now=NOW)
    assert not await mailboxes.stop(world.conn, LEWISHAM, box.id, "Again.", by="scheduler", now=NOW)
    stopped = await mailbox_queries.mailbox_by_id(world.conn, box.id)
    assert stopped is not None
    assert (stopped.state, stopped.stopped_because) == ("stopped", "The credentials were refused.")
    assert await mailboxes.resume(world.conn, LEWISHAM, box.id, by="scheduler", now=NOW)
    assert not await mailboxes.resume(world.conn, LEWISHAM, box.id, by="scheduler", now=NOW)
    assert await actions(world) == [Action.MAILBOX_ADDED, Action.MAILBOX_STOPPED, Action.MAILBOX_RESUMED]


async def test_an_active_mailbox_organises_before_a_stopped_one(world: World) -> None:
    await world.mailbox(LEWISHAM, address="a@lewisham.example", state="stopped")
    active = await world.mailbox(LEWISHAM, address="b@lewisham.example")
    assert await mailbox_queries.organiser(world.conn, LEWISHAM) == active
    assert await mailbox_queries.organiser(world.conn, WIRRAL) is None


async def test_a_notification_during_a_read_still_wants_its_own_read(world: World) -> None:
    box = await world.mailbox(LEWISHAM)
    start, during, end = NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)
    await mailboxes.want_read(world.conn, LEWISHAM, box, start)
    await mailboxes.want_read(world.conn, LEWISHAM, box, during)
    await mailboxes.want_read(world.conn, LEWISHAM, box, start)
    await mailboxes.save_read(world.conn, LEWISHAM, box, "link-1", started_at=start, finished_at=end)
    found = await mailbox_queries.mailbox_by_id(world.conn, box)
    assert found is not None
    assert (found.delta_link, found.read_at, found.read_wanted_at) == ("link-1", end, during)
    await mailboxes.save_read(world.conn, LEWISHAM, box, None, started_at=during, finished_at=end)
    found = await mailbox_queries.mailbox_by_id(world.conn, box)
    assert found is not None
    assert (found.delta_link, found.read_wanted_at) == (None, None)


async def test_a_mailbox_is_found_by_its_subscription_until_that_is_forgotten(world: World) -> None:
    box = await world.mailbox(LEWISHAM)
    subscription = Subscription("sub-1", b"\x05" * 32, NOW + timedelta(days=2))
    await mailboxes.save_subscription(world.conn, LEWISHAM, box, subscription)
    found = await mailbox_queries.mailbox_by_subscription(world.conn, "sub-1")
    assert found is not None
    assert (found.id, found.partnership, found.client_state_hash) == (box, LEWISHAM, b"\x05" * 32)
    await mailboxes.save_subscription(world.conn, LEWISHAM, box, None)
    assert await mailbox_queries.mailbox_by_subscription(world.conn, "sub-1") is None


async def test_a_request_is_found_by_key_and_by_its_sender_s_reference_with_its_answer(world: World) -> None:
    request = await world.request(LEWISHAM, source_ref="LL-77")
    await world.meeting(LEWISHAM, request_id=request, reference="CV-77")
    await world.add(
        t.idempotency_keys,
        partnership_id=LEWISHAM,
        door="api:eclipse",
        key="k",
        fingerprint=b"\x01" * 32,
        status=201,
        answer={"request_id": str(request)},
        created_at=NOW,
    )
    by_key = await request_queries.by_key(world.conn, LEWISHAM, "api:eclipse", "k")
    assert by_key is not None
    assert (by_key.status, by_key.answer) == (201, {"request_id": str(request)})
    known = await request_queries.by_source_ref(world.conn, LEWISHAM, "liquidlogic", "LL-77")
    assert known is not None
    assert (known.id, known.meeting_reference, known.answer) == (request, "CV-77", {"request_id": str(request)})
    assert await request_queries.by_key(world.conn, WIRRAL, "api:eclipse", "k") is None
    assert await request_queries.by_source_ref(world.conn, WIRRAL, "liquidlogic", "LL-77") is None


async def test_the_same_key_may_be_used_in_two_partnerships(world: World) -> None:
    for partnership in (LEWISHAM, WIRRAL):
        await world.add(
            t.idempotency_keys,
            partnership_id=partnership,
            door="api:eclipse",
            key="k",
            fingerprint=b"\x01" * 32,
            status=201,
            answer={"from": partnership},
            created_at=NOW,
        )
    known = await request_queries.by_key(world.conn, WIRRAL, "api:eclipse", "k")
    assert known is not None
    assert known.answer == {"from": WIRRAL}
