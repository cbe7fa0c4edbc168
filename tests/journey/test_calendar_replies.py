"""Answers of calendar programs, read from the organiser's mailbox: one record like any other, and nobody is believed
who was not asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Wishes
from service.scheduler.incoming import read_mail
from service.workflow.deliveries import Received
from service.workflow.meetings import NewTime, move_meeting
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import MAILBOX, SOCIAL_WORKER, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=2, hours=5)
NURSE = "school.nurse@lewisham.example"
ANSWERS = (
    "SELECT answer, version, way, reason, proposed_start, requirement_id FROM answers ORDER BY version, received_at"
)


@pytest.fixture
async def mixed(engine: AsyncEngine) -> AsyncIterator[World]:
    desks = [Desk("social_worker"), Desk("school_nurse", channel="calendar_mail")]
    # The sandbox's clock runs beside the test's, which stands still; both are on the same day.
    async with a_world(engine, desks=desks, epoch=TUESDAY_NINE - timedelta(hours=1)) as world:
        yield world


async def asked(world: World) -> Received:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.pump()
    return received


async def uid(world: World) -> str:
    return str((await world.one("SELECT id FROM meetings"))["id"])


def reply(uid: str, *, sender: str = NURSE, attendees: tuple[str, ...] = (), **changed: Any) -> bytes:
    """A REPLY as some program would write it, or as somebody means harm."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", f"METHOD:{changed.get('method', 'REPLY')}", "BEGIN:VEVENT",
        f"UID:{uid}", *([f"SEQUENCE:{changed['sequence']}"] if "sequence" in changed else ["SEQUENCE:2"]),
        f"DTSTAMP:{changed.get('stamp', TUESDAY_NINE):%Y%m%dT%H%M%SZ}", "DTSTART:20261203T140000Z",
        *(attendees or (f"ATTENDEE;PARTSTAT={changed.get('said', 'ACCEPTED')}:MAILTO:{sender}",)),
        *changed.get("more", ()), "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = changed.get("mailed_by", sender), MAILBOX, "Accepted"
    mail.set_content(" ")
    body = changed.get("body", "\r\n".join(lines))
    mail.add_alternative(body, subtype="calendar", cte="base64", params={"method": "REPLY"})
    return mail.as_bytes()


@pytest.mark.parametrize(("response", "answer"), [("accept", "yes"), ("decline", "no"), ("tentative", "maybe")])
async def test_an_answer_from_a_calendar_is_a_record_like_any_other_however_often_it_is_read(
    mixed: World, response: str, answer: str
) -> None:
    received = await asked(mixed)
    await mixed.says(NURSE, received, response, comment="Keziah's file is with us")
    await mixed.read_mail()
    await mixed.sandbox.control.post("resync", mailbox=MAILBOX)
    assert await mixed.read_mail() == 0, "told again, but known"
    await mixed.change("DELETE FROM mails_seen")
    await mixed.sandbox.control.post("resync", mailbox=MAILBOX)
    assert await mixed.read_mail() == 1
    (found,) = await mixed.rows(ANSWERS)
    assert (found["answer"], found["way"], found["version"]) == (answer, "calendar_mail", 1)
    place = await mixed.one("SELECT id FROM requirements WHERE role = 'school_nurse'")
    assert found["requirement_id"] == place["id"]
    (kept,) = await mixed.rows("SELECT sealed_comment FROM answers")
    assert kept["sealed_comment"] is not None
    assert b"Keziah" not in kept["sealed_comment"]
    assert await mixed.chains_hold()


async def test_a_proposal_and_somebody_else_to_come_are_read_too(mixed: World) -> None:
    received = await asked(mixed)
    propose = {
        "start": {"dateTime": "2026-12-04T10:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-04T11:00:00", "timeZone": "Europe/London"},
    }
    await mixed.says(NURSE, received, "tentative", propose=propose)
    await mixed.read_mail()
    assert "another_time" in await mixed.tasks()
    mixed.clock.wait(timedelta(minutes=1))
    await mixed.says(NURSE, received, "accept", delegate="matron@hospital.example")
    await mixed.read_mail()
    first, second = await mixed.rows(ANSWERS)
    assert first["answer"] == "another_time"
    assert first["proposed_start"] == datetime.fromisoformat("2026-12-04T10:00:00+00:00")
    assert (second["answer"], second["reason"]) == ("deputy", "matron@hospital.example")
    delegate = "matron@hospital.example"
    line = f'ATTENDEE;PARTSTAT=ACCEPTED;CN=Ann Other;DELEGATED-FROM="mailto:{NURSE}":mailto:{delegate}'
    stamp = TUESDAY_NINE + timedelta(minutes=1)
    mixed.clock.wait(timedelta(minutes=1))
    await mixed.mails(reply(await uid(mixed), sender=delegate, attendees=(line,), stamp=stamp))
    await mixed.read_mail()
    assert [(row["answer"], row["reason"]) for row in await mixed.rows(ANSWERS)][2:] == [("deputy", "Ann Other")]


