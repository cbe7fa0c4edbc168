"""Ordinary mail about a meeting: kept under seal, shown as mail to read, and settled by what a person says it means.

Somebody's out-of-office reply and a mail that came back say that nobody reads that address now: the next step of the
ladder comes sooner, once for each place and version, and never the last one, which is kept for its own time. An
acknowledgement ("we have had your mail") says nothing of the kind: it is filed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import Answer, Way
from service.domain.chasing import SETTLE, ChaseTo, Silence
from service.domain.facts import Urgency
from service.domain.hours import HoursError, parse
from service.domain.incoming_mail import Incoming, MailKind
from service.domain.meetings import MeetingState
from service.domain.references import normalise
from service.domain.roles import ROLES
from service.domain.working_time import CalendarTooShortError, next_open
from service.store.changes import answers, audit, chases, mail_to_read, meetings, tasks
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import mail_to_read as queries
from service.store.queries import sending
from service.store.queries.mail_to_read import Belongs, MailLine
from service.store.queries.sending import AgencyNow
from service.store.sealing import KeyErased, seal
from service.workflow.errors import NoSuchMailError, NoSuchMeetingError, NoSuchRequirementError
from service.workflow.ports import Services
from service.workflow.reply import GivenAnswer, record_answer
from service.workflow.tasks import TaskKind, task_row

ACTOR = "mail"
_REFERENCE = re.compile(r"\bCV[ -]?[0-9A-Z]{4}[ -]?[0-9A-Z]{4}\b", re.IGNORECASE)
_MOST_REFERENCES = 20
UNVOUCHED = "(Outlook cannot vouch that this mail came from the address it names. If it matters, phone the agency.)"
"""What stands above the words of a mail that anybody may have sent."""
_NOBODY_READS = frozenset({MailKind.AUTOMATIC, MailKind.BOUNCE})


async def belongs_to(conn: AsyncConnection, partnership: str, read: Incoming) -> Belongs | None:
    """Where a mail belongs: by the thread it answers, else by a reference in its subject or its words."""
    rows = [row for row in map(_uuid, read.thread) if row is not None]
    found = await queries.by_thread(conn, partnership, rows) if rows else None
    if found is None:
        references = _references(read.subject) or _references(read.words)
        meeting_id = await queries.by_reference(conn, partnership, references) if references else None
        found = None if meeting_id is None else Belongs(meeting_id)
    if found is None or found.requirement_id is not None:
        return found
    about = read.failed if read.kind is MailKind.BOUNCE else (read.sender,)
    place = await queries.place_of_address(conn, partnership, found.meeting_id, about)
    return Belongs(found.meeting_id, place)


def _references(text: str) -> list[str]:
    found = (normalise(match) for match in _REFERENCE.findall(text)[:_MOST_REFERENCES])
    return list(dict.fromkeys(reference for reference in found if reference))


async def keep_mail(
    services: Services, partnership: str, belongs: Belongs, read: Incoming, graph_id: str, received_at: datetime
) -> bool:
    """Keep one mail for reading; False when it was kept before, or its meeting is gone."""
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, belongs.meeting_id)
        if meeting is None:
            return False
        mail_id = new_id(now)
        row = {
            "id": mail_id,
            "partnership_id": partnership,
            "meeting_id": meeting.id,
            "requirement_id": belongs.requirement_id,
            "message_digest": hashlib.sha256(graph_id.encode()).hexdigest(),
            "kind": str(read.kind),
            "version": meeting.version,
            "sealed_mail": await _sealed(conn, services, partnership, meeting, mail_id, read),
            "received_at": min(received_at, now),
            **_filed(read.kind, now),
        }
        if not await mail_to_read.keep(conn, row):
            return False
        data = {
            "mail": str(mail_id),
            "kind": str(read.kind),
            "requirement": str(belongs.requirement_id) if belongs.requirement_id else None,
        }
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, ACTOR, audit.Action.MAIL_KEPT, data)])
        agency = None
        if belongs.requirement_id is not None:
            agency = await sending.agency_now(conn, partnership, belongs.requirement_id, meeting.version)
            # Whoever forges one must not end anybody's reminders.
            if (
                read.vouched
                and read.kind in _NOBODY_READS
                and not await queries.was_moved_on(conn, partnership, belongs.requirement_id, meeting.version, mail_id)
            ):
                await _next_step(conn, services, partnership, meeting, belongs, agency, read.kind)
        task = _task(services, partnership, meeting, read.kind, belongs, agency, mail_id)
        await tasks.open_once(conn, [task] if task else [], by=ACTOR)
    return True


def _filed(kind: MailKind, now: datetime) -> dict[str, object]:
    """An acknowledgement waits for nobody."""
    if kind is not MailKind.ACKNOWLEDGEMENT:
        return {"state": "open"}
    return {"state": "nothing", "settled_by": ACTOR, "settled_at": now}


async def _sealed(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    mail_id: UUID,
    read: Incoming,
) -> bytes | None:
    """What the mail says, under its request's key, so that it goes when the identities go. None once they are gone."""
    key_id, wrapped = await answers.data_key_of(conn, partnership, meeting.request_id)
    try:
        key = services.keyring.open_data_key(key_id, wrapped)
    except KeyErased:
        return None
    words = read.words if read.vouched else f"{UNVOUCHED}\n\n{read.words}"
    said = {"from": read.sender, "subject": read.subject, "words": words}
    return seal(key, "mail_to_read", mail_id, "sealed_mail", json.dumps(said).encode())


