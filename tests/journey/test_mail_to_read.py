"""Ordinary mail, automatic replies and mail that came back: kept under seal, in front of a person, and nobody who is
away holds a ladder up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.answers import Answer
from service.domain.chasing import SETTLE
from service.domain.requests import Wishes
from service.scheduler.incoming import read_mail
from service.store.tables import requests
from service.workflow import identity
from service.workflow.deliveries import Received
from service.workflow.errors import ErasedError, NameRefusedError, NoReasonError, NoSuchMailError
from service.workflow.mail_to_read import Meant, settle_mail
from service.workflow.meetings import cancel_meeting
from service.workflow.safe_route import StoppedPlace, stop_place
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import MAILBOX, SOCIAL_WORKER, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=7, hours=5)
NURSE = "school.nurse@lewisham.example"


@pytest.fixture
async def mixed(engine: AsyncEngine) -> AsyncIterator[World]:
    desks = [Desk("social_worker"), Desk("school_nurse", channel="calendar_mail")]
    async with a_world(engine, desks=desks, epoch=TUESDAY_NINE - timedelta(hours=1)) as world:
        yield world


async def asked(world: World) -> Received:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.pump()
    return received


def a_mail(subject: str, words: str = "Sue will come", *headers: str, sender: str = SOCIAL_WORKER) -> bytes:
    lines = [f"From: A Person <{sender}>", f"To: {MAILBOX}", f"Subject: {subject}", *headers, "", words]
    return "\r\n".join(lines).encode()


def came_back(address: str, *headers: str) -> bytes:
    lines = [
        "From: postmaster@lewisham.example", "Subject: Undeliverable", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "", "--b",
        "Content-Type: text/plain", "", "It could not be delivered.", "--b",
        "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example", "",
        f"Final-Recipient: rfc822; {address}", "Action: failed", "", "--b", "Content-Type: message/rfc822", "",
        *headers, "Subject: x", "", "hello", "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


async def the_mail(world: World) -> dict[str, Any]:
    return await world.one("SELECT * FROM mail_to_read")


async def place(world: World, role: str) -> UUID:
    found: UUID = (await world.one("SELECT id FROM requirements WHERE role = :role", role=role))["id"]
    return found


async def steps(world: World, role: str) -> list[tuple[str, str, datetime]]:
    rows = await world.rows(
        'SELECT c."to", c.state, c.due_at FROM chases c JOIN requirements r ON r.id = c.requirement_id '
        "WHERE r.role = :role ORDER BY c.step",
        role=role,
    )
    return [(row["to"], row["state"], row["due_at"]) for row in rows]


async def test_words_wait_sealed_for_a_person_and_become_an_answer(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    await mixed.mails(a_mail(f"Re: {reference.lower().replace('-', ' ')}", "Sue Mills will come for us."))
    await mixed.read_mail()
    await mixed.sandbox.control.post("resync", mailbox=MAILBOX)
    await mixed.read_mail()
    mail = await the_mail(mixed)
    assert (mail["kind"], mail["state"]) == ("ordinary", "open")
    assert mail["requirement_id"] == await place(mixed, "social_worker")
    assert b"Sue" not in mail["sealed_mail"]
    assert "mail_to_read" in await mixed.tasks()
    with pytest.raises(NoReasonError):
        await identity.open_mail(mixed.services, "lewisham", reference, mail["id"], reason="", actor="officer")
    said = await identity.open_mail(mixed.services, "lewisham", reference, mail["id"], reason="to settle it", actor="o")
    assert (said.sender, said.words) == (SOCIAL_WORKER, "Sue Mills will come for us.")
    meant = Meant(Answer.DEPUTY, reason="Sue Mills, duty social worker")
    for _ in range(2):
        await settle_mail(mixed.services, "lewisham", reference, mail["id"], meant, actor="staff:officer")
    answer = await mixed.one("SELECT answer, way, reason, requirement_id FROM answers")
    assert (answer["answer"], answer["way"], answer["reason"]) == ("deputy", "mail", meant.reason)
    assert (await the_mail(mixed))["state"] == "answered"
    assert "mail_to_read" not in await mixed.tasks()
    assert await mixed.chains_hold()


async def test_a_thread_tells_where_words_belong_and_a_name_tied_to_the_case_does_not_come(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    (item,) = await mixed.sandbox.control.inbox(NURSE)
    await mixed.mails(a_mail("Hello", "I shall come", f"In-Reply-To: {item['internet_id']}", sender="sue@home.example"))
    await mixed.read_mail()
    mail = await the_mail(mixed)
    assert mail["requirement_id"] == await place(mixed, "school_nurse")
    with pytest.raises(NameRefusedError):
        await settle_mail(
            mixed.services, "lewisham", reference, mail["id"],
            Meant(Answer.DEPUTY, reason="Rosalind Fennimore, nurse"), actor="officer",
        )  # fmt: skip
    assert (await the_mail(mixed))["state"] == "open"
    await settle_mail(mixed.services, "lewisham", reference, mail["id"], Meant(None), actor="officer")
    assert (await the_mail(mixed))["state"] == "nothing"
    assert await mixed.rows("SELECT id FROM answers") == []


async def test_what_belongs_nowhere_is_kept_for_a_person(mixed: World) -> None:
    await asked(mixed)
    await mixed.mails(a_mail("A newsletter", "CV-1111-1111 is nobody's"))
    await mixed.read_mail()
    assert await mixed.rows("SELECT id FROM mail_to_read") == []
    assert "needs_a_person" in await mixed.tasks()


async def test_an_out_of_office_reply_brings_the_next_step_to_somebody_else_once_the_invitation_has_had_its_time(
    mixed: World,
) -> None:
    reference = reference_of(await asked(mixed))
    before = await steps(mixed, "social_worker")
    onward = [step for step in before if step[0] != "inbox"]
    assert onward[0][2] > mixed.clock.now()
    invited = mixed.clock.now()
    await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away", "Auto-Submitted: auto-generated"))
    await mixed.read_mail()
    after = await steps(mixed, "social_worker")
    assert [step for step in after if step[0] == "inbox"] == [step for step in before if step[0] == "inbox"]
    brought = [step for step in after if step[0] != "inbox"]
    assert brought[0] == (onward[0][0], "due", invited + SETTLE)
    assert brought[1:] == onward[1:]
    assert "mail_to_read" not in await mixed.tasks()
    assert await mixed.chase() == 0
    mixed.clock.wait(SETTLE)
    assert await mixed.chase() == 1
    assert await mixed.chains_hold()


async def test_however_many_are_away_one_step_comes_sooner_and_the_last_ones_keep_their_time(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    before = await steps(mixed, "social_worker")
    for who in (SOCIAL_WORKER, f"manager.{SOCIAL_WORKER}", f"manager.{SOCIAL_WORKER}"):
        mixed.clock.wait(SETTLE)
        await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away", sender=who))
        await mixed.read_mail()
        await mixed.chase()
        await mixed.pump()
    after = await steps(mixed, "social_worker")
    assert [old != new for old, new in zip(before, after, strict=True)].count(True) == 1
    assert after[-1] == before[-1]
    assert after[0][1] == "due", "others may read the inbox"


async def test_an_acknowledgement_is_filed_and_changes_nothing(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    before = await steps(mixed, "social_worker")
    mixed.clock.wait(SETTLE)
    words = "Thank you for your email. We aim to respond within two working days."
    await mixed.mails(a_mail(f"Automatic reply: {reference}", words, "Auto-Submitted: auto-replied"))
    await mixed.read_mail()
    mail = await the_mail(mixed)
    assert (mail["kind"], mail["state"], mail["settled_by"]) == ("acknowledgement", "nothing", "mail")
    assert await steps(mixed, "social_worker") == before
    assert not {"mail_to_read", "needs_a_person", "address_fails"} & await mixed.tasks()


async def test_the_last_step_is_never_spent_on_somebody_who_is_away(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    last = (await steps(mixed, "social_worker"))[-1]
    await mixed.change("UPDATE chases SET state = 'sent', finished_at = due_at WHERE due_at < :last", last=last[2])
    await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away"))
    await mixed.read_mail()
    assert (await steps(mixed, "social_worker"))[-1] == last


async def test_an_automatic_reply_at_night_waits_until_the_agency_opens(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    mixed.clock.pass_to(TUESDAY_NINE + timedelta(hours=12))
    await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away"))
    await mixed.read_mail()
    first = next(step for step in await steps(mixed, "social_worker") if step[0] != "inbox")
    assert first[2] == TUESDAY_NINE + timedelta(days=1)


async def test_mail_that_came_back_is_a_call_to_make_and_moves_the_ladder_on(mixed: World) -> None:
    await asked(mixed)
    row = await mixed.one(
        "SELECT o.id FROM outbox o JOIN requirements r ON r.id = o.requirement_id WHERE r.role = 'social_worker'"
    )
    await mixed.mails(came_back(SOCIAL_WORKER, f"X-Convene-Key: {row['id']}"))
    await mixed.read_mail()
    mail = await the_mail(mixed)
    assert (mail["kind"], mail["requirement_id"]) == ("bounce", await place(mixed, "social_worker"))
    task = await mixed.one("SELECT detail FROM tasks WHERE kind = 'address_fails'")
    assert "Phone social worker desk on 020 7946 0101" in task["detail"]
    assert {state for to, state, _ in await steps(mixed, "social_worker") if to == "inbox"} == {"not_sent"}


async def test_nobody_is_told_to_phone_an_inbox_that_must_not_be_told(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    (item,) = await mixed.sandbox.control.inbox(NURSE)
    await stop_place(mixed.services, "lewisham", reference, StoppedPlace("school_nurse"), actor="officer")
    await mixed.pump()
    await mixed.mails(came_back(NURSE, f"Message-ID: {item['internet_id']}"))
    await mixed.read_mail()
    task = await mixed.one("SELECT detail FROM tasks WHERE kind = 'address_fails'")
    assert "nurse" not in task["detail"]


async def test_words_beside_an_answer_are_read_too_and_a_called_off_meeting_chases_nobody(mixed: World) -> None:
    received = await asked(mixed)
    await mixed.says(SOCIAL_WORKER, received, "accept", comment="but Sue will come for me")
    await mixed.read_mail()
    mail = await the_mail(mixed)
    assert (mail["kind"], mail["requirement_id"]) == ("ordinary", await place(mixed, "social_worker"))
    reference = reference_of(received)
    await cancel_meeting(mixed.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    ended = await steps(mixed, "social_worker")
    await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away"))
    await mixed.read_mail()
    assert await steps(mixed, "social_worker") == ended


async def test_what_a_mail_says_goes_with_the_key_of_its_request(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    await mixed.mails(a_mail(f"Re: {reference}"))
    await mixed.read_mail()
    mail = await the_mail(mixed)
    async with mixed.engine.begin() as conn:
        await conn.execute(requests.update().values(wrapped_key=None))
    with pytest.raises(ErasedError):
        await identity.open_mail(mixed.services, "lewisham", reference, mail["id"], reason="why", actor="officer")
    await mixed.mails(a_mail(f"Re: {reference}", "again"))
    await mixed.read_mail()
    assert [row["sealed_mail"] for row in await mixed.rows("SELECT sealed_mail FROM mail_to_read")][1:] == [None]
    with pytest.raises(NoSuchMailError):
        await identity.open_mail(mixed.services, "wirral", reference, mail["id"], reason="why", actor="officer")


async def test_without_the_right_to_read_mail_nothing_is_read(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    await mixed.mails(a_mail(f"Re: {reference}"))
    mixed.machinery = replace(mixed.machinery, reads_mail=False)
    assert await mixed.read_mail() == 0
    mixed.machinery = replace(mixed.machinery, reads_mail=True)
    await mixed.sandbox.control.post("faults", operation="mail_delta", kind="status", status=403)
    assert await mixed.read_mail() == 0
    assert (await mixed.one("SELECT state FROM mailboxes"))["state"] == "active", "sending goes on"


async def test_a_reader_killed_at_any_wait_keeps_each_mail_once(mixed: World) -> None:
    mixed.through(AfterEachReply)
    reference = reference_of(await asked(mixed))
    mailbox = mixed.mailbox_ids[MAILBOX]
    await read_mail(mixed.machinery, mailbox)
    await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away"))
    link = await mixed.one("SELECT mail_link FROM mailboxes")
    waits = await waits_of(read_mail(mixed.machinery, mailbox))
    for wait in range(1, waits + 1, 3):
        await mixed.change("UPDATE mailboxes SET mail_link = :link", link=link["mail_link"])
        await mixed.change("DELETE FROM mail_to_read")
        await mixed.change("DELETE FROM mails_seen")
        await crash_at(read_mail(mixed.machinery, mailbox), wait)
        await mixed.quiet()
        await mixed.read_mail()
        assert len(await mixed.rows("SELECT id FROM mail_to_read")) == 1, f"killed at wait {wait} of {waits}"
    assert await mixed.chains_hold()
