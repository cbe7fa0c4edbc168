"""Every address of the service in one table, and how an application is given it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from aiohttp import web
from aiohttp_session import session_middleware

from service.handlers import graph, health, openapi, webhooks
from service.handlers.access import guarded
from service.handlers.api_routes import API_ROUTES
from service.handlers.changes import add_boards
from service.handlers.keys import READY_CHECKS
from service.handlers.metrics import METRICS, Metrics
from service.handlers.middleware import STATIC, answer_problems, keep_log
from service.handlers.page_routes import PAGE_ROUTES
from service.handlers.permissions import Permission
from service.handlers.route import Route
from service.handlers.sessions import SESSIONS
from service.handlers.templating import set_up_templates

PLUMBING: tuple[Route, ...] = (
    Route("GET", "/health/live", health.live, Permission.OPEN),
    Route("GET", "/health/ready", health.ready, Permission.OPERATIONS),
    Route("GET", "/metrics", health.metrics, Permission.OPERATIONS),
    Route("POST", "/webhooks/{source}", webhooks.receive_delivery, Permission.PUBLIC_SIGNED),
    Route("POST", "/graph/notifications", graph.notifications, Permission.GRAPH_STATE),
    Route("POST", "/graph/lifecycle", graph.lifecycle, Permission.GRAPH_STATE),
    Route("GET", "/api/openapi.json", openapi.description, Permission.OPEN),
)

ROUTES: tuple[Route, ...] = (*PLUMBING, *API_ROUTES, *PAGE_ROUTES)


def add_routes(app: web.Application) -> None:
    """Give an application every address, its templates, its counters and what surrounds each request.

    The caller sets ``SERVICES`` and ``DOORS``, ``READY_CHECKS`` where there is something to check, and ``SESSIONS`` and
    ``ENTRA`` where people can sign in: without them no staff page is shown.
    """
    app[METRICS] = Metrics()
    app.setdefault(READY_CHECKS, ())
    set_up_templates(app)
    add_boards(app)
    app.middlewares.extend((keep_log, answer_problems))
    if SESSIONS in app:
        app.middlewares.append(session_middleware(app[SESSIONS]))
    for resource in _table():
        app.router.register_resource(resource)


@cache
def _table() -> tuple[web.AbstractResource, ...]:
    """Every address behind its guard. It knows no application: each one made in this process is given the same."""
    table = web.UrlDispatcher()
    for route in ROUTES:
        enter = guarded(route.permission, route.endpoint)
        if route.method == "GET":
            table.add_get(route.path, enter, allow_head=True)
        else:
            table.add_route(route.method, route.path, enter)
    table.add_static(STATIC, Path(str(files("service.web"))) / "static", append_version=False)
    return tuple(table.resources())
