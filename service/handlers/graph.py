"""Where Microsoft Graph says that something changed: hints only. Always answered at once; the worker reads the rest.

Graph wants any 2xx within 3 seconds and drops an endpoint that is slow, so junk is counted and answered 202 too
(learn.microsoft.com/graph/change-notifications-delivery-webhooks).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from service.handlers.bodies import read_body
from service.handlers.keys import DOORS, SERVICES
from service.handlers.logs import Log, log
from service.handlers.metrics import METRICS
from service.workflow.mailbox import by_subscription, note_change, note_lifecycle

_LONGEST_TOKEN = 2048
_MOST_LOOKED_UP = 100
_LIFECYCLE = frozenset({"reauthorizationRequired", "subscriptionRemoved", "missed"})


class _Item(BaseModel):
    """One notification. Graph adds fields as it likes; only these matter."""

    model_config = ConfigDict(populate_by_name=True)

    subscription_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,128}$"), Field(alias="subscriptionId")]
    client_state: Annotated[str, Field(alias="clientState", max_length=128)] = ""
    lifecycle_event: Annotated[str, Field(alias="lifecycleEvent", max_length=64)] = ""


class _Notifications(BaseModel):
    value: Annotated[list[dict[str, object]], Field(max_length=1000)]


def _handshake(request: web.Request) -> web.Response | None:
    """Graph proves an address by asking it to say a token back, as plain text, within 10 seconds."""
    token = request.query.get("validationToken")
    if token is None:
        return None
    if len(token) > _LONGEST_TOKEN:
        return web.Response(status=400, text="validation token too long")
    return web.Response(text=token, content_type="text/plain", charset="utf-8")


async def notifications(request: web.Request) -> web.Response:
    """POST /graph/notifications: mark each mailbox that changed; 202 whatever came."""
    return _handshake(request) or await _note_all(request, lifecycle=False)


async def lifecycle(request: web.Request) -> web.Response:
    """POST /graph/lifecycle: a subscription needs care, so its mailbox is read (and renewed) by the worker; 202."""
    return _handshake(request) or await _note_all(request, lifecycle=True)


async def _note_all(request: web.Request, *, lifecycle: bool) -> web.Response:
    items = _items(await read_body(request, request.app[DOORS].body_limit))
    if lifecycle:
        for kind in {item.lifecycle_event for item in items} & _LIFECYCLE:
            log.info(Log.LIFECYCLE, kind=kind)
    # Many notifications of one burst speak of one mailbox: one look is enough. Polling finds what lies past the limit.
    different = {(item.subscription_id, item.client_state, item.lifecycle_event): item for item in items}
    for item in list(different.values())[:_MOST_LOOKED_UP]:
        await _note(request, item)
    if not items:
        _ignored(request, "junk")
    return web.Response(status=202)


def _items(body: bytes) -> Sequence[_Item]:
    try:
        found = _Notifications.model_validate_json(body).value
    except ValidationError:
        return ()
    items = []
    for entry in found:
        try:
            items.append(_Item.model_validate(entry))
        except ValidationError:
            continue
    return items


async def _note(request: web.Request, item: _Item) -> None:
    services = request.app[SERVICES]
    mailbox = await by_subscription(services, item.subscription_id)
    if mailbox is None:
        _ignored(request, "unknown_subscription")
        return
    said = hashlib.sha256(item.client_state.encode()).digest()
    watch = mailbox.watched_by(item.subscription_id)
    known = mailbox.watch(watch).client_state_hash
    if known is None or not hmac.compare_digest(said, known):
        _ignored(request, "client_state")
        return
    if item.lifecycle_event:
        await note_lifecycle(services, mailbox.id, item.lifecycle_event, watch)
    else:
        await note_change(services, mailbox.id)
    request.app[METRICS].notifications.labels("noted").inc()


def _ignored(request: web.Request, why: str) -> None:
    request.app[METRICS].notifications.labels(why).inc()
    log.warning(Log.NOTIFICATION_IGNORED, why=why)
