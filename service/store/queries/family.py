"""Reads of the parents of a conference: for the page, and as they are at the moment a message would leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.queries.sealed import SealedBody

_F, _P, _M = t.family_invitations.c, t.people.c, t.meetings.c


@dataclass(frozen=True, slots=True)
class ParentRow:
    """One parent of a conference. ``person`` is the sending system's reference; the route's address stays sealed."""

    id: UUID
    person: str
    relation: str
    state: str
    stopped_because: str | None
    route: str | None
    comes_at: datetime | None
    interpreter: str
    advocate: str
    told_version: int
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class FamilyNow:
    """One parent as a message would find them. ``alone``: no other parent is wanted, so nobody need choose how they
    come; ``overtaken``: a later message to this parent waits; ``location_protected``: no place may be written down."""

    id: UUID
    person: str
    relation: str
    state: str
    route: str | None
    comes_at: datetime | None
    interpreter: str
    told_version: int
    sharing: str | None
    alone: bool
    overtaken: bool
    location_protected: bool


_OF_PERSON: Mapping[str, Any] = {"person": _P.ref, "relation": _P.relation}
_PARENT: tuple[Any, ...] = tuple(
    _OF_PERSON[field.name] if field.name in _OF_PERSON else _F[field.name] for field in fields(ParentRow)
)


async def parents_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[ParentRow]:
    """Every parent of one conference, in the order of the sending system's references; none for other meetings."""
    found = await conn.execute(
        select(*_PARENT)
        .select_from(t.family_invitations.join(t.people, _P.id == _F.person_id))
        .where(_F.partnership_id == partnership, _F.meeting_id == meeting_id)
        .order_by(_P.ref)
    )
    return [ParentRow(*row) for row in found]


async def sharing_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> str | None:
    """Whether the parents come together or apart; None while nobody has chosen."""
    chosen = select(_M.family_sharing).where(_M.partnership_id == partnership, _M.id == meeting_id)
    found: str | None = (await conn.execute(chosen)).scalar_one_or_none()
    return found


async def family_now(conn: AsyncConnection, partnership: str, family_id: UUID, row_id: UUID) -> FamilyNow:
    """Re-read one parent for sending; ``row_id`` is the outbox row whose turn it is."""
    others = t.family_invitations.alias("others")
    another = select(others.c.id).where(
        others.c.meeting_id == _F.meeting_id, others.c.id != _F.id, others.c.state == "wanted"
    )
    this, later = t.outbox.alias("this"), t.outbox.alias("later")
    overtaken = (
        select(later.c.id)
        .join(this, (this.c.stream == later.c.stream) & (later.c.sequence > this.c.sequence))
        .where(this.c.id == row_id, later.c.state.in_(("waiting", "frozen", "done")))
    )
    anybody = t.people.alias("anybody")
    hidden = anybody.c.ties.contains([{"flags": ["location_protected"]}])
    protected = select(anybody.c.id).where(anybody.c.request_id == _P.request_id, hidden)
    found = await conn.execute(
        select(
            _F.id,
            _P.ref,
            _P.relation,
            _F.state,
            _F.route,
            _F.comes_at,
            _F.interpreter,
            _F.told_version,
            _M.family_sharing,
            ~another.correlate(t.family_invitations).exists(),
            overtaken.exists(),
            protected.correlate(t.people).exists(),
        )
        .select_from(
            t.family_invitations.join(t.people, _P.id == _F.person_id).join(t.meetings, _M.id == _F.meeting_id)
        )
        .where(_F.partnership_id == partnership, _F.id == family_id)
    )
    return FamilyNow(*tuple(found.one()))


async def sealed_route(conn: AsyncConnection, partnership: str, family_id: UUID) -> SealedBody:
    """The route of one parent, still sealed, and the wrapped key it lies under."""
    found = await conn.execute(
        select(_F.id, t.requests.c.key_id, t.requests.c.wrapped_key, _F.sealed_route)
        .select_from(
            t.family_invitations.join(t.meetings, _M.id == _F.meeting_id).join(
                t.requests, t.requests.c.id == _M.request_id
            )
        )
        .where(_F.partnership_id == partnership, _F.id == family_id)
    )
    return SealedBody(*tuple(found.one()))
