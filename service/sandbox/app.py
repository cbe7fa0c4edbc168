"""Puts the sandbox together: Graph, Entra, the inbox pages and the control API in one aiohttp application."""

from collections.abc import AsyncIterator

from aiohttp import web

from service.sandbox import (
    batch_routes,
    delta,
    event_routes,
    mail_delta,
    mail_routes,
    schedule_routes,
    subscription_routes,
    teams_routes,
)
from service.sandbox.config import SandboxConfig
from service.sandbox.control import add_control
from service.sandbox.entra import add_entra
from service.sandbox.gateway import add_graph
from service.sandbox.pages import Pages
from service.sandbox.state import Sandbox

LARGEST_BODY = 4 * 1024 * 1024

SANDBOX = web.AppKey("sandbox", Sandbox)


def make_app(config: SandboxConfig) -> web.Application:
    """Return the application; its state lives and dies with it."""
    sandbox = Sandbox(config)
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SANDBOX] = sandbox
    app.cleanup_ctx.append(_notifier)
    sent = (mail_delta, mail_routes, batch_routes)
    rooms = (event_routes, schedule_routes, delta, *sent, subscription_routes, teams_routes)
    routes = [route for room in rooms for route in room.ROUTES]
    add_graph(app, sandbox, routes)
    add_entra(app, sandbox)
    add_control(app, sandbox)
    Pages(sandbox).add_to(app)
    app.router.add_get("/health/live", _live)
    return app


async def _live(_request: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


async def _notifier(app: web.Application) -> AsyncIterator[None]:
    sandbox = app[SANDBOX]
    await sandbox.notifier.open()
    yield
    await sandbox.background.close()
    await sandbox.notifier.close()
