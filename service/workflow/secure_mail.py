"""Telling an agency who a meeting is about by secure mail. Off for every agency, until whoever owns the partnership's
policy allows it for that agency, by name and with a reason.

It leaves through the outbox with its bytes sealed, to the agency's own shared inbox alone, and only where that address
was confirmed. What it says is worked out at the moment it is written, and kept as an opening in the same transaction.
Whether it still may leave is asked again at every try.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.roles import words as role_words
from service.store.changes import audit, meetings
from service.store.changes import secure_mail as changes
from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.queries import secure_mail as reads
from service.store.queries.proofs import proof_place
from service.store.tables import outbox
from service.workflow.calling import Call, outbox_row
from service.workflow.disclosing import OpenedMeeting, open_for_inbox
from service.workflow.errors import CannotSendSecurelyError, NoSuchMeetingError
from service.workflow.identity import reason_said
from service.workflow.ports import Services

WHO = "who"
"""What an outbox row that says who a meeting is about is about."""


async def allow(services: Services, partnership: str, role: str, place: str, *, reason: str, actor: str) -> bool:
    """Allow secure mail for one agency. False where it was allowed already.

    Raises:
        NoReasonError: no reason is said.
    """
    why, now = reason_said(reason), services.now()
    row = {"id": new_id(now), "role": role, "place": place, "allowed_by": actor, "reason": why, "allowed_at": now}
    async with services.engine.begin() as conn:
        if not await changes.allow(conn, partnership, row):
            return False
        told = {"allowed": str(row["id"]), "role": role}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.SECURE_MAIL_ALLOWED, told)])
    return True


async def end(services: Services, partnership: str, allowed_id: UUID, *, actor: str) -> bool:
    """Allow it no more: what waits in the outbox is not sent either. False where it was not allowed."""
    now = services.now()
    async with services.engine.begin() as conn:
        if not await changes.end(conn, partnership, allowed_id, actor, now):
            return False
        told = {"allowed": str(allowed_id)}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.SECURE_MAIL_ENDED, told)])
    return True


async def send_securely(
    services: Services, partnership: str, requirement_id: UUID, *, reason: str, once: UUID, actor: str
) -> None:
    """Send one agency, whose place this is, who the meeting is about. ``once``: the same press twice is one mail.

    Raises:
        NoReasonError: no reason is said.
        NoSuchMeetingError: this partnership has no such place.
        CannotSendSecurelyError: it is not allowed for this agency, its address was not confirmed, or it is not asked.
    """
    why, now, stream = reason_said(reason), services.now(), f"secure:{requirement_id}:{once}"
    async with services.engine.begin() as conn:
        place = await proof_place(conn, partnership, requirement_id)
        meeting = await meetings.lock_meeting(conn, partnership, place.reference) if place else None
        if place is None or meeting is None:
            raise NoSuchMeetingError("")
        if await reads.was_asked(conn, partnership, stream):
            return
        event = await meetings.live_event(conn, partnership, meeting.id)
        if place.state != "wanted" or place.meeting_state not in {"confirmed", "held"} or event is None:
            raise CannotSendSecurelyError("This agency is not asked to a meeting that stands.")
        _check(await reads.secure_place(conn, partnership, requirement_id))
        call = Call(
            partnership=partnership,
            meeting_id=meeting.id,
            version=meeting.version,
            starts_at=meeting.starts_at or now,
            ends_at=meeting.ends_at or now,
            event_id=event[0],
            mailbox_id=event[1],
            ladder=None,
            immediate=False,
            now=now,
            real_now=services.real_now(),
        )
        detail = {"about": WHO, "reason": why, "by": actor}
        row = outbox_row(call, "message", stream, 0, requirement_id=requirement_id, detail=detail)
        await write_rows(conn, [(outbox, [row])])
        told = {"requirement": str(requirement_id)}
        await audit.append(
            conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.SECURE_MAIL_ASKED, told)]
        )
    await services.wake.outbox([row["id"]])


def _check(place: reads.SecurePlace) -> None:
    if not place.shared:
        raise CannotSendSecurelyError("This agency is reached by phone or by a route of its own. Call it back instead.")
    if not place.allowed:
        raise CannotSendSecurelyError("Secure mail is not allowed for this agency. Call it back instead.")
    if not place.confirmed:
        raise CannotSendSecurelyError("Nobody has confirmed this agency's address. Call it back instead.")


async def lines_to_send(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    reference: str,
    requirement_id: UUID,
    *,
    reason: str,
    actor: str,
) -> list[str]:
    """What the mail says, opened and kept as a disclosure in this transaction.

    Raises:
        ValueError: nothing can be told: the identities are gone or cannot be read, or the place may not ask.
    """
    opened = await open_for_inbox(conn, services, partnership, reference, requirement_id, reason=reason, actor=actor)
    return list(_lines(opened))


def _lines(opened: OpenedMeeting) -> Iterator[str]:
    for child in opened.children:
        yield f"Child {child.ref}, age group {child.age_band}. {_identity(child.identity)}"
    for person in opened.people:
        yield f"{person.relation.capitalize()}. {_identity(person.identity)}"
    if not opened.children and not opened.people:
        yield f"The {role_words(opened.role)} needs to know of nobody by name."


def _identity(identity: Mapping[str, Any]) -> str:
    said = (
        f"{name.replace('_', ' ').capitalize()}: "
        f"{', '.join(map(str, value)) if isinstance(value, list | tuple) else value}."
        for name, value in identity.items()
        if value
    )
    return " ".join(said)
