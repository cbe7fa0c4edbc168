"""All that a worklist page shows, read again: what is as it was is taken over from an earlier reading.

PostgreSQL keeps with every record which transaction wrote it (``xmin``). Whatever an earlier reading did not see was
written by a transaction that had not ended by then, and none of those is older than the oldest one its snapshot names.
So a meeting is as it was where none of the records it is counted from is newer, and none is gone: that takes looking at
those records, but neither counting nor fetching them, and nobody who writes has to remember to say so. Where a long
transaction was open during the earlier reading, meetings are read once more than they had to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Table,
    Text,
    all_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import UserDefinedType

from service.store.queries.held import HeldItem, open_items
from service.store.queries.mailboxes import reads_of
from service.store.queries.readable import Reader, hidden_columns
from service.store.queries.tasks import Task, open_tasks
from service.store.queries.worklist import WorklistRow, listed_ids, rows_of
from service.store.tables import (
    answers,
    attendances,
    chairs,
    heartbeats,
    meetings,
    partnerships,
    requests,
    requirements,
)

_Kept = tuple[int, WorklistRow | None]
_UNKNOWN: Final[_Kept] = (-1, None)
_NONE: Final = (0, False)


@dataclass(frozen=True, slots=True)
class BoardReading:
    """Everything at one instant: when the transactions of ``committed`` had ended.

    ``hidden`` are the cases that were left out because they are not for the reader. ``kept`` has each row with how many
    records it was counted from; ``fresh`` says how many meetings were not taken over.
    """

    committed: str
    hidden: frozenset[UUID]
    name: str | None
    last_successes: tuple[datetime | None, ...]
    last_reads: tuple[datetime | None, ...]
    chair_names: Mapping[str, frozenset[str]]
    rows: tuple[WorklistRow, ...]
    tasks: tuple[Task, ...]
    held: tuple[HeldItem, ...]
    kept: Mapping[UUID, _Kept] = field(repr=False)
    fresh: int


async def board_again(
    conn: AsyncConnection,
    partnership: str,
    reader: Reader,
    before: BoardReading | None = None,
    *,
    held_since: datetime,
    cancelled_since: datetime,
    mail: bool = True,
) -> BoardReading:
    """What ``worklist`` reads with the same arguments and without next chases, the open tasks and what is around them.

    Four statements, whatever has changed; ask on a ``snapshot``. ``before`` is used where the same cases were hidden.
    ``mail``: of the organiser mailboxes the mail is read, too.
    """
    said: dict[str, Any] = {"partnership": partnership, "reader": reader.key, "at": reader.at, "mail": mail}
    since = {"held_since": held_since, "cancelled_since": cancelled_since}
    oldest = {"oldest": "3" if before is None else _oldest_running(before.committed)}
    look = (await conn.execute(_look(), said | since | oldest)).one()
    hidden, newer = frozenset(look.hidden), set(look.newer)
    known = before.kept if before is not None and before.hidden == hidden else {}
    # Each id is looked up once: five hundred of them in a dictionary take as long as a small statement.
    kept = {id_: known.get(id_, _UNKNOWN) for id_ in look.listed}
    stale = {
        id_: size
        for (id_, (had, _)), size in zip(kept.items(), look.sizes, strict=True)
        if had != size or (newer and id_ in newer)
    }
    for row in await rows_of(conn, partnership, reader, stale):
        kept[row.meeting_id] = (stale[row.meeting_id], row)
    tasks = tuple(await open_tasks(conn, partnership, reader))
    _count_tasks(kept, tasks)
    return BoardReading(
        committed=look.committed,
        hidden=hidden,
        name=look.name,
        last_successes=tuple(look.last_successes),
        last_reads=tuple(look.last_reads),
        chair_names=_names(look.chairs, look.chair_names),
        rows=tuple([row for _, row in kept.values() if row is not None]),
        tasks=tasks,
        held=tuple(await open_items(conn, partnership)),
        kept=kept,
        fresh=len(stale),
    )


def _names(readers: Sequence[str], names: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The names under which each reader chairs meetings here (see ``chairs.chair_names``)."""
    found: dict[str, frozenset[str]] = {}
    for reader, name in zip(readers, names, strict=True):
        found[reader] = found.get(reader, frozenset()) | {name}
    return found


