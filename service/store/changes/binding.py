"""Writes of a requirement's inbox, once the directory can say who does its job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.changes.bulk import Rows, write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.tables import answers, chases, inboxes, invitations, meetings, outbox, requirements, tasks


@dataclass(frozen=True, slots=True)
class Unbound:
    """A requirement without an inbox, at a meeting that is still to come. ``place`` is that of the inbox it had."""

    requirement_id: UUID
    meeting_id: UUID
    role: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that no message reaches: ``state`` is ``no_inbox`` or ``stopped``."""

    requirement_id: UUID
    role: str
    level: str
    state: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A place that somebody may have reached outside mail; ``name`` and ``phone`` are its inbox's, if it has one."""

    requirement_id: UUID
    role: str
    state: str
    name: str
    phone: str


async def unbound(conn: AsyncConnection, partnership: str) -> list[Unbound]:
    """Requirements without an inbox at meetings that are planned or confirmed, by meeting."""
    found = await conn.execute(
        select(
            requirements.c.id,
            requirements.c.meeting_id,
            requirements.c.role,
            func.coalesce(inboxes.c.place, ""),
        )
        .select_from(
            requirements.join(meetings, meetings.c.id == requirements.c.meeting_id).outerjoin(
                inboxes, inboxes.c.id == requirements.c.inbox_id
            )
        )
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.state == "no_inbox",
            meetings.c.state.in_(("planned", "confirmed")),
        )
        .order_by(requirements.c.meeting_id, requirements.c.role)
    )
    return [Unbound(*row) for row in found]


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place as an officer names it: by its role, and its slot or one of its children."""

    requirement_id: UUID
    slot: str
    state: str
    children: list[str]


async def places_in_role(conn: AsyncConnection, partnership: str, meeting_id: UUID, role: str) -> list[NamedPlace]:
    """The places of one role at a meeting, but for those withdrawn."""
    r = requirements.c
    found = await conn.execute(
        select(r.id, r.slot, r.state, r.children)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.role == role, r.state != "withdrawn")
        .order_by(r.slot)
    )
    return [NamedPlace(*row) for row in found]


_RETIRED = (requirements.c.state == "wanted", requirements.c.inbox_id == inboxes.c.id, not_(inboxes.c.active))


async def meetings_with_retired(conn: AsyncConnection, partnership: str, now: datetime) -> list[UUID]:
    """The meetings still to come at which a place is held by an inbox that has left the directory."""
    m = meetings.c
    found = await conn.execute(
        select(m.id)
        .distinct()
        .where(
            m.partnership_id == partnership,
            m.state.in_(("planned", "confirmed")),
            or_(m.starts_at.is_(None), m.starts_at > now),
            requirements.c.meeting_id == m.id,
            *_RETIRED,
        )
        .order_by(m.id)
    )
    return list(found.scalars())


async def empty_retired(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[tuple[Gap, str]]:
    """Take every place of a meeting from an inbox that has left the directory; returns each with that inbox's channel.

    The place remembers the inbox, so that a new one at the same school can be told apart from another school's.
    """
    r = requirements.c
    emptied = await conn.execute(
        update(requirements)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, *_RETIRED)
        .values(state="no_inbox")
        .returning(r.id, r.role, r.level, r.state, inboxes.c.channel)
    )
    return [(Gap(*row[:4]), row.channel) for row in emptied]


async def take_back(conn: AsyncConnection, partnership: str, requirement_id: UUID, because: str, now: datetime) -> None:
    """Nothing more leaves for an inbox that lost its place: its invitation, messages and chases end.

    A row that a worker is just claiming is passed over, never waited for: the worker reads the place again by itself.
    """
    await conn.execute(
        update(invitations)
        .where(
            invitations.c.partnership_id == partnership,
            invitations.c.requirement_id == requirement_id,
            invitations.c.state.in_(("due", "sent", "failed")),
        )
        .values(state="withdrawn")
    )
    o = outbox.c
    free = (
        select(o.id)
        .where(o.partnership_id == partnership, o.requirement_id == requirement_id, o.state.in_(("waiting", "frozen")))
        .with_for_update(skip_locked=True)
    )
    await conn.execute(
        update(outbox).where(o.id.in_(free)).values(state="not_sent", not_sent_because=because, finished_at=now)
    )
    await conn.execute(
        update(chases)
        .where(
            chases.c.partnership_id == partnership,
            chases.c.requirement_id == requirement_id,
            chases.c.state.in_(("due", "handed")),
        )
        .values(state="not_sent", not_sent_because=because, finished_at=now)
    )


async def write_again(conn: AsyncConnection, rows: Rows) -> None:
    """Write one more inbox's invitation to a version that an earlier inbox of the same place may have been asked to.

    The invitation is the new inbox's from now on, and so are the steps of the ladder that never left for the earlier
    one. A step that did leave is spent. The same inbox, asked again before it was let off, knows what it was told.
    """
    still_told = and_(invitations.c.inbox_id == insert(invitations).excluded.inbox_id, _not_let_off_yet())
    handed = ("event_handed_at", "message_handed_at")
    kept = {name: case((still_told, invitations.c[name])) for name in handed}
    await write_rows(conn, [(table, some) for table, some in rows if table not in {invitations, chases}])
    went = select(outbox.c.id).where(outbox.c.chase_id == chases.c.id).exists()
    for table, some in rows:
        for row in some if table in {invitations, chases} else ():
            fresh = kept if table is invitations else {}
            key = ["requirement_id", "version", *(["step"] if table is chases else [])]
            changed = {name: value for name, value in row.items() if name not in {"id", *key}} | fresh
            where = None if table is invitations else and_(chases.c.state == "not_sent", not_(went))
            await conn.execute(
                insert(table).values(**row).on_conflict_do_update(index_elements=key, set_=changed, where=where)
            )


def _not_let_off_yet() -> ColumnElement[bool]:
    o = outbox.c
    waits = and_(o.state == "waiting", o.detail["about"].astext == "withdrawal")
    return select(o.id).where(o.requirement_id == invitations.c.requirement_id, waits).exists()


async def gaps_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Gap]:
    """The places of a meeting that no message reaches, in a steady order."""
    r = requirements.c
    found = await conn.execute(
        select(r.id, r.role, r.level, r.state)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.state.in_(("no_inbox", "stopped")))
        .order_by(r.role, r.slot)
    )
    return [Gap(*row) for row in found]


async def reached_by_hand(conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> list[ByHand]:
    """The places that may have been told of the meeting outside mail, and will hear nothing by mail.

    That is: a desk reached by phone, once there was a time to tell it; a place without a usable inbox whose task was
    done or that answered by phone; and one whose message never left and whose task to phone it was done.
    """
    r, i = requirements.c, inboxes.c
    gap = r.state.in_(("no_inbox", "stopped"))
    told = select(invitations.c.id).where(
        invitations.c.requirement_id == r.id, invitations.c.message_handed_at.is_not(None)
    )
    phoned = select(answers.c.id).where(answers.c.requirement_id == r.id, answers.c.way == "phone")
    found = await conn.execute(
        select(r.id, r.role, r.state, func.coalesce(i.name, ""), func.coalesce(i.phone, ""))
        .select_from(requirements.outerjoin(inboxes, i.id == r.inbox_id))
        .where(
            r.partnership_id == partnership,
            r.meeting_id == meeting.id,
            or_(
                and_(r.state == "wanted", i.channel == "phone", literal(meeting.version > 0)),
                and_(gap, or_(_done("no_inbox", "must_not_be_told"), phoned.exists())),
                and_(r.state == "wanted", _done("not_delivered", "held_back"), not_(told.exists())),
            ),
        )
        .order_by(r.role, r.slot)
    )
    return [ByHand(*row) for row in found]


def _done(*kinds: str) -> ColumnElement[bool]:
    done = select(tasks.c.id).where(
        tasks.c.requirement_id == requirements.c.id, tasks.c.kind.in_(kinds), tasks.c.state == "done"
    )
    return done.exists()


async def set_inbox(conn: AsyncConnection, partnership: str, requirement_id: UUID, inbox_id: UUID) -> bool:
    """Bind a requirement. False when it was bound or withdrawn meanwhile."""
    done = await conn.execute(
        update(requirements)
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.id == requirement_id,
            requirements.c.state == "no_inbox",
        )
        .values(inbox_id=inbox_id, state="wanted")
    )
    return done.rowcount == 1


@dataclass(frozen=True, slots=True)
class Stopped:
    """What stopping a place led to: the ``old`` place is withdrawn, ``gap`` stands in for it without an inbox."""

    old: UUID
    gap: Gap
    was_guest: bool


async def places_sharing(conn: AsyncConnection, partnership: str, meeting_id: UUID, requirement_id: UUID) -> list[UUID]:
    """The other places of a meeting that are held by the same address: one desk may do the jobs of several roles."""
    r, i, mine = requirements.c, inboxes.c, requirements.alias("mine").c
    its = inboxes.alias("its").c
    address = (
        select(func.lower(its.address))
        .where(mine.partnership_id == partnership, mine.id == requirement_id, its.id == mine.inbox_id)
        .scalar_subquery()
    )
    found = await conn.execute(
        select(r.id)
        .join(inboxes, i.id == r.inbox_id)
        .where(
            r.partnership_id == partnership,
            r.meeting_id == meeting_id,
            r.id != requirement_id,
            r.state == "wanted",
            i.address != "",
            func.lower(i.address) == address,
        )
        .order_by(r.role, r.slot)
    )
    return list(found.scalars())


TOLD = "told-"
"""How the slot begins of a place whose inbox was told and must not be any more: no plan knows such a slot."""


async def close_told(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> None:
    """The place's inbox must not be told any more, and no other takes its place: what is recorded of it stays."""
    r = requirements.c
    await conn.execute(
        update(requirements)
        .where(r.partnership_id == partnership, r.id == requirement_id, r.state.in_(("wanted", "no_inbox", "joined")))
        .values(state="withdrawn", slot=f"{TOLD}{requirement_id}")
    )


