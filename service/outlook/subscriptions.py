"""Change notifications: keeping the subscriptions of each mailbox alive, to its events and to its inbox.

Notifications are hints. They carry no content, may come twice, late or never; what they lead to is a delta read.
Source: learn.microsoft.com/graph/change-notifications-overview and -lifecycle-events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from service.outlook.adapter import GraphCalls
from service.outlook.errors import Ambiguous, Conflict, Gone, GraphError
from service.outlook.models import instant_of, json_of

# Graph allows 10,080 minutes, just under seven days, for Outlook events and messages without resource data.
LIFETIME = timedelta(days=6)
RENEW_BEFORE = timedelta(days=3)

_ALL = "/subscriptions"
_INBOX = "mailFolders('inbox')/messages"
_ONE = "/subscriptions/{subscription}"


@dataclass(frozen=True, slots=True)
class SubscriptionWish:
    """What we want to be told of. ``client_state`` (at most 128 characters) proves that a notification is Graph's.

    The lifecycle address can only be given at creation.
    """

    mailbox_address: str
    notification_url: str
    lifecycle_url: str
    client_state: str = field(repr=False)
    mail: bool = False
    """Whether it is the mail that comes into the inbox; else the calendar's events."""

    @property
    def resource(self) -> str:
        """The resource, as Graph names it."""
        return f"users/{self.mailbox_address}/{_INBOX if self.mail else 'events'}"

    @property
    def changes(self) -> str:
        """Of what changes we want to hear. Mail that somebody moves or reads is no news."""
        return "created" if self.mail else "created,updated,deleted"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as Graph has it; ``expires_at`` is aware."""

    id: str
    expires_at: datetime
    resource: str = ""
    notification_url: str = ""


class Step(StrEnum):
    """What a subscription needs."""

    KEEP = "keep"
    RENEW = "renew"
    CREATE = "create"


def next_step(held: Subscription | None, now: datetime) -> Step:
    """What to do about a subscription at an aware instant: none or expired is created, one half used is renewed."""
    if held is None or held.expires_at <= now:
        return Step.CREATE
    return Step.RENEW if held.expires_at - now <= RENEW_BEFORE else Step.KEEP


async def ensure(
    graph: GraphCalls, wish: SubscriptionWish, held: Subscription | None, now: datetime
) -> tuple[Subscription, Step]:
    """Bring a subscription to where ``next_step`` wants it, and say what was done.

    After ``CREATE`` the caller reads the delta, because nobody was listening before.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    step = next_step(held, now)
    if held is None or step is Step.CREATE:
        return await create(graph, wish, now), Step.CREATE
    if step is Step.KEEP:
        return held, step
    renewed = await renew(graph, held.id, now)
    if renewed is None:
        return await create(graph, wish, now), Step.CREATE
    return renewed, step


async def create(graph: GraphCalls, wish: SubscriptionWish, now: datetime) -> Subscription:
    """Create the subscription; Graph calls both addresses before it answers, so they must be up.

    One that stands in the way, left by an earlier try whose answer was lost, is deleted first.

    Raises:
        Conflict: something else than ours stands in the way.
        GraphError: as for ``Graph.call``.
    """
    body = _body(wish, now)
    try:
        answer = await graph.call("POST", _ALL, body=body)
    except Conflict:
        stale = [found for found in await list_all(graph) if _same(found, wish)]
        if not stale:
            raise
        for found in stale:
            await delete(graph, found.id)
        answer = await graph.call("POST", _ALL, body=body)
    return _subscription(json_of(answer.body))


async def renew(graph: GraphCalls, subscription_id: str, now: datetime) -> Subscription | None:
    """Move the end six days on, which also reauthorises; None when Graph does not know the subscription any more.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    body = json.dumps({"expirationDateTime": _end(now)}).encode()
    try:
        answer = await graph.call("PATCH", _ONE, {"subscription": subscription_id}, body=body)
    except GraphError as error:
        if _not_there(error):
            return None
        raise
    return _subscription(json_of(answer.body))


async def delete(graph: GraphCalls, subscription_id: str) -> None:
    """Delete a subscription; one that is not there is fine.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    try:
        await graph.call("DELETE", _ONE, {"subscription": subscription_id})
    except GraphError as error:
        if not _not_there(error):
            raise


async def list_all(graph: GraphCalls) -> list[Subscription]:
    """Every subscription of this application.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    found: list[Subscription] = []
    answer = await graph.call("GET", _ALL)
    while True:
        page = json_of(answer.body)
        found += [_subscription(raw) for raw in page.get("value") or ()]
        onward = page.get("@odata.nextLink")
        if not onward:
            return found
        answer = await graph.follow(str(onward))


def _not_there(error: GraphError) -> bool:
    # A subscription that ended is 404 ResourceNotFound, which for a mailbox would be a matter of configuration.
    return isinstance(error, Gone) or error.status == 404


def _same(found: Subscription, wish: SubscriptionWish) -> bool:
    return (
        found.resource.strip("/").casefold() == wish.resource.casefold()
        and found.notification_url == wish.notification_url
    )


def _body(wish: SubscriptionWish, now: datetime) -> bytes:
    return json.dumps(
        {
            "changeType": wish.changes,
            "notificationUrl": wish.notification_url,
            "lifecycleNotificationUrl": wish.lifecycle_url,
            "resource": wish.resource,
            "expirationDateTime": _end(now),
            "clientState": wish.client_state,
            "latestSupportedTlsVersion": "v1_2",
        }
    ).encode()


def _end(now: datetime) -> str:
    return (now.astimezone(UTC) + LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subscription(raw: Mapping[str, Any]) -> Subscription:
    try:
        expires_at = instant_of(raw["expirationDateTime"])
        if expires_at is None:
            raise ValueError("no end")
        return Subscription(
            str(raw["id"]), expires_at, str(raw.get("resource") or ""), str(raw.get("notificationUrl") or "")
        )
    except (KeyError, TypeError, ValueError):
        raise Ambiguous("UnreadableSubscription") from None
