"""Arranging how the parents come to a conference: the chair's choice, each parent's safe route, advocate, interpreter.

"Do not contact" stops a parent at once, whatever was arranged; what a request says must not be told is nobody's here to
lift. A strategy meeting has no parents to arrange: asking for one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.family import Advocate, Route, Sharing, Stopped, may_come
from service.domain.meetings import MeetingState
from service.store import tables
from service.store.changes import audit, meetings, tasks
from service.store.changes import family as changes
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.queries.family import ParentRow, parents_of, sharing_of
from service.store.sealing import SealError
from service.workflow import identity
from service.workflow.calling import Call
from service.workflow.errors import BadRouteError, NoSuchMeetingError, NoSuchParentError, NotAConferenceError
from service.workflow.family_calls import is_ready, tell_parents
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class ParentArranged:
    """What is said of one parent; None leaves things as they are. ``to`` is the address or number of ``route``."""

    person: str
    route: Route | None = None
    to: str = ""
    comes_at: datetime | None = None
    interpreter: str | None = None
    advocate: Advocate | None = None
    do_not_contact: bool | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """The parents of one conference as they stand, and how they come: a ``Sharing``, or None while nobody chose."""

    reference: str
    sharing: str | None
    parents: tuple[ParentRow, ...]


async def family_of(services: Services, partnership: str, reference: str) -> Family:
    """The parents of one conference; none for any other meeting.

    Raises:
        NoSuchMeetingError
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        return await _shown(conn, partnership, meeting)


