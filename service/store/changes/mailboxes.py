"""Writes of organiser mailboxes: their state, their place in the delta feed, their subscription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes.audit import Event, append
from service.store.ids import new_id
from service.store.queries.mailboxes import Watch
from service.store.tables import mailboxes


@dataclass(frozen=True, slots=True)
class Subscription:
    """A Graph subscription. ``client_state_hash`` is the SHA-256 of the secret Graph sends back with each notice."""

    id: str
    client_state_hash: bytes
    expires_at: datetime


_PREFIX = {Watch.EVENTS: "", Watch.MAIL: "mail_"}

WATCH_LEASE = timedelta(seconds=60)
"""How long one try to keep a subscription is nobody else's; longer than any of them takes."""
_SOONEST_WATCH, _LATEST_WATCH = timedelta(seconds=5), timedelta(minutes=5)

STEADY = timedelta(hours=2)
"""A mailbox that has not stopped for so long works: its next stop is news, and is probed at once."""


async def ensure(conn: AsyncConnection, partnership: str, address: str, *, by: str, now: datetime) -> bool:
    """Make sure a mailbox is known by its address; returns whether it is new. A stopped one stays stopped."""
    mailbox_id = new_id(now)
    done = await conn.execute(
        insert(mailboxes)
        .values(id=mailbox_id, partnership_id=partnership, address=address)
        .on_conflict_do_nothing(index_elements=["partnership_id", "address"])
    )
    if done.rowcount == 0:
        return False
    data = {"mailbox": str(mailbox_id), "address": address}
    await append(conn, [Event(partnership, None, now, by, Action.MAILBOX_ADDED, data)])
    return True


async def stop(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, because: str, *, by: str, now: datetime
) -> bool:
    """Stop a mailbox whose configuration is wrong. True once: whoever comes second has nothing to announce."""
    well_between = mailboxes.c.stopped_at.is_(None) | (mailboxes.c.stopped_at < now - STEADY)
    since = case((well_between, now), else_=mailboxes.c.stopped_since)
    return await _turn(
        conn, partnership, mailbox_id, ("active", "stopped"), because, by, now, stopped_since=since, stopped_at=now
    )


async def resume(conn: AsyncConnection, partnership: str, mailbox_id: UUID, *, by: str, now: datetime) -> bool:
    """Let a stopped mailbox work again. False when it was not stopped."""
    return await _turn(conn, partnership, mailbox_id, ("stopped", "active"), None, by, now)


async def _turn(
    conn: AsyncConnection,
    partnership: str,
    mailbox_id: UUID,
    move: tuple[str, str],
    because: str | None,
    by: str,
    now: datetime,
    **more: object,
) -> bool:
    done = await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id, mailboxes.c.state == move[0])
        .values(state=move[1], stopped_because=because, **more)
    )
    if done.rowcount == 0:
        return False
    action = Action.MAILBOX_STOPPED if move[1] == "stopped" else Action.MAILBOX_RESUMED
    data = {"mailbox": str(mailbox_id), "because": because}
    await append(conn, [Event(partnership, None, now, by, action, data)])
    return True


async def want_read(conn: AsyncConnection, partnership: str, mailbox_id: UUID, now: datetime) -> None:
    """A notification says there is something to read. Kept in the database, because a wake may be lost."""
    await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id)
        .values(read_wanted_at=func.greatest(mailboxes.c.read_wanted_at, now))
    )


async def save_read(
    conn: AsyncConnection,
    partnership: str,
    mailbox_id: UUID,
    delta_link: str | None,
    *,
    started_at: datetime,
    finished_at: datetime,
    window_from: datetime | None = None,
) -> None:
    """A read got to its end: continue from ``delta_link`` next time (None: start afresh, as after a 410).

    ``window_from`` is when the link's window was drawn; None when the round went on in the window it had.

    A notification that came in after ``started_at`` still wants its read.
    """
    still_wanted = case((mailboxes.c.read_wanted_at > started_at, mailboxes.c.read_wanted_at), else_=None)
    await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id)
        .values(
            delta_link=delta_link,
            read_at=finished_at,
            read_wanted_at=still_wanted,
            window_from=mailboxes.c.window_from if window_from is None else window_from,
        )
    )


