"""What the workflow needs from outside, handed in once when a process starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.calendars import Appointment, NotSeen
from service.domain.policy import Policy
from service.domain.working_time import WorkingCalendar
from service.store.sealing import Keyring


class Wake(Protocol):
    """Tells a worker that something is due. Only a hint: the sweep finds whatever a lost wake left behind."""

    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None:
        """Outbox rows that can be claimed now, ``ahead`` of all that wait. Never raises: a queue that is down must not
        fail a committed act."""

    async def mailbox(self, mailbox_id: UUID) -> None:
        """A mailbox has changes to read. Never raises."""


class Calendars(Protocol):
    """Sees when people and rooms inside the tenant are taken."""

    async def read(
        self, mailbox_id: UUID, mailbox_address: str, addresses: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, tuple[Appointment, ...] | NotSeen]:
        """For every address, when it is taken between two instants, or why that cannot be told. Asked in the name of an
        organiser mailbox. Never raises because Outlook fails, and takes a few seconds at most."""


class NoCalendars:
    """Where nothing speaks to Outlook."""

    async def read(
        self,
        mailbox_id: UUID,  # noqa: ARG002 - as ``Calendars.read``
        mailbox_address: str,  # noqa: ARG002
        addresses: Sequence[str],
        start: datetime,  # noqa: ARG002
        end: datetime,  # noqa: ARG002
    ) -> Mapping[str, tuple[Appointment, ...] | NotSeen]:
        """Nothing can be told of any."""
        return dict.fromkeys(addresses, NotSeen.AWAY)


@dataclass(frozen=True, slots=True)
class AnswerLinks:
    """How personal answer links are made: the public address of this service and the secret that signs them."""

    base_url: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a workflow function may use besides its arguments.

    ``now`` is business time (a demo may run it faster); ``real_now`` is for leases and signatures. ``policies`` holds
    the current policy of each partnership by its id, already published to the database. ``reading_late_after`` is the
    business time within which every organiser mailbox is read where all is well; ``reads_mail``: its mail, too.
    """

    engine: AsyncEngine
    keyring: Keyring
    wake: Wake
    now: Callable[[], datetime]
    real_now: Callable[[], datetime]
    calendar: WorkingCalendar
    policies: Mapping[str, Policy]
    links: AnswerLinks
    calendars: Calendars = field(default_factory=NoCalendars)
    reading_late_after: timedelta = timedelta(minutes=4)
    reads_mail: bool = True
