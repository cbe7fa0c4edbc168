"""Writes what leaves the house: the exact bytes of an event, a change, a cancellation or a message to one agency.

The words are ``domain.messages``; the bytes are ``outlook.render``. Nothing here knows who the child is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from service.domain import messages
from service.domain.answers import Answer
from service.domain.chasing import ChaseTo
from service.domain.hours import parse
from service.domain.letter import Message
from service.domain.notice import given, kept
from service.domain.one_time_codes import LIFE
from service.domain.roles import ROLES
from service.domain.spans import span_from_code
from service.outlook import render
from service.scheduler.decide import Act, chase_address, sitting_of
from service.scheduler.told import facts_mark, venue
from service.store.changes.outbox import Claimed
from service.store.queries.sending import AgencyNow, Guest, MeetingNow
from service.workflow.codes import code_words
from service.workflow.links import agency_code, answer_link
from service.workflow.ports import Services


def times(meeting: MeetingNow) -> tuple[datetime, datetime]:
    """Start and end. Raises ValueError for a meeting without a time."""
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ValueError("a meeting without a time has nothing to say of it")
    return meeting.starts_at, meeting.ends_at


def _join_words(meeting: MeetingNow, agency: AgencyNow | None = None) -> str:
    if meeting.mode == "online":
        return meeting.join_url or f"the join details are in the calendar invitation; or phone {meeting.service_phone}"
    if meeting.mode == "phone":
        return f"phone {meeting.service_phone}"
    return venue(meeting, agency) or f"phone {meeting.service_phone} to hear where"


def event_words(meeting: MeetingNow) -> Message:
    """The subject and body of the one calendar event: the same for every guest, never a token or an identity."""
    join = "Join with the Teams link of this invitation." if meeting.mode == "online" else _join_words(meeting)
    return messages.event_body(
        meeting.reference,
        meeting.service_name,
        meeting.service_address,
        meeting.service_phone,
        meeting.mode,
        join,
    )


def event(meeting: MeetingNow, guests: Sequence[Guest]) -> bytes:
    """The one calendar event. Without guests it stands in nobody's calendar but the organiser's."""
    starts_at, ends_at = times(meeting)
    body = event_words(meeting)
    return render.event_bytes(
        render.EventDraft(
            transaction_id=str(meeting.transaction_id),
            subject=body.subject,
            html=body.html,
            start=starts_at,
            end=ends_at,
            attendees=_attendees(guests),
            online=meeting.mode == "online",
            venue=venue(meeting),
            meeting_key=meeting_key(meeting),
        ),
        unasked=not guests,
    )


def meeting_key(meeting: MeetingNow) -> str:
    """What finds the event again in the mailbox: its transaction id, which is ours alone and says nothing."""
    return str(meeting.transaction_id)


def move(meeting: MeetingNow) -> bytes:
    """The change of time. The body is left alone: rewriting it would switch the Teams meeting off."""
    starts_at, ends_at = times(meeting)
    return render.move_bytes(starts_at, ends_at, venue(meeting))


def restored(meeting: MeetingNow, parts: Collection[str]) -> bytes:
    """What somebody changed in Outlook, as we have it; nothing else, so that it says nothing new of the rest."""
    starts_at, ends_at = times(meeting)
    body = event_words(meeting) if "subject" in parts or "body" in parts else None
    return render.restore_bytes(
        times=(starts_at, ends_at) if "time" in parts else None,
        venue=venue(meeting) if "place" in parts else None,
        subject=body.subject if body and "subject" in parts else None,
        html=body.html if body and "body" in parts else None,
    )


def changed_since(created: bytes) -> bytes:
    """From the bytes of an event, the change that brings one already made to the same time, place and guests."""
    asked = json.loads(created)
    parts = ("start", "end", "location", "attendees")
    return json.dumps({name: asked[name] for name in parts if name in asked}).encode()


def unasked(meeting: MeetingNow) -> bytes:
    """The event with nobody asked to it and nothing said of where it would be."""
    return event(replace(meeting, mode="phone", venue=""), ())


def guest_list(guests: Sequence[Guest]) -> bytes:
    """The whole guest list, with one agency added. Graph replaces it whole and mails only those it changes for."""
    return render.attendees_bytes(_attendees(guests))


def with_guests(change: bytes, guests: Sequence[Guest]) -> bytes:
    """A change that brings the guest list up to date too, so that nobody is told of it who is to be no guest."""
    return json.dumps({**json.loads(change), **json.loads(guest_list(guests))}).encode()


def _attendees(guests: Sequence[Guest]) -> tuple[render.Attendee, ...]:
    return tuple(render.Attendee(guest.address, guest.name, guest.required) for guest in guests)


def cancellation(meeting: MeetingNow) -> bytes:
    """The comment of a cancelled event."""
    return render.cancel_bytes(messages.cancel_comment(meeting.reference, meeting.service_phone))


def message(services: Services, act: Act, row: Claimed, meeting: MeetingNow, agency: AgencyNow) -> bytes:
    """One agency's own message. Its key is the outbox row's id, so that a retry finds what an earlier try left."""
    written = words_of(services, act, row, meeting, agency)
    to_manager = act is Act.CHASE and row.detail.get("to") == ChaseTo.MANAGER
    address = chase_address(str(row.detail["to"]), agency) if act is Act.CHASE else agency.address
    return render.message_bytes(
        render.MessageDraft(
            to=address,
            to_name=agency.escalation_name if to_manager else agency.name,
            subject=written.subject,
            body=written.text,
            key=str(row.id),
        )
    )


def code(services: Services, row: Claimed, meeting: MeetingNow, agency: AgencyNow) -> bytes:
    """The message with a one-time code. It needs no time of the meeting: it may be over, and its decisions be read."""
    sender = messages.Sender(meeting.service_name, meeting.service_address, meeting.service_phone)
    written = messages.one_time_code(
        meeting.reference,
        sender,
        agency=ROLES[agency.role].words,
        code=code_words(services.links, UUID(str(row.detail["code"]))),
        minutes=int(LIFE.total_seconds() // 60),
    )
    return render.message_bytes(
        render.MessageDraft(agency.address, agency.name, written.subject, written.text, str(row.id))
    )


def secure(row: Claimed, meeting: MeetingNow, agency: AgencyNow, lines: Sequence[str]) -> bytes:
    """The secure mail that says who a meeting is about, to the agency's own inbox."""
    sender = messages.Sender(meeting.service_name, meeting.service_address, meeting.service_phone)
    written = messages.who_it_is_about(meeting.reference, sender, agency=ROLES[agency.role].words, lines=lines)
    return render.message_bytes(
        render.MessageDraft(agency.address, agency.name, written.subject, written.text, str(row.id))
    )


