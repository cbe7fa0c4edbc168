"""Writes of the calendar entries that are sent by mail. Whoever writes holds the meeting's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.ids import new_id
from service.store.tables import calendar_mails, invitations

_SAID_ANEW = ("requirement_id", "name", "version", "starts_at", "ends_at", "state", "updated_at")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What an entry says from now on, and for which place it was last sent. ``address`` is casefolded."""

    meeting_id: UUID
    requirement_id: UUID
    address: str
    name: str
    version: int
    starts_at: datetime
    ends_at: datetime


async def put_entry(conn: AsyncConnection, partnership: str, entry: NewEntry, now: datetime) -> int:
    """The entry stands in that calendar with this time; returns the SEQUENCE of the mail that says so.

    It rises with every mail, and is never below that of the meeting's calendar file for this version.
    """
    first = insert(calendar_mails).values(
        id=new_id(now),
        partnership_id=partnership,
        meeting_id=entry.meeting_id,
        requirement_id=entry.requirement_id,
        address=entry.address,
        name=entry.name,
        sequence=2 * entry.version,
        version=entry.version,
        version_sequence=2 * entry.version,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        state="live",
        updated_at=now,
    )
    new, old = first.excluded, calendar_mails.c
    rising = func.greatest(old.sequence + 1, new.sequence)
    again = first.on_conflict_do_update(
        index_elements=["meeting_id", "address"],
        set_={name: new[name] for name in _SAID_ANEW}
        | {
            "sequence": rising,
            "version_sequence": case((old.version != new.version, rising), else_=old.version_sequence),
        },
    )
    sequence: int = await conn.scalar(again.returning(calendar_mails.c.sequence))
    return sequence


async def take_off(conn: AsyncConnection, partnership: str, entry_id: UUID, now: datetime) -> int:
    """The entry is taken out of that calendar; returns the SEQUENCE of the mail that does it."""
    sequence: int = await conn.scalar(
        update(calendar_mails)
        .where(calendar_mails.c.partnership_id == partnership, calendar_mails.c.id == entry_id)
        .values(sequence=calendar_mails.c.sequence + 1, state="off", updated_at=now)
        .returning(calendar_mails.c.sequence)
    )
    return sequence


async def asked_by(conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int, channel: str) -> None:
    """From now on the invitation of this version goes by this channel."""
    await conn.execute(
        update(invitations)
        .where(
            invitations.c.partnership_id == partnership,
            invitations.c.requirement_id == requirement_id,
            invitations.c.version == version,
        )
        .values(channel=channel)
    )
