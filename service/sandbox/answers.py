"""What agencies do with an invitation: accept, tentative, decline, another time, forward."""

import asyncio
import html
import uuid
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from enum import StrEnum

from service.sandbox.arrivals import arrive
from service.sandbox.events import Attendee, Event
from service.sandbox.fields import is_address
from service.sandbox.inboxes import EventRef
from service.sandbox.mailboxes import Mailbox
from service.sandbox.meetings import forward_event
from service.sandbox.state import Sandbox
from service.sandbox.zones import Moment


class Response(StrEnum):
    """The three buttons of an invitation."""

    ACCEPT = "accept"
    TENTATIVE = "tentative"
    DECLINE = "decline"


STATUS = {Response.ACCEPT: "accepted", Response.TENTATIVE: "tentativelyAccepted", Response.DECLINE: "declined"}
_PARTSTAT = {Response.ACCEPT: "ACCEPTED", Response.TENTATIVE: "TENTATIVE", Response.DECLINE: "DECLINED"}
_WORD = {Response.ACCEPT: "Accepted", Response.TENTATIVE: "Tentative", Response.DECLINE: "Declined"}


class CannotAnswerError(Exception):
    """A person cannot do this with this invitation; the pages and the control API say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; ``sent_as`` is another address it goes out from, ``proposed`` a start and an end."""

    response: Response
    comment: str = ""
    proposed: tuple[Moment, Moment] | None = None
    sent_as: str | None = None


def find_invitation(sandbox: Sandbox, address: str, reference: str) -> tuple[Mailbox, Event]:
    """Return the one event an address was invited to whose UID, id or subject carries the reference.

    Raises:
        CannotAnswerError: none, or more than one.
    """
    refs = {item.event for item in sandbox.post.items(address) or () if item.event is not None}
    found = [
        (mailbox, event)
        for mailbox, event in (_look_up(sandbox, ref) for ref in refs)
        if reference in (event.uid, event.ids.immutable) or reference in event.values["subject"]
    ]
    if not found:
        raise CannotAnswerError("this address has no invitation with this reference")
    if len(found) > 1:
        raise CannotAnswerError("more than one invitation has this reference")
    return found[0]


def of_item(sandbox: Sandbox, ref: EventRef) -> tuple[Mailbox, Event]:
    """Return the event an inbox item is about."""
    return _look_up(sandbox, ref)


def _look_up(sandbox: Sandbox, ref: EventRef) -> tuple[Mailbox, Event]:
    mailbox = sandbox.mailboxes[ref.mailbox.casefold()]
    event = mailbox.calendar.find(ref.immutable_id)
    if event is None:
        raise CannotAnswerError("the meeting is not known any more")
    return mailbox, event


def answer(sandbox: Sandbox, mailbox: Mailbox, event: Event, address: str, given: Answer) -> None:
    """Answer an invitation; the organiser's copy shows it after the reply lag.

    Raises:
        CannotAnswerError: cancelled, not invited any more, or another time where none may be proposed.
    """
    if event.removed:
        raise CannotAnswerError("the meeting was cancelled")
    if event.attendee(address) is None:
        raise CannotAnswerError("this address is not on the guest list")
    if given.proposed is not None and not event.values["allowNewTimeProposals"]:
        raise CannotAnswerError("the organiser does not allow new times to be proposed")
    if given.proposed is not None and given.proposed[0].instant >= given.proposed[1].instant:
        raise CannotAnswerError("the proposed end must be after its start")
    if sandbox.config.reply_lag:
        sandbox.background.start(_arrive_late(sandbox, mailbox, event, address, given))
    else:
        _arrive(sandbox, mailbox, event, address, given)


async def _arrive_late(sandbox: Sandbox, mailbox: Mailbox, event: Event, address: str, given: Answer) -> None:
    await asyncio.sleep(sandbox.config.reply_lag)
    if not event.removed:
        _arrive(sandbox, mailbox, event, address, given)


def _arrive(sandbox: Sandbox, mailbox: Mailbox, event: Event, address: str, given: Answer) -> None:
    sender = given.sent_as or address
    now = sandbox.clock.now()
    guest = event.attendee(sender)
    if guest is None:
        # Exchange cannot match a reply from another address to the guest: a new one appears on the list.
        guest = Attendee(sender, sender, "optional")
        event.attendees.append(guest)
    guest.response, guest.responded_at, guest.proposed = STATUS[given.response], now, given.proposed
    mailbox.calendar.touch(event, now)
    subject = f"{_WORD[given.response]}: {event.values['subject']}"
    arrive(sandbox, mailbox, _reply(guest, subject, given, event, mailbox))
    sandbox.publish("updated", mailbox, event)


def _reply(guest: Attendee, subject: str, given: Answer, event: Event, mailbox: Mailbox) -> bytes:
    """The mail that brings an answer to an Outlook invitation. Exchange has read it before it lies in the inbox."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sandbox//Outlook//EN", "METHOD:REPLY", "BEGIN:VEVENT",
        f"UID:{event.uid}", f"SEQUENCE:{event.sequence}", f"SUMMARY:{event.values['subject']}",
        f"DTSTAMP:{guest.responded_at:%Y%m%dT%H%M%SZ}", f"DTSTART:{event.start.instant:%Y%m%dT%H%M%SZ}",
        f"ATTENDEE;PARTSTAT={_PARTSTAT[given.response]}:mailto:{guest.address}", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = guest.address, mailbox.address, subject
    mail["Message-ID"] = f"<{uuid.uuid4().hex}@{guest.address.partition('@')[2]}>"
    mail.set_content(given.comment or "")
    mail.add_alternative("\r\n".join(lines), subtype="calendar", cte="base64", params={"method": "REPLY"})
    return mail.as_bytes()


def forward(sandbox: Sandbox, mailbox: Mailbox, event: Event, address: str, to: str) -> None:
    """Forward an invitation to somebody else.

    Raises:
        CannotAnswerError: cancelled, not invited any more, or not an address.
    """
    if event.removed:
        raise CannotAnswerError("the meeting was cancelled")
    if event.attendee(address) is None:
        raise CannotAnswerError("this address is not on the guest list")
    if not is_address(to):
        raise CannotAnswerError(f"not an address: {html.escape(to)}")
    forward_event(sandbox, mailbox, event, address, to)