async def save_mail_link(
    conn: AsyncConnection,
    partnership: str,
    mailbox_id: UUID,
    mail_link: str,
    *,
    before: str | None,
    whole_round: datetime | None = None,
) -> bool:
    """All mail of a page has been taken in: reading goes on from ``mail_link``. ``whole_round``: when the round began
    that ends with this page. False where the link is no longer ``before``: somebody else has gone on from there."""
    c = mailboxes.c
    done = await conn.execute(
        update(mailboxes)
        .where(c.partnership_id == partnership, c.id == mailbox_id, c.mail_link.is_not_distinct_from(before))
        .values(mail_link=mail_link, mail_read_at=c.mail_read_at if whole_round is None else whole_round)
    )
    return done.rowcount == 1


async def hasten_renewal(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, ends_at: datetime, watch: Watch = Watch.EVENTS
) -> None:
    """The mailbox's subscription is to be taken as ending no later than ``ends_at``, so that upkeep renews it now."""
    ends = mailboxes.c[f"{_PREFIX[watch]}subscription_expires_at"]
    await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id, ends > ends_at)
        .values({ends: ends_at})
    )


async def save_subscription(
    conn: AsyncConnection,
    partnership: str,
    mailbox_id: UUID,
    subscription: Subscription | None,
    watch: Watch = Watch.EVENTS,
) -> None:
    """Keep the mailbox's subscription, a new one or a renewed one; None forgets it."""
    before, c = _PREFIX[watch], mailboxes.c
    await conn.execute(
        update(mailboxes)
        .where(c.partnership_id == partnership, c.id == mailbox_id)
        .values(
            {
                c[f"{before}subscription_id"]: subscription.id if subscription else None,
                c[f"{before}client_state_hash"]: subscription.client_state_hash if subscription else None,
                c[f"{before}subscription_expires_at"]: subscription.expires_at if subscription else None,
                c[f"{before}watch_next_at"]: None,
                c[f"{before}watch_failing_since"]: None,
                c[f"{before}watch_error"]: None,
            }
        )
    )


async def claim_watch(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, watch: Watch, real_now: datetime
) -> bool:
    """Take the next try to keep a subscription; False while somebody is at it, or its wait is not over. Real time."""
    next_at, c = mailboxes.c[f"{_PREFIX[watch]}watch_next_at"], mailboxes.c
    done = await conn.execute(
        update(mailboxes)
        .where(c.partnership_id == partnership, c.id == mailbox_id, next_at.is_(None) | (next_at <= real_now))
        .values({next_at: real_now + WATCH_LEASE})
    )
    return done.rowcount == 1


async def release_watch(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, watch: Watch, next_at: datetime
) -> None:
    """The try did not take place; there may be another from ``next_at`` on. Real time."""
    c = mailboxes.c
    await conn.execute(
        update(mailboxes)
        .where(c.partnership_id == partnership, c.id == mailbox_id)
        .values({c[f"{_PREFIX[watch]}watch_next_at"]: next_at})
    )


async def watch_failed(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, watch: Watch, error: str, real_now: datetime
) -> None:
    """The try failed. The next may come as much later as it has been failing, between 5 seconds and 5 minutes."""
    before, c = _PREFIX[watch], mailboxes.c
    since = func.coalesce(c[f"{before}watch_failing_since"], real_now)
    wait = func.least(func.greatest(real_now - since, _SOONEST_WATCH), _LATEST_WATCH)
    await conn.execute(
        update(mailboxes)
        .where(c.partnership_id == partnership, c.id == mailbox_id)
        .values(
            {
                c[f"{before}watch_next_at"]: real_now + wait,
                c[f"{before}watch_failing_since"]: since,
                c[f"{before}watch_error"]: error,
            }
        )
    )


async def mail_watch_refused(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, refused_at: datetime | None
) -> None:
    """Graph will not let its inbox be watched since then; None: it does."""
    await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id)
        .values(mail_watch_refused_at=refused_at)
    )
