"""Writes down what became of an outbox row, in the transaction that ends it: event, invitation, chase, task, audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.domain.london import local_date
from service.scheduler.decide import Act, NotSent
from service.store.changes import audit, chases, family, handed, mailboxes, meetings, tasks
from service.store.changes.outbox import Claimed
from service.store.queries import sending
from service.store.queries.family import family_now
from service.workflow.chase import opens
from service.workflow.codes import CODE
from service.workflow.ports import Services
from service.workflow.secure_mail import WHO
from service.workflow.tasks import OFFICER, TaskKind, owner_of, task_row

ACTOR = "scheduler"
STOPPED_WAIT = timedelta(seconds=30)
"""How long a row of a stopped mailbox waits before it looks again; the mailbox itself is probed by a sweep."""


FULL_WAIT = timedelta(minutes=10)
"""How long a row waits whose mailbox has sent to as many as it may within a day."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What Graph said of an event; empty for everything else."""

    graph_id: str = ""
    ical_uid: str = ""
    join_url: str = ""


_DONE: dict[Act, audit.Action] = {
    Act.CREATE_EVENT: audit.Action.EVENT_CREATED,
    Act.UPDATE_EVENT: audit.Action.EVENT_CHANGED,
    Act.UPDATE_GUESTS: audit.Action.EVENT_CHANGED,
    Act.CANCEL_EVENT: audit.Action.EVENT_CANCELLED,
    Act.INVITATION: audit.Action.INVITATION_SENT,
    Act.MOVED: audit.Action.INVITATION_SENT,
    Act.CANCELLATION: audit.Action.MESSAGE_SENT,
    Act.WITHDRAWAL: audit.Action.MESSAGE_SENT,
    Act.ENTRY: audit.Action.MESSAGE_SENT,
    Act.JOIN_NOW: audit.Action.MESSAGE_SENT,
    Act.ENTRY_OFF: audit.Action.MESSAGE_SENT,
    Act.CHASE: audit.Action.CHASE_SENT,
    Act.CODE: audit.Action.MESSAGE_SENT,
    Act.SECURE: audit.Action.MESSAGE_SENT,
    Act.FAMILY_INVITATION: audit.Action.PARENT_TOLD,
    Act.FAMILY_MOVED: audit.Action.PARENT_TOLD,
    Act.FAMILY_OFF: audit.Action.PARENT_TOLD,
}


async def _lock(conn: AsyncConnection, row: Claimed) -> None:
    """Take the meeting's row lock before anything of the meeting is written.

    Whoever ends a row holds that row already, so the order is: outbox row, meeting, event, invitations. Whoever moves,
    cancels, chases or answers begins with the meeting and only ever inserts outbox rows, which nobody can hold before
    the commit: so no two of them can each wait for the other.
    """
    await meetings.lock_meeting_by_id(conn, row.partnership, row.meeting_id)


async def done(conn: AsyncConnection, services: Services, row: Claimed, act: Act, said: Handed) -> None:
    """The act has been done."""
    now = services.now()
    await _lock(conn, row)
    if act in {Act.CREATE_EVENT, Act.UPDATE_EVENT, Act.UPDATE_GUESTS}:
        version = int(row.detail.get("version", row.version))
        carried = await handed.event_handed(
            conn,
            row.partnership,
            row.event_id,
            graph_id=said.graph_id,
            ical_uid=said.ical_uid,
            join_url=said.join_url,
            # A longer guest list says nothing of the time: a move that waits behind it has not been told by it.
            version=0 if act is Act.UPDATE_GUESTS else version,
        )
        if act is not Act.UPDATE_GUESTS:
            await handed.invitations_carried(conn, row.partnership, row.meeting_id, version, now)
        elif carried >= row.version:
            await handed.invitations_carried(conn, row.partnership, row.meeting_id, carried, now)
    elif act is Act.CANCEL_EVENT:
        await handed.event_cancelled(conn, row.partnership, row.event_id)
    elif act in {Act.INVITATION, Act.MOVED} and row.requirement_id is not None:
        with_entry = row.detail.get("form") == "mime"
        await handed.invitation_told(conn, row.partnership, row.requirement_id, row.version, now, with_entry=with_entry)
    elif act is Act.CHASE and row.chase_id is not None:
        await chases.end(conn, row.partnership, row.chase_id, "sent", now)
    elif act in {Act.FAMILY_INVITATION, Act.FAMILY_MOVED} and row.family_id is not None:
        await family.told(conn, row.partnership, row.family_id, row.version, now)
    recipients = 1
    if row.requirement_id is None and row.family_id is None:
        recipients = len(await sending.guests(conn, row.partnership, row.meeting_id))
    await handed.count_recipients(conn, row.partnership, row.mailbox_id, local_date(now), recipients)
    if act is Act.CANCEL_EVENT and row.kind != str(Act.CANCEL_EVENT):
        # A creation whose reply was lost, found after its meeting was called off: both happened.
        made: dict[str, str | int | None] = {"act": str(Act.CREATE_EVENT), "attempts": row.attempts}
        await _audited(conn, services, row, _DONE[Act.CREATE_EVENT], made)
    await _audited(conn, services, row, _DONE[act], {"act": str(act), "attempts": row.attempts})


