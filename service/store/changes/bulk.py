"""Writes rows of several tables in one statement.

Taking a request in touches eight tables. One statement with a branch for each table costs one round trip instead of
eight, and is as atomic as the transaction around it: PostgreSQL checks the foreign keys when the statement ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]
Rows = Sequence[tuple[Table, Sequence[Row]]]


def _plain(value: object) -> object:
    """A value as PostgreSQL reads it from JSON: bytes as the hexadecimal form that ``bytea`` takes."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"a row cannot hold {type(value).__name__}")


@lru_cache(maxsize=256)
def _statement(shape: tuple[tuple[str, tuple[str, ...]], ...]) -> TextClause:
    branches = []
    for number, (table, columns) in enumerate(shape):
        names = ", ".join(f'"{column}"' for column in columns)
        # Table and column names come from service.store.tables only; every value is bound.
        branches.append(
            f"w{number} AS (INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608
            f"FROM jsonb_populate_recordset(NULL::{table}, CAST(:p{number} AS jsonb)))"
        )
    return text(f"WITH {', '.join(branches)} SELECT 1")


async def write_rows(conn: AsyncConnection, rows: Rows) -> None:
    """Insert all rows. Every row of one table has the same columns; tables without rows are passed over.

    Raises:
        sqlalchemy.exc.IntegrityError: a constraint does not hold; nothing was written.
    """
    shape: list[tuple[str, tuple[str, ...]]] = []
    values: dict[str, str] = {}
    for table, table_rows in rows:
        if table_rows:
            values[f"p{len(shape)}"] = json.dumps(list(table_rows), default=_plain)
            shape.append((table.name, tuple(table_rows[0])))
    if shape:
        await conn.execute(_statement(tuple(shape)), values)
