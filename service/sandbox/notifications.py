"""Sends change notifications in the background, and tries again when the receiver does not answer 2xx."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp

from service.sandbox.background import Background
from service.sandbox.clock import graph_instant
from service.sandbox.events import Event
from service.sandbox.faults import NOTIFICATION, Fault, FaultKind, Switchboard
from service.sandbox.mail import Message
from service.sandbox.mailboxes import Mailbox
from service.sandbox.subscriptions import Subscription

HANDSHAKE_SECONDS = 10.0
DELIVERY_SECONDS = 3.0


class Notifier:
    """Speaks to the subscriber: the handshake, notifications about events, lifecycle events."""

    def __init__(
        self,
        tenant_id: str,
        retries: tuple[float, ...],
        background: Background,
        faults: Switchboard,
        now: Callable[[], datetime],
    ) -> None:
        self._tenant_id = tenant_id
        self._retries = retries
        self._background = background
        self._faults = faults
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self.counts: Counter[str] = Counter()
        self.overtaken: dict[str, list[dict[str, Any]]] = {}

    async def open(self) -> None:
        """Get ready to send; call inside the running loop."""
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def validate(self, url: str) -> bool:
        """Ask an endpoint to echo a token as plain text within 10 s, and tell whether it did."""
        token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
        timeout = aiohttp.ClientTimeout(total=HANDSHAKE_SECONDS)
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        try:
            async with self._client().post(
                url, params={"validationToken": token}, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                echoed = await answer.text()
                return answer.status == 200 and answer.content_type == "text/plain" and echoed == token
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return False

    def event_changed(self, change: str, mailbox: Mailbox, event: Event, subscriptions: list[Subscription]) -> None:
        """Notify each subscription that wants this change of this mailbox, as the switchboard lets it."""
        for held in subscriptions:
            if not held.mail and change in held.change_types:
                self._send(held, _about(change, mailbox, event, held, self._tenant_id))

    def mail_arrived(self, mailbox: Mailbox, message: Message, subscriptions: list[Subscription]) -> None:
        """Notify each subscription that wants to hear of mail that comes into this mailbox's inbox."""
        for held in subscriptions:
            if held.mail and "created" in held.change_types:
                self._send(held, _of_mail(mailbox, message, held, self._tenant_id))

    def lifecycle(self, subscription: Subscription, event: str) -> None:
        """Send a lifecycle event to the endpoint given for it, or to nobody when there is none."""
        if subscription.lifecycle_url is None:
            return
        item = {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": graph_instant(subscription.expires),
            "tenantId": self._tenant_id,
            "clientState": subscription.client_state,
            "lifecycleEvent": event,
        }
        self._background.start(self._deliver(subscription.lifecycle_url, [item], 0.0))

    def _send(self, subscription: Subscription, item: dict[str, Any]) -> None:
        url = subscription.notification_url
        fault: Fault | None = self._faults.take(NOTIFICATION)
        kind = None if fault is None else fault.kind
        if fault is not None:
            self.counts[fault.kind.value] += 1
            if kind is FaultKind.DROP_NOTIFICATION:
                return
            if kind is FaultKind.REORDER_NOTIFICATION:
                self.overtaken.setdefault(url, []).append(item)
                return
        # Graph may put several into one post; those that were overtaken come behind the one that overtook them.
        items = [item, *self.overtaken.pop(url, ())]
        late = fault.seconds if fault is not None and kind is FaultKind.LATE_NOTIFICATION else 0.0
        self._background.start(self._deliver(url, items, late))
        if fault is not None and kind is FaultKind.DUPLICATE_NOTIFICATION:
            self._background.start(self._deliver(url, items, fault.seconds))

    async def _deliver(self, url: str, items: list[dict[str, Any]], late: float) -> None:
        timeout = aiohttp.ClientTimeout(total=DELIVERY_SECONDS)
        for wait in (late, *self._retries):
            await asyncio.sleep(wait)
            try:
                async with self._client().post(
                    url, json={"value": items}, timeout=timeout, allow_redirects=False
                ) as answer:
                    if 200 <= answer.status < 300:
                        self.counts["delivered"] += 1
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            self.counts["refused"] += 1
        self.counts["given_up"] += 1

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the notifier is not open")
        return self._session


def _about(change: str, mailbox: Mailbox, event: Event, held: Subscription, tenant_id: str) -> dict[str, Any]:
    item = event.ids.shown(immutable=held.immutable)
    return _notice(change, f"Users/{mailbox.object_id}/Events", item, event.etag, held) | {"tenantId": tenant_id}


def _of_mail(mailbox: Mailbox, message: Message, held: Subscription, tenant_id: str) -> dict[str, Any]:
    item, etag = message.ids.shown(immutable=held.immutable), f'W/"{message.ids.immutable}"'
    return _notice("created", f"Users/{mailbox.object_id}/Messages", item, etag, held) | {"tenantId": tenant_id}


def _notice(change: str, folder: str, item: str, etag: str, held: Subscription) -> dict[str, Any]:
    return {
        "subscriptionId": held.id,
        "subscriptionExpirationDateTime": graph_instant(held.expires),
        "changeType": change,
        "resource": f"{folder}/{item}",
        "resourceData": {
            "@odata.type": f"#Microsoft.Graph.{'Message' if held.mail else 'Event'}",
            "@odata.id": f"{folder}/{item}",
            "@odata.etag": etag,
            "id": item,
        },
        "clientState": held.client_state,
    }
