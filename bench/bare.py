"""What intake is compared with: the same door, and behind it nothing but one insert of the body.

The body goes in as it came, as text that PostgreSQL turns into ``jsonb``: the cheapest that a careful author would
write, so that the comparison does us no favour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
from aiohttp import web
from sqlalchemy import Column, DateTime, MetaData, Table, Text, bindparam, cast, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import real_now
from service.handlers.bodies import is_json, read_body
from service.handlers.keys import DOORS, SERVICES
from service.handlers.reading import read_delivery
from service.handlers.signatures import Tolerance, check_signature

Keep = Callable[[str, bytes], Awaitable[None]]

_metadata = MetaData()
BARE = Table(
    "bench_bare",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)

_INSERT = insert(BARE).values(
    id=bindparam("id"), body=cast(bindparam("body", type_=Text), JSONB), received_at=bindparam("received_at")
)
_INSERT_SQL = "INSERT INTO bench_bare (id, body, received_at) VALUES ($1, $2::text::jsonb, $3)"


async def make_table(engine: AsyncEngine) -> None:
    """Create the one table of the bare ways."""
    async with engine.begin() as conn:
        await conn.run_sync(_metadata.create_all)


def _door(keep: Keep) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The webhook door as it is, up to where the workflow would begin."""

    async def receive(request: web.Request) -> web.Response:
        services, doors = request.app[SERVICES], request.app[DOORS]
        source = doors.webhook_sources[request.match_info["source"]]
        tolerance = Tolerance(timedelta(seconds=doors.past_tolerance_s), timedelta(seconds=doors.future_tolerance_s))
        body = await read_body(request, doors.body_limit)
        delivery_id = check_signature(request.headers, body, source.keys, now=services.real_now(), tolerance=tolerance)
        if not is_json(request):
            raise web.HTTPUnsupportedMediaType
        read_delivery(body, services.now())
        await keep(delivery_id, body)
        return web.json_response({"state": "kept", "id": delivery_id}, status=202)

    return receive


def add_bare_doors(app: web.Application, engine: AsyncEngine, pool: asyncpg.Pool) -> None:
    """Serve ``/bare/sqlalchemy/{source}`` and ``/bare/asyncpg/{source}`` behind the same middlewares."""

    async def by_sqlalchemy(delivery_id: str, body: bytes) -> None:
        async with engine.begin() as conn:
            await conn.execute(_INSERT, {"id": delivery_id, "body": body.decode(), "received_at": real_now()})

    async def by_asyncpg(delivery_id: str, body: bytes) -> None:
        await pool.execute(_INSERT_SQL, delivery_id, body.decode(), real_now())

    app.router.add_post("/bare/sqlalchemy/{source}", _door(by_sqlalchemy))
    app.router.add_post("/bare/asyncpg/{source}", _door(by_asyncpg))
