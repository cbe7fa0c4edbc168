"""Writes of requests that somebody is still typing: sealed from the first word, kept across a time-out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.sealing import Keyring, seal
from service.store.tables import drafts


@dataclass(frozen=True, slots=True)
class DraftKept:
    """What a person has typed so far. ``form`` is sealed before it is written.

    ``over`` is the version it was typed over; None writes over any.
    """

    id: UUID
    staff_id: UUID
    form: bytes = field(repr=False)
    kind: str = "request"
    over: int | None = None


async def keep(
    conn: AsyncConnection, keyring: Keyring, partnership: str, draft: DraftKept, *, now: datetime
) -> int | None:
    """Write the draft anew under a fresh key; returns its version from now on, None where nothing was written: it is
    sent already, it is somebody else's, or it has another version than the one it was typed over.

    ``now`` is real time: a draft is swept away some days after its author last touched it.
    """
    key = keyring.new_data_key()
    values = {
        "key_id": key.key_id,
        "wrapped_key": key.wrapped,
        "sealed_form": seal(key, "drafts", draft.id, "sealed_form", draft.form),
        "updated_at": now,
    }
    own = {"id": draft.id, "partnership_id": partnership, "staff_id": draft.staff_id, "kind": draft.kind}
    written = await conn.execute(
        insert(drafts)
        .values(**own, **values, created_at=now)
        .on_conflict_do_update(
            index_elements=["id"],
            set_={**values, "version": drafts.c.version + 1},
            where=and_(
                drafts.c.partnership_id == partnership,
                drafts.c.staff_id == draft.staff_id,
                drafts.c.kind == draft.kind,
                drafts.c.meeting_reference.is_(None),
                true() if draft.over is None else drafts.c.version == draft.over,
            ),
        )
        .returning(drafts.c.version)
    )
    version: int | None = written.scalar_one_or_none()
    return version


async def sent(conn: AsyncConnection, partnership: str, draft_id: UUID, reference: str) -> None:
    """The draft became a request: what was typed is erased here, because the request holds it sealed."""
    await conn.execute(
        update(drafts)
        .where(drafts.c.partnership_id == partnership, drafts.c.id == draft_id)
        .values(meeting_reference=reference, wrapped_key=None, sealed_form=None)
    )


async def drop(conn: AsyncConnection, partnership: str, staff_id: UUID, draft_id: UUID) -> bool:
    """Its author throws a draft away; returns whether there was one."""
    gone = await conn.execute(
        drafts.delete().where(
            drafts.c.partnership_id == partnership,
            drafts.c.staff_id == staff_id,
            drafts.c.id == draft_id,
            drafts.c.meeting_reference.is_(None),
        )
    )
    return gone.rowcount == 1


async def sweep(conn: AsyncConnection, partnership: str, before: datetime) -> int:
    """Throw away what nobody has touched since then, sent ones too; returns how many."""
    gone = await conn.execute(
        drafts.delete().where(drafts.c.partnership_id == partnership, drafts.c.updated_at < before)
    )
    return gone.rowcount