def _count_tasks(kept: dict[UUID, _Kept], tasks: Iterable[Task]) -> None:
    """Give each row its number of open tasks, and whether one of these says that the meeting could not be held."""
    found: dict[str, tuple[int, bool]] = {}
    for task in tasks:
        if task.meeting_reference is not None:
            number, put_off = found.get(task.meeting_reference, _NONE)
            found[task.meeting_reference] = (number + 1, put_off or task.kind == "not_held")
    for id_, (size, row) in kept.items():
        if row is not None:
            number, put_off = found.get(row.reference, _NONE)
            if row.open_tasks != number or row.put_off is not put_off:
                kept[id_] = (size, replace(row, open_tasks=number, put_off=put_off))


class _Xid(UserDefinedType[str]):
    """PostgreSQL's number of a transaction."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid"


def _oldest_running(committed: str) -> str:
    """The oldest transaction that had not ended, without the count of how often such numbers have begun anew."""
    return str(int(committed.partition(":")[0]) % 2**32)


@lru_cache(maxsize=1)
def _look() -> Select[Any]:
    """One row, so that one question is asked where each has to wait for a busy process to come round to it."""
    partnership: Any = bindparam("partnership", type_=Text)
    committed, hidden = hidden_columns(partnership)
    listed = _listed(partnership, hidden)
    c, h = chairs.c, heartbeats.c
    now, mail = bindparam("at", type_=DateTime(timezone=True)), bindparam("mail", type_=Boolean)
    rota = select(c.reader).where(c.partnership_id == partnership, c.reader != "").order_by(c.id)
    in_order = select(listed.c.id).order_by(listed.c.time.asc().nulls_last(), listed.c.reference)
    return select(
        committed.label("committed"),
        hidden.label("hidden"),
        select(partnerships.c.name).where(partnerships.c.id == partnership).scalar_subquery().label("name"),
        _array(select(h.last_success_at).order_by(h.job)).label("last_successes"),
        _array(reads_of(partnership, now, mail)).label("last_reads"),
        _array(rota).label("chairs"),
        _array(rota.with_only_columns(c.name)).label("chair_names"),
        _array(in_order).label("listed"),
        _array(in_order.with_only_columns(listed.c.size)).label("sizes"),
        _array(select(listed.c.id).where(listed.c.newer)).label("newer"),
    )


def _array(wanted: Select[Any]) -> ColumnElement[Any]:
    return func.array(wanted.scalar_subquery())


def _listed(partnership: Any, hidden: ColumnElement[Any]) -> CTE:
    """The listed meetings, how many records each is counted from, and whether one of these is newer."""
    m = meetings.c
    about = [_written(table, m.id) for table in (requirements, answers, attendances)]
    joined = meetings.join(requests, requests.c.id == m.request_id)
    for each in about:
        joined = joined.join(each, true())
    # ``age`` counts back from now, so that the numbers may begin anew in between; where there is no record it is null,
    # which ``least`` leaves out.
    ages = (_age(meetings), _age(requests), *(each.c.age for each in about))
    oldest: Any = func.age(cast(bindparam("oldest", type_=Text), _Xid()))
    size: ColumnElement[int] = about[0].c.size + about[1].c.size + about[2].c.size
    ids = listed_ids(held=True, cancelled=True)
    return (
        select(
            m.id,
            m.reference,
            func.coalesce(m.starts_at, m.deadline_at).label("time"),
            size.label("size"),
            (func.least(*ages) <= oldest).label("newer"),
        )
        .select_from(joined)
        .where(m.partnership_id == partnership, m.id == any_(ids), m.request_id != all_(hidden))
        .cte("listed")
    )


def _age(table: Table) -> ColumnElement[int]:
    return func.age(literal_column(f"{table.name}.xmin", _Xid()), type_=Integer)


def _written(table: Table, meeting_id: ColumnElement[UUID]) -> LateralFromClause:
    return (
        select(func.count().label("size"), func.min(_age(table)).label("age"))
        .where(table.c.meeting_id == meeting_id)
        .correlate(meetings)
        .lateral(f"written_{table.name}")
    )
