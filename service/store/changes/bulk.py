"""Writes rows of several tables in one statement.

Taking a request in touches eight tables. One statement with a branch for each table costs one round trip instead of
eight, and is as atomic as the transaction around it: PostgreSQL checks the foreign keys when the statement ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import LargeBinary, Table, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]
Rows = Sequence[tuple[Table, Sequence[Row]]]


@lru_cache(maxsize=64)
def _binary(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if isinstance(column.type, LargeBinary))


def _written(table: Table, rows: Sequence[Row]) -> str:
    """The rows as PostgreSQL reads them from JSON: bytes in the hexadecimal form that ``bytea`` takes.

    pydantic's writer does in Rust what ``json.dumps`` would call back into Python for: every id and every instant.
    """
    binary = _binary(table).intersection(rows[0])
    if binary:
        rows = [{**row, **{name: _hexadecimal(row[name]) for name in binary}} for row in rows]
    return to_json(rows).decode()


def _hexadecimal(value: bytes | None) -> str | None:
    return None if value is None else f"\\x{value.hex()}"


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

    All or nothing by itself: one statement is a transaction even where none was begun.

    Raises:
        sqlalchemy.exc.IntegrityError: a constraint does not hold; nothing was written.
    """
    shape: list[tuple[str, tuple[str, ...]]] = []
    values: dict[str, str] = {}
    for table, table_rows in rows:
        if table_rows:
            values[f"p{len(shape)}"] = _written(table, table_rows)
            shape.append((table.name, tuple(table_rows[0])))
    if shape:
        await conn.execute(_statement(tuple(shape)), values)
