"""What a partnership's worklist is made of, read once for all who may see the same of it.

Many officers have the worklist open, and nothing changes between most of their looks. Each look asks one small
question: has anything been committed since, and which cases are hidden from this reader? Only where the answer differs
is the worklist read again, of its meetings those alone that have changed, and whoever asks meanwhile shares that
reading. Nothing is shared between readers from whom different cases are hidden.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from service.store.engine import single_statements, snapshot
from service.store.queries.board import BoardReading, board_again
from service.store.queries.held import HeldItem
from service.store.queries.readable import Reader, committed_by_now, hidden_from
from service.store.queries.tasks import Task
from service.store.queries.worklist import WorklistRow
from service.workflow.ports import Services

# A meeting stays on the list for a while after it was held or cancelled, so that nothing about it is forgotten.
KEPT_FOR = timedelta(days=7)
# The edge of those days moves on even where nothing is committed.
_GOOD_FOR = timedelta(minutes=1)
_MOST = 64


@dataclass(frozen=True, slots=True)
class Board:
    """One reading. ``made`` is for what is worked out of it, so that it is worked out once."""

    partnership: str
    reading: BoardReading
    read_at: datetime
    asked_at: float
    # Differs from the last reading's where anything shown of meetings, tasks or deliveries does; for this process only.
    mark: int
    made: MutableMapping[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    # What was worked out of each meeting alone, with what it was worked out of: handed on to the next reading of the
    # same key, where most meetings are as they were.
    by_meeting: MutableMapping[str, tuple[object, Any]] = field(default_factory=dict, repr=False, compare=False)

    def chaired_by(self, reader: str, name: str) -> frozenset[str]:
        """The names under which somebody chairs meetings here: the rota says it, else their own where a meeting has it.

        Empty where neither is so: then nobody can say which meetings are theirs.
        """
        return self.reading.chair_names.get(reader) or self._chairs & {name}

    @property
    def rows(self) -> tuple[WorklistRow, ...]:
        """The meetings, the one whose time comes soonest first."""
        return self.reading.rows

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is to do."""
        return self.reading.tasks

    @property
    def held(self) -> tuple[HeldItem, ...]:
        """The deliveries that could not be understood."""
        return self.reading.held

    @property
    def _chairs(self) -> frozenset[str]:
        if "chairs" not in self.made:
            self.made["chairs"] = frozenset(row.chair for row in self.rows)
        found: frozenset[str] = self.made["chairs"]
        return found


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the worklist begins with: what stands for all that was committed, the cases hidden from whoever
    looks, and since when a reading is new enough for them (of ``asked_now``)."""

    committed: str
    hidden: frozenset[UUID]
    asked_at: float


def asked_now() -> float:
    """The instant by which readings and looks are put in order; for this process only."""
    return asyncio.get_running_loop().time()


_Key = tuple[str, frozenset[UUID]]


class Boards:
    """The readings of one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept: OrderedDict[_Key, Board] = OrderedDict()
        self._locks: defaultdict[_Key, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._marks = itertools.count(1)

    async def committed(self) -> str:
        """What stands for everything that is committed by now: where it is the same, nothing has been since."""
        async with single_statements(self._services.engine) as conn:
            return await committed_by_now(conn)

    async def for_reader(self, partnership: str, reader: str, look: Look | None = None) -> Board:
        """The worklist as it is now for this reader, named as the audit names them; ``look``: what was asked for them
        in this request already."""
        return await self._for(partnership, Reader(reader, self._services.now()), look)

    async def _for(self, partnership: str, reader: Reader, look: Look | None) -> Board:
        if look is None:
            asked_at = asked_now()
            async with single_statements(self._services.engine) as conn:
                look = Look(*await hidden_from(conn, partnership, reader), asked_at)
        key = (partnership, look.hidden)
        found = self._good(key, look)
        if found is not None:
            return found
        async with self._locks[key]:
            # Somebody else's reading is as good where it began after this question was asked.
            found = self._good(key, look)
            return found if found is not None else await self._read(key, reader)

    def _good(self, key: _Key, look: Look) -> Board | None:
        found = self._kept.get(key)
        if found is None or not (found.reading.committed == look.committed or found.asked_at >= look.asked_at):
            return None
        return found if abs(self._services.now() - found.read_at) < _GOOD_FOR else None

    async def _read(self, key: _Key, reader: Reader) -> Board:
        partnership, services = key[0], self._services
        now, asked_at = services.now(), asked_now()
        since = now - KEPT_FOR
        before = self._kept.get(key)
        async with snapshot(services.engine) as conn:
            reading = await board_again(
                *(conn, partnership, reader),
                None if before is None else before.reading,
                held_since=since,
                cancelled_since=since,
                mail=services.reads_mail,
            )
        board = Board(
            partnership=reading.name or partnership,
            reading=reading,
            read_at=now,
            asked_at=asked_at,
            mark=self._mark(before, reading),
            by_meeting={} if before is None or before.reading.hidden != reading.hidden else before.by_meeting,
        )
        self._keep((partnership, reading.hidden), board)
        return board

    def _mark(self, before: Board | None, now: BoardReading) -> int:
        if before is None or (now.rows, now.tasks, now.held) != (before.rows, before.tasks, before.held):
            return next(self._marks)
        return before.mark

    def _keep(self, key: _Key, board: Board) -> None:
        self._kept[key] = board
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._locks.pop(self._kept.popitem(last=False)[0], None)
