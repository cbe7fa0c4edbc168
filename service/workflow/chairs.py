"""The rota of chairs, and a substitute for one who is away: free then, with the fewest meetings, changed by name.

No message or calendar event names the chair, so nobody who is invited hears of a change. Where a case is restricted,
the new chair is named for it and the one before is no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chairs import NOT_FREE_WORDS, NotFree, OnRota, substitutes, why_not
from service.domain.facts import Urgency
from service.domain.hours import OFFICE, HoursError, parse
from service.domain.london import local_date
from service.domain.meetings import MeetingState
from service.domain.working_time import CalendarTooShortError
from service.store.chain import JSON
from service.store.changes import audit, meetings, restricting
from service.store.changes import chairs as changes
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.chairs import CaseReaders, ChairedMeeting, ChairRow, case_readers, chaired_meetings, rota
from service.store.queries.meeting import meeting_view
from service.store.queries.readable import Reader
from service.store.sealing import SealError
from service.workflow import identity
from service.workflow.chairs_file import ChairEntry
from service.workflow.errors import BadChairError, BadReasonError, Instead, NoSuchMeetingError, NotOpenError
from service.workflow.ports import Services

_HOUR = timedelta(hours=1)
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class RotaChanged:
    """What an import did."""

    chairs: int
    retired: int


@dataclass(frozen=True, slots=True)
class RotaLine:
    """One chair with their meetings to come."""

    chair: ChairRow
    meetings: tuple[ChairedMeeting, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """A meeting whose chair is away, with who can chair it instead, the fewest meetings first."""

    reference: str
    starts_at: datetime
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChairChanged:
    """Who chairs a meeting now, and who did."""

    reference: str
    before: str
    chair: str


async def import_chairs(
    services: Services, partnership: str, entries: Sequence[ChairEntry], *, actor: str
) -> RotaChanged:
    """Make the rota what the file says; whoever it does not name chairs no more."""
    now = services.now()
    async with services.engine.begin() as conn:
        kept = []
        for entry in entries:
            chair_id = await changes.put_chair(
                conn, partnership, name=entry.name, hours=entry.hours, reader=entry.reader, now=now
            )
            await changes.set_away(conn, partnership, chair_id, entry.away, now)
            kept.append(chair_id)
        retired = await changes.retire_chairs(conn, partnership, kept, now)
        # Their names stay in the rota's rows, where they can be corrected.
        data: dict[str, JSON] = {"chairs": [str(each) for each in kept], "retired": retired}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.ROTA_IMPORTED, data)])
    return RotaChanged(len(kept), retired)


async def put_one_chair(services: Services, partnership: str, entry: ChairEntry, *, actor: str) -> None:
    """Put one chair on the rota, or change their hours and the days they are away; everybody else stays as they are."""
    now = services.now()
    async with services.engine.begin() as conn:
        chair_id = await changes.put_chair(
            conn, partnership, name=entry.name, hours=entry.hours, reader=entry.reader, now=now
        )
        await changes.set_away(conn, partnership, chair_id, entry.away, now)
        data: dict[str, JSON] = {"chairs": [str(chair_id)], "retired": 0}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.ROTA_CHANGED, data)])


async def take_off_rota(services: Services, partnership: str, name: str, *, actor: str) -> None:
    """Somebody chairs no more. Their meetings stay theirs until somebody else is named.

    Raises:
        BadChairError: nobody of that name is on the rota.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        found = await rota(conn, partnership)
        gone = next((each for each in found if each.name == name), None)
        if gone is None:
            raise BadChairError("Nobody of that name is on the rota any more.")
        await changes.retire_chairs(conn, partnership, [each.id for each in found if each.id != gone.id], now)
        data: dict[str, JSON] = {"chairs": [str(gone.id)], "retired": 1}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.ROTA_CHANGED, data)])


async def rota_of(services: Services, partnership: str, reader: Reader | None = None) -> list[RotaLine]:
    """Every chair with the meetings to come that are theirs, as this reader may know them."""
    async with services.engine.connect() as conn:
        found, chaired = await rota(conn, partnership), await chaired_meetings(conn, partnership, reader)
    return [RotaLine(chair, tuple(each for each in chaired if each.chair == chair.name)) for chair in found]


