"""Reads of organiser mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import calendar_events, mailboxes, meetings, outbox


class Watch(StrEnum):
    """What of a mailbox a subscription watches: the events of its calendar, or what comes into its inbox."""

    EVENTS = "events"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Watched:
    """A subscription as we hold it; all None where there is none. ``error``: why the last try to keep it failed."""

    id: str | None
    client_state_hash: bytes | None
    expires_at: datetime | None
    failing_since: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One organiser mailbox. ``read_wanted_at``: a notification has not been followed by a whole read yet.

    ``stopped_since`` and ``stopped_at``: when it first and last stopped in a row of stops that followed one another
    quickly. ``window_from``: when the window of ``delta_link`` was drawn. ``mail_read_at``: when the last round of its
    inbox that came to its end began.
    """

    id: UUID
    partnership: str
    address: str
    state: str
    stopped_because: str | None
    stopped_since: datetime | None
    stopped_at: datetime | None
    delta_link: str | None
    window_from: datetime | None
    read_wanted_at: datetime | None
    read_at: datetime | None
    compared_at: datetime | None
    subscription_id: str | None
    client_state_hash: bytes | None
    subscription_expires_at: datetime | None
    mail_link: str | None = None
    reports_refused_at: datetime | None = None
    mail_subscription_id: str | None = None
    mail_client_state_hash: bytes | None = None
    mail_subscription_expires_at: datetime | None = None
    mail_watch_refused_at: datetime | None = None
    watch_failing_since: datetime | None = None
    watch_error: str | None = None
    mail_watch_failing_since: datetime | None = None
    mail_watch_error: str | None = None
    mail_read_at: datetime | None = None

    def watch(self, what: Watch) -> Watched:
        """How one of its two feeds is watched."""
        if what is Watch.MAIL:
            return Watched(
                self.mail_subscription_id,
                self.mail_client_state_hash,
                self.mail_subscription_expires_at,
                self.mail_watch_failing_since,
                self.mail_watch_error,
            )
        return Watched(
            self.subscription_id,
            self.client_state_hash,
            self.subscription_expires_at,
            self.watch_failing_since,
            self.watch_error,
        )

    def watched_by(self, subscription_id: str) -> Watch:
        """Which of its feeds a subscription of ours watches."""
        return Watch.MAIL if subscription_id == self.mail_subscription_id else Watch.EVENTS


_TABLE = mailboxes.c


def _mailboxes(*where: ColumnElement[bool]) -> Select[Any]:
    return select(
        _TABLE.id,
        _TABLE.partnership_id,
        _TABLE.address,
        _TABLE.state,
        _TABLE.stopped_because,
        _TABLE.stopped_since,
        _TABLE.stopped_at,
        _TABLE.delta_link,
        _TABLE.window_from,
        _TABLE.read_wanted_at,
        _TABLE.read_at,
        _TABLE.compared_at,
        _TABLE.subscription_id,
        _TABLE.client_state_hash,
        _TABLE.subscription_expires_at,
        _TABLE.mail_link,
        _TABLE.reports_refused_at,
        _TABLE.mail_subscription_id,
        _TABLE.mail_client_state_hash,
        _TABLE.mail_subscription_expires_at,
        _TABLE.mail_watch_refused_at,
        _TABLE.watch_failing_since,
        _TABLE.watch_error,
        _TABLE.mail_watch_failing_since,
        _TABLE.mail_watch_error,
        _TABLE.mail_read_at,
    ).where(*where)


LEAST_TO_SEND: tuple[ColumnElement[Any], ...] = (
    _TABLE.state,
    select(func.count())
    .where(outbox.c.mailbox_id == _TABLE.id, outbox.c.state.in_(("waiting", "frozen")))
    .correlate(mailboxes)
    .scalar_subquery(),
    func.random(),
)
"""The order in which mailboxes are chosen to organise: those that work, then by what each has still to send."""


async def organiser(conn: AsyncConnection, partnership: str) -> UUID | None:
    """The mailbox that organises a new meeting: of those that work the one with the least still to send, because
    Exchange limits each. A stopped one is used only when no other is left: its rows wait."""
    wanted = select(_TABLE.id).where(_TABLE.partnership_id == partnership)
    found: UUID | None = await conn.scalar(wanted.order_by(*LEAST_TO_SEND).limit(1))
    return found


async def mailboxes_of(conn: AsyncConnection, partnership: str) -> list[Mailbox]:
    """A partnership's mailboxes, by address."""
    wanted = _mailboxes(_TABLE.partnership_id == partnership).order_by(_TABLE.address)
    return [Mailbox(*row) for row in await conn.execute(wanted)]


async def last_reads(conn: AsyncConnection, partnership: str, now: datetime, *, mail: bool) -> list[datetime | None]:
    """When what the pages show of Outlook was last read to its end, in business time; None for never."""
    return list((await conn.execute(reads_of(partnership, now, literal(mail)))).scalars())


def reads_of(partnership: Any, now: Any, mail: ColumnElement[bool]) -> Select[Any]:
    """The instants of ``last_reads``: of the calendar of each mailbox that works, or that organises a meeting to come;
    and with ``mail`` of its inbox, unless Graph refuses us that. Arguments may be parameters of a larger statement."""
    c, e, m = _TABLE, calendar_events.c, meetings.c
    organises = (
        select(e.id)
        .join_from(calendar_events, meetings, m.id == e.meeting_id)
        .where(e.mailbox_id == c.id, e.state == "live", m.state == "confirmed", m.starts_at > now)
        .correlate(mailboxes)
        .exists()
    )
    ours = (c.partnership_id == partnership, or_(c.state == "active", organises))
    inbox = (mail, c.mail_read_at.is_not(None), c.mail_watch_refused_at.is_(None))
    both = union_all(select(c.read_at.label("at")).where(*ours), select(c.mail_read_at).where(*ours, *inbox))
    return select(both.subquery("reads").c.at)


async def mailbox_by_id(conn: AsyncConnection, mailbox_id: UUID) -> Mailbox | None:
    """One mailbox. No scope: a worker's job holds the id alone, and learns the partnership here."""
    row = (await conn.execute(_mailboxes(_TABLE.id == mailbox_id))).one_or_none()
    return None if row is None else Mailbox(*row)


async def mailbox_by_subscription(conn: AsyncConnection, subscription_id: str) -> Mailbox | None:
    """The mailbox of a notification. No scope: Graph names the subscription only; the client state proves it."""
    either = or_(_TABLE.subscription_id == subscription_id, _TABLE.mail_subscription_id == subscription_id)
    row = (await conn.execute(_mailboxes(either))).one_or_none()
    return None if row is None else Mailbox(*row)


async def every_mailbox(conn: AsyncConnection) -> list[Mailbox]:
    """All mailboxes of all partnerships, for the sweeps. No scope: a sweep is about the machine."""
    wanted = _mailboxes().order_by(_TABLE.partnership_id, _TABLE.address)
    return [Mailbox(*row) for row in await conn.execute(wanted)]
