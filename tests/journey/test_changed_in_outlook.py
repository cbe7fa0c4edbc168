"""Somebody changes an event in Outlook: the morning finds it, a person adopts it or puts it back, and nothing is
adopted by itself. Whoever hears of it hears once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.drift import DriftKind
from service.domain.requests import Wishes
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import PermanentConfiguration
from service.scheduler import parts
from service.scheduler.comparing import compare_calendars
from service.scheduler.dispatch import dispatch
from service.scheduler.parts import PartsFailedError
from service.store.changes import mailboxes
from service.store.changes.outbox import LEASE
from service.web.drift_words import drift_sentence
from service.workflow import drift
from service.workflow.drift_guests import adopt_any
from service.workflow.errors import BadTimeError, CannotAdoptError, ChangedMeanwhileError
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from tests.journey.crashing import crash_at, waits_of
from tests.journey.world import (
    MAILBOX,
    ONE_DESK,
    POLICE,
    SOCIAL_WORKER,
    TUESDAY_NINE,
    Desk,
    World,
    a_request,
    a_world,
    reference_of,
)

START = TUESDAY_NINE + timedelta(days=7)
DRAGGED = START + timedelta(hours=2)
OFFICER = "staff:officer"
GUESTS = (SOCIAL_WORKER, POLICE.at("lewisham"))


def everybody(count: Counter[str]) -> dict[str, Counter[str]]:
    return dict.fromkeys(GUESTS, count)


@pytest.fixture
async def pair(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=(*ONE_DESK, POLICE, Desk("school_nurse", channel="calendar_mail"))) as made:
        yield made


async def invited(world: World, **wishes: Any) -> tuple[str, Any]:
    received = await world.receive(a_request(wishes=Wishes(**({"start": START} | wishes))))
    await world.settle()
    await world.read()
    assert await morning(world) == 0
    return reference_of(received), received


async def morning(world: World) -> int:
    """The next morning's comparison; returns how many differences are new."""
    world.clock.wait(timedelta(days=1))
    world.real.wait(timedelta(seconds=5))
    return await compare_calendars(world.machinery)


async def in_outlook(world: World, method: str = "PATCH", reference: str = "", **change: Any) -> None:
    """Somebody who can open the organiser's calendar does this to a meeting's event (of the only one, if not said)."""
    event = await world.one(
        "SELECT e.graph_id FROM calendar_events e JOIN meetings m ON m.id = e.meeting_id "
        "WHERE e.state = 'live' AND (m.reference = :reference OR :reference = '')",
        reference=reference,
    )
    graph = world.machinery.graph(world.mailbox_ids[MAILBOX])
    where = {"mailbox": MAILBOX, "event": event["graph_id"]}
    body = json.dumps(change).encode() if change else None
    await graph.call(method, "/users/{mailbox}/events/{event}", where, body=body)