async def add_away(
    services: Services, partnership: str, name: str, first: date, last: date, *, actor: str
) -> list[Without]:
    """Somebody is away from one London day to another; returns their meetings in those days with who can chair instead.

    Raises:
        BadChairError: nobody of that name is on the rota, or the days are not in order.
    """
    now = services.now()
    if last < first:
        raise BadChairError("The last day is before the first.")
    async with services.engine.begin() as conn:
        chair = next((each for each in await rota(conn, partnership) if each.name == name), None)
        if chair is None:
            raise BadChairError("Nobody of that name is on the rota.", instead=Instead.LIST_CHAIRS)
        days = sorted({*chair.away, (first, last)})
        await changes.set_away(conn, partnership, chair.id, days, now)
        data: dict[str, JSON] = {"chair": str(chair.id), "first": first.isoformat(), "last": last.isoformat()}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.CHAIR_AWAY, data)])
        theirs = [each for each in await chaired_meetings(conn, partnership, None) if each.chair == name]
    hit = [each for each in theirs if each.starts_at and first <= local_date(each.starts_at) <= last]
    return [await _without(services, partnership, each) for each in hit]


async def _without(services: Services, partnership: str, meeting: ChairedMeeting) -> Without:
    found = await substitutes_for(services, partnership, meeting.reference)
    assert meeting.starts_at is not None  # noqa: S101 - only meetings with a time are looked at
    return Without(meeting.reference, meeting.starts_at, tuple(chair.name for chair in found))


async def substitutes_for(services: Services, partnership: str, reference: str) -> tuple[OnRota, ...]:
    """Who can chair a meeting instead of whoever does, the fewest meetings first. Changes nothing.

    Raises:
        NoSuchMeetingError
        BadChairError: the meeting has no time yet, so nobody can be said to be free.
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        start, end = _time(meeting.starts_at, meeting.ends_at)
        readers = await case_readers(conn, partnership, meeting.request_id)
        known = await _on_rota(conn, partnership, reference, readers)
    others = [chair for chair in known if chair.name != meeting.chair]
    immediate = meeting.urgency == Urgency.IMMEDIATE
    try:
        return substitutes(others, start, end, services.calendar, immediate=immediate)
    except CalendarTooShortError:
        return ()


def _time(starts_at: datetime | None, ends_at: datetime | None) -> tuple[datetime, datetime]:
    if starts_at is None:
        raise BadChairError("This meeting has no time yet, so nobody can be said to be free. Choose its time first.")
    return starts_at, ends_at or starts_at + _HOUR


async def _on_rota(conn: AsyncConnection, partnership: str, but_for: str, readers: CaseReaders) -> list[OnRota]:
    # The times alone are compared, so a restricted case is named to nobody by this.
    chaired = [each for each in await chaired_meetings(conn, partnership, None) if each.reference != but_for]
    found = []
    for chair in await rota(conn, partnership):
        theirs = [each for each in chaired if each.chair == chair.name]
        times = tuple((each.starts_at, each.ends_at) for each in theirs if each.starts_at and each.ends_at)
        try:
            hours = parse(chair.hours)
        except HoursError:
            hours = OFFICE
        out = bool(chair.reader) and chair.reader in readers.kept_out
        found.append(OnRota(chair.name, hours, chair.away, times, len(theirs), kept_out=out))
    return found


async def change_chair(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str, to: str = ""
) -> ChairChanged:
    """Another chair for a meeting: the one named, or the first who is free. Nobody who is invited is told anything.

    Raises:
        NoSuchMeetingError
        NotOpenError: the meeting was held or called off.
        BadReasonError: no reason, or its words name somebody of the case.
        BadChairError: nobody is free, or the one named is not on the rota, not free, or must not know of the case.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        locked = await meetings.lock_meeting(conn, partnership, reference)
        meeting = await meeting_view(conn, partnership, reference)
        if locked is None or meeting is None:
            raise NoSuchMeetingError(reference)
        if locked.state not in {MeetingState.PLANNED, MeetingState.CONFIRMED}:
            raise NotOpenError(f"This meeting is {locked.state}: who chaired it is in its record.")
        why = await _reason(services, conn, partnership, locked, reason)
        if to and to == meeting.chair:
            # Pressed twice, it is done already.
            return ChairChanged(reference, meeting.chair, meeting.chair)
        readers = await case_readers(conn, partnership, locked.request_id)
        known = await _on_rota(conn, partnership, reference, readers)
        new = _chosen(services, locked, [each for each in known if each.name != meeting.chair], to)
        await changes.set_chair(conn, partnership, locked.id, chair=new.name, because=why, by=actor)
        people = {chair.name: chair for chair in await rota(conn, partnership)}
        before, after = people.get(meeting.chair), people[new.name]
        named = _Named(before.reader if before else "", after.reader, why, actor, now)
        follow = await _readers_follow(conn, partnership, locked, readers, named)
        data: dict[str, JSON] = {"from": str(before.id) if before else None, "to": str(after.id), **follow}
        await audit.append(conn, [audit.Event(partnership, locked.id, now, actor, audit.Action.CHAIR_CHANGED, data)])
    return ChairChanged(reference, meeting.chair, new.name)


