"""Whether a case's location is protected: then where its meeting is stands in nothing that leaves for everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import people, requests


def is_protected(request_id: Any) -> ColumnElement[bool]:
    """Whether anybody tied to the request under this column has a protected location."""
    return exists().where(
        people.c.request_id == request_id, people.c.ties.contains([{"flags": ["location_protected"]}])
    )


async def location_protected(conn: AsyncConnection, partnership: str, request_id: UUID) -> bool:
    """Whether a case's location is protected."""
    found = await conn.scalar(
        select(is_protected(requests.c.id)).where(requests.c.partnership_id == partnership, requests.c.id == request_id)
    )
    return bool(found)
