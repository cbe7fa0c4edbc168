"""The acts that leave the house, each staged up to the point where its intent is due, and what must be in the agency's
inbox in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from service.domain.calls import CallOutcome
from service.domain.requests import Wishes
from service.scheduler.dispatch import dispatch
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.add_now import CallSaid, add_now
from service.workflow.codes import ask_for_code
from service.workflow.deliveries import Received
from service.workflow.exclude import exclude
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.remove_now import remove_now
from service.workflow.safe_route import StoppedPlace, stop_place
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, Desk, World, a_request, add_desk, reference_of

ADVISER = "personal.adviser@lewisham.example"

# Far enough off that business time can pass for the chases without the meeting starting.
START = TUESDAY_NINE + timedelta(days=7, hours=5)

Staged = Callable[[World], Awaitable[tuple[Received, Counter[str]]]]


async def _asked(world: World) -> Received:
    return await world.receive(a_request(wishes=Wishes(start=START)))


async def create(world: World) -> tuple[Received, Counter[str]]:
    return await _asked(world), Counter(invite=1, message=1)


async def message(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    (event,) = await world.due()
    await dispatch(world.machinery, event)
    return received, Counter(invite=1, message=1)


async def update(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    later = NewTime(START + timedelta(hours=2))
    await move_meeting(world.services, "lewisham", reference_of(received), later, actor="officer")
    return received, Counter(invite=1, update=1, message=2)


async def cancel(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    reference = reference_of(received)
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    return received, Counter(invite=1, cancel=1, message=2)


async def chase(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    await world.change(
        "UPDATE chases SET due_at = :now WHERE step = 1 AND state = 'due' AND meeting_id = "
        "(SELECT id FROM meetings WHERE reference = :reference)",
        now=world.clock.now(),
        reference=reference_of(received),
    )
    assert await world.chase() == 1
    return received, Counter(invite=1, message=2)


async def code(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    place = await world.one(
        "SELECT r.id FROM requirements r JOIN inboxes i ON i.id = r.inbox_id JOIN meetings m ON m.id = r.meeting_id"
        " WHERE i.address = :address AND m.reference = :reference",
        address=SOCIAL_WORKER,
        reference=reference_of(received),
    )
    await ask_for_code(world.services, "lewisham", place["id"], actor="page:social_worker")
    return received, Counter(invite=1, message=2)


async def _with_two(world: World) -> Received:
    """A meeting that one more agency can be asked to."""
    world.clock.at = TUESDAY_NINE
    known = await world.rows("SELECT id FROM inboxes WHERE address = :address", address=ADVISER)
    if not known:
        await add_desk(world.engine, "lewisham", Desk("personal_adviser"))
    received = await _asked(world)
    await world.pump()
    return received


async def _added(world: World) -> Received:
    received = await _with_two(world)
    more = MoreAsked("personal_adviser", "decides")
    await add_agency(world.services, "lewisham", reference_of(received), more, actor="officer")
    return received


async def add(world: World) -> tuple[Received, Counter[str]]:
    return await _added(world), Counter({"invite": 1, "message": 1, "its invite": 1, "its message": 1})


async def let_off(world: World) -> tuple[Received, Counter[str]]:
    received = await _added(world)
    await world.pump()
    place = StoppedPlace("personal_adviser")
    reference = reference_of(received)
    await remove_now(world.services, "lewisham", reference, place, reason="chair_decided", actor="officer")
    its = {"its invite": 1, "its message": 2, "its cancel": 1}
    return received, Counter({"invite": 1, "message": 1, **its})


async def add_by_phone(world: World) -> tuple[Received, Counter[str]]:
    received = await _with_two(world)
    world.clock.at = START + timedelta(minutes=5)
    said = CallSaid(CallOutcome.REACHED, "Asha Okoro", world.clock.now(), "press-1")
    more = MoreAsked("personal_adviser", "decides")
    await add_now(world.services, "lewisham", reference_of(received), more, said, actor="officer")
    return received, Counter({"invite": 1, "message": 1, "its message": 1})


async def call_anew(world: World) -> tuple[Received, Counter[str]]:
    received = await _added(world)
    await world.pump()
    place = StoppedPlace("personal_adviser")
    await exclude(world.services, "lewisham", reference_of(received), place, actor="officer")
    its = {"its invite": 1, "its message": 1, "its cancel": 1}
    return received, Counter({"invite": 1, "message": 1, "cancel": 1, **its})


async def _half_made(world: World) -> Received:
    """A meeting of two whose event was tried once, in vain, and is due again."""
    if not await world.rows("SELECT id FROM inboxes WHERE address = :address", address=ADVISER):
        await add_desk(world.engine, "lewisham", Desk("personal_adviser"))
    circumstances = frozenset({"physical_injury", "care_leaver_parent"})
    received = await world.receive(a_request(wishes=Wishes(start=START), circumstances=circumstances))
    await world.sandbox.control.fault("create_event", "status", status=503)
    await world.pump()
    world.real.wait(timedelta(minutes=1))
    return received


async def stop_half_made(world: World) -> tuple[Received, Counter[str]]:
    received = await _half_made(world)
    place = StoppedPlace("personal_adviser")
    await stop_place(world.services, "lewisham", reference_of(received), place, actor="officer")
    return received, Counter({"invite": 1, "message": 1, "not sent": 1})


async def call_off_half_made(world: World) -> tuple[Received, Counter[str]]:
    received = await _half_made(world)
    reference = reference_of(received)
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    return received, Counter({"not sent": 6})


ACTS: dict[str, tuple[Staged, str]] = {
    "create": (create, "create_event"),
    "message": (message, "message"),
    "update": (update, "update_event"),
    "cancel": (cancel, "cancel_event"),
    "chase": (chase, "message"),
    "code": (code, "message"),
    "add": (add, "update_event"),
    "let off": (let_off, "message"),
    "add by phone": (add_by_phone, "message"),
    "call anew": (call_anew, "cancel_event"),
    "stop, half made": (stop_half_made, "create_event"),
    "call off, half made": (call_off_half_made, "create_event"),
}


async def the_row(world: World, kind: str) -> UUID:
    """The one intent of this kind that is due; the others of a cancelled meeting wait for nobody."""
    due = await world.due()
    rows = await world.rows("SELECT id FROM outbox WHERE kind = :kind AND id = ANY(:due)", kind=kind, due=due)
    assert len(rows) == 1
    row: UUID = rows[0]["id"]
    return row


async def done_once(world: World, received: Received, expected: Counter[str], where: str) -> None:
    """One event, every message once, every intent done, or closed where that is expected."""
    reference = reference_of(received)
    events = [event for event in await world.events() if reference in event["subject"]]
    standing = expected["invite"] > 0 and not expected["cancel"]
    assert len(events) == 1 or not expected["invite"], where
    assert [event for event in events if not event["cancelled"]] == (events if standing else []), where
    heard = Counter({f"its {kind}": number for kind, number in (await world.delivered(ADVISER, reference)).items()})
    closed = await world.one(
        "SELECT count(*) FROM outbox o JOIN meetings m ON m.id = o.meeting_id"
        " WHERE o.state = 'not_sent' AND m.reference = :reference",
        reference=reference,
    )
    heard["not sent"] = closed["count"]
    assert await world.delivered(SOCIAL_WORKER, reference) + heard == +expected, where
    unfinished = await world.rows("SELECT kind, state FROM outbox WHERE state NOT IN ('done', 'not_sent')")
    assert unfinished == [], where
