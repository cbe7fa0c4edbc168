"""The way to Outlook as the settings describe it, opened when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from service.domain.calendars import NotSeen
from service.settings import Settings

if TYPE_CHECKING:
    from service.domain.calendars import Appointment
    from service.outlook.adapter import GraphSettings
    from service.outlook.free_busy import FreeBusy
    from service.outlook.gate import GateLimits


def graph_settings(settings: Settings) -> GraphSettings:
    """Where Graph is, from the settings. Raises ValueError for an address a secret may not travel to."""
    from service.outlook.adapter import GraphSettings  # noqa: PLC0415 - most commands never speak to Outlook

    return GraphSettings(
        base_url=settings.graph_url,
        authority=settings.graph_authority,
        tenant_id=settings.graph_tenant_id,
        client_id=settings.graph_client_id,
        client_secret=settings.graph_client_secret.get_secret_value(),
        timeout=settings.graph_timeout,
    )


def limits_of(settings: Settings) -> GateLimits:
    """What the gate allows each mailbox. A little is kept back, because Graph counts by a clock of its own; only
    one-time codes use it."""
    from service.outlook.gate import GateLimits  # noqa: PLC0415

    requests = max(1, settings.graph_requests_per_10_minutes * 95 // 100)
    mails = max(1, settings.graph_messages_per_minute * 95 // 100)
    return GateLimits(
        in_flight=settings.graph_in_flight,
        requests_per_10_minutes=requests,
        mails_per_minute=mails,
        urgent_requests=settings.graph_requests_per_10_minutes - requests,
        urgent_mails=settings.graph_messages_per_minute - mails,
        lease_seconds=settings.graph_timeout * 1.5,
    )


class TenantCalendars:
    """``Calendars`` over the tenant of the settings. Nothing is opened before the first read or ``open``.

    Where the settings name no application, or an address no secret may travel to, no calendar can be read; the worker,
    which cannot do without Outlook, refuses to start then, and whatever needs no Outlook works.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: FreeBusy | None = None
        self._held = AsyncExitStack()
        self._turn = asyncio.Lock()

    async def open(self) -> FreeBusy | None:
        """The client and the gate, made once; ``close`` closes them. None where Outlook is not set up."""
        async with self._turn:
            if self._opened is None and self._settings.graph_client_id:
                with suppress(ValueError):
                    self._opened = await self._made()
            return self._opened

    async def _made(self) -> FreeBusy:
        from service.outlook.adapter import open_graph  # noqa: PLC0415
        from service.outlook.free_busy import FreeBusy  # noqa: PLC0415
        from service.outlook.gate import Gate, GatedGraph  # noqa: PLC0415
        from service.redis_address import client_of  # noqa: PLC0415

        redis = client_of(self._settings.redis_url.get_secret_value(), socket_connect_timeout=2, socket_timeout=2)
        self._held.push_async_callback(redis.aclose)
        graph = await self._held.enter_async_context(open_graph(graph_settings(self._settings)))
        gate = Gate(redis, limits_of(self._settings))
        gated: dict[UUID, GatedGraph] = {}
        return FreeBusy(lambda mailbox: gated.setdefault(mailbox, GatedGraph(graph, gate, str(mailbox))))

    async def read(
        self, mailbox_id: UUID, mailbox_address: str, addresses: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, tuple[Appointment, ...] | NotSeen]:
        """As ``Calendars.read``."""
        opened = await self.open()
        if opened is None:
            return dict.fromkeys(addresses, NotSeen.REFUSED)
        return await opened.read(mailbox_id, mailbox_address, addresses, start, end)

    async def close(self) -> None:
        """Close whatever was opened."""
        await self._held.aclose()
        self._opened = None
