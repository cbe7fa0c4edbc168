"""An inbox that cannot take Outlook invitations: no guest of the event, but one calendar mail for each thing that
changes, each once, whatever happens; and never both channels for one inbox."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Wishes
from service.scheduler.dispatch import dispatch
from service.store.changes.directory import InboxEntry
from service.store.changes.outbox import LEASE
from service.store.queries.directory import Inbox, inboxes_for
from service.workflow.deliveries import Received
from service.workflow.directory import import_inboxes
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.safe_route import StoppedPlace, stop_place
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import MAILBOX, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=2, hours=5)
NURSE = "school.nurse@lewisham.example"
# Every second or sixth wait is enough each time: the acts share their way out. Set all to 1 to try each one.
STRIDE = {"request": 2, "update": 6, "cancel": 6}
BY_MAIL = Desk("school_nurse", channel="calendar_mail")


@pytest.fixture
async def mixed(engine: AsyncEngine) -> AsyncIterator[World]:
    """A guest of the event, and an inbox that is none."""
    async with a_world(engine, desks=[Desk("social_worker"), BY_MAIL]) as world:
        yield world


async def asked(world: World, **changes: Any) -> Received:
    received = await world.receive(a_request(wishes=Wishes(start=START), **changes))
    await world.pump()
    return received


async def calendar(world: World, address: str = NURSE) -> list[dict[str, str]]:
    """Every calendar part that an address was sent, oldest first, as its properties."""
    found = []
    for item in (await world.sandbox.control.inbox(address))[:]:
        for file in item["attachments"]:
            if file["content_type"].startswith("text/calendar"):
                text = base64.b64decode(file["content"]).decode().replace("\r\n ", "")
                pairs = (line.split(":", 1) for line in text.split("\r\n") if ":" in line)
                found.append({name.split(";")[0]: value for name, value in pairs})
    return found


def said(parts: list[dict[str, str]]) -> list[tuple[str, int]]:
    return [(part["METHOD"], int(part["SEQUENCE"])) for part in parts]


async def guests(world: World) -> set[str]:
    (event,) = await world.events()
    return {guest["address"] for guest in event["attendees"]}


async def switch(world: World, channel: str, address: str = NURSE) -> None:
    """The directory gives one inbox another channel."""
    async with world.engine.connect() as conn:
        there = await inboxes_for(conn, "lewisham")
    rows = [_entry(inbox, channel if inbox.address == address else inbox.channel) for inbox in there]
    known = "it is the inbox the agency has had all along"
    await import_inboxes(world.services, "lewisham", rows, dry_run=False, actor="officer", vouched=known)
    await world.pump()


def _entry(inbox: Inbox, channel: str) -> InboxEntry:
    known = {name: value for name, value in asdict(inbox).items() if name in InboxEntry.__dataclass_fields__}
    return replace(InboxEntry(**known), channel=channel)


async def test_one_mail_brings_the_words_and_the_entry_and_the_event_does_not_know_the_inbox(mixed: World) -> None:
    received = await asked(mixed)
    reference = reference_of(received)
    assert NURSE not in await guests(mixed)
    (part,) = await calendar(mixed)
    assert (part["METHOD"], part["SUMMARY"]) == ("REQUEST", f"Professionals' meeting {reference}")
    assert (part["DTSTART"], part["STATUS"]) == (f"{START:%Y%m%dT%H%M%SZ}", "CONFIRMED")
    assert part["ORGANIZER"] == f"mailto:{MAILBOX}"
    assert part["ATTENDEE"] == f"mailto:{NURSE}"
    (item,) = await mixed.sandbox.control.inbox(NURSE)
    assert item["subject"] == f"Professionals' meeting {reference}"
    assert "/r/" in item["body"]
    invitation = await mixed.one("SELECT * FROM invitations WHERE channel = 'calendar_mail'")
    assert invitation["state"] == "sent"
    assert invitation["message_handed_at"] == invitation["event_handed_at"] == TUESDAY_NINE
    for name in ("Keziah", "Fennimore", "Elm Row", "social.worker"):
        assert name not in str(item) + str(part)


async def test_moving_and_calling_off_keep_the_uid_and_raise_the_sequence(mixed: World) -> None:
    received = await asked(mixed)
    later = NewTime(START + timedelta(hours=2))
    await move_meeting(mixed.services, "lewisham", reference_of(received), later, actor="officer")
    await mixed.pump()
    await cancel_meeting(mixed.services, "lewisham", reference_of(received), reason="facts_now_clear", actor="officer")
    await mixed.pump()
    parts = await calendar(mixed)
    assert said(parts) == [("REQUEST", 2), ("REQUEST", 4), ("CANCEL", 5)]
    assert len({part["UID"] for part in parts}) == 1
    assert parts[1]["DTSTART"] == parts[2]["DTSTART"] == f"{later.start:%Y%m%dT%H%M%SZ}"
    assert parts[2]["STATUS"] == "CANCELLED"
    assert await mixed.chains_hold()


async def test_an_inbox_that_may_be_a_guest_now_loses_the_entry_and_gets_outlooks(mixed: World) -> None:
    await asked(mixed)
    before = await mixed.rows("SELECT requirement_id, message_handed_at, event_handed_at FROM invitations ORDER BY 1")
    mixed.clock.wait(timedelta(hours=1))
    await switch(mixed, "outlook")
    assert said(await calendar(mixed)) == [("REQUEST", 2), ("CANCEL", 3)]
    assert NURSE in await guests(mixed)
    kinds = [item["kind"] for item in await mixed.sandbox.control.inbox(NURSE)]
    assert kinds == ["message", "message", "invite"]
    # When it was asked, and so its notice, stands.
    assert before == await mixed.rows(
        "SELECT requirement_id, message_handed_at, event_handed_at FROM invitations ORDER BY 1"
    )
    await switch(mixed, "outlook")
    assert len(await mixed.sandbox.control.inbox(NURSE)) == 3
    await switch(mixed, "calendar_mail")
    assert said(await calendar(mixed)) == [("REQUEST", 2), ("CANCEL", 3), ("REQUEST", 4)]
    assert NURSE not in await guests(mixed)
    assert await mixed.chains_hold()


async def test_an_inbox_reached_by_phone_now_is_phoned_and_its_entry_taken_back(mixed: World) -> None:
    await asked(mixed)
    await switch(mixed, "phone")
    assert said(await calendar(mixed)) == [("REQUEST", 2), ("CANCEL", 3)]
    assert "phone_invitation" in await mixed.tasks()
    assert await mixed.rows("SELECT id FROM chases WHERE state = 'due' AND requirement_id IN "
                            "(SELECT id FROM requirements WHERE role = 'school_nurse')") == []  # fmt: skip
    await switch(mixed, "calendar_mail")
    assert said(await calendar(mixed)) == [("REQUEST", 2), ("CANCEL", 3), ("REQUEST", 4)]
    assert "phone_invitation" not in await mixed.tasks()


async def test_an_inbox_that_left_the_directory_or_must_not_be_told_loses_its_entry_and_hears_no_more(
    mixed: World,
) -> None:
    received = await asked(mixed)
    await stop_place(mixed.services, "lewisham", reference_of(received), StoppedPlace("school_nurse"), actor="officer")
    await mixed.pump()
    assert said(await calendar(mixed)) == [("REQUEST", 2), ("CANCEL", 3)]
    last = (await mixed.sandbox.control.inbox(NURSE))[-1]
    assert "/r/" not in last["body"]
    await cancel_meeting(mixed.services, "lewisham", reference_of(received), reason="facts_now_clear", actor="officer")
    await mixed.pump()
    assert len(await calendar(mixed)) == 2


async def test_a_desk_with_two_jobs_keeps_its_entry_until_neither_asks_it(engine: AsyncEngine) -> None:
    both = [BY_MAIL, replace(BY_MAIL, role="health_practitioner", address=NURSE)]
    async with a_world(engine, desks=[Desk("social_worker"), *both]) as world:
        received = await asked(world)
        assert said(await calendar(world)) == [("REQUEST", 2), ("REQUEST", 3)]
        await world.change("UPDATE inboxes SET active = false WHERE role = 'school_nurse'")
        await switch(world, "calendar_mail")
        assert len(await calendar(world)) == 2, "the other place still asks it"
        await cancel_meeting(
            world.services, "lewisham", reference_of(received), reason="facts_now_clear", actor="officer"
        )
        await world.pump()
        assert said(await calendar(world))[2:] == [("CANCEL", 4)]


async def test_a_name_in_the_venue_holds_the_calendar_mail_back_although_its_lines_are_folded(mixed: World) -> None:
    venue = "Room 4 in the long corridor of the town hall, ask for Keziah Fennimore"
    time = NewTime(START, mode="in_person", venue=venue)
    received = await mixed.receive(a_request(wishes=Wishes()))
    await confirm_meeting(mixed.services, "lewisham", reference_of(received), time, actor="officer")
    await mixed.pump()
    assert await calendar(mixed) == []
    assert {"held_back", "not_delivered"} <= await mixed.tasks()


async def _staged(world: World, act: str) -> tuple[Received, list[str]]:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    if act == "request":
        (event,) = await world.due()
        await dispatch(world.machinery, event)
        return received, ["REQUEST"]
    await world.pump()
    if act == "update":
        later = NewTime(START + timedelta(hours=2))
        await move_meeting(world.services, "lewisham", reference_of(received), later, actor="officer")
        for row in await world.due():
            if (await world.one("SELECT kind FROM outbox WHERE id = :id", id=row))["kind"] != "message":
                await dispatch(world.machinery, row)
        return received, ["REQUEST", "REQUEST"]
    reference = reference_of(received)
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    return received, ["REQUEST", "CANCEL"]


async def _its_row(world: World) -> Any:
    rows = await world.rows(
        "SELECT o.id FROM outbox o JOIN requirements r ON r.id = o.requirement_id WHERE r.role = 'school_nurse' "
        "AND o.kind = 'message' AND o.id = ANY(:due)",
        due=await world.due(),
    )
    assert len(rows) == 1
    return rows[0]["id"]


@pytest.mark.parametrize("act", ["request", "update", "cancel"])
async def test_a_worker_killed_at_any_wait_leaves_one_calendar_mail(mixed: World, act: str) -> None:
    mixed.through(AfterEachReply)

    async def finished(expected: list[str], where: str) -> None:
        await mixed.quiet()
        mixed.real.wait(LEASE + timedelta(seconds=1))
        await mixed.settle()
        assert [part["METHOD"] for part in await calendar(mixed)] == expected, where
        sequences = [sequence for _, sequence in said(await calendar(mixed))]
        assert sequences == sorted(set(sequences)), where
        assert await mixed.rows("SELECT id FROM outbox WHERE state <> 'done'") == [], where

    waits = 0
    for _ in range(2):
        await mixed.sandbox.control.post("reset")
        _, expected = await _staged(mixed, act)
        waits = await waits_of(dispatch(mixed.machinery, await _its_row(mixed)))
        await finished(expected, "nothing went wrong")
    points = 0
    for wait in range(1, waits + 1, STRIDE[act]):
        await mixed.sandbox.control.post("reset")
        _, expected = await _staged(mixed, act)
        points += await crash_at(dispatch(mixed.machinery, await _its_row(mixed)), wait)
        await finished(expected, f"{act} killed at wait {wait} of {waits}")
    assert points
    assert await mixed.chains_hold()
