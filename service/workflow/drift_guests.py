"""Taking over the guests that somebody changed on an event in Outlook: as far as each may be, by a named person.

Whoever was put on it is asked as an agency like any other, where the directory knows the address and it may be told.
Whoever was taken off is let off, where it need not come. What cannot be taken over is put back, each with its sentence,
because the event gets its whole guest list as we have it then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.drift import DriftKind
from service.domain.roles import MATCHED_BY_PLACE
from service.domain.roles import words as role_words
from service.store.changes import drifts, meetings
from service.store.changes.meetings import LockedMeeting
from service.store.queries import drift as reads
from service.store.queries.directory import inboxes_for
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.workflow.add_agency import IN_OUTLOOK, MoreAsked, ask_place
from service.workflow.bind import to_come
from service.workflow.drift import adopt
from service.workflow.errors import CannotAdoptError, CannotInviteError, ChangedMeanwhileError, NoSuchMeetingError
from service.workflow.ports import Services
from service.workflow.withdraw_agency import let_off


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was taken over. ``left``: the sentences of what could not be, and is put back."""

    reference: str
    version: int
    kind: DriftKind
    left: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """One taking over under way."""

    services: Services
    conn: AsyncConnection
    partnership: str
    meeting: LockedMeeting
    actor: str
    done: int = 0
    intents: list[UUID] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    async def view(self) -> MeetingView:
        """The meeting as it stands after what was done so far."""
        found = await meeting_view(self.conn, self.partnership, self.meeting.reference)
        if found is None:
            raise NoSuchMeetingError(self.meeting.reference)
        return found


async def adopt_any(
    services: Services,
    partnership: str,
    reference: str,
    *,
    actor: str,
    seen: UUID | None = None,
    desk_override: str | None = None,
) -> Adopted:
    """Take over what somebody changed in Outlook: a time or a place, as a move; or guests, each as far as it may be.

    ``seen`` is the difference that was looked at: another one is refused.

    Raises:
        NoSuchMeetingError, ChangedMeanwhileError, BadTimeError, DesksFullError, NotReadyError
        CannotAdoptError: it is another difference, or none of its guests can be taken over; the sentence says why.
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        found = await reads.drifts_of(conn, partnership, meeting.id) if meeting is not None else []
        meant = [each for each in found if seen in {None, each.id}]
        guests = next((each for each in meant if each.kind is DriftKind.GUESTS), None)
        work = None
        if meeting is not None and guests is not None and all(each.kind is not DriftKind.TIME for each in meant):
            work = _Work(services, conn, partnership, meeting, actor)
            await _take_over(work, guests)
    if work is None:
        moved = await adopt(services, partnership, reference, actor=actor, seen=seen, desk_override=desk_override)
        time = any(each.kind is DriftKind.TIME for each in meant)
        return Adopted(moved.reference, moved.version, DriftKind.TIME if time else DriftKind.PLACE)
    await services.wake.outbox(work.intents)
    return Adopted(reference, work.meeting.version, DriftKind.GUESTS, tuple(work.left))


async def _take_over(work: _Work, drift: reads.Drift) -> None:
    if not to_come(work.services, work.meeting):
        raise CannotAdoptError("This meeting has begun, is over or was called off, so its guests are left as they are.")
    for address in drift.detail.get("extra", ()):
        await _ask(work, address)
    for address in drift.detail.get("missing", ()):
        await _let_off(work, address)
    if not work.done:
        raise CannotAdoptError(" ".join(work.left))
    now = work.services.now()
    only = [drift.id]
    if not await drifts.end(work.conn, work.partnership, work.meeting.id, "adopted", by=work.actor, now=now, only=only):
        raise ChangedMeanwhileError


async def _ask(work: _Work, address: str) -> None:
    """Whoever was put on the event is asked as the one agency that the directory has at that address."""
    known = [
        each
        for each in await inboxes_for(work.conn, work.partnership)
        if each.address.casefold() == address and each.channel == "outlook"
    ]
    if not known:
        work.left.append(f"{address}: the directory has no Outlook inbox there, so nobody can say who would be told.")
        return
    why = ""
    for inbox in known:
        at_place = inbox.address if inbox.role in MATCHED_BY_PLACE else ""
        asked = MoreAsked(inbox.role, IN_OUTLOOK, at_place)
        view = await work.view()
        try:
            _, intents = await ask_place(
                work.services, work.conn, work.partnership, work.meeting, view, asked, actor=work.actor
            )
        except CannotInviteError as error:
            why = why or f"{address}: {error}"
            continue
        work.intents += intents
        work.done += 1
        return
    work.left.append(why)


async def _let_off(work: _Work, address: str) -> None:
    """Whoever was taken off the event need not come, unless it must."""
    for agency in (await work.view()).agencies:
        if agency.state != "wanted" or agency.inbox is None or agency.inbox.address.casefold() != address:
            continue
        if agency.level == "core":
            work.left.append(f"{address}: the {role_words(agency.role)} must come. Put the event back.")
            continue
        work.intents += await let_off(
            work.services, work.conn, work.partnership, work.meeting, agency, reason=IN_OUTLOOK, actor=work.actor
        )
        work.done += 1
