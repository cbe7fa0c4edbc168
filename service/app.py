"""The web process: the doors over the workflow's services, opened and closed with the application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog
from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service import logs
from service.clock import real_now
from service.commands.compose import build_services, engine_of, spare_start_up
from service.commands.outlook import TenantCalendars
from service.handlers.entra import Entra, SignInSettings
from service.handlers.keys import DOORS, READY_CHECKS, SERVICES, ApiClient, Contact, Doors, WebhookSource
from service.handlers.permissions import API_RIGHTS
from service.handlers.routes import add_routes
from service.handlers.sessions import SESSIONS, Limits, Sessions
from service.handlers.sign_in import ENTRA
from service.redis_address import client_of
from service.scheduler.queue import QueueWake, open_queue
from service.settings import Settings, SettingsRefusedError
from service.workflow.policies_in_force import look_again
from service.workflow.ports import Services

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 5


def doors_of(settings: Settings) -> Doors:
    """Who may come in by which door.

    Raises:
        SettingsRefusedError: a webhook secret that cannot be used, or a right that does not exist.
    """
    sources: dict[str, WebhookSource] = {}
    for name, source in settings.webhook_sources.items():
        try:
            sources[name] = WebhookSource(
                source.partnership, tuple(secret.get_secret_value() for secret in source.secrets)
            )
        except ValueError as error:
            raise SettingsRefusedError([f"CONVENE_WEBHOOK_SOURCES → {name}: {error}."]) from None
    for name, client in settings.api_clients.items():
        if unknown := sorted(set(client.may) - set(API_RIGHTS)):
            known = ", ".join(sorted(API_RIGHTS))
            raise SettingsRefusedError(
                [f"CONVENE_API_CLIENTS → {name} → may: {unknown[0]!r} is not a right; they are {known}."]
            )
    clients = tuple(
        ApiClient(name, bytes.fromhex(client.key_sha256), frozenset(client.partnerships), frozenset(client.may))
        for name, client in settings.api_clients.items()
    )
    contacts = tuple(Contact(name, each.name, each.service_phone) for name, each in settings.partnerships.items())
    return Doors(
        sources, clients, tuple(settings.partnerships), proxies_in_front=settings.proxies_in_front, contacts=contacts
    )


def _checks(services: Services, redis: Redis) -> tuple[tuple[str, Callable[[], Awaitable[None]]], ...]:
    async def database() -> None:
        async with services.engine.connect() as conn:
            await conn.execute(text("SELECT 1"))

    async def queue() -> None:
        await redis.ping()

    return (("database", database), ("redis", queue))


def _add_sign_in(app: web.Application, settings: Settings, redis: Redis) -> None:
    """Let people sign in, where the settings say with which account."""
    if not settings.sign_in_tenant_id:
        log.warning("no sign-in is set up, so no staff page is shown")
        return
    public = settings.public_url.rstrip("/")
    limits = Limits(timedelta(hours=settings.session_hours), timedelta(minutes=settings.session_idle_minutes))
    app[SESSIONS] = Sessions(redis, limits, app[SERVICES].real_now, secure=public.startswith("https://"))
    entra = app[ENTRA] = Entra(
        SignInSettings(
            authority=settings.sign_in_authority,
            tenant_id=settings.sign_in_tenant_id,
            client_id=settings.sign_in_client_id,
            client_secret=settings.sign_in_client_secret.get_secret_value(),
            redirect_uri=f"{public}/sign-in/return",
            signed_out_uri=f"{public}/signed-out",
        ),
        tuple(settings.partnerships),
    )

    async def closing(_: web.Application) -> AsyncIterator[None]:
        yield
        await entra.close()

    app.cleanup_ctx.append(closing)


async def _keep_looking(services: Services) -> None:
    """Notice within seconds that a policy which was published by hand has come to hold."""
    while True:
        try:
            await look_again(services)
        except (SQLAlchemyError, OSError) as error:
            log.warning("policies not looked for", error=type(error).__name__)
        await asyncio.sleep(_LOOK_SECONDS)


def make_app(settings: Settings) -> web.Application:
    """The application. Raises SettingsRefusedError for settings that cannot be used."""
    app = web.Application()
    engine = engine_of(settings)
    queue = open_queue(settings.redis_url.get_secret_value())
    redis = client_of(settings.redis_url.get_secret_value(), socket_connect_timeout=2, socket_timeout=2)
    calendars = TenantCalendars(settings)
    app[SERVICES] = build_services(settings, engine, QueueWake(queue, real_now), calendars)
    app[DOORS] = doors_of(settings)
    app[READY_CHECKS] = _checks(app[SERVICES], redis)

    async def closing(_: web.Application) -> AsyncIterator[None]:
        # Warm before the first page needs it.
        await calendars.open()
        looking = asyncio.create_task(_keep_looking(app[SERVICES]))
        yield
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await calendars.close()
        await redis.aclose()
        await queue.aclose(close_connection_pool=True)
        await engine.dispose()

    app.cleanup_ctx.append(closing)
    _add_sign_in(app, settings, redis)
    add_routes(app)
    return app


def run(settings: Settings) -> None:
    """Run the web process until SIGTERM or SIGINT."""
    logs.set_up(settings.log_level, "web")
    app = make_app(settings)
    spare_start_up()
    web.run_app(
        app,
        host=settings.bind_host,
        port=settings.bind_port,
        access_log=None,
        # Bodies are checked as they were signed; what is compressed is refused by the doors, in their own words.
        auto_decompress=False,
        print=lambda *_: log.info("web ready", host=settings.bind_host, port=settings.bind_port),
    )