def words_of(services: Services, act: Act, row: Claimed, meeting: MeetingNow, agency: AgencyNow) -> Message:
    """What one agency is told, in words. Raises ValueError or LookupError for records that cannot be written."""
    if act is Act.ENTRY_OFF:
        return messages.entry_off(
            meeting.reference, messages.Sender(meeting.service_name, meeting.service_address, meeting.service_phone)
        )
    starts_at, ends_at = times(meeting)
    policy = services.policies[row.partnership]
    kind = policy.meeting_types[meeting.meeting_type].name
    said = messages.MeetingWords(
        meeting.reference,
        kind,
        starts_at,
        ends_at,
        meeting.mode,
        _join_words(meeting, agency),
        meeting.instead_of,
        meeting.sitting_before_at,
        meeting.sitting_after_at,
        meeting.instead_because,
    )
    sender = messages.Sender(meeting.service_name, meeting.service_address, meeting.service_phone)
    words = ROLES[agency.role].words
    match act:
        case Act.CANCELLATION:
            return messages.cancelled(said, sender, agency=words)
        case Act.WITHDRAWAL:
            return messages.withdrawn(said, sender, agency=words)
        case Act.JOIN_NOW:
            if (sitting := sitting_of(row)) is not None:
                said = replace(said, starts_at=sitting[0], ends_at=sitting[1])
            return messages.join_now(said, sender, agency=words, group=agency.agency_group)
        case _:
            return _asking(services, act, row, meeting, agency, said, sender)


def _asking(
    services: Services,
    act: Act,
    row: Claimed,
    meeting: MeetingNow,
    agency: AgencyNow,
    said: messages.MeetingWords,
    sender: messages.Sender,
) -> Message:
    """What asks the agency for an answer, with its personal link."""
    starts_at, _ = times(meeting)
    words = ROLES[agency.role].words
    link = answer_link(services.links, row.partnership, agency.requirement_id, starts_at)
    door = messages.Door(f"{services.links.base_url}/door", agency_code(services.links, agency.requirement_id))
    match act:
        case Act.CHASE:
            answer = Answer(agency.answer) if agency.answer else None
            return messages.chase(
                ChaseTo(str(row.detail["to"])), said, sender, agency=words, link=link, said=answer, door=door
            )
        case Act.ENTRY:
            return messages.entry_by_mail(said, sender, agency=words, link=link, door=door)
        case Act.MOVED if row.detail.get("about") == "entry_replaced":
            return messages.entry_replaced(said, sender, agency=words, link=link, door=door)
        case Act.MOVED if agency.told_starts_at is not None:
            notice = notice_of(services, meeting, agency)
            stands = agency.told_facts == facts_mark(meeting, agency)
            return messages.moved(
                said,
                sender,
                was=agency.told_starts_at,
                agency=words,
                notice=notice,
                link=link,
                door=door,
                stands=stands,
            )
        case _:
            reasons = [str(because["reason"]) for because in agency.because]
            return messages.invitation(
                said,
                sender,
                agency=words,
                group=agency.agency_group,
                reasons=reasons,
                notice=notice_of(services, meeting, agency),
                link=link,
                door=door,
            )


def notice_of(services: Services, meeting: MeetingNow, agency: AgencyNow) -> messages.Notice:
    """The notice the agency gets if its message leaves now."""
    starts_at, _ = times(meeting)
    now, hours, owed = services.now(), parse(agency.hours), span_from_code(agency.notice_standard)
    return messages.Notice(
        given(now, starts_at, hours, services.calendar), owed, kept(now, starts_at, owed, hours, services.calendar)
    )