async def _shown(conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> Family:
    sharing = await sharing_of(conn, partnership, meeting.id)
    return Family(meeting.reference, sharing, tuple(await parents_of(conn, partnership, meeting.id)))


async def arrange_family(
    services: Services,
    partnership: str,
    reference: str,
    *,
    sharing: Sharing | None,
    arranged: Sequence[ParentArranged],
    actor: str,
) -> Family:
    """Arrange one or several parents; whoever is ready by it, and has not been told so, is told at once.

    Raises:
        NoSuchMeetingError, NoSuchParentError
        NotAConferenceError: the family is never invited to this kind of meeting.
        BadRouteError: the route, the address or the parent's own time cannot be used; the sentence says why.
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if not may_come(meeting.meeting_type):
            raise NotAConferenceError
        if meeting.state not in {MeetingState.PLANNED, MeetingState.CONFIRMED}:
            raise BadRouteError("This conference is over or called off, so nobody is invited to it any more.")
        before = await _shown(conn, partnership, meeting)
        events, new_routes = await _arrange(services, conn, partnership, meeting, before, arranged, actor)
        if sharing is not None and sharing != before.sharing:
            await changes.choose_sharing(conn, partnership, meeting.id, str(sharing), actor)
            events.append(_event(services, partnership, meeting, actor, audit.Action.FAMILY_SHARING_CHOSEN, sharing))
        await audit.append(conn, events)
        after = await _shown(conn, partnership, meeting)
        _refuse_the_same_time(after)
        told = _to_tell(before, after, new_routes)
        woken = await _tell(services, conn, partnership, meeting, told)
        await _close_task(services, conn, partnership, meeting, after, actor)
    await services.wake.outbox(woken)
    return after


def _event(
    services: Services, partnership: str, meeting: LockedMeeting, actor: str, action: audit.Action, sharing: str
) -> audit.Event:
    return audit.Event(partnership, meeting.id, services.now(), actor, action, {"sharing": str(sharing)})


async def _arrange(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    before: Family,
    arranged: Sequence[ParentArranged],
    actor: str,
) -> tuple[list[audit.Event], set[str]]:
    """What was changed, and whose route is another one now."""
    known = {parent.person: parent for parent in before.parents}
    events: list[audit.Event] = []
    new_routes: set[str] = set()
    for one in arranged:
        parent = known.get(one.person)
        if parent is None:
            raise NoSuchParentError
        values = _state_of(parent, one) | await _route_of(services, conn, partnership, meeting, parent, one)
        if one.comes_at is not None:
            values["comes_at"] = _own_time(meeting, one.comes_at)
        if one.interpreter is not None:
            values["interpreter"] = one.interpreter.strip()
        if one.advocate is not None:
            values["advocate"] = str(one.advocate)
        if not values:
            continue
        await changes.change_parent(conn, partnership, parent.id, values)
        if "route" in values:
            new_routes.add(one.person)
        stopped = values.get("state") == "stopped"
        action = audit.Action.FAMILY_STOPPED if stopped else audit.Action.FAMILY_ARRANGED
        # Which columns and which kind of route; the address itself is sealed and no chain may hold it.
        data = {"parent": str(parent.id), "changed": sorted(values), "route": values.get("route", parent.route)}
        events.append(audit.Event(partnership, meeting.id, services.now(), actor, action, data))
    return events, new_routes


def _state_of(parent: ParentRow, one: ParentArranged) -> dict[str, Any]:
    if one.do_not_contact is None:
        if parent.state == "stopped" and one.route is not None:
            raise BadRouteError("This parent must not be contacted. Nothing was arranged.")
        return {}
    if one.do_not_contact:
        return {"state": "stopped", "stopped_because": str(Stopped.DO_NOT_CONTACT)}
    if parent.stopped_because == Stopped.MUST_NOT_BE_TOLD:
        raise BadRouteError("The request says that this person must not be told. Only a new request can change that.")
    return {"state": "wanted", "stopped_because": None}


async def _route_of(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    parent: ParentRow,
    one: ParentArranged,
) -> dict[str, Any]:
    if one.route is None:
        if one.to:
            raise BadRouteError("Say which route this is for: email, post, phone or by_hand.")
        return {}
    to = one.to.strip()
    if one.route is Route.EMAIL and not _EMAIL.fullmatch(to):
        raise BadRouteError("Give the e-mail address that is safe for this parent, such as name@home.example.")
    if one.route in {Route.POST, Route.PHONE} and not to:
        raise BadRouteError("Give the address or the number that is safe for this parent.")
    if len(to) > _LONGEST:
        raise BadRouteError(f"Give the route in at most {_LONGEST} characters.")
    try:
        if parent.route == one.route and to == await identity.open_route(
            conn, services.keyring, partnership, parent.id
        ):
            return {}
        sealed = await changes.sealed_under(
            conn,
            partnership,
            meeting.request_id,
            services.keyring,
            ("family_invitations", parent.id, "sealed_route"),
            to.encode(),
        )
    except SealError:
        raise BadRouteError("The identities of this case have been erased, so no route can be kept.") from None
    # Whoever reads there has been told of nothing yet.
    return {"route": str(one.route), "sealed_route": sealed, "told_version": 0}


def _own_time(meeting: LockedMeeting, comes_at: datetime) -> datetime:
    if meeting.starts_at is None or meeting.ends_at is None:
        raise BadRouteError("Give the conference its time first, then each parent theirs.")
    if not meeting.starts_at <= comes_at < meeting.ends_at:
        raise BadRouteError("The parent's own time must lie within the conference.")
    return comes_at


def _refuse_the_same_time(family: Family) -> None:
    times = [parent.comes_at for parent in family.parents if parent.state == "wanted" and parent.comes_at]
    if family.sharing == Sharing.SPLIT and len(set(times)) < len(times):
        raise BadRouteError("The parents come one after the other: give each a time of their own.")


def _to_tell(before: Family, after: Family, new_routes: Collection[str]) -> list[ParentRow]:
    """Whoever can be told now and could not before, or has another route, or would be told something else."""
    was = {parent.person: parent for parent in before.parents}
    wanted_before, wanted = _wanted(before), _wanted(after)
    return [
        parent
        for parent in wanted
        if is_ready(parent, wanted, after.sharing)
        and (
            not is_ready(was[parent.person], wanted_before, before.sharing)
            or parent.person in new_routes
            or any(getattr(was[parent.person], name) != getattr(parent, name) for name in ("comes_at", "interpreter"))
        )
    ]


def _wanted(family: Family) -> list[ParentRow]:
    return [parent for parent in family.parents if parent.state == "wanted"]


async def _tell(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, told: Sequence[ParentRow]
) -> list[UUID]:
    """The messages and tasks for these parents, once the conference has its time; before, its confirmation tells."""
    event = await meetings.live_event(conn, partnership, meeting.id)
    if meeting.state is not MeetingState.CONFIRMED or event is None or meeting.starts_at is None:
        return []
    call = Call(
        partnership=partnership,
        meeting_id=meeting.id,
        version=meeting.version,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at or meeting.starts_at,
        event_id=event[0],
        mailbox_id=event[1],
        ladder=None,
        immediate=False,
        now=services.now(),
        real_now=services.real_now(),
    )
    intents, by_hand = await tell_parents(conn, call, told)
    await write_rows(conn, [(tables.outbox, intents), (tables.tasks, by_hand)])
    return [row["id"] for row in intents]


async def _close_task(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, family: Family, actor: str
) -> None:
    wanted = _wanted(family)
    if all(is_ready(parent, wanted, family.sharing) for parent in wanted):
        kind = str(TaskKind.INVITE_FAMILY)
        await tasks.close_kind(conn, partnership, meeting.id, kind, by=actor, now=services.now())