async def _reason(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, reason: str
) -> str:
    why = " ".join(reason.split())
    if not why or len(why) > _LONGEST_REASON:
        raise BadReasonError(f"Say why the chair changes, in up to {_LONGEST_REASON} characters and without names.")
    try:
        words = await identity.forbidden_words(conn, services.keyring, partnership, meeting.request_id)
    except SealError:
        raise BadReasonError("The identities of this case cannot be checked, so no free words can be kept.") from None
    if words.found_in(why.encode(), why):
        raise BadReasonError("Take names and addresses out of the words. Nothing was kept.")
    return why


def _chosen(services: Services, meeting: LockedMeeting, others: Sequence[OnRota], to: str) -> OnRota:
    immediate = meeting.urgency == Urgency.IMMEDIATE
    if not to:
        start, end = _time(meeting.starts_at, meeting.ends_at)
        free = substitutes(others, start, end, services.calendar, immediate=immediate)
        if not free:
            raise BadChairError("Nobody else on the rota is free then. Move the meeting, or name who chairs it.")
        return free[0]
    named = next((each for each in others if each.name == to), None)
    if named is None:
        raise BadChairError("Nobody else of that name is on the rota.", instead=Instead.LIST_CHAIRS)
    if meeting.starts_at is None:
        # Without a time only what holds at any time can stand in the way.
        why = NotFree.KEPT_OUT if named.kept_out else None
    else:
        start, end = _time(meeting.starts_at, meeting.ends_at)
        # Who is asked outside their rota may say yes; leave, another meeting and the case itself stand in the way.
        why = why_not(named, start, end, services.calendar, immediate=True)
    if why is not None:
        raise BadChairError(f"{named.name} {NOT_FREE_WORDS[why]}.")
    return replace(named)


@dataclass(frozen=True, slots=True)
class _Named:
    """Who chaired and who does, as the audit names people (empty: not known), why, by whom and when that changed."""

    before: str
    after: str
    why: str
    actor: str
    now: datetime


async def _readers_follow(
    conn: AsyncConnection, partnership: str, meeting: LockedMeeting, readers: CaseReaders, named: _Named
) -> dict[str, Any]:
    """Of a restricted case, the new chair may know and the one before may not any more; nothing else changes."""
    if not readers.restricted:
        return {}
    ended = named.before if named.before in readers.named and named.before != named.actor else ""
    if ended:
        await restricting.end(conn, partnership, meeting.request_id, ended, "named", named.now)
    if named.after and named.after not in readers.named:
        access = {
            "id": new_id(named.now),
            "partnership_id": partnership,
            "request_id": meeting.request_id,
            "reader": named.after,
            "kind": "named",
            "named_by": named.actor,
            "reason": named.why,
            "since": named.now,
            "until": None,
        }
        await restricting.add(conn, access)
    return {"reader_named": named.after or None, "reader_ended": ended or None}
