"""An agency is taken out of a meeting at once; and where it must not be told, the meeting is called anew without it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.attendance import Outcome
from service.domain.calls import CallOutcome
from service.domain.requests import Wishes
from service.scheduler.jobs import PERIODIC
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.add_now import CallSaid, add_now
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.codes import ask_for_code, code_words, try_code
from service.workflow.desk_session import begin_desk_session, desk_of
from service.workflow.errors import (
    BadReasonError,
    BadTimeError,
    CannotInviteError,
    CannotSendCodeError,
    NoSuchMeetingError,
)
from service.workflow.exclude import exclude
from service.workflow.quorum import standing
from service.workflow.remove_now import remove_now
from service.workflow.report import attendance_report
from service.workflow.safe_route import StoppedPlace
from tests.journey.crashing import crash_at, waits_of
from tests.journey.test_calendar_mail import calendar
from tests.journey.world import (
    DESKS,
    POLICE,
    SOCIAL_WORKER,
    TUESDAY_NINE,
    Desk,
    World,
    a_request,
    a_world,
    reference_of,
)

START = TUESDAY_NINE + timedelta(days=1)
NURSE, ADVISER = "school.nurse@lewisham.example", "personal.adviser@lewisham.example"
BY_MAIL = "substance.misuse.service@lewisham.example"
MORE = (*DESKS, Desk("personal_adviser"), Desk("substance_misuse_service", channel="calendar_mail"))
POLICE_PLACE = StoppedPlace("police_child_protection")


@pytest.fixture
async def there(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=MORE) as made:
        yield made


async def asked(world: World, *more: str) -> str:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    for role in more:
        await add_agency(world.services, "lewisham", reference_of(received), MoreAsked(role, "decides"), actor="a")
        await world.settle()
    return reference_of(received)


async def deliveries(world: World) -> dict[str, object]:
    found: dict[str, object] = (await world.sandbox.control.state())["deliveries"]
    return found


async def place_of(world: World, role: str) -> dict[str, object]:
    return await world.one(
        "SELECT r.id, r.state FROM requirements r JOIN meetings m ON m.id = r.meeting_id "
        "WHERE r.role = :role AND m.state <> 'cancelled' AND r.slot NOT LIKE 'told-%'",
        role=role,
    )


async def shift(world: World, role: str) -> str:
    """Somebody proves themselves at an agency's inbox and opens a desk session."""
    place = (await place_of(world, role))["id"]
    await ask_for_code(world.services, "lewisham", place, actor="page:x")  # type: ignore[arg-type]
    code = await world.one("SELECT id FROM codes ORDER BY asked_at DESC LIMIT 1")
    said = code_words(world.services.links, code["id"])
    used = await try_code(world.services, "lewisham", place, said, actor="page:x")  # type: ignore[arg-type]
    word = await begin_desk_session(world.services, "lewisham", place, used, "Asha Okoro", actor="page:x")  # type: ignore[arg-type]
    await world.settle()
    return word


async def out(world: World, reference: str, role: str) -> None:
    await remove_now(world.services, "lewisham", reference, StoppedPlace(role), reason="chair_decided", actor="staff:a")
    await world.settle()