def _task(
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    kind: MailKind,
    belongs: Belongs,
    agency: AgencyNow | None,
    mail_id: UUID,
) -> dict[str, object] | None:
    who = ROLES[agency.role].words if agency else "somebody we cannot place"
    if kind is MailKind.BOUNCE:
        whom = f"{agency.name} on {agency.phone}" if agency and agency.state == "wanted" else "the agency it was for"
        task_kind = TaskKind.ADDRESS_FAILS
        detail = f"Phone {whom}: mail to it came back. Then mend its address in the directory."
        about = str(mail_id)
    elif kind is MailKind.ORDINARY:
        task_kind, about = TaskKind.MAIL_TO_READ, str(mail_id)
        detail = f"Read a mail from {who}, and say what it means."
    else:
        return None
    return task_row(
        partnership=partnership,
        kind=task_kind,
        detail=detail,
        now=services.now(),
        meeting_id=meeting.id,
        requirement_id=belongs.requirement_id,
        about=about,
        due_at=meeting.starts_at,
    )


async def _next_step(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    belongs: Belongs,
    agency: AgencyNow,
    kind: MailKind,
) -> None:
    """The ladder's next step to anybody else comes once the invitation has had its time, or when the agency opens.

    Reminders to an inbox whose mail came back end. Those to one that is away stay: others may read it.
    """
    now = services.now()
    if meeting.state is not MeetingState.CONFIRMED or belongs.requirement_id is None:
        return
    due = await mail_to_read.steps_due(conn, partnership, belongs.requirement_id, meeting.version)
    onward = [step for step in due if step[2] != ChaseTo.INBOX and step[1] > belongs.step]
    if len(onward) < 2:
        return
    chase_id, number, _, planned = onward[0]
    for each, step, _, _ in due:
        if step < number and kind is MailKind.BOUNCE:
            await chases.end(conn, partnership, each, "not_sent", now, because=str(Silence.SUPERSEDED))
            data = {"requirement": str(belongs.requirement_id), "step": str(step), "because": str(Silence.SUPERSEDED)}
            event = audit.Event(partnership, meeting.id, now, ACTOR, audit.Action.CHASE_NOT_SENT, data)
            await audit.append(conn, [event])
    opens = max(now, await _settled(conn, partnership, meeting, belongs.requirement_id))
    if meeting.urgency != Urgency.IMMEDIATE:
        try:
            opens = next_open(opens, parse(agency.hours), services.calendar)
        except (HoursError, CalendarTooShortError):
            opens = planned
    if opens < planned:
        await mail_to_read.bring_forward(conn, partnership, chase_id, opens)


async def _settled(conn: AsyncConnection, partnership: str, meeting: LockedMeeting, requirement_id: UUID) -> datetime:
    """When the invitation has lain long enough to be asked after, as for any first chase (``domain.chasing``)."""
    asked_at = await queries.asked_at(conn, partnership, requirement_id, meeting.version)
    if asked_at is None or meeting.starts_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return asked_at + max(min(SETTLE, (meeting.starts_at - asked_at) / 2), timedelta())


@dataclass(frozen=True, slots=True)
class Meant:
    """What a person says a mail means: an answer, or None for nothing to do. ``requirement_id`` names the place where
    the mail alone could not tell; ``reason`` and ``given_by`` as in any typed-in answer."""

    answer: Answer | None
    requirement_id: UUID | None = None
    reason: str = ""
    given_by: str = ""


async def settle_mail(
    services: Services, partnership: str, reference: str, mail_id: UUID, meant: Meant, *, actor: str
) -> None:
    """A person has read a mail. Its meaning becomes an answer like any other, by way of mail. Said twice, it is one.

    Raises:
        NoSuchMeetingError, NoSuchMailError
        NoSuchRequirementError: an answer of nobody knows whom.
        NameRefusedError: whoever comes instead may be tied to the case.
    """
    mail = await mail_at(services, partnership, reference, mail_id)
    place = mail.requirement_id or meant.requirement_id
    if meant.answer is not None:
        if place is None:
            raise NoSuchRequirementError("")
        given = GivenAnswer(
            answer=meant.answer,
            way=Way.MAIL,
            answered_at=mail.received_at,
            natural_key=f"mail:{mail.id}",
            requirement_id=place,
            version=mail.version,
            given_by=meant.given_by,
            reason=meant.reason,
        )
        await record_answer(services, partnership, reference, given, actor=actor)
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        state = "nothing" if meant.answer is None else "answered"
        if meeting is None or not await mail_to_read.settle(conn, partnership, mail_id, state, by=actor, now=now):
            return
        data = {"mail": str(mail_id), "answer": str(meant.answer) if meant.answer else None}
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.MAIL_SETTLED, data)])
        await tasks.close_key(conn, partnership, settled_key(meeting.id, mail), by=actor, now=now)


def settled_key(meeting_id: UUID, mail: MailLine) -> str:
    """The key of the task that a mail opened."""
    return f"{TaskKind.MAIL_TO_READ}:{meeting_id}:{mail.requirement_id or ''}:{mail.id}"


async def mail_at(services: Services, partnership: str, reference: str, mail_id: UUID) -> MailLine:
    """One mail of one meeting. Raises NoSuchMeetingError, NoSuchMailError."""
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        for mail in await queries.mails_of(conn, partnership, meeting.id):
            if mail.id == mail_id:
                return mail
    raise NoSuchMailError


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
