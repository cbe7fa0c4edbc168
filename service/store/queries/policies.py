"""Reads of published policy versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import policy_versions


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One published version. ``content`` is the merged pack as ``service.policies`` writes it."""

    hash: str
    pack: str
    version: str
    content: Any
    starts_at: datetime
    published_at: datetime
    published_by: str


_TABLE = policy_versions.c


def _versions(partnership: str) -> Select[Any]:
    return select(
        _TABLE.hash,
        _TABLE.pack,
        _TABLE.version,
        _TABLE.content,
        _TABLE.starts_at,
        _TABLE.published_at,
        _TABLE.published_by,
    ).where(_TABLE.partnership_id == partnership)


async def policy_at(conn: AsyncConnection, partnership: str, at: datetime) -> PolicyVersion | None:
    """The version in force at an instant: the one that started last, and of two that start together the later one."""
    wanted = _versions(partnership).where(_TABLE.starts_at <= at)
    newest = wanted.order_by(_TABLE.starts_at.desc(), _TABLE.published_at.desc(), _TABLE.hash).limit(1)
    row = (await conn.execute(newest)).one_or_none()
    return None if row is None else PolicyVersion(*row)


async def policy_by_hash(conn: AsyncConnection, partnership: str, content_hash: str) -> PolicyVersion | None:
    """One version by its content hash: the one that planned a meeting, whatever has been published since."""
    row = (await conn.execute(_versions(partnership).where(_TABLE.hash == content_hash))).one_or_none()
    return None if row is None else PolicyVersion(*row)


async def policy_history(conn: AsyncConnection, partnership: str) -> list[PolicyVersion]:
    """Every version, the one that starts last first."""
    newest_first = _versions(partnership).order_by(_TABLE.starts_at.desc(), _TABLE.published_at.desc(), _TABLE.hash)
    return [PolicyVersion(*row) for row in await conn.execute(newest_first)]
