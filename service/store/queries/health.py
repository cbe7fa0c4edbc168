"""Reads about the machine, over all partnerships: counts and instants only, for health pages and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, Select, Table, Text, cast, func, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import case_access, chases, heartbeats, held_items, mailboxes, outbox, tasks

_NONE: Final = cast(null(), Text)
_NEVER: Final = cast(null(), DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a periodic job last ran, and last ended well."""

    job: str
    last_run_at: datetime
    last_success_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits. Each mapping is partnership id → count.

    ``outbox`` is (partnership, state) → count of rows not finished, exhausted ones among them. ``oldest_due_at`` is
    the time of the longest-waiting row that could be tried by now; ``chases_due`` counts steps whose time has come.
    """

    outbox: Mapping[tuple[str, str], int]
    oldest_due_at: datetime | None
    chases_due: Mapping[str, int]
    tasks_open: Mapping[str, int]
    held_open: Mapping[str, int]
    mailboxes_stopped: Mapping[str, int]
    glass_broken: Mapping[str, int]


async def every_heartbeat(conn: AsyncConnection) -> list[Heartbeat]:
    """All periodic jobs that ever ran, by name. No scope: jobs belong to the machine."""
    h = heartbeats.c
    found = await conn.execute(select(h.job, h.last_run_at, h.last_success_at, h.last_error).order_by(h.job))
    return [Heartbeat(*row) for row in found]


async def whole_backlog(conn: AsyncConnection, now: datetime, real_now: datetime) -> Backlog:
    """What waits at ``now``, over all partnerships. No scope: it shows counts, and no row of anybody's.

    Outbox rows are tried in real time, so theirs is compared with ``real_now``.
    """
    ready = outbox.c.state.in_(("waiting", "frozen")) & (outbox.c.next_try_at <= real_now)
    oldest = func.min(outbox.c.next_try_at).filter(ready)
    unfinished = outbox.c.state.in_(("waiting", "frozen", "exhausted"))
    found = await conn.execute(
        union_all(
            _counted("outbox", outbox, outbox.c.state, oldest, unfinished),
            _counted("chases", chases, _NONE, _NEVER, (chases.c.state == "due") & (chases.c.due_at <= now)),
            _counted("tasks", tasks, _NONE, _NEVER, tasks.c.state == "open"),
            _counted("held", held_items, _NONE, _NEVER, held_items.c.state == "open"),
            _counted("glass", case_access, _NONE, _NEVER, case_access.c.kind == "break_glass"),
            _counted("mailboxes", mailboxes, _NONE, _NEVER, mailboxes.c.state == "stopped"),
        )
    )
    rows = found.all()
    counts = {
        what: {row.partnership_id: row.number for row in rows if row.what == what}
        for what in ("chases", "tasks", "held", "mailboxes", "glass")
    }
    return Backlog(
        outbox={(row.partnership_id, row.state): row.number for row in rows if row.what == "outbox"},
        oldest_due_at=min((row.oldest for row in rows if row.oldest is not None), default=None),
        chases_due=counts["chases"],
        tasks_open=counts["tasks"],
        held_open=counts["held"],
        mailboxes_stopped=counts["mailboxes"],
        glass_broken=counts["glass"],
    )


def _counted(
    what: str, table: Table, state: ColumnElement[Any], oldest: ColumnElement[Any], which: ColumnElement[bool]
) -> Select[Any]:
    scope = table.c.partnership_id
    counted = select(
        literal(what).label("what"), scope, state.label("state"), func.count().label("number"), oldest.label("oldest")
    )
    return counted.where(which).group_by(scope, *([state] if state is not _NONE else []))
