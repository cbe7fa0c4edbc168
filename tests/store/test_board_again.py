"""A worklist read again says what one read anew says, whatever was written meanwhile, and reads only what was."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.store import tables as t
from service.store.engine import snapshot
from service.store.queries.board import BoardReading, board_again
from service.store.queries.chairs import chair_names
from service.store.queries.held import open_items
from service.store.queries.readable import Reader, hidden_from
from service.store.queries.tasks import open_tasks
from service.store.queries.worklist import worklist
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World
from tests.store.test_meeting_reads import a_task, attended

READERS = (Reader("staff:amy", NOW), Reader("staff:ben", NOW))
SINCE = NOW - timedelta(days=7)


async def again(conn: AsyncConnection, reader: Reader, before: BoardReading | None) -> BoardReading:
    return await board_again(conn, LEWISHAM, reader, before, held_since=SINCE, cancelled_since=SINCE)


async def read(engine: AsyncEngine, before: BoardReading | None = None, reader: Reader = READERS[0]) -> BoardReading:
    """Read again, and see that every part is what the plain reads say of the same instant."""
    async with snapshot(engine) as conn:
        found = await again(conn, reader, before)
        rows = await worklist(conn, LEWISHAM, reader, held_since=SINCE, cancelled_since=SINCE, next_chases=False)
        assert list(found.rows) == rows
        assert list(found.tasks) == await open_tasks(conn, LEWISHAM, reader)
        assert list(found.held) == await open_items(conn, LEWISHAM)
        assert found.chair_names == await chair_names(conn, LEWISHAM)
        assert (found.committed, found.hidden) == await hidden_from(conn, LEWISHAM, reader)
        assert replace(await again(conn, reader, None), fresh=found.fresh) == found
    return found


async def some(conn: AsyncConnection, dice: random.Random, table: str) -> UUID | None:
    ids = (await conn.scalars(text(f"SELECT id FROM {table} WHERE partnership_id = 'lewisham' ORDER BY id"))).all()  # noqa: S608
    return dice.choice(ids) if ids else None


class Acts:
    """What may be written that a worklist shows, on one connection, without a commit."""

    def __init__(self, world: World, conn: AsyncConnection, dice: random.Random) -> None:
        self.world = World(conn, world.keyring, world.numbers)
        self.conn, self.dice = conn, dice

    async def new_meeting(self) -> None:
        state = self.dice.choice(("planned", "confirmed", "held", "cancelled"))
        starts = NOW + timedelta(hours=self.dice.randrange(-300, 300))
        meeting = await self.world.meeting(
            self.dice.choice((LEWISHAM, LEWISHAM, WIRRAL)), state=state, starts_at=starts
        )
        partnership = await self.conn.scalar(select(t.meetings.c.partnership_id).where(t.meetings.c.id == meeting))
        for role in self.dice.sample(("police", "health", "gp", "school"), self.dice.randrange(4)):
            await self.world.requirement(str(partnership), meeting, role)

    async def place(self) -> None:
        if meeting := await some(self.conn, self.dice, "meetings"):
            await self.world.requirement(LEWISHAM, meeting, f"role_{self.world.next('role')}")

    async def answer(self) -> None:
        if place := await some(self.conn, self.dice, "requirements"):
            meeting = await self.conn.scalar(select(t.requirements.c.meeting_id).where(t.requirements.c.id == place))
            said = self.dice.choice(("yes", "no", "maybe", "report", "deputy"))
            at = NOW + timedelta(minutes=self.world.next("minute"))
            await self.world.answer(LEWISHAM, meeting, place, said, answered_at=at, received_at=at)  # type: ignore[arg-type]

    async def attend(self) -> None:
        if place := await some(self.conn, self.dice, "requirements"):
            meeting = await self.conn.scalar(select(t.requirements.c.meeting_id).where(t.requirements.c.id == place))
            known = select(func.count()).where(t.attendances.c.requirement_id == place)
            if not await self.conn.scalar(known):
                await self.world.add(t.attendances, **attended(meeting, place))  # type: ignore[arg-type]

    async def task(self) -> None:
        if meeting := await some(self.conn, self.dice, "meetings"):
            await a_task(self.world, meeting)

    async def close_task(self) -> None:
        if task := await some(self.conn, self.dice, "tasks"):
            await self.conn.execute(update(t.tasks).where(t.tasks.c.id == task).values(state="done"))

    async def change(self) -> None:
        values = (
            {"chair": f"Chair {self.world.next('chair')}"},
            {"state": "held"},
            {"state": "cancelled"},
            {"version": 2},
        )
        if meeting := await some(self.conn, self.dice, "meetings"):
            changed = update(t.meetings).where(t.meetings.c.id == meeting)
            await self.conn.execute(changed.values(self.dice.choice(values)))

    async def urgent(self) -> None:
        if request := await some(self.conn, self.dice, "requests"):
            await self.conn.execute(update(t.requests).where(t.requests.c.id == request).values(urgency="immediate"))

    async def let_off(self) -> None:
        if place := await some(self.conn, self.dice, "requirements"):
            await self.conn.execute(
                update(t.requirements).where(t.requirements.c.id == place).values(state="withdrawn")
            )

    async def confirm(self) -> None:
        if one := await some(self.conn, self.dice, "attendances"):
            await self.conn.execute(update(t.attendances).where(t.attendances.c.id == one).values(state="confirmed"))

    async def lose(self) -> None:
        table = self.dice.choice((t.answers, t.attendances))
        if one := await some(self.conn, self.dice, table.name):
            await self.conn.execute(delete(table).where(table.c.id == one))

    async def restrict(self) -> None:
        if request := await some(self.conn, self.dice, "requests"):
            kind = self.dice.choice(("named", "kept_out"))
            if kind == "named":
                await self.conn.execute(update(t.requests).where(t.requests.c.id == request).values(restricted_at=NOW))
            about = {"partnership_id": LEWISHAM, "request_id": request, "reader": "staff:amy", "kind": kind}
            if self.dice.random() < 0.7:
                await self.world.add(t.case_access, **about, named_by="a", reason="r", since=NOW)

    async def end_access(self) -> None:
        if access := await some(self.conn, self.dice, "case_access"):
            await self.conn.execute(update(t.case_access).where(t.case_access.c.id == access).values(ended_at=NOW))

    def every(self) -> list[Callable[[], Awaitable[None]]]:
        names = (name for name in vars(Acts) if not name.startswith("_") and name not in {"every", "few"})
        return [getattr(self, name) for name in names]

    async def few(self) -> None:
        """One to four of them, some in a transaction within the transaction, some of these undone."""
        for act in self.dice.choices(self.every(), k=self.dice.randrange(1, 5)):
            if self.dice.random() < 0.5:
                await act()
            else:
                inner = await self.conn.begin_nested()
                await act()
                await (inner.commit() if self.dice.random() < 0.7 else inner.rollback())


@pytest.mark.parametrize("seed", range(3))
async def test_read_again_is_read_anew_whatever_was_written_and_in_whichever_order_it_was_committed(
    kept_world: World, engine: AsyncEngine, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - not a secret
    kept: dict[str, BoardReading] = {}
    taken_over = 0
    for _ in range(4):
        await Acts(kept_world, kept_world.conn, dice).new_meeting()
    await kept_world.conn.commit()
    for _ in range(8):
        # One transaction is begun before the reading in between and ends after it, another begins later and ends first.
        async with engine.connect() as other:
            if dice.random() < 0.5:
                await Acts(kept_world, other, dice).new_meeting()
            await Acts(kept_world, kept_world.conn, dice).few()
            for reader in READERS:
                kept[reader.key] = await read(engine, kept.get(reader.key), reader)
            await kept_world.conn.commit()
            for reader in READERS:
                kept[reader.key] = await read(engine, kept.get(reader.key), reader)
            await (other.commit() if dice.random() < 0.7 else other.rollback())
        for reader in READERS:
            kept[reader.key] = await read(engine, kept.get(reader.key), reader)
            taken_over += len(kept[reader.key].rows) - kept[reader.key].fresh
    assert taken_over > 0


async def test_only_the_meeting_that_has_changed_is_read(kept_world: World, engine: AsyncEngine) -> None:
    world = kept_world
    meetings = [await world.meeting(LEWISHAM) for _ in range(6)]
    places = [await world.requirement(LEWISHAM, each, "police") for each in meetings]
    await world.conn.commit()
    first = await read(engine)
    assert first.fresh == 6
    same = await read(engine, first)
    assert same.fresh == 0
    assert all(one is other for one, other in zip(same.rows, first.rows, strict=True))
    answer = await world.answer(LEWISHAM, meetings[2], places[2], "yes")
    await world.conn.commit()
    answered = await read(engine, same)
    assert answered.fresh == 1
    assert [row.said_yes for row in answered.rows if row.meeting_id == meetings[2]] == [1]
    await world.conn.execute(delete(t.answers).where(t.answers.c.id == answer))
    await world.conn.commit()
    assert (await read(engine, answered)).fresh == 1, "what is gone is noticed too"
    await a_task(world, meetings[3])
    await world.conn.commit()
    with_task = await read(engine, answered)
    assert [row.open_tasks for row in with_task.rows if row.meeting_id == meetings[3]] == [1]


async def test_what_was_written_before_a_reading_and_committed_after_it_is_seen(
    kept_world: World, engine: AsyncEngine
) -> None:
    meeting = await kept_world.meeting(LEWISHAM)
    other = await kept_world.meeting(LEWISHAM)
    await kept_world.conn.commit()
    async with engine.connect() as early:
        await early.execute(update(t.meetings).where(t.meetings.c.id == meeting).values(chair="Early"))
        await kept_world.conn.execute(update(t.meetings).where(t.meetings.c.id == other).values(chair="Late"))
        await kept_world.conn.commit()
        before = await read(engine)
        assert sorted(row.chair for row in before.rows) == ["Late", "lcpp-1"]
        await early.commit()
    assert sorted(row.chair for row in (await read(engine, before)).rows) == ["Early", "Late"]
