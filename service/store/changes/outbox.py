"""The outbox: what must leave the house, claimed by one worker at a time and finished exactly once.

All of these instants are real time, not business time: leases and retries must not run faster in a demo.
The scheduler works for every partnership, so the sweep and the claim take a row's id and not a scope; what a claim
returns carries the row's partnership, and every later read and write of that row uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import outbox

LEASE = timedelta(seconds=60)
"""How long a worker may hold a row. Longer than one Graph call with its deadline, so a lease lost is a worker lost."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row held by this worker. ``frozen`` is None on the first claim; ``attempts`` counts this one.

    ``overtaken``: a later row of its stream has carried what this one would, so it was tried again too late.
    ``guests_wait``: one that changes the event's guest list stands behind it.
    """

    id: UUID
    partnership: str
    meeting_id: UUID
    kind: str
    event_id: UUID
    requirement_id: UUID | None
    chase_id: UUID | None
    mailbox_id: UUID
    version: int
    detail: Mapping[str, Any]
    attempts: int
    frozen: bytes | None
    lease_token: UUID
    created_at: datetime
    overtaken: bool = False
    family_id: UUID | None = None
    guests_wait: bool = False


# Made once: an alias of a table this wide takes longer to make than the statement takes to run.
_ENDED = outbox.alias("ended")
_FREED_BY = (
    select(outbox.c.id)
    .join(_ENDED, (outbox.c.after_id == _ENDED.c.id) | (outbox.c.stream == _ENDED.c.stream))
    .where(_ENDED.c.id == bindparam("this"), _ENDED.c.state.not_in(("waiting", "frozen")))
    .where(outbox.c.state.in_(("waiting", "frozen")))
    .order_by(outbox.c.sequence)
)
_ITS_TURN = """
           wanted.state IN ('waiting', 'frozen')
       AND wanted.next_try_at <= :now
       AND (wanted.lease_until IS NULL OR wanted.lease_until <= :now)
       AND NOT EXISTS (SELECT 1 FROM outbox AS older
                        WHERE older.stream = wanted.stream AND older.sequence < wanted.sequence
                          AND older.state IN ('waiting', 'frozen'))
       AND NOT EXISTS (SELECT 1 FROM outbox AS later
                        WHERE later.stream = wanted.stream AND later.sequence > wanted.sequence
                          AND later.state IN ('waiting', 'frozen') AND later.lease_until > :now)
       AND NOT EXISTS (SELECT 1 FROM outbox AS awaited
                        WHERE awaited.id = wanted.after_id AND awaited.state IN ('waiting', 'frozen'))