def at(start: Any, hours: int = 1) -> dict[str, Any]:
    end = start + timedelta(hours=hours)
    return {
        name: {"dateTime": each.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
        for name, each in (("start", start), ("end", end))
    }


async def open_kinds(world: World) -> set[str]:
    return {row["kind"] for row in await world.rows("SELECT kind FROM drifts WHERE state = 'open'")}


async def mails(world: World) -> dict[str, Counter[str]]:
    return {address: await world.delivered(address) for address in GUESTS}


async def test_a_dragged_event_is_found_once_and_nothing_is_adopted_by_itself(pair: World) -> None:
    reference, _ = await invited(pair)
    await in_outlook(pair, **at(DRAGGED))
    told = await mails(pair)
    assert await morning(pair) == 1
    assert await compare_calendars(pair.machinery) == 0, "compared once in a morning"
    assert await morning(pair) == 0, "the same difference is no news the day after"
    meeting = await pair.one("SELECT version, starts_at FROM meetings")
    assert meeting == {"version": 1, "starts_at": START}
    assert await pair.pump() == 0
    assert await mails(pair) == told
    (task,) = await pair.rows("SELECT detail, state FROM tasks WHERE kind = 'event_drift'")
    assert (reference in task["detail"], task["state"]) == (True, "open")
    (event,) = await pair.rows("SELECT data FROM audit_events WHERE action = 'outlook:drift:found'")
    assert event["data"]["what"] == "time"
    assert await pair.chains_hold()


async def test_an_adopted_time_is_a_move_that_outlook_is_not_told_of_again(pair: World) -> None:
    reference, received = await invited(pair)
    await pair.says(SOCIAL_WORKER, received, "accept")
    await pair.read()
    await in_outlook(pair, **at(DRAGGED))
    pair.clock.wait(timedelta(minutes=1))
    await pair.says(SOCIAL_WORKER, received, "decline")
    assert await pair.read() == 0, "an answer to a time that is nobody's is not taken for one to ours"
    await morning(pair)
    told = await mails(pair)
    (seen,) = await drift.list_drifts(pair.services, "lewisham", None)
    moved = await drift.adopt(pair.services, "lewisham", reference, actor=OFFICER, seen=seen.id)
    assert moved.version == 2
    await pair.settle()
    assert {who: each - told[who] for who, each in (await mails(pair)).items()} == everybody(Counter(message=1))
    nurse = await pair.delivered("school.nurse@lewisham.example")
    assert nurse["message"] == 2, "whoever is no guest hears of it from us alone"
    assert (await pair.one("SELECT starts_at FROM meetings"))["starts_at"] == DRAGGED
    assert await pair.read() == 1, "what was said to the new time counts now"
    answers = await pair.rows("SELECT answer, version FROM answers ORDER BY id")
    assert answers == [{"answer": "yes", "version": 1}, {"answer": "no", "version": 2}]
    assert await open_kinds(pair) == set()
    assert "event_drift" not in await pair.tasks()
    assert await morning(pair) == 0
    with pytest.raises(CannotAdoptError, match="Nothing"):
        await drift.adopt(pair.services, "lewisham", reference, actor=OFFICER)
    assert await pair.chains_hold()


async def test_an_event_dragged_once_more_is_brought_to_what_was_adopted(pair: World) -> None:
    reference, _ = await invited(pair)
    await in_outlook(pair, **at(DRAGGED))
    await morning(pair)
    await in_outlook(pair, **at(DRAGGED + timedelta(hours=1)))
    await drift.adopt(pair.services, "lewisham", reference, actor=OFFICER)
    await pair.settle()
    assert await morning(pair) == 0
    assert (await pair.one("SELECT starts_at FROM meetings"))["starts_at"] == DRAGGED


async def test_a_time_that_is_past_by_now_is_not_adopted(pair: World) -> None:
    reference, _ = await invited(pair)
    await in_outlook(pair, **at(pair.clock.at + timedelta(hours=1)))
    await morning(pair)
    with pytest.raises(BadTimeError, match="past"):
        await drift.adopt(pair.services, "lewisham", reference, actor=OFFICER)
    assert await open_kinds(pair) == {"time"}


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Counter[str]]]] = {
    "time": (at(DRAGGED), everybody(Counter(update=1))),
    "guests": (
        {"attendees": [{"type": "required", "emailAddress": {"address": GUESTS[0], "name": "x"}}]},
        {GUESTS[1]: Counter(invite=1)},
    ),
    "words": ({"subject": "Keziah's meeting"}, everybody(Counter(update=1))),
    "place": ({"location": {"displayName": "3 Elm Row"}}, everybody(Counter(update=1))),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_what_was_changed_is_put_back_once_and_answers_stay(pair: World, kind: str) -> None:
    reference, received = await invited(pair, mode="in_person", venue="Town Hall")
    await pair.says(SOCIAL_WORKER, received, "accept")
    await pair.read()
    change, expected = CHANGES[kind]
    await in_outlook(pair, **change)
    assert await morning(pair) == 1
    assert await open_kinds(pair) == {kind}
    told = await mails(pair)
    done = await drift.restore(pair.services, "lewisham", reference, actor=OFFICER)
    assert done == (DriftKind(kind),)
    with pytest.raises(ChangedMeanwhileError):
        await drift.restore(pair.services, "lewisham", reference, actor=OFFICER)
    await pair.settle()
    heard = {who: each - told[who] for who, each in (await mails(pair)).items() if each - told[who]}
    for who, count in expected.items():
        assert heard.pop(who, Counter()) == count, who
    # Exchange names a guest anew whose name was changed with the rest: that is its mail, and only that one's.
    assert set(heard) <= {GUESTS[0]}
    assert await morning(pair) == 0
    assert await open_kinds(pair) == set()
    answers = await pair.rows("SELECT answer, version FROM answers")
    assert answers == [{"answer": "yes", "version": 1}]
    assert (await pair.one("SELECT version FROM meetings"))["version"] == 1
    (event,) = await pair.events()
    assert "Keziah" not in json.dumps(event)
    assert await pair.chains_hold()


async def test_a_place_that_names_nobody_is_taken_over_with_one_press(pair: World) -> None:
    reference, received = await invited(pair, mode="in_person", venue="Town Hall")
    await pair.says(SOCIAL_WORKER, received, "accept")
    await pair.read()
    await in_outlook(pair, location={"displayName": "Catford Library,  room 2"})
    assert await morning(pair) == 1
    (found,) = await drift.list_drifts(pair.services, "lewisham", None)
    assert "in Outlook it is Catford Library, room 2" in drift_sentence(found.kind, found.detail)
    told, before = await mails(pair), await pair.calls("patch_event")
    done = await adopt_any(pair.services, "lewisham", reference, actor=OFFICER, seen=found.id)
    assert done.kind is DriftKind.PLACE
    await pair.settle()
    assert await pair.one("SELECT venue, version FROM meetings") == {"venue": "Catford Library, room 2", "version": 2}
    assert await pair.calls("patch_event") - before <= 1
    asked = {who: (each - told[who])["message"] for who, each in (await mails(pair)).items()}
    assert set(asked.values()) == {1}, "every agency is told of the place, once"
    assert await morning(pair) == 0
    assert await open_kinds(pair) == set()
    with pytest.raises(ChangedMeanwhileError):
        await adopt_any(pair.services, "lewisham", reference, actor=OFFICER, seen=found.id)
    assert await pair.chains_hold()


@pytest.mark.parametrize("place", ["3 Elm Row", "Keziah's school", "x" * 201])
async def test_a_place_that_may_name_somebody_is_not_kept_and_can_only_be_put_back(pair: World, place: str) -> None:
    reference, _ = await invited(pair, mode="in_person", venue="Town Hall")
    await in_outlook(pair, location={"displayName": place})
    assert await morning(pair) == 1
    (found,) = await drift.list_drifts(pair.services, "lewisham", None)
    assert place not in json.dumps(dict(found.detail))
    with pytest.raises(CannotAdoptError, match="not kept"):
        await adopt_any(pair.services, "lewisham", reference, actor=OFFICER, seen=found.id)
    assert (await pair.one("SELECT venue FROM meetings"))["venue"] == "Town Hall"


async def test_everything_that_differs_is_put_back_with_one_change_of_the_event(pair: World) -> None:
    reference, _ = await invited(pair, mode="in_person", venue="Town Hall")
    body = {"contentType": "html", "content": "<p>Keziah</p>"}
    await in_outlook(pair, **at(DRAGGED), subject="Keziah", body=body, location={"displayName": "3 Elm Row"})
    assert await morning(pair) == 3
    told, before = await mails(pair), await pair.calls("patch_event")
    await drift.restore(pair.services, "lewisham", reference, actor=OFFICER)
    await pair.settle()
    assert await pair.calls("patch_event") == before + 1
    assert {who: each - told[who] for who, each in (await mails(pair)).items()} == everybody(Counter(update=1))
    assert await morning(pair) == 0


def with_more(event: dict[str, Any]) -> dict[str, str]:
    """An event's body as somebody leaves it who types a name below its Teams link, which goes on working."""
    return {"contentType": "html", "content": event["body"].replace("</body>", "<p>Keziah</p></body>")}


async def test_words_written_into_an_online_event_go_with_it_when_it_is_made_anew_with_one_press(pair: World) -> None:
    reference, received = await invited(pair)
    (before,) = await pair.events()
    await pair.says(SOCIAL_WORKER, received, "accept")
    await pair.read()
    await in_outlook(pair, body=with_more(before))
    assert await morning(pair) == 1
    (found,) = await drift.list_drifts(pair.services, "lewisham", None)
    assert (found.kind, "Keziah" in json.dumps(dict(found.detail))) == (DriftKind.WORDS, False)
    with pytest.raises(CannotAdoptError, match="may name somebody"):
        await adopt_any(pair.services, "lewisham", reference, actor=OFFICER, seen=found.id)
    told, written = await mails(pair), await pair.calls("patch_event")
    done = await drift.restore(pair.services, "lewisham", reference, actor=OFFICER, seen=found.id)
    assert done == (DriftKind.WORDS,)
    await pair.settle()
    assert await pair.calls("patch_event") == written, "its text is not written anew: that would end its Teams link"
    old, new = sorted(await pair.events(), key=lambda each: not each["cancelled"])
    assert (old["cancelled"], new["cancelled"], "Keziah" in json.dumps(new)) == (True, False, False)
    assert {who: each - told[who] for who, each in (await mails(pair)).items()} == everybody(
        Counter(cancel=1, invite=1, message=1)
    )
    assert (await pair.one("SELECT version, starts_at FROM meetings")) == {"version": 2, "starts_at": START}
    links = await pair.rows("SELECT join_url FROM calendar_events WHERE state = 'live'")
    assert [row["join_url"] is not None for row in links] == [True]
    with pytest.raises(ChangedMeanwhileError):
        await drift.restore(pair.services, "lewisham", reference, actor=OFFICER, seen=found.id)
    assert await morning(pair) == 0
    assert await open_kinds(pair) == set()
    assert await pair.chains_hold()


async def test_what_can_be_put_back_alone_is_and_the_text_of_an_online_event_waits_for_its_own_press(
    pair: World,
) -> None:
    reference, _ = await invited(pair)
    (before,) = await pair.events()
    await in_outlook(pair, **at(DRAGGED), body=with_more(before))
    await morning(pair)
    assert await drift.restore(pair.services, "lewisham", reference, actor=OFFICER) == (DriftKind.TIME,)
    await pair.settle()
    assert (await open_kinds(pair), await pair.live_events()) == ({"words"}, 1)
    assert (await pair.one("SELECT version FROM meetings"))["version"] == 1


async def test_a_difference_that_stands_no_more_is_cleared(pair: World) -> None:
    await invited(pair)
    await in_outlook(pair, **at(DRAGGED))
    await morning(pair)
    await in_outlook(pair, **at(START))
    assert await morning(pair) == 0
    assert await open_kinds(pair) == set()
    assert "event_drift" not in await pair.tasks()


async def test_an_event_that_our_own_change_is_on_its_way_to_is_not_compared(pair: World) -> None:
    reference, _ = await invited(pair)
    await move_meeting(pair.services, "lewisham", reference, NewTime(DRAGGED), actor=OFFICER)
    assert await morning(pair) == 0
    await pair.settle()
    assert await morning(pair) == 0


async def test_what_a_person_does_to_the_meeting_ends_what_was_found(pair: World) -> None:
    reference, _ = await invited(pair)
    await in_outlook(pair, **at(DRAGGED))
    await morning(pair)
    await move_meeting(pair.services, "lewisham", reference, NewTime(START + timedelta(hours=3)), actor=OFFICER)
    assert await open_kinds(pair) == set()
    await pair.settle()
    await in_outlook(pair, **at(DRAGGED))
    await morning(pair)
    await cancel_meeting(pair.services, "lewisham", reference, reason="replaced", actor=OFFICER)
    assert await open_kinds(pair) == set()
    await pair.settle()
    assert await morning(pair) == 0


async def test_a_deleted_event_is_made_anew_once_and_everybody_is_told_where_to_look(pair: World) -> None:
    reference, received = await invited(pair)
    await pair.says(SOCIAL_WORKER, received, "accept")
    await pair.read()
    await in_outlook(pair, "DELETE")
    assert await pair.read() == 0
    assert await morning(pair) == 1
    assert await open_kinds(pair) == {"gone"}
    told = await mails(pair)
    assert await drift.restore(pair.services, "lewisham", reference, actor=OFFICER) == (DriftKind.GONE,)
    await pair.settle()
    assert await pair.live_events() == 1
    assert {who: each - told[who] for who, each in (await mails(pair)).items()} == everybody(
        Counter(invite=1, message=1)
    )
    letters = [item for item in await pair.sandbox.control.inbox(SOCIAL_WORKER) if item["kind"] == "message"]
    assert any("a new calendar entry" in item["subject"] for item in letters)
    assert (await pair.one("SELECT version, starts_at FROM meetings")) == {"version": 2, "starts_at": START}
    assert not {"event_gone", "event_drift"} & await pair.tasks()
    assert await morning(pair) == 0
    await pair.read()
    await move_meeting(pair.services, "lewisham", reference, NewTime(DRAGGED), actor=OFFICER)
    await pair.settle()
    assert await pair.live_events() == 1
    assert await pair.chains_hold()


class _NoMailbox:
    """Outlook, once the organiser mailbox was deleted."""

    def __init__(self, graph: GraphCalls) -> None:
        self._graph = graph

    async def call(self, method: str, template: str, path_params: Any = None, **more: Any) -> GraphAnswer:
        if path_params["mailbox"] == MAILBOX:
            raise PermanentConfiguration("ErrorNonExistentMailbox", status=404)
        return await self._graph.call(method, template, path_params, **more)

    async def follow(self, link: str, **more: Any) -> GraphAnswer:
        return await self._graph.follow(link, **more)


async def test_the_events_of_a_mailbox_that_vanished_are_made_anew_in_another_one(engine: AsyncEngine) -> None:
    other = "second.meetings@lewisham.example"
    async with a_world(engine, desks=ONE_DESK, more_mailboxes=(other,)) as world:
        reference, _ = await invited(world)
        world.through(_NoMailbox)
        world.clock.wait(timedelta(days=1))
        assert await compare_calendars(world.machinery) == 1
        assert await open_kinds(world) == {"mailbox"}
        assert "mailbox_stopped" in await world.tasks()
        with pytest.raises(CannotAdoptError, match="no other organiser mailbox"):
            await drift.restore(world.services, "lewisham", reference, actor=OFFICER)
        async with engine.begin() as conn:
            await mailboxes.ensure(conn, "lewisham", other, by="test", now=world.clock.at)
        await drift.restore(world.services, "lewisham", reference, actor=OFFICER)
        await world.pump()
        assert await world.delivered(SOCIAL_WORKER, reference) == Counter(invite=2, message=2)
        states = {row["state"] for row in await world.rows("SELECT state FROM calendar_events")}
        assert states == {"replaced", "live"}
        assert await world.chains_hold()


@pytest.mark.parametrize("what", ["restore", "adopt", "gone"])
async def test_killed_at_any_wait_it_is_still_done_once(engine: AsyncEngine, what: str) -> None:
    """Waits of the press and of the worker that hands it over, with the process killed there."""
    async with a_world(engine, desks=ONE_DESK) as world:
        waits = await _pressed(world, what, None)
        assert waits > 10
        for wait in range(1 + (waits % 3), waits + 1, 7 if what == "restore" else 17):
            await _pressed(world, what, wait)


async def _pressed(world: World, what: str, wait: int | None) -> int:
    received = await world.receive(a_request(wishes=Wishes(start=world.clock.at + timedelta(days=6, hours=5))))
    reference = reference_of(received)
    await world.settle()
    start = (await world.rows("SELECT starts_at FROM meetings WHERE reference = :r", r=reference))[0]["starts_at"]
    method, change = ("DELETE", {}) if what == "gone" else ("PATCH", at(start + timedelta(hours=2)))
    await in_outlook(world, method, reference, **change)
    await world.change("UPDATE mailboxes SET compared_at = NULL")
    world.real.wait(timedelta(seconds=5))
    await compare_calendars(world.machinery)
    before = await world.delivered(SOCIAL_WORKER, reference)
    press: Callable[..., Awaitable[object]] = drift.adopt if what == "adopt" else drift.restore

    async def whole() -> None:
        with suppress(ChangedMeanwhileError, CannotAdoptError):
            await press(world.services, "lewisham", reference, actor=OFFICER)
        for row in await world.due():
            await dispatch(world.machinery, UUID(str(row)))

    waits = 0
    if wait is None:
        waits = await waits_of(whole())
    else:
        await crash_at(whole(), wait)
    await world.quiet()
    world.real.wait(LEASE + timedelta(seconds=1))
    with suppress(ChangedMeanwhileError, CannotAdoptError):
        await press(world.services, "lewisham", reference, actor=OFFICER)
    await world.settle()
    heard = await world.delivered(SOCIAL_WORKER, reference) - before
    once = {"restore": Counter(update=1), "adopt": Counter(message=1), "gone": Counter(invite=1, message=1)}
    assert heard == once[what], wait
    live = [each for each in await world.events() if reference in each["subject"] and not each.get("removed")]
    assert live, wait
    await cancel_meeting(world.services, "lewisham", reference, reason="replaced", actor=OFFICER)
    await world.settle()
    return waits


async def test_a_mailbox_that_does_not_answer_holds_up_the_comparison_of_no_other(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = "second.meetings@lewisham.example"
    async with a_world(engine, desks=ONE_DESK, more_mailboxes=(second,), graph_timeout=30.0) as world:
        async with engine.begin() as conn:
            await mailboxes.ensure(conn, "lewisham", second, by="test", now=TUESDAY_NINE)
        for _ in range(4):
            await world.receive(a_request(wishes=Wishes(start=START)))
        await world.settle()
        monkeypatch.setattr(parts, "MAILBOX_SECONDS", 1.0)
        await world.sandbox.control.fault("delta", "delay", seconds=20)
        with pytest.raises(PartsFailedError):
            await morning(world)
        compared = await world.rows("SELECT compared_at FROM mailboxes WHERE compared_at IS NOT NULL")
        assert len(compared) == 1
        await morning(world)
        assert await world.rows("SELECT id FROM mailboxes WHERE compared_at IS NULL") == []