@pytest.mark.parametrize("sits", [False, True], ids=["before it", "while it sits"])
async def test_its_place_and_its_desk_session_end_at_once_it_is_told_once_and_the_chair_hears_of_it(
    there: World, sits: bool
) -> None:
    reference = await asked(there, "personal_adviser")
    word = await shift(there, "personal_adviser")
    assert await desk_of(there.services, word) is not None
    if sits:
        there.clock.pass_to(START + timedelta(minutes=5))
    others = await deliveries(there)
    mine = await there.delivered(ADVISER, reference)
    await out(there, reference, "personal_adviser")
    assert await desk_of(there.services, word) is None
    assert (await place_of(there, "personal_adviser"))["state"] == "withdrawn"
    assert await there.delivered(ADVISER, reference) - mine == Counter(message=1, cancel=1)
    after = await deliveries(there)
    assert {each: after[each] for each in others if each != ADVISER} == {
        each: others[each] for each in others if each != ADVISER
    }
    task = await there.one("SELECT owner, detail FROM tasks WHERE kind = 'let_out' AND state = 'open'")
    assert task["owner"] == "lead child protection practitioner"
    assert not [word for word in ("Fennimore", "Keziah", "Elm Row", "LCS-1001") if word in task["detail"]]
    (event,) = await there.rows("SELECT actor, data FROM audit_events WHERE action = 'planning:requirement:withdrawn'")
    assert (event["actor"], event["data"]["because"], event["data"]["at_once"]) == ("staff:a", "chair_decided", True)
    assert await there.rows("SELECT id FROM audit_events WHERE action = 'identity:desk_session:ended'") != []
    assert await there.chains_hold()


async def test_who_was_brought_in_by_phone_is_phoned_and_gets_no_details_that_had_not_left(there: World) -> None:
    reference = await asked(there)
    there.clock.pass_to(START + timedelta(minutes=5))
    said = CallSaid(CallOutcome.REACHED, "Asha Okoro", there.clock.now(), "press-1")
    asked_now = MoreAsked("personal_adviser", "decides")
    await add_now(there.services, "lewisham", reference, asked_now, said, actor="staff:a")
    await out(there, reference, "personal_adviser")
    assert await there.delivered(ADVISER, reference) == {}
    assert {"phone_withdrawal", "let_out"} <= await there.tasks()


async def test_who_must_come_is_not_taken_out_nor_anybody_of_a_meeting_that_is_over(there: World) -> None:
    reference = await asked(there, "personal_adviser")
    with pytest.raises(CannotInviteError, match="call the meeting anew without it"):
        await out(there, reference, "police_child_protection")
    with pytest.raises(BadReasonError):
        await remove_now(there.services, "lewisham", reference, POLICE_PLACE, reason="tired", actor="a")
    with pytest.raises(NoSuchMeetingError):
        await out(there, "CV-0000-0000", "personal_adviser")
    there.clock.pass_to(START + timedelta(hours=3))
    with pytest.raises(CannotInviteError, match="over or was called off"):
        await out(there, reference, "personal_adviser")
    with pytest.raises(CannotInviteError, match="over or was called off"):
        await exclude(there.services, "lewisham", reference, POLICE_PLACE, actor="a")


@pytest.mark.parametrize("sits", [False, True], ids=["before it", "while it sits"])
async def test_an_agency_that_must_not_be_told_is_left_with_nothing_and_the_others_hear_once(
    there: World, sits: bool
) -> None:
    reference = await asked(there, "personal_adviser", "substance_misuse_service")
    word = await shift(there, "police_child_protection")
    police = POLICE.at("lewisham")
    if sits:
        there.clock.pass_to(START + timedelta(minutes=7))
    told = await there.delivered(police)
    done = await exclude(there.services, "lewisham", reference, POLICE_PLACE, actor="staff:a")
    await there.settle()
    assert done.new is not None
    again = done.new.reference
    assert done.new.starts_at == (START + timedelta(minutes=20) if sits else START)
    assert await there.delivered(police) - told == Counter(cancel=1)
    assert await there.delivered(police, again) == {}
    assert await desk_of(there.services, word) is None
    events = {event["subject"].split()[-1]: event for event in await there.events()}
    assert (events[reference]["cancelled"], events[again]["cancelled"]) == (True, False)
    assert police not in json.dumps(events[again])
    for address in (SOCIAL_WORKER, NURSE, ADVISER):
        assert await there.delivered(address, reference) == {"invite": 1, "message": 1, "cancel": 1}, address
        assert await there.delivered(address, again) == {"invite": 1, "message": 1}, address
    (mail,) = [
        item
        for item in await there.sandbox.control.inbox(NURSE)
        if again in item["subject"] and item["kind"] == "message"
    ]
    said = json.dumps(mail)
    assert f"the place of meeting {reference}" in said
    assert "no longer work" in said
    assert not [each for each in ("must not", "wrong person", "police", "needed after all") if each in said.lower()]
    assert [part["METHOD"] for part in await calendar(there, BY_MAIL)] == ["REQUEST", "CANCEL", "REQUEST"]
    new = await there.one("SELECT id, linked_meeting_id FROM meetings WHERE reference = :reference", reference=again)
    old = await there.one(
        "SELECT id, cancelled_because FROM meetings WHERE reference = :reference", reference=reference
    )
    assert (new["linked_meeting_id"], old["cancelled_because"]) == (old["id"], "wrong_person_invited")
    assert (await place_of(there, "police_child_protection"))["state"] == "stopped"
    kinds = await there.tasks()
    assert "must_not_be_told" in kinds
    assert "call_anew" not in kinds
    assert ("let_out" in kinds) == sits
    once_more = await exclude(there.services, "lewisham", reference, POLICE_PLACE, actor="staff:a")
    assert once_more.new is not None
    assert once_more.new.reference == again
    assert await there.live_events() == 1
    assert await there.chains_hold()


