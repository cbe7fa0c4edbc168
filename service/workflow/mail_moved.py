"""A mail that is about another meeting than the one it was kept for, and the list of what waits to be read."""

from __future__ import annotations

from uuid import UUID

from service.domain.roles import ROLES
from service.store.changes import answers, audit, mail_to_read, meetings, tasks
from service.store.queries import mail_to_read as queries
from service.store.queries.mail_to_read import MailListed
from service.store.queries.readable import Reader
from service.workflow.errors import BadReasonError, NoSuchMailError, NoSuchMeetingError, NoSuchRequirementError
from service.workflow.identity import resealed_mail
from service.workflow.mail_to_read import settled_key
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row

_SETTLED = "Somebody has said already what this mail means."
_SAME = "The mail is with this meeting already. Name another one."


async def list_mail(
    services: Services, partnership: str, reader: Reader | None, *, everything: bool = False
) -> list[MailListed]:
    """The mail that waits to be read, or all of it, as far as this reader may know of it. Never what it says."""
    async with services.engine.connect() as conn:
        return await queries.mail_listed(conn, partnership, reader, everything=everything)


async def place_meant(services: Services, partnership: str, reference: str, role: str, slot: str = "") -> UUID:
    """The one place of a meeting that a role and a slot name.

    Raises:
        NoSuchRequirementError: none, or more than one.
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        places = await answers.places_of(conn, partnership, meeting.id) if meeting else []
    fits = [each.id for each in places if each.role == role and slot in {"", each.slot}]
    if len(fits) != 1:
        raise NoSuchRequirementError(role)
    return fits[0]


async def move_mail(
    services: Services, partnership: str, reference: str, mail_id: UUID, to: str, *, actor: str
) -> None:
    """A mail is about the meeting ``to``: it is sealed under that one's key and waits there to be read.

    Raises:
        NoSuchMeetingError: either of them.
        NoSuchMailError
        BadReasonError: it is settled already, or with that meeting already.
        ErasedError, SealError: as ``identity.resealed_mail``.
    """
    if to == reference:
        raise BadReasonError(_SAME)
    now = services.now()
    async with services.engine.begin() as conn:
        # Two people who move between the same two meetings take the locks in one order.
        locked = {name: await meetings.lock_meeting(conn, partnership, name) for name in sorted((reference, to))}
        before, after = locked[reference], locked[to]
        if before is None or after is None:
            raise NoSuchMeetingError(to if before else reference)
        mail = await queries.mail_line(conn, partnership, mail_id)
        if mail is None:
            raise NoSuchMailError
        sealed, sender = await resealed_mail(conn, services, partnership, reference, mail_id, after.request_id)
        place = await queries.place_of_address(conn, partnership, after.id, (sender.casefold(),))
        values = {
            "meeting_id": after.id,
            "requirement_id": place,
            "version": after.version,
            "sealed_mail": sealed,
        }
        if not await mail_to_read.move(conn, partnership, mail_id, values):
            raise BadReasonError(_SETTLED)
        await tasks.close_key(conn, partnership, settled_key(before.id, mail), by=actor, now=now)
        roles = {each.id: each.role for each in await answers.places_of(conn, partnership, after.id)}
        who = ROLES[roles[place]].words if place in roles else "somebody we cannot place"
        task = task_row(
            partnership=partnership,
            kind=TaskKind.MAIL_TO_READ,
            detail=f"Read a mail from {who}, and say what it means.",
            now=now,
            meeting_id=after.id,
            requirement_id=place,
            about=str(mail_id),
            due_at=after.starts_at,
        )
        await tasks.open_once(conn, [task], by=actor)
        which = {"mail": str(mail_id), "kind": mail.kind}
        went = audit.Event(partnership, before.id, now, actor, audit.Action.MAIL_SETTLED, {**which, "to": to})
        kept = {**which, "requirement": str(place) if place else None, "from": reference}
        came = audit.Event(partnership, after.id, now, actor, audit.Action.MAIL_KEPT, kept)
        await audit.append(conn, [went, came])
