"""Graph's subscription operations."""

from aiohttp import web

from service.sandbox.errors import GraphError
from service.sandbox.gateway import Call, Route
from service.sandbox.odata import only
from service.sandbox.subscriptions import Subscription, read_renewal, read_subscription


async def create(call: Call) -> web.Response:
    """``POST /subscriptions``: 201, once both endpoints have echoed their validation token."""
    only(call.options)
    sandbox = call.sandbox
    now = sandbox.clock.now()
    subscription = read_subscription(await call.body(), now, immutable=call.preferences.immutable)
    sandbox.mailbox(subscription.user)
    sandbox.subscriptions.check_new(subscription, now)
    for url in (subscription.notification_url, subscription.lifecycle_url):
        if url is not None and not await sandbox.notifier.validate(url):
            message = (
                "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
                "validation request."
            )
            raise GraphError(400, "ValidationError", message)
    sandbox.subscriptions.add(subscription, sandbox.clock.now())
    content = {**subscription.shown(sandbox.config.client_id), "clientState": subscription.client_state}
    return call.item(201, content, context="subscriptions/$entity")


async def listed(call: Call) -> web.Response:
    """``GET /subscriptions``: those of this application that are alive."""
    only(call.options)
    sandbox = call.sandbox
    shown = [held.shown(sandbox.config.client_id) for held in sandbox.subscriptions.active(sandbox.clock.now())]
    return call.reply(200, {"@odata.context": call.context("subscriptions"), "value": shown})


async def read(call: Call) -> web.Response:
    """``GET /subscriptions/{id}``."""
    only(call.options)
    return _shown(call, _found(call))


async def renew(call: Call) -> web.Response:
    """``PATCH /subscriptions/{id}``: 200; only the expiry can be moved."""
    only(call.options)
    body = await call.body()
    subscription = _found(call)
    subscription.expires = read_renewal(body, call.sandbox.clock.now())
    return _shown(call, subscription)


async def reauthorize(call: Call) -> web.Response:
    """``POST /subscriptions/{id}/reauthorize``: 204."""
    only(call.options)
    _found(call)
    return call.reply(204)


async def delete(call: Call) -> web.Response:
    """``DELETE /subscriptions/{id}``: 204."""
    only(call.options)
    call.sandbox.subscriptions.remove(_found(call))
    return call.reply(204)


def _found(call: Call) -> Subscription:
    return call.sandbox.subscriptions.get(call.item_id(), call.sandbox.clock.now())


def _shown(call: Call, subscription: Subscription) -> web.Response:
    content = subscription.shown(call.sandbox.config.client_id)
    return call.item(200, content, context="subscriptions/$entity")


ROUTES = [
    Route("POST", "/subscriptions", "create_subscription", create),
    Route("GET", "/subscriptions", "list_subscriptions", listed),
    Route("GET", "/subscriptions/{item}", "get_subscription", read),
    Route("PATCH", "/subscriptions/{item}", "patch_subscription", renew),
    Route("DELETE", "/subscriptions/{item}", "delete_subscription", delete),
    Route("POST", "/subscriptions/{item}/reauthorize", "reauthorize_subscription", reauthorize),
]