async def not_sent(conn: AsyncConnection, services: Services, row: Claimed, because: str) -> None:
    """The act was no longer wanted. An invitation that missed its meeting's start is a task, never a silent gap."""
    now = services.now()
    await _lock(conn, row)
    if row.kind == "cancel_event" and because == NotSent.NEVER_MADE:
        await handed.event_cancelled(conn, row.partnership, row.event_id)
    if because == NotSent.ALREADY_KNOWN and row.requirement_id is not None:
        await handed.still_known(conn, row.partnership, row.requirement_id, row.version)
    if row.chase_id is not None and because == Silence.CLOSED:
        await _put_off(conn, services, row)
        return
    if row.chase_id is not None:
        await chases.end(conn, row.partnership, row.chase_id, "not_sent", now, because=because)
        await _audited(conn, services, row, audit.Action.CHASE_NOT_SENT, {"because": because})
        return
    if because == NotSent.STARTED and (row.requirement_id or row.family_id):
        await _untold(conn, services, row, "the meeting had started before the invitation could leave")
    await _audited(conn, services, row, audit.Action.MESSAGE_NOT_SENT, {"kind": row.kind, "because": because})


async def _put_off(conn: AsyncConnection, services: Services, row: Claimed) -> None:
    """A chase that did not leave in its agency's hours is due again when the agency opens."""
    if row.requirement_id is None or row.chase_id is None:
        return
    meeting = await meetings.lock_meeting_by_id(conn, row.partnership, row.meeting_id)
    agency = await sending.agency_now(conn, row.partnership, row.requirement_id, row.version)
    start = None if meeting is None else meeting.starts_at
    # Where it opened while Outlook was asked what had left already, that is now.
    until = opens(services, agency.hours, start, any_hour=False) or services.now()
    if await chases.put_off(conn, row.partnership, row.chase_id, until):
        await _audited(conn, services, row, audit.Action.CHASE_PUT_OFF, {"until": until.isoformat()})


async def exhausted(conn: AsyncConnection, services: Services, row: Claimed, error: str) -> None:
    """The act needs a person now: a task says what and whom to phone; "try again" stands on the row."""
    await _lock(conn, row)
    await _untold(conn, services, row, "Outlook refused the message")
    await _audited(conn, services, row, audit.Action.OUTBOX_EXHAUSTED, {"kind": row.kind, "error": error})


async def unwritten(conn: AsyncConnection, services: Services, row: Claimed, error: str) -> None:
    """The bytes cannot be written from the records as they are, and no further try would change that."""
    await _untold(conn, services, row, "the message could not be written")
    await _audited(conn, services, row, audit.Action.OUTBOX_EXHAUSTED, {"kind": row.kind, "error": error})


async def held_back(conn: AsyncConnection, services: Services, row: Claimed) -> None:
    """The leak check refused the bytes: nothing leaves, and a person must reword or phone."""
    task = task_row(
        partnership=row.partnership,
        kind=TaskKind.HELD_BACK,
        detail="A message was held back because it would have said who somebody is. Take names out of the venue.",
        now=services.now(),
        meeting_id=row.meeting_id,
        requirement_id=row.requirement_id,
        about=_this_time(row),
        owner=await _owner(conn, services, row),
    )
    await tasks.open_once(conn, [task], by=ACTOR)
    await _untold(conn, services, row, "the message was held back")
    await _audited(conn, services, row, audit.Action.OUTBOX_EXHAUSTED, {"kind": row.kind, "error": "held_back"})


