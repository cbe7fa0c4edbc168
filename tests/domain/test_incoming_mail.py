"""Reading strangers' mail and calendars: whatever comes, it is read, refused with a sentence, or nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.answers import Answer
from service.domain.calendar_reply import CalendarReply, RefusedReplyError, method_of, read_reply, uid_seen
from service.domain.incoming_mail import Incoming, MailKind, UnreadableMailError, read_incoming

NURSE = "nurse@school.example"
REPLY = "\r\n".join(
    [
        "BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT", "UID:u-1", "SEQUENCE:3",
        "DTSTAMP:20261201T090000Z", f"ATTENDEE;PARTSTAT=ACCEPTED;CN=The Nurse:MAILTO:{NURSE.upper()}",
        "END:VEVENT", "END:VCALENDAR", "",
    ]
)  # fmt: skip


def mail(*lines: str, words: str = "Sue will come") -> bytes:
    return "\r\n".join(["From: The Nurse <Nurse@School.example>", "To: us@council.example", *lines, "", words]).encode()


def returned(action: str = "failed", inner: str = "Message-ID: <row-7@council.example>") -> bytes:
    return "\r\n".join(
        [
            "From: postmaster@council.example", "Subject: Undeliverable: CV-7K3Q-9XHD",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "", "--b",
            "Content-Type: text/plain", "", "It could not be delivered.", "--b",
            "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example", "",
            f"Final-Recipient: rfc822; {NURSE.upper()}", f"Action: {action}",
            "Status: 5.1.1", "", "--b", "Content-Type: message/rfc822", "", inner, "Subject: x", "", "hello", "--b--",
            "",
        ]
    ).encode()  # fmt: skip


def automatic(subject: str, words: str) -> bytes:
    lines = [f"From: {NURSE}", f"Subject: {subject}", "Auto-Submitted: auto-replied", "", words]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("why", "raw", "kind"),
    [
        ("words", mail("Subject: Re: the meeting"), MailKind.ORDINARY),
        ("Exchange's out of office", automatic("Automatic reply: x", "I am out of the office."), MailKind.AUTOMATIC),
        (
            "thanks beside it",
            automatic("Automatic reply: x", "Thank you for your email. I am away until Monday."),
            MailKind.AUTOMATIC,
        ),
        ("titled, no words that say why", automatic("Automatic reply: x", "Please ring the desk."), MailKind.AUTOMATIC),
        ("a vacation by another program", automatic("Re: x", "I am on annual leave."), MailKind.AUTOMATIC),
        (
            "a desk by Exchange's automatic reply",
            automatic("Automatic reply: x", "We have received your email."),
            MailKind.ACKNOWLEDGEMENT,
        ),
        (
            "a desk closed each evening",
            automatic("Automatic reply: x", "Thank you for your mail. Out of office hours ring us."),
            MailKind.ACKNOWLEDGEMENT,
        ),
        (
            "a help desk's ticket",
            automatic("[#1234] x", "Your request has been logged; we get back to you within a day."),
            MailKind.ACKNOWLEDGEMENT,
        ),
        ("no word that says why", mail("Auto-Submitted: auto-generated", "Subject: x"), MailKind.ACKNOWLEDGEMENT),
        ("RFC 3834", mail("Auto-Submitted: auto-replied (vacation)"), MailKind.AUTOMATIC),
        ("said to be by a person", mail("Auto-Submitted: no"), MailKind.ORDINARY),
        ("an older program", mail("X-Autoreply: yes", "Subject: Out of office"), MailKind.AUTOMATIC),
        ("an older program that says no more", mail("X-Autorespond: yes"), MailKind.ACKNOWLEDGEMENT),
        ("by its subject", mail("Subject: Automatic reply: CV-7K3Q-9XHD"), MailKind.AUTOMATIC),
        ("came back", returned(), MailKind.BOUNCE),
        ("late, and may still arrive", returned("delayed"), MailKind.ORDINARY),
    ],
)
def test_what_sort_of_mail_it_is(why: str, raw: bytes, kind: MailKind) -> None:
    assert read_incoming(raw).kind == kind, why


def test_who_sent_it_what_it_says_and_which_thread_it_is_in() -> None:
    read = read_incoming(mail("Subject: =?utf-8?q?Ad=C3=A9le?=", "References: <a@x.example> <Row-1@council.example>"))
    assert (read.sender, read.subject, read.words) == (NURSE, "Adéle", "Sue will come")
    assert read.thread == ("a", "row-1")
    back = read_incoming(returned())
    assert (back.failed, back.thread) == ((NURSE,), ("row-7",))
    marked = EmailMessage()
    marked["From"] = NURSE
    marked.set_content("<style>p{}</style><p>Sue &amp; Tom <b>will come</b></p>", subtype="html")
    assert "Sue & Tom will come" in read_incoming(marked.as_bytes()).words


def test_an_answer_says_who_what_and_to_which_mail() -> None:
    read = read_reply(REPLY.encode(), NURSE)
    assert (read.uid, read.address, read.answer, read.sequence) == ("u-1", NURSE, Answer.YES, 3)
    assert read.stamped_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert (method_of(REPLY.encode()), uid_seen(REPLY.encode())) == ("REPLY", "u-1")


def test_a_file_of_this_machine_is_never_read_for_a_calendar() -> None:
    with pytest.raises(RefusedReplyError, match="cannot be read"):
        read_reply(b"/etc/hostname", NURSE)


@pytest.mark.parametrize("levels", [61, 5_000])
def test_nesting_costs_no_time(levels: int) -> None:
    level = b'\r\nContent-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d'
    raw = mail() + b"".join(level % (n, n) for n in range(levels))
    began = time.process_time()
    with pytest.raises(UnreadableMailError):
        read_incoming(raw)
    assert time.process_time() - began < 1


_LINES = st.sampled_from(
    [*REPLY.split("\r\n"), "RRULE:FREQ=SECONDLY", "RDATE:20261203T140000Z", "BEGIN:VALARM", "END:VALARM",
     "ATTENDEE:mailto:a@b.example", "DTSTART;TZID=Nowhere:20261203T140000", "SEQUENCE:x", "UID:", "REPEAT:999999",
     "ATTENDEE;PARTSTAT=:x", " folded", "DTSTAMP;VALUE=DATE:20261201", "BEGIN:VEVENT", "COMMENT:\\n\\,",
     "ATTENDEE;DELEGATED-FROM=x:y"]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(lines=st.lists(_LINES, max_size=25), noise=st.binary(max_size=30), at=st.integers(0, 300))
def test_a_calendar_is_one_answer_of_its_sender_or_refused(lines: list[str], noise: bytes, at: int) -> None:
    for raw in ("\r\n".join(lines).encode(), REPLY.encode()[:at] + noise + REPLY.encode()[at:]):
        read: CalendarReply | str
        try:
            read = read_reply(raw, NURSE)
        except RefusedReplyError as refused:
            read = str(refused)
        if isinstance(read, str):
            assert read.endswith(".")
        else:
            assert read.address
            assert len(read.comment) <= 2_000


@settings(deadline=None, max_examples=150)
@given(noise=st.binary(max_size=200), at=st.integers(0, 700), base=st.sampled_from([mail("Subject: x"), returned()]))
def test_a_mail_is_read_or_refused_whatever_its_bytes(noise: bytes, at: int, base: bytes) -> None:
    read: Incoming | str
    try:
        read = read_incoming(base[:at] + noise + base[at:])
    except UnreadableMailError as refused:
        read = str(refused)
    if isinstance(read, str):
        assert read.endswith(".")
    else:
        assert len(read.words) <= 20_000
        assert all(char.isprintable() for char in read.subject + read.sender)
