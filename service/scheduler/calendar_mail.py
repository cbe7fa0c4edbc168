"""The calendar part of a message to an inbox that is no guest of the event (iMIP). One mail carries words and entry.

The SEQUENCE is given out here, in the transaction that freezes the bytes: every retry sends those, so one mail has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain import messages
from service.domain.calendar_mail import CalendarMail, Method, calendar_object
from service.domain.letter import Message
from service.outlook import mime
from service.scheduler import letters
from service.scheduler.decide import Act
from service.scheduler.told import venue
from service.store.changes import calendar_mails
from service.store.changes.calendar_mails import NewEntry
from service.store.changes.outbox import Claimed
from service.store.queries import calendar_mails as entries
from service.store.queries.calendar_mails import CalendarEntry
from service.store.queries.sending import AgencyNow, MeetingNow
from service.workflow.ports import Services

FORM = "mime"
"""What ``outbox.detail.form`` says of bytes that are a whole mail, and not the JSON of one."""

_ASKS = frozenset({Act.INVITATION, Act.MOVED, Act.ENTRY})
_ENDS = frozenset({Act.CANCELLATION, Act.WITHDRAWAL})


@dataclass(frozen=True, slots=True)
class Part:
    """One calendar object and to whom it goes."""

    method: Method
    calendar: bytes
    to: str
    to_name: str


def entry_id(row: Claimed) -> UUID | None:
    """The calendar entry that an intent takes away, if it is such a one."""
    return UUID(str(row.detail["entry"])) if row.detail.get("about") == "entry_off" else None


async def part_of(
    conn: AsyncConnection, services: Services, row: Claimed, act: Act, meeting: MeetingNow, agency: AgencyNow
) -> Part | None:
    """What the message does to the agency's calendar; None where it is a mail without such a part."""
    if act in _ASKS:
        return await _asking(conn, services, row, meeting, agency) if agency.channel == "calendar_mail" else None
    if act is Act.ENTRY_OFF:
        found = await entries.entry_by_id(conn, row.partnership, UUID(str(row.detail["entry"])))
    elif act in _ENDS:
        found = await entries.entry_at(conn, row.partnership, meeting.id, agency.address.casefold())
    else:
        return None
    if found is None or not found.live:
        return None
    if act is Act.WITHDRAWAL and await entries.is_held(conn, row.partnership, found.id, besides=agency.requirement_id):
        # The same desk is still asked in another role: its calendar keeps the entry.
        return None
    return await _ending(conn, services, row, meeting, found)


async def _asking(
    conn: AsyncConnection, services: Services, row: Claimed, meeting: MeetingNow, agency: AgencyNow
) -> Part:
    starts_at, ends_at = letters.times(meeting)
    address = agency.address.casefold()
    entry = NewEntry(meeting.id, agency.requirement_id, address, agency.name, meeting.version, starts_at, ends_at)
    sequence = await calendar_mails.put_entry(conn, row.partnership, entry, services.now())
    said = CalendarMail(
        method=Method.REQUEST,
        meeting_id=meeting.id,
        reference=meeting.reference,
        sequence=sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        organiser=meeting.mailbox,
        organiser_name=meeting.service_name,
        attendee=agency.address,
        attendee_name=agency.name,
        phone=meeting.service_phone,
        required=agency.level != "optional",
        mode=meeting.mode,
        venue=venue(meeting, agency),
        join_url=(meeting.join_url or "") if meeting.mode == "online" else "",
    )
    return Part(said.method, calendar_object(said, services.now()), agency.address, agency.name)


async def _ending(
    conn: AsyncConnection, services: Services, row: Claimed, meeting: MeetingNow, entry: CalendarEntry
) -> Part:
    sequence = await calendar_mails.take_off(conn, row.partnership, entry.id, services.now())
    said = CalendarMail(
        method=Method.CANCEL,
        meeting_id=meeting.id,
        reference=meeting.reference,
        sequence=sequence,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        organiser=meeting.mailbox,
        organiser_name=meeting.service_name,
        attendee=entry.address,
        attendee_name=entry.name,
        phone=meeting.service_phone,
    )
    return Part(said.method, calendar_object(said, services.now()), entry.address, entry.name)


def mail(services: Services, row: Claimed, meeting: MeetingNow, written: Message, part: Part) -> bytes:
    """The whole mail. Its subject is the event's, so that a calendar shows both kinds of meeting alike."""
    return mime.mime_bytes(
        mime.CalendarMailDraft(
            sender=meeting.mailbox,
            sender_name=meeting.service_name,
            to=part.to,
            to_name=part.to_name,
            subject=messages.event_subject(meeting.reference),
            text=written.text,
            html=written.html,
            calendar=part.calendar,
            method=str(part.method),
            key=str(row.id),
            written_at=services.now(),
        )
    )
