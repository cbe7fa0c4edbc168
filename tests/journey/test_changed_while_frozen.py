"""What changes while Graph is away, between the first try of something and the one that reaches it: whoever must not be
told since is told nothing, and nobody gets a mail that says what is no longer meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Wishes
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.exclude import exclude
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.remove_now import remove_now
from service.workflow.safe_route import NamedPerson, StoppedPlace, name_person, stop_place
from service.workflow.withdraw_agency import withdraw_agency
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=7, hours=5)
LATER, LATER_STILL = START + timedelta(hours=1), START + timedelta(hours=2)
ADVISER = "personal.adviser@lewisham.example"
OWN = "asha.okoro@lewisham.example"
THE_ADVISER = StoppedPlace("personal_adviser")
DESKS = (Desk("social_worker"), Desk("personal_adviser"))

# Whether Graph had done it although we were never told.
NEVER_DONE: dict[str, dict[str, Any]] = {
    "dropped before": {"kind": "drop_before"},
    "503": {"kind": "status", "status": 503},
    "500 for an hour": {"kind": "status", "status": 500, "times": 12},
}
DONE: dict[str, dict[str, Any]] = {
    "reply lost": {"kind": "lose_reply_after_commit"},
    "reply lost, then 503": {"kind": "lose_reply_after_commit"},
}
FAULTS = [("dropped before", False), ("503", False), ("reply lost", True)]
LONGER = [("500 for an hour", False), ("reply lost, then 503", True)]


@pytest.fixture
async def two(engine: AsyncEngine) -> AsyncIterator[World]:
    """A world of one agency that must come and one that may be let off."""
    async with a_world(engine, desks=DESKS) as made:
        yield made


async def tried(world: World, operation: str, fault: str) -> None:
    """One try that fails; what follows it then does, too."""
    await world.sandbox.control.post("faults", operation=operation, **(NEVER_DONE | DONE)[fault])
    await world.pump()
    if fault == "reply lost, then 503":
        await world.sandbox.control.fault("*", "status", status=503, times=3)


async def press(world: World, reference: str, what: str) -> None:
    services, one = world.services, ("lewisham", reference)
    match what:
        case "stop":
            await stop_place(services, *one, THE_ADVISER, actor="officer")
        case "exclude":
            await exclude(services, *one, THE_ADVISER, actor="officer")
        case "withdraw":
            await withdraw_agency(services, *one, THE_ADVISER, reason="asked_in_error", actor="officer")
        case "take out":
            await remove_now(services, *one, THE_ADVISER, reason="chair_decided", actor="officer")
        case "cancel":
            await cancel_meeting(services, *one, reason="facts_now_clear", actor="officer")
        case "move":
            await move_meeting(services, *one, NewTime(LATER_STILL), actor="officer")


async def heard(world: World, address: str, reference: str) -> Counter[str]:
    return await world.delivered(address, reference)


async def well(world: World) -> None:
    """Nothing is left to do, nothing needed a person, at most one event stands for each meeting."""
    assert await world.rows("SELECT kind, state FROM outbox WHERE state IN ('waiting', 'frozen', 'exhausted')") == []
    standing = [event["subject"] for event in await world.events() if not event["cancelled"]]
    assert len(standing) == len(set(standing))
    assert await world.chains_hold()


def asks(world: World) -> Any:
    circumstances = frozenset({"physical_injury", "care_leaver_parent"})
    return world.receive(a_request(wishes=Wishes(start=START), circumstances=circumstances))


# By what was pressed: what the adviser, and what the social worker, hears of this meeting in all.
OF_A_CREATION: dict[str, tuple[Counter[str], Counter[str]]] = {
    "stop": (Counter(), Counter(invite=1, message=1)),
    "exclude": (Counter(), Counter()),
    "withdraw": (Counter(), Counter(invite=1, message=1)),
    "take out": (Counter(), Counter(invite=1, message=1)),
    "cancel": (Counter(), Counter()),
    "move": (Counter(invite=1, message=1), Counter(invite=1, message=1)),
}
OF_A_CREATION_DONE: dict[str, tuple[Counter[str], Counter[str]]] = {
    "stop": (Counter(invite=1, cancel=1), Counter(invite=1, message=1)),
    "exclude": (Counter(invite=1, cancel=1), Counter(invite=1, cancel=1)),
    "withdraw": (Counter(invite=1, cancel=1), Counter(invite=1, message=1)),
    "take out": (Counter(invite=1, cancel=1), Counter(invite=1, message=1)),
    "cancel": (Counter(invite=1, cancel=1), Counter(invite=1, cancel=1)),
    "move": (Counter(invite=1, update=1, message=1), Counter(invite=1, update=1, message=1)),
}


@pytest.mark.parametrize(
    ("what", "fault", "done"),
    [*((what, *fault) for what in OF_A_CREATION for fault in FAULTS), *(("stop", *fault) for fault in LONGER)],
)
async def test_between_two_tries_to_make_the_event(two: World, what: str, fault: str, done: bool) -> None:
    received = await asks(two)
    reference = reference_of(received)
    await tried(two, "create_event", fault)
    before = await two.delivered(ADVISER)
    await press(two, reference, what)
    await two.settle()
    its, theirs = (OF_A_CREATION_DONE if done else OF_A_CREATION)[what]
    assert await heard(two, ADVISER, reference) == its
    assert await heard(two, SOCIAL_WORKER, reference) == theirs
    if what == "exclude":
        (anew,) = await two.rows("SELECT reference FROM meetings WHERE state = 'confirmed'")
        assert await heard(two, ADVISER, anew["reference"]) == Counter()
        assert await heard(two, SOCIAL_WORKER, anew["reference"]) == Counter(invite=1, message=1)
    if what in {"stop", "exclude"}:
        assert set(await two.delivered(ADVISER) - before) <= {"cancel"}, "told after it was not to be"
    if what == "move":
        (event,) = await two.events()
        assert event["start"].startswith(f"{LATER_STILL:%Y-%m-%dT%H:%M}")
    await well(two)


OF_A_GUEST_LIST: dict[str, tuple[Counter[str], Counter[str]]] = {
    "stop": (Counter(), Counter(invite=1, message=1)),
    "exclude": (Counter(), Counter(invite=1, message=1, cancel=1)),
    "withdraw": (Counter(), Counter(invite=1, message=1)),
    "take out": (Counter(), Counter(invite=1, message=1)),
    "cancel": (Counter(), Counter(invite=1, message=2, cancel=1)),
}
OF_A_GUEST_LIST_DONE: dict[str, tuple[Counter[str], Counter[str]]] = {
    "stop": (Counter(invite=1, cancel=1), Counter(invite=1, message=1)),
    "exclude": (Counter(invite=1, cancel=1), Counter(invite=1, message=1, cancel=1)),
    "withdraw": (Counter(invite=1, cancel=1), Counter(invite=1, message=1)),
    "take out": (Counter(invite=1, cancel=1), Counter(invite=1, message=1)),
    "cancel": (Counter(invite=1, cancel=1), Counter(invite=1, message=2, cancel=1)),
}


@pytest.mark.parametrize(
    ("what", "fault", "done"),
    [*((what, *fault) for what in OF_A_GUEST_LIST for fault in FAULTS), *(("stop", *fault) for fault in LONGER)],
)
async def test_between_two_tries_to_add_a_guest(two: World, what: str, fault: str, done: bool) -> None:
    received = await two.receive(a_request(wishes=Wishes(start=START)))
    reference = reference_of(received)
    await two.pump()
    await add_agency(two.services, "lewisham", reference, MoreAsked("personal_adviser", "decides"), actor="officer")
    await tried(two, "patch_event", fault)
    before = await two.delivered(ADVISER)
    await press(two, reference, what)
    await two.settle()
    its, theirs = (OF_A_GUEST_LIST_DONE if done else OF_A_GUEST_LIST)[what]
    assert await heard(two, ADVISER, reference) == its
    assert await heard(two, SOCIAL_WORKER, reference) == theirs
    if what in {"stop", "exclude"}:
        assert set(await two.delivered(ADVISER) - before) <= {"cancel"}, "told after it was not to be"
    await well(two)


OF_A_MOVE: dict[str, tuple[Counter[str], Counter[str]]] = {
    "stop": (Counter(invite=1, message=1, cancel=1), Counter(invite=1, update=1, message=2)),
    "exclude": (Counter(invite=1, message=1, cancel=1), Counter(invite=1, message=1, cancel=1)),
    "withdraw": (Counter(invite=1, message=2, cancel=1), Counter(invite=1, update=1, message=2)),
    "cancel": (Counter(invite=1, message=2, cancel=1), Counter(invite=1, message=2, cancel=1)),
    "move": (Counter(invite=1, update=1, message=2), Counter(invite=1, update=1, message=2)),
}


@pytest.mark.parametrize(
    ("what", "fault", "done"),
    [
        *((what, *fault) for what in OF_A_MOVE for fault in [("never tried", False), *FAULTS]),
        *(("stop", *fault) for fault in LONGER),
    ],
)
async def test_between_two_tries_to_move_the_event(two: World, what: str, fault: str, done: bool) -> None:
    received = await asks(two)
    reference = reference_of(received)
    await two.pump()
    await move_meeting(two.services, "lewisham", reference, NewTime(LATER), actor="officer")
    if fault != "never tried":
        await tried(two, "patch_event", fault)
    before = await two.delivered(ADVISER)
    await press(two, reference, what)
    await two.settle()
    # The update that Outlook had sent when its reply was lost comes on top.
    its, theirs = OF_A_MOVE[what]
    both_heard = Counter(update=1) if done else Counter[str]()
    told_by_it = what in {"stop", "withdraw"}
    assert await heard(two, ADVISER, reference) == its + both_heard
    assert await heard(two, SOCIAL_WORKER, reference) == theirs + (Counter() if told_by_it else both_heard)
    if what in {"stop", "exclude"}:
        assert set(await two.delivered(ADVISER) - before) <= {"cancel"}, "told after it was not to be"
    await well(two)


async def test_a_move_away_that_outlook_had_made_and_back_again_is_told_in_words_too(two: World) -> None:
    """Its reply was lost, so only a look shows that every calendar held the other time meanwhile."""
    reference = reference_of(await asks(two))
    await two.pump()
    await move_meeting(two.services, "lewisham", reference, NewTime(LATER), actor="officer")
    await tried(two, "patch_event", "reply lost")
    await move_meeting(two.services, "lewisham", reference, NewTime(START), actor="officer")
    await two.settle()
    assert await heard(two, SOCIAL_WORKER, reference) == Counter(invite=1, update=2, message=2)
    (event,) = await two.events()
    assert event["start"].startswith(f"{START:%Y-%m-%dT%H:%M}")
    await well(two)


async def test_a_move_away_and_back_that_never_reached_outlook_tells_nobody_anything(two: World) -> None:
    reference = reference_of(await asks(two))
    await two.pump()
    await move_meeting(two.services, "lewisham", reference, NewTime(LATER), actor="officer")
    await tried(two, "patch_event", "503")
    await move_meeting(two.services, "lewisham", reference, NewTime(START), actor="officer")
    await two.settle()
    assert await heard(two, SOCIAL_WORKER, reference) == Counter(invite=1, message=1)
    await well(two)


@pytest.mark.parametrize("what", ["stop", "exclude", "cancel"])
async def test_a_creation_still_on_its_way_when_it_is_tried_again_asks_nobody_who_must_not_be(
    engine: AsyncEngine, what: str
) -> None:
    """Graph works longer than our patience: the first request is done after the second, or not at all."""
    async with a_world(engine, desks=DESKS, graph_timeout=0.3) as world:
        received = await asks(world)
        reference = reference_of(received)
        await world.sandbox.control.fault("create_event", "delay", seconds=2)
        await world.pump()
        await press(world, reference, what)
        # The next tries come while the first is still at work.
        for _ in range(6):
            world.real.wait(timedelta(seconds=15))
            await world.pump()
        await world.settle()
        assert await heard(world, ADVISER, reference) == Counter()
        if what == "stop":
            assert await heard(world, SOCIAL_WORKER, reference) == Counter(invite=1, message=1)
        else:
            assert await heard(world, SOCIAL_WORKER, reference) == Counter()
            assert not [
                event for event in await world.events() if reference in event["subject"] and not event["cancelled"]
            ]
        await well(world)


@pytest.mark.parametrize("fault", ["503", "reply lost"])
async def test_the_only_guest_is_stopped_before_the_event_could_be_made_and_a_person_named(
    small: World, fault: str
) -> None:
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    reference = reference_of(received)
    place = StoppedPlace("social_worker")
    await tried(small, "create_event", fault)
    await stop_place(small.services, "lewisham", reference, place, actor="officer")
    await small.settle()
    was = Counter(invite=1, cancel=1) if fault == "reply lost" else Counter[str]()
    assert await heard(small, SOCIAL_WORKER, reference) == was
    await name_person(
        small.services, "lewisham", reference, place, NamedPerson("Asha Okoro", OWN, "020 7946 0990"), actor="officer"
    )
    await small.settle()
    assert await heard(small, OWN, reference) == Counter(invite=1, message=1)
    assert await heard(small, SOCIAL_WORKER, reference) == was
    (event,) = await small.events()
    assert [guest["address"] for guest in event["attendees"]] == [OWN]
    await well(small)
