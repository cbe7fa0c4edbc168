"""The life of a meeting against a small model of it, in whatever order people and time may do things."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from service.domain.answers import CLOSES_THE_CHASE, Answer, Way
from service.domain.attendance import Outcome
from service.domain.meetings import MOVES, IllegalMoveError, MeetingState
from service.domain.requests import Wishes
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.errors import BadTimeError, ChangedMeanwhileError
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.reply import GivenAnswer, record_answer
from tests.databases import emptied, opened
from tests.journey.world import ONE_DESK, SOCIAL_WORKER, TUESDAY_NINE, World, a_request, a_world, reference_of

T = TypeVar("T")
HOURS = st.integers(-3, 60)


@dataclass
class Model:
    """What a meeting is, in a few words."""

    state: MeetingState = MeetingState.PLANNED
    version: int = 0
    start: datetime | None = None
    answers: dict[int, Answer] = field(default_factory=dict)


class Life(RuleBasedStateMachine):
    """Everything anybody may do to one meeting, and what must hold after each."""

    database = ""

    @initialize(hours=st.none() | st.integers(1, 60))
    def ask(self, hours: int | None) -> None:
        self.runner = asyncio.Runner()
        self.model, self.said = Model(), 0
        self.world = self.run(self._opened())
        start = None if hours is None else TUESDAY_NINE + timedelta(hours=hours)
        self.reference = reference_of(self.run(self.world.receive(a_request(wishes=Wishes(start=start)))))
        if start is not None:
            self._at(start)

    async def _opened(self) -> World:
        self.stack = AsyncExitStack()
        engine = await self.stack.enter_async_context(opened(self.database))
        await emptied(engine)
        return await self.stack.enter_async_context(a_world(engine, desks=ONE_DESK))

    def run(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            return await work

        return self.runner.run(waited())

    def _at(self, start: datetime) -> None:
        self.model.state, self.model.start = MeetingState.CONFIRMED, start
        self.model.version += 1

    def _refusal(self, wanted: MeetingState, *, moving: bool | None = None) -> type[Exception] | None:
        if wanted not in MOVES[self.model.state]:
            return IllegalMoveError
        if moving is not None and moving != (self.model.state is MeetingState.CONFIRMED):
            return ChangedMeanwhileError
        return None

    def _try(self, work: Awaitable[object], refused: type[Exception] | None) -> bool:
        if refused is None:
            self.run(work)
            return True
        with pytest.raises(refused):
            self.run(work)
        return False

    @rule(hours=HOURS, moving=st.booleans())
    def set_time(self, hours: int, moving: bool) -> None:
        start = self.world.clock.now() + timedelta(hours=hours)
        change: Callable[..., Awaitable[object]] = move_meeting if moving else confirm_meeting
        nowhere = hours <= 0 or (moving and start == self.model.start)
        refused = self._refusal(MeetingState.CONFIRMED, moving=moving) or (BadTimeError if nowhere else None)
        work = change(self.world.services, "lewisham", self.reference, NewTime(start), actor="officer")
        if self._try(work, refused):
            self._at(start)

    @rule()
    def cancel(self) -> None:
        work = cancel_meeting(self.world.services, "lewisham", self.reference, reason="replaced", actor="officer")
        if self._try(work, self._refusal(MeetingState.CANCELLED)):
            self.model.state = MeetingState.CANCELLED

    @rule(answer=st.sampled_from(Answer))
    def answer(self, answer: Answer) -> None:
        self.said += 1
        given = GivenAnswer(answer, Way.PHONE, self.world.clock.now(), f"call {self.said}", role="social_worker")
        recorded = self.run(record_answer(self.world.services, "lewisham", self.reference, given, actor="officer"))
        assert recorded.new
        self.model.answers[self.model.version] = answer

    @rule(outcome=st.sampled_from(Outcome))
    def attend(self, outcome: Outcome) -> None:
        refused: type[Exception] | None = None
        if self.model.state is not MeetingState.HELD:
            refused = self._refusal(MeetingState.HELD)
        if refused is None and (self.model.start is None or self.model.start > self.world.clock.now()):
            refused = BadTimeError
        rows = [AttendanceGiven("social_worker", outcome)]
        work = record_attendance(self.world.services, "lewisham", self.reference, rows, actor="officer")
        if self._try(work, refused):
            self.model.state = MeetingState.HELD

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.world.clock.wait(timedelta(hours=hours))
        self.run(self.world.chase())

    @rule(fault=st.sampled_from(["lose_reply_after_commit", "drop_before", "html"]), skip=st.integers(0, 3))
    def graph_fails(self, fault: str, skip: int) -> None:
        self.run(self.world.sandbox.control.fault("*", fault, skip=skip))

    @rule()
    def the_worker_works(self) -> None:
        self.run(self.world.pump())

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def the_record_is_as_the_model(self) -> None:
        meeting = self.run(self.world.one("SELECT state, version, starts_at FROM meetings"))
        assert MeetingState(meeting["state"]) is self.model.state
        assert meeting["version"] == self.model.version
        assert meeting["starts_at"] == self.model.start
        assert self.run(self.world.live_events()) <= 1

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.run(self._ends_well())
            finally:
                self.run(self.stack.aclose())
                self.runner.close()

    async def _ends_well(self) -> None:
        await self.world.mended()
        await self.world.settle()
        await self.world.chase()
        await self.world.settle()
        assert await self.world.chains_hold()
        events = await self.world.events()
        assert len(events) <= 1
        if self.model.state is MeetingState.CANCELLED:
            assert all(event["cancelled"] for event in events)
        assert await self.world.rows("SELECT state FROM outbox WHERE state IN ('waiting', 'frozen', 'exhausted')") == []
        await self._each_version_is_told_at_most_once()
        await self._no_chase_follows_a_closing_answer()

    async def _each_version_is_told_at_most_once(self) -> None:
        sent = await self.world.one("SELECT count(*) AS n FROM outbox WHERE kind = 'message' AND state = 'done'")
        assert (await self.world.delivered(SOCIAL_WORKER))["message"] + (
            await self.world.delivered(f"manager.{SOCIAL_WORKER}")
        )["message"] == sent["n"]

    async def _no_chase_follows_a_closing_answer(self) -> None:
        due = await self.world.rows(
            "SELECT version, state, not_sent_because FROM chases WHERE state IN ('due', 'handed')"
        )
        confirmed = self.model.state is MeetingState.CONFIRMED
        assert all(row["version"] == self.model.version and confirmed and row["state"] == "due" for row in due)
        silenced = await self.world.rows("SELECT version FROM chases WHERE not_sent_because = 'answered'")
        for row in silenced:
            answered = self.model.answers.get(row["version"])
            assert answered is not None
            assert row["version"] < self.model.version or answered in CLOSES_THE_CHASE or self.said > 1


def test_a_meeting_lives_as_its_model_does_whatever_happens_when(journey_database: str) -> None:
    class Here(Life):
        database = journey_database

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=20,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