async def test_a_name_tied_to_the_case_is_no_deputy(mixed: World) -> None:
    await asked(mixed)
    line = (f'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:r@x.example":mailto:{NURSE}',
            f'ATTENDEE;CN=Rosalind Fennimore;DELEGATED-FROM="mailto:{NURSE}":mailto:r@x.example')  # fmt: skip
    await mixed.mails(reply(await uid(mixed), attendees=line))
    await mixed.read_mail()
    assert await mixed.rows(ANSWERS) == []
    assert "name_refused" in await mixed.tasks()


async def test_an_answer_to_the_time_before_the_move_does_not_count_for_the_new_one(mixed: World) -> None:
    received = await asked(mixed)
    later = NewTime(START + timedelta(hours=2))
    await move_meeting(mixed.services, "lewisham", reference_of(received), later, actor="officer")
    await mixed.pump()
    await mixed.mails(reply(await uid(mixed), sequence=2))
    await mixed.read_mail()
    await mixed.mails(reply(await uid(mixed), sequence=4, said="DECLINED"))
    await mixed.read_mail()
    assert [(row["answer"], row["version"]) for row in await mixed.rows(ANSWERS)] == [("yes", 1), ("no", 2)]


async def test_what_answered_an_outlook_invitation_is_left_to_outlook(mixed: World) -> None:
    received = await asked(mixed)
    await mixed.says(SOCIAL_WORKER, received, "accept", comment="see you there")
    assert await mixed.read_mail() == 1
    assert await mixed.rows(ANSWERS) == []
    await mixed.read()
    assert [row["way"] for row in await mixed.rows(ANSWERS)] == ["outlook"]
    assert "needs_a_person" not in await mixed.tasks()


def _bomb() -> bytes:
    """Parts within parts within parts."""
    head = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n"
    inner = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(400))
    return head + inner + b"\r\nthe end"


async def test_no_harm_comes_of_what_a_stranger_sends_and_a_person_sees_it(mixed: World) -> None:
    await asked(mixed)
    ours = await uid(mixed)
    other = f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{SOCIAL_WORKER}"
    hostile = [
        reply("00000000-0000-0000-0000-000000000000"),
        reply("/etc/passwd"),
        reply(ours, sender="somebody@else.example"),
        reply(ours, sender=SOCIAL_WORKER),
        reply(ours, attendees=(other,)),
        reply(ours, attendees=(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{NURSE}", other)),
        reply(ours, mailed_by="somebody@else.example"),
        reply(ours, sequence=999),
        reply(ours, sequence=-1),
        reply(ours, said="MAYBE-LATER"),
        reply(ours, more=("RRULE:FREQ=SECONDLY;COUNT=99999999",)),
        reply(ours, more=("RDATE:" + ",".join(["20261203T140000Z"] * 200),)),
        reply(ours, more=tuple("COMMENT:" + "x" * 200 for _ in range(500))),
        reply(ours, more=("UID:another",)),
        reply(ours, more=("DTSTART;TZID=/etc/passwd:banana",)),
        reply(ours, body="BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + "BEGIN:VEVENT\r\n" * 60),
        reply(ours, body="BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VALARM\r\nREPEAT:99999999\r\nEND:VALARM\r\n"),
        _bomb(),
        b"\xff\x00" * 3_000,
    ]
    for raw in hostile:
        await mixed.mails(raw)
    assert await mixed.read_mail() == len(hostile)
    assert await mixed.rows(ANSWERS) == []
    held = await mixed.rows("SELECT problem, sealed_body FROM held_items")
    assert len(held) == len(hostile)
    assert all(ours not in item["problem"] for item in held)
    assert "needs_a_person" in await mixed.tasks()


async def test_a_reader_killed_at_any_wait_leaves_each_answer_recorded_once(mixed: World) -> None:
    mixed.through(AfterEachReply)
    received = await asked(mixed)
    mailbox = mixed.mailbox_ids[MAILBOX]
    await read_mail(mixed.machinery, mailbox)
    await mixed.says(NURSE, received, "accept")
    link = await mixed.one("SELECT mail_link FROM mailboxes")
    waits = await waits_of(read_mail(mixed.machinery, mailbox))
    for wait in range(1, waits + 1, 2):
        await mixed.change("UPDATE mailboxes SET mail_link = :link", link=link["mail_link"])
        await mixed.change("DELETE FROM answers")
        await mixed.change("DELETE FROM mails_seen")
        await crash_at(read_mail(mixed.machinery, mailbox), wait)
        await mixed.quiet()
        await mixed.read_mail()
        assert [row["answer"] for row in await mixed.rows(ANSWERS)] == ["yes"], f"killed at wait {wait} of {waits}"
    assert await mixed.chains_hold()
