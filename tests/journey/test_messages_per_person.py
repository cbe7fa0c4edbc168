"""Nobody gets a mail that tells them nothing new: every letter of every change of a meeting's life is read as its
reader would, beside what that reader was told before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
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
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.amending import Amendment, Words
from service.domain.answers import Answer, Way
from service.domain.meetings import IllegalMoveError
from service.domain.requests import Wishes
from service.outlook.errors import GraphError
from service.scheduler.comparing import compare_calendars
from service.scheduler.dispatch import dispatch
from service.workflow import drift
from service.workflow.bind import fill_gaps
from service.workflow.call_again import call_again
from service.workflow.chairs import change_chair, import_chairs
from service.workflow.chairs_file import read_chairs
from service.workflow.channels import move_channels
from service.workflow.errors import BadTimeError, WorkflowError
from service.workflow.follow_up import plan_follow_up
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.replan import replan_meeting
from service.workflow.replan_look import ReplanAsked
from service.workflow.reply import GivenAnswer, record_answer
from service.workflow.safe_route import StoppedPlace, stop_place
from service.workflow.sittings import adjourn
from service.workflow.withdraw_agency import withdraw_agency
from tests.databases import emptied, opened
from tests.journey.readers import Reader
from tests.journey.test_changed_in_outlook import at, in_outlook
from tests.journey.world import MAILBOX, TUESDAY_NINE, Desk, World, a_request, a_world, add_desk, reference_of

T = TypeVar("T")
DESKS = (
    Desk("social_worker"),
    Desk("police_child_protection", hours="always"),
    Desk("school_nurse", channel="calendar_mail"),
    Desk("personal_adviser"),
)
LATER = Desk("health_practitioner")
READERS = [address for desk in (*DESKS, LATER) for address in (desk.at("lewisham"), f"manager.{desk.at('lewisham')}")]
ROTA = b'[[chair]]\nname = "Ada Okafor"\n\n[[chair]]\nname = "Ben Castle"\n'
ROLES = st.sampled_from([desk.role for desk in (*DESKS, LATER)])
TIMES = st.sampled_from([0, 24, 26, 50])
REFUSED = (WorkflowError, IllegalMoveError, GraphError)


class Life(RuleBasedStateMachine):
    """Whatever anybody may do to a meeting, in any order, with the worker now at hand and now late."""

    database = ""

    @initialize()
    def ask(self) -> None:
        self.runner, self.said = asyncio.Runner(), 0
        self.world = self.run(self._opened())
        self.run(import_chairs(self.world.services, "lewisham", read_chairs(ROTA), actor="officer"))
        self.start = TUESDAY_NINE + timedelta(days=3, hours=2)
        asked = a_request(
            wishes=Wishes(start=self.start), circumstances=frozenset({"physical_injury", "care_leaver_parent"})
        )
        self.references = [reference_of(self.run(self.world.receive(asked)))]
        self.readers = [Reader(address) for address in READERS]
        self.the_worker_works()

    async def _opened(self) -> World:
        self.stack = AsyncExitStack()
        engine = await self.stack.enter_async_context(opened(self.database))
        await emptied(engine)
        return await self.stack.enter_async_context(a_world(engine, desks=DESKS))

    def run(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            return await work

        return self.runner.run(waited())

    def attempt(self, work: Awaitable[object]) -> None:
        """Do what may be refused as things stand: the refusal tells nobody anything."""
        with suppress(*REFUSED):
            self.run(work)

    async def _read_inboxes(self, *, judging: bool = True) -> None:
        sent = (await self.world.sandbox.control.state(calls=False))["deliveries"]
        for reader in self.readers:
            if sum(sent.get(reader.address, {}).values()) > reader.read:
                items = await self.world.sandbox.control.inbox(reader.address)
                found = reader.take(items, judging=judging)
                assert "manager" not in reader.address or set(found) <= {"chased"}

    @property
    def reference(self) -> str:
        return self.references[-1]

    @rule(hours=TIMES, mode=st.sampled_from(["online", "in_person"]), minutes=st.sampled_from([60, 90]))
    def set_time(self, hours: int, mode: str, minutes: int) -> None:
        time = NewTime(self.start + timedelta(hours=hours), minutes, mode, "Room 2" if mode == "in_person" else "")
        for change in (move_meeting, confirm_meeting):
            self.attempt(change(self.world.services, "lewisham", self.reference, time, actor="officer"))

    @rule()
    def cancel(self) -> None:
        self.attempt(
            cancel_meeting(self.world.services, "lewisham", self.reference, reason="replaced", actor="officer")
        )

    @rule()
    def call_again(self) -> None:
        with suppress(*REFUSED):
            again = self.run(call_again(self.world.services, "lewisham", self.reference, actor="officer"))
            self.references.append(again.reference)

    @rule(answer=st.sampled_from(Answer), role=ROLES)
    def answer(self, answer: Answer, role: str) -> None:
        self.said += 1
        given = GivenAnswer(answer, Way.PHONE, self.world.clock.now(), f"call {self.said}", role=role)
        self.attempt(record_answer(self.world.services, "lewisham", self.reference, given, actor="officer"))
        for reader in self.readers:
            reader.answered = reader.answered or reader.address == Desk(role).at("lewisham")

    @rule(role=ROLES)
    def withdraw(self, role: str) -> None:
        place = StoppedPlace(role)
        self.attempt(
            withdraw_agency(
                self.world.services, "lewisham", self.reference, place, reason="not_involved", actor="officer"
            )
        )

    @rule(role=ROLES)
    def stop(self, role: str) -> None:
        self.attempt(stop_place(self.world.services, "lewisham", self.reference, StoppedPlace(role), actor="officer"))

    @rule(add=st.booleans(), in_force=st.booleans())
    def replan(self, add: bool, in_force: bool) -> None:
        words = frozenset({"care_leaver_parent"})
        asked = ReplanAsked(Amendment(circumstances=Words(add=words) if add else Words(remove=words)), in_force)
        self.attempt(replan_meeting(self.world.services, "lewisham", self.reference, asked, actor="officer"))

    @rule(to=st.sampled_from(["Ada Okafor", "Ben Castle"]))
    def change_chair(self, to: str) -> None:
        self.attempt(
            change_chair(self.world.services, "lewisham", self.reference, reason="ill", actor="officer", to=to)
        )

    @rule()
    def an_inbox_is_found(self) -> None:
        if not self.run(self.world.rows("SELECT 1 FROM inboxes WHERE role = :role", role=LATER.role)):
            self.run(add_desk(self.world.engine, "lewisham", LATER))
        self.run(fill_gaps(self.world.services, "lewisham", actor="officer"))

    @rule(role=ROLES, channel=st.sampled_from(["outlook", "calendar_mail", "phone"]))
    def another_channel(self, role: str, channel: str) -> None:
        self.run(self.world.change("UPDATE inboxes SET channel = :to WHERE role = :role", to=channel, role=role))
        self.run(move_channels(self.world.services, "lewisham", actor="officer"))

    @rule(hours=TIMES)
    def dragged_in_outlook(self, hours: int) -> None:
        if self.run(self.world.rows("SELECT 1 FROM calendar_events WHERE state = 'live'")):
            with suppress(*REFUSED):
                self.run(in_outlook(self.world, reference=self.reference, **at(self.start + timedelta(hours=hours))))
            # Whoever did that told the guests; it was not us.
            self.run(self._read_inboxes(judging=False))

    @rule(adopting=st.booleans())
    def the_morning(self, adopting: bool) -> None:
        self.the_worker_works()
        self.world.clock.wait(timedelta(days=1))
        self.world.real.wait(timedelta(seconds=5))
        self.run(self.world.read(MAILBOX))
        self.run(compare_calendars(self.world.machinery))
        act = drift.adopt if adopting else drift.restore
        self.attempt(act(self.world.services, "lewisham", self.reference, actor="officer"))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.world.clock.wait(timedelta(hours=hours))
        self.run(self.world.chase())

    @rule()
    def it_sits_again(self) -> None:
        start = self.world.clock.now() + timedelta(days=2)
        self.attempt(
            adjourn(
                self.world.services,
                "lewisham",
                self.reference,
                start=start,
                minutes=60,
                because="late",
                actor="officer",
            )
        )

    @rule()
    def one_follows(self) -> None:
        with suppress(*REFUSED):
            start = self.world.clock.now() + timedelta(days=2)
            made = self.run(
                plan_follow_up(self.world.services, "lewisham", self.reference, actor="officer", start=start)
            )
            if made.planned is not None:
                self.references.append(made.planned.reference)

    @rule()
    def the_worker_works(self) -> None:
        self.run(self.world.pump())

    @precondition(lambda self: hasattr(self, "readers"))
    @invariant()
    def every_letter_says_something_new(self) -> None:
        self.run(self._read_inboxes())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.run(self.world.settle())
                self.every_letter_says_something_new()
            finally:
                self.run(self.stack.aclose())
                self.runner.close()


def test_nobody_gets_a_mail_that_tells_them_nothing_new(journey_database: str) -> None:
    class Here(Life):
        database = journey_database

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=6,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


async def _heard(world: World, readers: list[Reader]) -> dict[str, list[str]]:
    """What each reader hears once the worker has caught up; who hears nothing is left out."""
    await world.pump()
    heard = {each.address: each.take(await world.sandbox.control.inbox(each.address)) for each in readers}
    return {address: kinds for address, kinds in heard.items() if kinds}


async def test_a_change_that_changes_nothing_for_its_reader_is_not_sent(engine: AsyncEngine) -> None:
    start = TUESDAY_NINE + timedelta(days=3)
    async with a_world(engine, desks=DESKS[:3]) as world:
        reference = reference_of(await world.receive(a_request(wishes=Wishes(start=start))))
        social, police, nurse = readers = [Reader(desk.at("lewisham")) for desk in DESKS[:3]]
        asked = await _heard(world, readers)
        assert asked == {each.address: ["entry invite", "asked"] for each in (social, police)} | {
            nurse.address: ["asked"]
        }

        async def move(hours: int, mode: str = "online") -> None:
            new = NewTime(start + timedelta(hours=hours), mode=mode, venue="Room 2" if mode == "in_person" else "")
            await move_meeting(world.services, "lewisham", reference, new, actor="officer")

        with pytest.raises(BadTimeError, match="at this time already"):
            await move(0)
        # Away and back before anybody heard of it: whoever has not answered knows all there is to know.
        given = GivenAnswer(Answer.YES, Way.PHONE, world.clock.now(), "call", role="police_child_protection")
        await record_answer(world.services, "lewisham", reference, given, actor="officer")
        police.answered = True
        await move(2)
        await move(0)
        assert await _heard(world, readers) == {police.address: ["changed"]}
        sent = await world.rows("SELECT state, version FROM invitations WHERE version = 3")
        assert [each["state"] for each in sent] == ["sent"] * 3
        # Away, told in the calendars alone, and back: the calendars are put right, and the words say that it stands.
        await move(2)
        (event,) = await world.due()
        await dispatch(world.machinery, event)
        await move(0)
        told = ["entry update", "entry update", "changed"]
        assert await _heard(world, readers) == {social.address: told, police.address: told}
        # The room alone: a change, and no new time.
        await move(0, "in_person")
        seen = await _heard(world, readers)
        assert set(seen) == {each.address for each in readers}
        last = (await world.sandbox.control.inbox(social.address))[-1]
        assert "has changed" in last["subject"]


@pytest.mark.parametrize("channel", ["calendar_mail", "outlook"])
async def test_who_is_asked_again_before_it_was_let_off_hears_nothing_and_is_let_off_when_it_is_taken_out_after_all(
    engine: AsyncEngine, channel: str
) -> None:
    nurse = Desk("school_nurse", channel=channel)
    async with a_world(engine, desks=(*DESKS[:2], nurse)) as world:
        reference = reference_of(await world.receive(a_request(wishes=Wishes(start=TUESDAY_NINE + timedelta(days=3)))))
        readers = [Reader(nurse.at("lewisham"))]
        await _heard(world, readers)

        async def withdraw() -> None:
            place = StoppedPlace("school_nurse")
            await withdraw_agency(world.services, "lewisham", reference, place, reason="not_involved", actor="officer")

        async def ask_again() -> None:
            asked = ReplanAsked(Amendment(), in_force=True)
            await replan_meeting(world.services, "lewisham", reference, asked, actor="officer")

        await withdraw()
        await ask_again()
        assert await _heard(world, readers) == {}
        (row,) = await world.rows(
            "SELECT v.state FROM invitations v JOIN requirements r ON r.id = v.requirement_id WHERE r.role = :role",
            role="school_nurse",
        )
        assert row["state"] == "sent"
        await withdraw()
        await ask_again()
        await withdraw()
        assert "off" in (await _heard(world, readers))[nurse.at("lewisham")]