async def _untold(conn: AsyncConnection, services: Services, row: Claimed, why: str) -> None:
    """Somebody may not know of the meeting, or of its change: put it in front of a person."""
    about = row.detail.get("about")
    if row.requirement_id is not None and row.chase_id is None and about not in {CODE, WHO, "entry_off"}:
        await handed.invitation_failed(conn, row.partnership, row.requirement_id, row.version)
    if row.chase_id is not None:
        await chases.end(conn, row.partnership, row.chase_id, "not_sent", services.now(), because="not_delivered")
    who = "every agency of this meeting"
    if about == "entry_off":
        # Whom it was sent to may be somebody who must not be told any more: nobody is to phone them.
        await _entry_stays(conn, services, row, why)
        return
    if row.family_id is not None:
        parent = await family_now(conn, row.partnership, row.family_id, row.id)
        who = f"{parent.person} ({parent.relation}), or reach them another safe way"
    if row.requirement_id is not None:
        agency = await sending.agency_now(conn, row.partnership, row.requirement_id, row.version)
        who = f"{agency.name} on {agency.phone}"
    task = task_row(
        partnership=row.partnership,
        kind=TaskKind.NOT_DELIVERED,
        detail=f"Phone {who}: {why}.",
        now=services.now(),
        meeting_id=row.meeting_id,
        requirement_id=row.requirement_id,
        about=_this_time(row),
        owner=await _owner(conn, services, row),
    )
    await tasks.open_once(conn, [task], by=ACTOR)


async def _owner(conn: AsyncConnection, services: Services, row: Claimed) -> str:
    """Whose task it is now that something of this meeting did not leave."""
    meeting = await meetings.lock_meeting_by_id(conn, row.partnership, row.meeting_id)
    return OFFICER if meeting is None else owner_of(meeting.urgency, services.now(), services.calendar)


async def _entry_stays(conn: AsyncConnection, services: Services, row: Claimed, why: str) -> None:
    task = task_row(
        partnership=row.partnership,
        kind=TaskKind.NOT_DELIVERED,
        detail=f"Have it tried again: a calendar entry of this meeting could not be taken back, because {why}. "
        "Whoever runs the service does that on its page Operations.",
        now=services.now(),
        meeting_id=row.meeting_id,
        about=_this_time(row),
        owner=await _owner(conn, services, row),
    )
    await tasks.open_once(conn, [task], by=ACTOR)


async def stop_mailbox(conn: AsyncConnection, services: Services, row: Claimed, error: str) -> None:
    """The mailbox of a row, or our rights to it, are wrong."""
    await stop(conn, services, row.partnership, row.mailbox_id, error)


async def stop(conn: AsyncConnection, services: Services, partnership: str, mailbox_id: UUID, error: str) -> None:
    """The mailbox or our rights to it are wrong: stop it once, loudly; its rows wait and lose nothing."""
    now = services.now()
    if await mailboxes.stop(conn, partnership, mailbox_id, error, by=ACTOR, now=now):
        task = task_row(
            partnership=partnership,
            kind=TaskKind.MAILBOX_STOPPED,
            detail=f"Outlook refuses our organiser mailbox ({error}), so nothing leaves from it. Mend the mailbox "
            "or our rights to it; the page Operations shows when it works again.",
            now=now,
            about=f"{mailbox_id}:{now.isoformat()}",
            owner="administrator",
        )
        await tasks.open_once(conn, [task], by=ACTOR)


async def day_is_full(conn: AsyncConnection, services: Services, row: Claimed) -> None:
    """The mailbox has sent to as many as it may within a day: what waits is in front of a person, once a day."""
    now = services.now()
    task = task_row(
        partnership=row.partnership,
        kind=TaskKind.MAILBOX_STOPPED,
        detail="An organiser mailbox has sent to as many recipients as Exchange allows within a day, so mail waits. "
        "Phone what cannot wait, and have whoever runs the service set up another mailbox.",
        now=now,
        about=f"{row.mailbox_id}:recipients:{local_date(now).isoformat()}",
        owner="administrator",
    )
    await tasks.open_once(conn, [task], by=ACTOR)


async def _audited(
    conn: AsyncConnection, services: Services, row: Claimed, action: audit.Action, data: dict[str, str | int | None]
) -> None:
    told: dict[str, str | int | None] = {
        "row": str(row.id),
        "requirement": str(row.requirement_id) if row.requirement_id else None,
        **({"parent": str(row.family_id)} if row.family_id else {}),
        "version": row.version,
    }
    await audit.append(conn, [audit.Event(row.partnership, row.meeting_id, services.now(), ACTOR, action, told | data)])


def _this_time(row: Claimed) -> str:
    """What a task about a row is about. A row that is tried again and fails again needs a new task, and gets one."""
    return f"{row.id}:{row.lease_token}"