"""

# A time does not overtake a guest list, nor a guest list a time; an event that is made carries both.
_CLAIM = text(
    f"""
    UPDATE outbox AS wanted
       SET lease_token = :token, lease_until = :until, attempts = wanted.attempts + 1
     WHERE wanted.id = :id
       AND {_ITS_TURN}
    RETURNING wanted.id, wanted.partnership_id, wanted.meeting_id, wanted.kind, wanted.event_id,
              wanted.requirement_id, wanted.chase_id, wanted.mailbox_id, wanted.version, wanted.detail,
              wanted.attempts, wanted.frozen, wanted.lease_token, wanted.created_at,
              EXISTS (SELECT 1 FROM outbox AS later
                       WHERE later.stream = wanted.stream AND later.sequence > wanted.sequence
                         AND later.state = 'done'
                         AND later.detail ->> 'act' IN ('create_event', CASE wanted.detail ->> 'about'
                             WHEN 'guests' THEN 'update_guests' ELSE 'update_event' END)),
              wanted.family_id,
              EXISTS (SELECT 1 FROM outbox AS later
                       WHERE later.stream = wanted.stream AND later.sequence > wanted.sequence
                         AND later.state IN ('waiting', 'frozen') AND later.detail ->> 'about' = 'guests')
    """  # noqa: S608 - a constant of this module
)


async def claim(conn: AsyncConnection, row_id: UUID, now: datetime) -> Claimed | None:
    """Take a row if it is due, nobody holds it, and nothing before it in its stream is unfinished.

    A row that is tried again also waits for a later one of its stream that somebody holds. Compare-and-set in one
    statement: of two workers that try, one gets the row.
    """
    found = (
        await conn.execute(_CLAIM, {"id": row_id, "now": now, "token": uuid4(), "until": now + LEASE})
    ).one_or_none()
    return None if found is None else Claimed(*found)


async def claim_stumbled(conn: AsyncConnection, row_id: UUID, now: datetime) -> Claimed | None:
    """Take a row on which the code has just failed, whether or not its lease from that try still runs.

    Only whoever failed calls this, so nobody else is at work on it. None when it has ended.
    """
    await conn.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.state.in_(("waiting", "frozen")))
        .values(lease_token=None, lease_until=None)
    )
    return await claim(conn, row_id, now)


async def freeze(conn: AsyncConnection, row: Claimed, frozen: bytes, detail: Mapping[str, Any], now: datetime) -> bool:
    """Keep the exact bytes of this try. False when the lease was lost meanwhile."""
    done = await conn.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.lease_token == row.lease_token)
        .values(frozen=frozen, frozen_at=now, state="frozen", detail=dict(row.detail) | dict(detail))
    )
    return done.rowcount == 1


async def remember(conn: AsyncConnection, row: Claimed, noted: Mapping[str, Any]) -> bool:
    """Keep what the next try must know, in the middle of this one. False when the lease was lost: then stop."""
    done = await conn.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.lease_token == row.lease_token)
        .values(detail=outbox.c.detail.concat(dict(noted)))
    )
    return done.rowcount == 1


async def finish(conn: AsyncConnection, row: Claimed, now: datetime) -> bool:
    """The act has been done. False when another worker has finished the row: then nothing else may be written."""
    return await _end(conn, row, "done", now)


async def close_unsent(conn: AsyncConnection, row: Claimed, because: str, now: datetime) -> bool:
    """The act is no longer wanted. False as for ``finish``."""
    return await _end(conn, row, "not_sent", now, not_sent_because=because)


async def exhaust(conn: AsyncConnection, row: Claimed, error: str, now: datetime) -> bool:
    """The act needs a person now. The row stays visible until it is tried again. False as for ``finish``."""
    return await _end(conn, row, "exhausted", now, last_error=error)


async def _end(conn: AsyncConnection, row: Claimed, state: str, now: datetime, **more: object) -> bool:
    done = await conn.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.lease_token == row.lease_token)
        .where(outbox.c.state.in_(("waiting", "frozen")))
        .values(state=state, finished_at=now, lease_token=None, lease_until=None, **more)
    )
    return done.rowcount == 1


async def defer(conn: AsyncConnection, row: Claimed, next_try_at: datetime, error: str, *, burn: bool = True) -> None:
    """Try again later. ``burn`` False gives the attempt back, but never the first: a gate may close between the two
    calls of one act, and whoever comes next must look before it acts."""
    await conn.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.lease_token == row.lease_token)
        .values(
            next_try_at=next_try_at,
            last_error=error,
            lease_token=None,
            lease_until=None,
            attempts=row.attempts if burn else max(1, row.attempts - 1),
        )
    )


async def due(conn: AsyncConnection, now: datetime, limit: int = 200) -> list[UUID]:
    """The rows a sweep should wake: one-time codes, because somebody waits for them; then the oldest first. Rows held
    back by their stream are left for the row before them."""
    found = await conn.execute(
        text(
            f"""
            SELECT wanted.id FROM outbox AS wanted
             WHERE {_ITS_TURN}
             ORDER BY wanted.detail ->> 'about' IS DISTINCT FROM 'code', wanted.next_try_at LIMIT :limit
            """  # noqa: S608 - a constant of this module
        ),
        {"now": now, "limit": limit},
    )
    return [row.id for row in found]


async def freed_by(conn: AsyncConnection, row_id: UUID) -> list[UUID]:
    """The rows that waited for this one, now that it has ended: the next of its stream, and those that name it."""
    return [row.id for row in await conn.execute(_FREED_BY, {"this": row_id})]


async def try_again(conn: AsyncConnection, partnership: str, row_id: UUID, now: datetime) -> bool:
    """The button on an exhausted row: it is due again, with its frozen bytes. False when it is not exhausted."""
    done = await conn.execute(
        update(outbox)
        .where(outbox.c.partnership_id == partnership, outbox.c.id == row_id, outbox.c.state == "exhausted")
        .values(
            state=text("CASE WHEN frozen IS NULL THEN 'waiting' ELSE 'frozen' END"),
            attempts=0,
            next_try_at=now,
            finished_at=None,
        )
    )
    return done.rowcount == 1
