"""A new address of the directory: nothing goes to it before somebody who reads it, or who answers a call back, gives
the code that was mailed there; until then the old one is used, or the phone."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.new_addresses import LATE_AFTER, LIFE, MOST_WRONG, AddressField, Proof
from service.domain.one_time_codes import NoCode
from service.domain.requests import Wishes
from service.scheduler.address_codes import keep_addresses
from service.store.changes.directory import InboxEntry
from service.store.queries.address_checks import open_checks
from service.store.queries.directory import directory, inboxes_for
from service.workflow import new_addresses
from service.workflow.directory import import_inboxes
from service.workflow.errors import BadInboxError, ChangedMeanwhileError, NoSuchAddressError, NoSuchInboxError
from service.workflow.inbox_edit import change_inbox
from service.workflow.new_addresses import entry_of
from tests.journey.crashing import crash_at, waits_of
from tests.journey.test_never_left_out import nobody_is_left_out, tasks_of
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=3)
NEW = "new.desk@lewisham.example"
AMY = "command:amy"


async def the_inbox(world: World) -> InboxEntry:
    async with world.engine.connect() as conn:
        (found,) = await inboxes_for(conn, "lewisham")
    return entry_of(found)


async def changed(world: World, **changes: str) -> None:
    async with world.engine.connect() as conn:
        (found,) = await inboxes_for(conn, "lewisham")
    await change_inbox(world.services, "lewisham", found.id, changes, actor=AMY)


async def mailed(world: World, address: str = NEW) -> list[str]:
    """The codes an address was sent, in their order."""
    items = await world.sandbox.control.inbox(address)
    return [code for item in items for code in re.findall(r"Code: ([A-Z0-9-]+)", item["body"])]


async def waiting(world: World) -> list[str]:
    async with world.engine.connect() as conn:
        return [str(each.id) for each in await open_checks(conn, "lewisham")]


async def given(world: World, code: str, proof: Proof = Proof.CODE) -> NoCode | None:
    async with world.engine.connect() as conn:
        (check,) = await open_checks(conn, "lewisham")
    return await new_addresses.verify(world.services, "lewisham", check.id, code, proof=proof, actor="page:inbox")


async def test_the_old_address_is_used_until_the_new_one_is_confirmed_and_then_the_meeting_goes_over(
    small: World,
) -> None:
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    await small.settle()
    await changed(small, address=NEW.upper(), name="the new desk", phone="020 7946 0777")
    assert (await the_inbox(small)).address == SOCIAL_WORKER
    assert (await the_inbox(small)).phone == "020 7946 0777", "what is no address holds at once"
    later = await small.receive(a_request(wishes=Wishes(start=START + timedelta(hours=3))))
    await small.settle()
    assert await small.delivered(SOCIAL_WORKER, reference_of(later)) == Counter(invite=1, message=1)
    assert await small.delivered(NEW) == Counter()

    assert await keep_addresses(small.machinery) == 1
    assert await keep_addresses(small.machinery) == 0
    assert await small.delivered(NEW) == Counter(message=1)
    (code,) = await mailed(small)
    assert await given(small, "AAA-AAA") is NoCode.WRONG
    assert await given(small, code.lower().replace("-", " ")) is None
    await small.settle()
    for each in (received, later):
        assert await small.delivered(NEW, reference_of(each)) == Counter(invite=1, message=1)
    assert (await the_inbox(small)).address == NEW
    assert await waiting(small) == []
    call = await small.one("SELECT known_phone, proof, ended_by FROM address_checks")
    assert call == {"known_phone": "020 7946 0101", "proof": "code", "ended_by": "page:inbox"}
    told = await small.rows("SELECT action FROM audit_events WHERE action LIKE 'directory:address%' ORDER BY number")
    assert [row["action"].removeprefix("directory:") for row in told] == [
        "address:proposed",
        "address_code:sent",
        "address:refused",
        "address:verified",
    ]
    await nobody_is_left_out(small)
    assert await small.chains_hold()


async def test_a_new_inbox_is_asked_by_phone_until_its_address_is_confirmed(small: World) -> None:
    nurse = InboxEntry("school_nurse", "nurses", "nurses@lewisham.example", "020 7946 0102", "always")
    done = await import_inboxes(small.services, "lewisham", [nurse], dry_run=False, actor=AMY)
    assert [new.address for new in done.to_confirm] == ["nurses@lewisham.example"]
    await small.receive(a_request(wishes=Wishes(start=START)))
    await small.settle()
    assert await small.delivered(nurse.address) == Counter()
    assert await tasks_of(small, "school_nurse") == ["phone_invitation"]
    again = await import_inboxes(small.services, "lewisham", [nurse], dry_run=False, actor=AMY)
    assert (again.changed, len(await waiting(small))) == ((), 1), "the same file again asks for nothing new"
    await keep_addresses(small.machinery)
    (code,) = await mailed(small, nurse.address)
    assert await given(small, code, Proof.CALL_BACK) is None
    await small.settle()
    assert await small.delivered(nurse.address) == Counter(message=2, invite=1)
    assert await tasks_of(small, "school_nurse") == []
    await nobody_is_left_out(small)


async def test_the_duty_desk_s_address_waits_too_and_both_can_wait_at_once(small: World) -> None:
    before = await the_inbox(small)
    await changed(small, address=NEW, escalation_address="night@lewisham.example")
    assert (await the_inbox(small)).escalation_address == before.escalation_address
    assert await keep_addresses(small.machinery) == 2
    async with small.engine.connect() as conn:
        checks = {each.field: each for each in await open_checks(conn, "lewisham")}
    for field, address in ((AddressField.ADDRESS, NEW), (AddressField.ESCALATION, "night@lewisham.example")):
        (code,) = await mailed(small, address)
        check_id = checks[field].id
        assert (
            await new_addresses.verify(small.services, "lewisham", check_id, code, proof=Proof.CALL_BACK, actor=AMY)
            is None
        )
    after = await the_inbox(small)
    assert (after.address, after.escalation_address) == (NEW, "night@lewisham.example")


async def test_a_bulk_import_is_vouched_for_by_a_named_person_with_a_reason(small: World) -> None:
    desk = await small.one("SELECT id FROM inboxes")
    await small.change(
        "INSERT INTO desks (id, partnership_id, name, capacity, updated_at) "
        "VALUES (:id, 'lewisham', 'joint', 2, now())",
        id=desk["id"],
    )
    await small.change("UPDATE inboxes SET desk_id = :id", id=desk["id"])
    moved = replace(await the_inbox(small), address=NEW)
    await import_inboxes(
        small.services, "lewisham", [moved], dry_run=False, actor=AMY, vouched="its own list, read back by phone"
    )
    assert (await the_inbox(small)).address == NEW
    kept = await small.one("SELECT state, proof, reason, ended_by FROM address_checks WHERE field = 'address'")
    assert kept == {
        "state": "verified", "proof": "vouched", "reason": "its own list, read back by phone", "ended_by": AMY
    }  # fmt: skip
    assert (await small.one("SELECT desk_id FROM inboxes WHERE active"))["desk_id"] == desk["id"]
    assert await keep_addresses(small.machinery) == 0
    assert await small.delivered(NEW) == Counter()


async def test_five_wrong_codes_or_a_week_end_a_code_and_a_new_one_can_be_sent(small: World) -> None:
    await changed(small, address=NEW)
    await keep_addresses(small.machinery)
    (code,) = await mailed(small)
    said = [await given(small, "ZZZ-ZZZ") for _ in range(MOST_WRONG)]
    assert said == [NoCode.WRONG] * (MOST_WRONG - 1) + [NoCode.TOO_MANY]
    assert await given(small, code) is NoCode.TOO_MANY
    async with small.engine.connect() as conn:
        (check,) = await open_checks(conn, "lewisham")
    await new_addresses.send_again(small.services, "lewisham", check.id, actor=AMY)
    await keep_addresses(small.machinery)
    codes = await mailed(small)
    assert (len(set(codes)), await given(small, codes[0])) == (2, NoCode.WRONG)
    small.real.wait(LIFE)
    assert await given(small, codes[1]) is NoCode.NONE_OUT
    await new_addresses.send_again(small.services, "lewisham", check.id, actor=AMY)
    await keep_addresses(small.machinery)
    assert await given(small, (await mailed(small))[2]) is None
    with pytest.raises(NoSuchAddressError):
        await new_addresses.drop(small.services, "lewisham", check.id, actor=AMY)


async def test_an_address_nobody_confirms_becomes_a_task_that_ends_with_it(small: World) -> None:
    await changed(small, address=NEW)
    await keep_addresses(small.machinery)
    assert "address_unverified" not in await small.tasks()
    small.clock.wait(LATE_AFTER)
    for _ in range(2):
        await keep_addresses(small.machinery)
    (task,) = await small.rows("SELECT detail, owner FROM tasks WHERE kind = 'address_unverified' AND state = 'open'")
    assert (task["owner"], "020 7946 0101" in task["detail"], NEW in task["detail"]) == ("administrator", True, False)
    async with small.engine.connect() as conn:
        (check,) = await open_checks(conn, "lewisham")
    await new_addresses.drop(small.services, "lewisham", check.id, actor=AMY)
    assert "address_unverified" not in await small.tasks()
    assert (await the_inbox(small)).address == SOCIAL_WORKER
    await changed(small, address=NEW)
    assert len(await waiting(small)) == 1, "a dropped address can be given again, and waits again"


async def test_a_second_address_takes_the_place_of_one_that_still_waits(small: World) -> None:
    await changed(small, address=NEW)
    await changed(small, address="newer@lewisham.example")
    assert await keep_addresses(small.machinery) == 1
    assert (await mailed(small), len(await mailed(small, "newer@lewisham.example"))) == ([], 1)


async def test_a_code_leaves_once_wherever_the_worker_stops(small: World) -> None:
    """As every job: killed at each of its waits, run again later, the address has had exactly one mail."""
    await changed(small, address=NEW)
    waits = await waits_of(keep_addresses(small.machinery))
    assert await small.delivered(NEW) == Counter(message=1)
    for number, at in enumerate(range(0, waits, 7)):
        address = f"desk.{number}@lewisham.example"
        await changed(small, address=address)
        await crash_at(keep_addresses(small.machinery), at)
        await small.quiet()
        small.real.wait(timedelta(minutes=10))
        await keep_addresses(small.machinery)
        assert await small.delivered(address) == Counter(message=1), at


@pytest.mark.parametrize("call", ["create_message", "send_message"])
async def test_a_lost_reply_sends_no_second_code_and_a_refused_one_is_a_task_at_once(small: World, call: str) -> None:
    await small.sandbox.control.fault(call, "lose_reply_after_commit")
    await changed(small, address=NEW)
    for _ in range(3):
        await keep_addresses(small.machinery)
        await small.quiet()
        small.real.wait(timedelta(minutes=1))
    assert await small.delivered(NEW) == Counter(message=1)
    await small.sandbox.control.fault("create_message", "status", status=404)
    await changed(small, address="nobody@lewisham.example")
    await keep_addresses(small.machinery)
    assert "address_unverified" in await small.tasks()
    failed = await small.one("SELECT mail_state FROM address_checks WHERE state = 'open'")
    assert failed["mail_state"] == "failed"


WRONG = [
    ({"address": "not an address"}, "address"),
    ({"hours": "whenever"}, "hours"),
    ({"phone": ""}, "phone"),
    ({"capacity": "0"}, "capacity"),
    ({"channel": "pigeon"}, "channel"),
    ({"channel": "phone", "address": NEW}, "address"),
    ({"name": "=cmd()"}, "name"),
    ({"name": "x" * 300}, "name"),
]


async def test_what_an_inbox_cannot_be_is_said_field_by_field_and_changes_nothing(small: World) -> None:
    before = await the_inbox(small)
    for changes, field in WRONG:
        with pytest.raises(BadInboxError) as refused:
            await changed(small, **changes)
        assert list(refused.value.problems) == [field], changes
    assert (await the_inbox(small), await waiting(small)) == (before, [])


async def test_a_change_of_what_somebody_else_has_changed_meanwhile_is_refused(small: World) -> None:
    async with small.engine.connect() as conn:
        (seen,) = await inboxes_for(conn, "lewisham")
    small.clock.wait(timedelta(minutes=1))
    await changed(small, phone="020 7946 0888")
    with pytest.raises(ChangedMeanwhileError):
        await change_inbox(small.services, "lewisham", seen.id, {"name": "another"}, actor=AMY, seen=seen.updated_at)
    with pytest.raises(NoSuchInboxError):
        await change_inbox(small.services, "wirral", seen.id, {"name": "another"}, actor=AMY)


async def test_asked_by_phone_and_back_keeps_the_address_it_had_confirmed_or_not(small: World) -> None:
    await changed(small, channel="phone", address="")
    assert ((await the_inbox(small)).channel, (await the_inbox(small)).address) == ("phone", SOCIAL_WORKER)
    await changed(small, channel="outlook")
    assert (await the_inbox(small)).channel == "phone", "whether it is still read, nobody knows"
    await keep_addresses(small.machinery)
    assert await given(small, (await mailed(small, SOCIAL_WORKER))[0]) is None
    assert (await the_inbox(small)).channel == "outlook"
    await changed(small, channel="phone")
    await changed(small, channel="calendar_mail")
    assert (await the_inbox(small)).channel == "calendar_mail", "it was confirmed before"
    async with small.engine.connect() as conn:
        assert len(await directory(conn, "lewisham")) == 1