async def stop(conn: AsyncConnection, partnership: str, requirement_id: UUID, new: UUID) -> Stopped | None:
    """The place's inbox must not be told from now on. None when the place was stopped or withdrawn already.

    Another place takes over, under the id ``new``: whatever the inbox was sent and has said (links, answers, chases)
    belongs to the old one, which is closed, so that none of it can ever speak for whoever comes by a safe route. The
    new place has the slot, so that a plan made anew finds it stopped; the old one gets a slot that no plan knows.
    """
    r = requirements.c
    done = await conn.execute(
        update(requirements)
        .where(r.partnership_id == partnership, r.id == requirement_id, r.state.in_(("wanted", "no_inbox", "joined")))
        .values(state="withdrawn")
        .returning(*requirements.c)
    )
    old = done.mappings().one_or_none()
    if old is None:
        return None
    guest = await conn.scalar(select(inboxes.c.channel == "outlook").where(inboxes.c.id == old["inbox_id"]))
    aside = f"{TOLD}{requirement_id}"
    await conn.execute(
        update(requirements).where(r.partnership_id == partnership, r.id == requirement_id).values(slot=aside)
    )
    ends = {"id": new, "inbox_id": None, "state": "stopped", "location_held_by": None}
    await conn.execute(insert(requirements).values(**{**old, **ends}))
    return Stopped(old["id"], Gap(new, old["role"], old["level"], "stopped"), bool(guest))


