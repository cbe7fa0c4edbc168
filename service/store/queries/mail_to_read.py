"""Reads of mail that came in about a meeting: where it belongs, and what waits to be read. Never its words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.actions import Action
from service.store.queries.readable import Reader, readable


@dataclass(frozen=True, slots=True)
class MailLine:
    """One mail about a meeting, without what it says."""

    id: UUID
    requirement_id: UUID | None
    kind: str
    version: int
    received_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class MailListed:
    """One mail as a list shows it: of which meeting and which agency (none where nobody can place it), and who has
    opened it when, the first one first."""

    id: UUID
    meeting_reference: str
    role: str
    slot: str
    kind: str
    received_at: datetime
    state: str
    settled_by: str
    opened: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class Belongs:
    """To which meeting a mail belongs, and to which place as far as can be told. ``step`` is that of the chase it
    answers, 0 for any other message."""

    meeting_id: UUID
    requirement_id: UUID | None = None
    step: int = 0


async def mails_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[MailLine]:
    """The mails about one meeting, oldest first."""
    m = t.mail_to_read.c
    found = await conn.execute(
        select(m.id, m.requirement_id, m.kind, m.version, m.received_at, m.state)
        .where(m.partnership_id == partnership, m.meeting_id == meeting_id)
        .order_by(m.received_at, m.id)
    )
    return [MailLine(*row) for row in found]


async def mail_listed(
    conn: AsyncConnection, partnership: str, reader: Reader | None, *, everything: bool = False
) -> list[MailListed]:
    """The mails that this reader may know of, the oldest first: those that wait, or all of them."""
    m, g, r, a = t.mail_to_read.c, t.meetings.c, t.requirements.c, t.audit_events.c
    opened = (
        select(func.jsonb_agg(aggregate_order_by(func.jsonb_build_array(a.actor, a.at), a.number)))
        .where(a.partnership_id == partnership, a.meeting_id == m.meeting_id)
        .where(a.action == str(Action.MAIL_OPENED), a.data["mail"].astext == cast(m.id, Text))
        .scalar_subquery()
    )
    found = await conn.execute(
        select(m.id, g.reference, func.coalesce(r.role, ""), func.coalesce(r.slot, ""), m.kind, m.received_at, m.state)
        .add_columns(func.coalesce(m.settled_by, ""), opened.label("opened"))
        .select_from(t.mail_to_read.join(t.meetings, g.id == m.meeting_id))
        .outerjoin(t.requirements, r.id == m.requirement_id)
        .where(m.partnership_id == partnership, readable(g.request_id, partnership, reader))
        .where(true() if everything else m.state == "open")
        .order_by(m.received_at, m.id)
    )
    return [
        replace(MailListed(*row), opened=tuple((who, datetime.fromisoformat(at)) for who, at in row.opened or ()))
        for row in found
    ]


async def was_moved_on(
    conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int, mail_id: UUID
) -> bool:
    """Whether another mail than this one has already said of this place and version that nobody reads its address."""
    m = t.mail_to_read.c
    others = exists().where(
        m.partnership_id == partnership,
        m.requirement_id == requirement_id,
        m.version == version,
        m.kind.in_(("automatic", "bounce")),
        m.id != mail_id,
    )
    return bool(await conn.scalar(select(others)))


async def asked_at(conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int) -> datetime | None:
    """When the last of what invites a place to a version was handed over; None before that."""
    i = t.invitations.c
    found: datetime | None = await conn.scalar(
        select(func.greatest(i.event_handed_at, i.message_handed_at)).where(
            i.partnership_id == partnership, i.requirement_id == requirement_id, i.version == version
        )
    )
    return found


async def by_thread(conn: AsyncConnection, partnership: str, row_ids: Collection[UUID]) -> Belongs | None:
    """Where a mail belongs that answers one of these outbox rows."""
    o, c = t.outbox.c, t.chases.c
    found = await conn.execute(
        select(o.meeting_id, o.requirement_id, func.coalesce(c.step, 0))
        .select_from(t.outbox.outerjoin(t.chases, c.id == o.chase_id))
        .where(o.partnership_id == partnership, o.id.in_(list(row_ids)))
        .order_by(o.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else Belongs(*row)


async def by_reference(conn: AsyncConnection, partnership: str, references: Collection[str]) -> UUID | None:
    """The one meeting that these references name; None for none, and for two that are not the same."""
    m = t.meetings.c
    found = await conn.execute(
        select(m.id).where(m.partnership_id == partnership, m.reference.in_(list(references))).limit(2)
    )
    ids = list(found.scalars())
    return ids[0] if len(ids) == 1 else None


async def place_of_address(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, addresses: Collection[str]
) -> UUID | None:
    """The one wanted place of a meeting behind these addresses, its manager's among them; None where none is or two
    are."""
    r, i = t.requirements.c, t.inboxes.c
    wanted = [address for address in addresses if address]
    found = await conn.execute(
        select(r.id)
        .join(t.inboxes, i.id == r.inbox_id)
        .where(
            r.partnership_id == partnership,
            r.meeting_id == meeting_id,
            r.state == "wanted",
            func.lower(i.address).in_(wanted) | func.lower(i.escalation_address).in_(wanted),
        )
        .limit(2)
    )
    ids = list(found.scalars())
    return ids[0] if len(ids) == 1 else None


async def mail_line(conn: AsyncConnection, partnership: str, mail_id: UUID) -> MailLine | None:
    """One mail, or None when this partnership has no such one."""
    m = t.mail_to_read.c
    found = await conn.execute(
        select(m.id, m.requirement_id, m.kind, m.version, m.received_at, m.state).where(
            m.partnership_id == partnership, m.id == mail_id
        )
    )
    row = found.one_or_none()
    return None if row is None else MailLine(*row)