async def test_a_meeting_that_nobody_was_invited_to_is_not_called_anew_nor_for_a_time_that_is_past(
    there: World,
) -> None:
    planned = reference_of(await there.receive(a_request(wishes=Wishes())))
    with pytest.raises(CannotInviteError, match="Stop the inbox"):
        await exclude(there.services, "lewisham", planned, POLICE_PLACE, actor="a")
    reference = await asked(there)
    with pytest.raises(BadTimeError):
        await exclude(there.services, "lewisham", reference, POLICE_PLACE, actor="a", start=TUESDAY_NINE)


async def test_who_must_come_is_taken_out_by_the_chair_once_it_is_recorded_and_the_quorum_is_told_anew(
    there: World,
) -> None:
    reference = await asked(there)
    there.clock.pass_to(START + timedelta(minutes=5))
    with pytest.raises(CannotInviteError, match="once it is recorded"):
        await out(there, reference, "police_child_protection")
    roles = [row["role"] for row in await there.rows("SELECT role FROM requirements WHERE level = 'core'")]
    rows = [AttendanceGiven(role, Outcome.ATTENDED) for role in roles]
    await record_attendance(there.services, "lewisham", reference, rows, actor="a")
    before = await standing(there.services, "lewisham", reference)
    counted = await attendance_report(there.services, "lewisham", START.date(), START.date())
    assert (before.forecast.short, "explain_no_quorum" in await there.tasks()) == (False, False)
    with pytest.raises(CannotInviteError, match="the chair's decision"):
        await remove_now(there.services, "lewisham", reference, POLICE_PLACE, reason="not_involved", actor="a")
    word = await shift(there, "police_child_protection")
    told = await there.delivered(POLICE.at("lewisham"))
    await out(there, reference, "police_child_protection")
    assert await desk_of(there.services, word) is None
    assert await there.delivered(POLICE.at("lewisham")) - told == Counter(message=1, cancel=1)
    assert {"let_out", "explain_no_quorum"} <= await there.tasks()
    after = await standing(there.services, "lewisham", reference)
    assert "police" in after.forecast.partners.missing
    assert await attendance_report(there.services, "lewisham", START.date(), START.date()) == counted
    assert await there.chains_hold()