async def set_location_held(conn: AsyncConnection, partnership: str, requirement_id: UUID, by: str | None) -> None:
    """Whether a place's agency knows already where a protected family is: who says so, or None when it does not."""
    r = requirements.c
    await conn.execute(
        update(requirements).where(r.partnership_id == partnership, r.id == requirement_id).values(location_held_by=by)
    )


@dataclass(frozen=True, slots=True)
class OwnRoute:
    """A person and the route that nobody shares with them. ``channel`` is ``outlook`` or ``phone``."""

    id: UUID
    role: str
    name: str
    address: str
    phone: str
    hours: str
    channel: str


async def set_person(
    conn: AsyncConnection, partnership: str, requirement_id: UUID, route: OwnRoute, now: datetime
) -> bool:
    """Give a stopped place to a person by their own route. False when it is stopped no more.

    The route has no manager and no duty desk: whoever they were might share what must not be told.
    """
    await conn.execute(
        insert(inboxes).values(
            id=route.id,
            partnership_id=partnership,
            role=route.role,
            # Nobody's school: no look-up by place can find it, and each naming is a row of its own.
            place=f"person:{route.id}",
            name=route.name,
            address=route.address,
            phone=route.phone,
            hours=route.hours,
            channel=route.channel,
            kind="person",
            updated_at=now,
        )
    )
    done = await conn.execute(
        update(requirements)
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.id == requirement_id,
            requirements.c.state == "stopped",
        )
        .values(inbox_id=route.id, state="wanted")
    )
    return done.rowcount == 1


async def rows_in_stream(conn: AsyncConnection, partnership: str, stream: str) -> int:
    """How many outbox rows a stream has, to number the next one. Call it under the meeting's lock."""
    found = await conn.execute(
        select(func.count()).where(outbox.c.partnership_id == partnership, outbox.c.stream == stream)
    )
    return int(found.scalar_one())
