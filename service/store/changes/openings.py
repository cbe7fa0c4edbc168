"""Writes of openings: who was told who a meeting is about. Only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import openings


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep one opening."""
    await conn.execute(insert(openings).values(**values))
