"""Writes of policy versions: published once by content hash, never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.chain import instant_text
from service.store.changes.audit import Event, append
from service.store.tables import policy_versions


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A merged pack to publish. ``starts_at`` is the aware instant from which new meetings are planned by it."""

    hash: str
    pack: str
    version: str
    content: Any
    starts_at: datetime


async def publish(conn: AsyncConnection, partnership: str, new: NewVersion, *, by: str, now: datetime) -> bool:
    """Publish a version; False when this very content was published before (its first start date stays)."""
    done = await conn.execute(
        insert(policy_versions)
        .values(
            partnership_id=partnership,
            hash=new.hash,
            pack=new.pack,
            version=new.version,
            content=new.content,
            starts_at=new.starts_at,
            published_at=now,
            published_by=by,
        )
        .on_conflict_do_nothing(index_elements=["partnership_id", "hash"])
    )
    if done.rowcount == 0:
        return False
    data = {"hash": new.hash, "pack": new.pack, "version": new.version, "starts_at": instant_text(new.starts_at)}
    await append(conn, [Event(partnership, None, now, by, Action.POLICY_PUBLISHED, data)])
    return True