@pytest.mark.parametrize("came", [True, False], ids=["it was there", "nothing is recorded of it"])
@pytest.mark.parametrize("over", [False, True], ids=["while it sits", "days later"])
async def test_an_agency_is_shut_out_of_a_meeting_that_was_held_and_what_is_recorded_stays(
    there: World, came: bool, over: bool
) -> None:
    reference = await asked(there)
    police = POLICE.at("lewisham")
    there.clock.pass_to(START + timedelta(minutes=5))
    rows = [AttendanceGiven("social_worker", Outcome.ATTENDED)]
    rows += [AttendanceGiven("police_child_protection", Outcome.ATTENDED)] if came else []
    await record_attendance(there.services, "lewisham", reference, rows, actor="a")
    counted = await attendance_report(there.services, "lewisham", START.date(), START.date())
    quorum = (await standing(there.services, "lewisham", reference)).forecast
    word = await shift(there, "police_child_protection")
    if over:
        there.clock.wait(timedelta(days=3))
    told, others = await there.delivered(police), await deliveries(there)
    for _ in range(2):
        done = await exclude(there.services, "lewisham", reference, POLICE_PLACE, actor="staff:a")
        await there.settle()
        assert (done.kept, done.new) == (True, None)
    assert await desk_of(there.services, word) is None
    assert await there.delivered(police) - told == Counter(cancel=1)
    after = await deliveries(there)
    assert {each: n for each, n in after.items() if each != police} == {
        each: n for each, n in others.items() if each != police
    }
    (event,) = await there.events()
    assert (event["cancelled"], police in json.dumps(event["attendees"])) == (False, False)
    meeting = await there.one("SELECT state, version FROM meetings")
    assert (meeting["state"], meeting["version"]) == ("held", 1)
    # It was there, and every figure stands; or it counts as missing until somebody records that it was there.
    now = await attendance_report(there.services, "lewisham", START.date(), START.date())
    was = {line.key: line for line in counted.lines}
    lines = {line.key: line for line in now.lines if came or line.key != "police_child_protection"}
    assert lines == {key: was[key] for key in lines}
    if not came:
        (police_now,) = [line for line in now.lines if line.key == "police_child_protection"]
        assert (police_now.rate.n, police_now.rate.of, police_now.not_recorded) == (0, 1, 0)
    assert (await standing(there.services, "lewisham", reference)).forecast == quorum
    place = (await there.one("SELECT id FROM requirements WHERE slot LIKE 'told-%'"))["id"]
    with pytest.raises(CannotSendCodeError):
        await ask_for_code(there.services, "lewisham", place, actor="page:x")
    task = await there.one("SELECT owner, detail FROM tasks WHERE kind = 'let_out' AND state = 'open'")
    assert task["owner"] == "lead child protection practitioner"
    assert "papers" in task["detail"]
    assert await there.chains_hold()


async def test_an_exclusion_killed_at_any_wait_is_undone_or_finished_once_by_a_sweep(small: World) -> None:
    waits = 0
    for wait in (None, None, *range(1, 400, 7)):
        if wait is not None and wait > waits:
            break
        await small.sandbox.control.post("reset")
        received = await small.receive(a_request(wishes=Wishes(start=START)))
        await small.settle()
        reference = reference_of(received)
        place = StoppedPlace("social_worker")
        pressing = exclude(small.services, "lewisham", reference, place, actor="staff:a", start=START)
        if wait is None:
            waits = await waits_of(pressing)
        else:
            await crash_at(pressing, wait)
        await PERIODIC["v1.sweep"](small.machinery)
        await small.settle()
        where = f"killed at wait {wait} of {waits}"
        state = (await small.one("SELECT state FROM meetings WHERE reference = :r", r=reference))["state"]
        again = await small.rows(
            "SELECT n.state FROM meetings n JOIN meetings o ON o.id = n.linked_meeting_id WHERE o.reference = :r",
            r=reference,
        )
        assert len(again) == (state == "cancelled"), where
        assert await small.rows("SELECT id FROM tasks WHERE kind = 'call_anew' AND state = 'open'") == [], where
        mine = await small.delivered(SOCIAL_WORKER, reference)
        assert mine == Counter(invite=1, message=1, cancel=int(state == "cancelled")), where
    assert waits > 10
    assert await small.chains_hold()
