"""Reads of the people who have signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, bindparam, exists, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, bound_reader, hidden_columns, meeting_for, task_for
from service.store.tables import staff


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person as one partnership knows them. ``subject`` is Entra's object id: names and addresses change.

    A session that began before ``signed_out_before`` is over; while ``stopped_at`` is set none can begin.
    """

    id: UUID
    tenant: str
    subject: str
    name: str
    roles: tuple[str, ...]
    last_signed_in_at: datetime
    signed_out_before: datetime | None
    stopped_at: datetime | None

    def admits(self, session_began: datetime) -> bool:
        """Whether a session that began at this real instant is still good."""
        cut = self.signed_out_before
        return self.stopped_at is None and (cut is None or session_began >= cut)


_COLUMNS = (
    staff.c.id,
    staff.c.tenant,
    staff.c.subject,
    staff.c.name,
    staff.c.roles,
    staff.c.last_signed_in_at,
    staff.c.signed_out_before,
    staff.c.stopped_at,
)


def _member(row: Sequence[object]) -> StaffMember:
    values = list(row)
    values[4] = tuple(values[4])  # type: ignore[arg-type]
    return StaffMember(*values)  # type: ignore[arg-type]


async def staff_member(conn: AsyncConnection, partnership: str, staff_id: UUID) -> StaffMember | None:
    """One person by our own id."""
    wanted = select(*_COLUMNS).where(staff.c.partnership_id == partnership, staff.c.id == staff_id)
    row = (await conn.execute(wanted)).one_or_none()
    return None if row is None else _member(row)


async def staff_member_before(
    conn: AsyncConnection,
    partnership: str,
    reader: Reader,
    staff_id: UUID,
    *,
    reference: str | None = None,
    task_id: UUID | None = None,
) -> tuple[StaffMember, bool] | None:
    """One person, and whether what they ask for is there for them: a meeting by its reference, or a task.

    One question instead of two, because it stands before every page. Without a meeting and a task it is True.
    """
    said: dict[str, Any] = {"partnership": partnership, "staff_id": staff_id}
    about = "meeting" if reference is not None else "task" if task_id is not None else ""
    if about:
        said |= {"asked": reference if about == "meeting" else task_id, "reader": reader.key, "at": reader.at}
    row = (await conn.execute(_before(about), said)).one_or_none()
    return None if row is None else (_member(row[:-1]), bool(row[-1]))


@lru_cache(maxsize=3)
def _before(about: str) -> Select[Any]:
    """Built once: it stands before every page, and building it takes longer than answering it."""
    partnership = bindparam("partnership", type_=Text)
    there: ColumnElement[bool] = true()
    if about == "meeting":
        there = exists(meeting_for(partnership, bindparam("asked", type_=Text), bound_reader()))
    elif about == "task":
        there = exists(task_for(partnership, bindparam("asked", type_=Uuid), bound_reader()))
    own = staff.c.id == bindparam("staff_id", type_=Uuid)
    return select(*_COLUMNS, there).where(staff.c.partnership_id == partnership, own)


async def staff_member_looking(
    conn: AsyncConnection, partnership: str, reader: Reader, staff_id: UUID
) -> tuple[StaffMember, str, frozenset[UUID]] | None:
    """One person, and what ``readable.hidden_from`` answers for them: one question instead of two, because the page
    that is looked at most begins with both."""
    said = {"partnership": partnership, "staff_id": staff_id, "reader": reader.key, "at": reader.at}
    row = (await conn.execute(_looking(), said)).one_or_none()
    return None if row is None else (_member(row[:-2]), row[-2], frozenset(row[-1]))


@lru_cache(maxsize=1)
def _looking() -> Select[Any]:
    partnership = bindparam("partnership", type_=Text)
    own = staff.c.id == bindparam("staff_id", type_=Uuid)
    return select(*_COLUMNS, *hidden_columns(partnership)).where(staff.c.partnership_id == partnership, own)


async def every_staff_member(conn: AsyncConnection, partnership: str) -> list[StaffMember]:
    """Everybody who has ever signed in, by name."""
    wanted = select(*_COLUMNS).where(staff.c.partnership_id == partnership).order_by(staff.c.name, staff.c.id)
    return [_member(row) for row in await conn.execute(wanted)]


async def staff_names(conn: AsyncConnection, partnership: str) -> dict[str, str]:
    """How the audit names each person (``staff:`` and our id), and their name."""
    wanted = select(staff.c.id, staff.c.name).where(staff.c.partnership_id == partnership)
    return {f"staff:{row.id}": row.name for row in await conn.execute(wanted)}
