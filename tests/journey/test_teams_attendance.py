"""After an online meeting Teams says who was there: a proposal for a person, never a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.commands.checks import reports_line
from service.domain.requests import Wishes
from service.domain.teams_attendance import LADDER, REFUSED_FOR, next_read, proposal_words
from service.outlook.errors import Throttled
from service.scheduler.attendance import read_reports
from service.workflow.meetings import cancel_meeting
from service.workflow.sittings import adjourn
from service.workflow.teams_attendance import proposals_of
from tests.journey.acts import START
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.test_crash_jobs import anew
from tests.journey.world import (
    MAILBOX,
    POLICE,
    SOCIAL_WORKER,
    Desk,
    World,
    a_request,
    a_world,
    reference_of,
)

END = START + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("after", "following"),
    [
        (timedelta(0), LADDER[0]),
        (LADDER[0], LADDER[1]),
        (timedelta(minutes=29), LADDER[1]),
        (LADDER[1], LADDER[2]),
        (timedelta(hours=5), LADDER[3]),
        (LADDER[3], None),
        (timedelta(days=3), None),
    ],
)
def test_each_step_follows_the_last_and_one_that_was_missed_is_not_made_up_for(
    after: timedelta, following: timedelta | None
) -> None:
    assert next_read(END, END + after) == (None if following is None else END + following)


def test_the_sentence_says_how_long_and_asks_for_a_person() -> None:
    assert proposal_words(42 * 60) == "Teams says somebody from this address was there 42 minutes; confirm it."
    assert "1 minute;" in proposal_words(3)


def test_the_check_says_that_reports_may_not_be_read_and_what_to_grant() -> None:
    line = reports_line(MAILBOX, datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert (line.ok, MAILBOX in line.name, "OnlineMeetingArtifact.Read.All" in line.words) == (True, True, True)


async def held(world: World) -> str:
    """An online meeting that the social worker's desk was in, and its end."""
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    ends = (await world.one("SELECT ends_at FROM meetings"))["ends_at"]
    world.clock.pass_to(ends)
    await world.sandbox.control.post("clock", at=world.clock.now().isoformat())
    return reference_of(received)


async def joined(world: World, reference: str, *people: tuple[str | None, int, int]) -> None:
    stays = [
        {"address": address, "from": (START + start * MINUTE).isoformat(), "to": (START + end * MINUTE).isoformat()}
        for address, start, end in people
    ]
    await world.sandbox.control.post("attendance", mailbox=MAILBOX, reference=reference, joined=stays)


async def proposed(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT joined_at, seconds FROM attendance_proposals")


async def read_state(world: World) -> dict[str, Any]:
    return await world.one("SELECT state, sessions, unknown, last_error, next_try_at FROM attendance_reads")


async def asked(world: World) -> int:
    return await world.calls("list_online_meetings")


async def test_a_late_report_becomes_one_proposal_and_nothing_is_recorded(small: World) -> None:
    reference = await held(small)
    ends = small.clock.now()
    assert (await read_reports(small.machinery), await asked(small)) == (0, 0), "not before ten minutes after its end"
    small.clock.pass_to(ends + LADDER[0])
    assert await read_reports(small.machinery) == 0
    state = await read_state(small)
    assert (state["state"], state["sessions"], state["next_try_at"]) == ("waiting", 0, ends + LADDER[1])
    assert (await read_reports(small.machinery), await asked(small)) == (0, 1), "the next step is not due"
    await joined(small, reference, (SOCIAL_WORKER.upper(), 3, 45), (None, 5, 10), ("a.guest@elsewhere.example", 5, 9))
    small.clock.pass_to(ends + LADDER[1])
    assert await read_reports(small.machinery) == 1
    assert await proposed(small) == [{"joined_at": START + 3 * MINUTE, "seconds": 42 * 60}]
    assert (await read_state(small))["unknown"] == 2
    await joined(small, reference, (SOCIAL_WORKER, 50, 55))
    small.clock.pass_to(ends + LADDER[2])
    assert await read_reports(small.machinery) == 1
    small.clock.pass_to(ends + LADDER[3])
    assert await read_reports(small.machinery) == 0, "nothing new"
    state = await read_state(small)
    assert (state["state"], state["sessions"], state["next_try_at"]) == ("done", 2, None)
    assert await proposed(small) == [{"joined_at": START + 3 * MINUTE, "seconds": 47 * 60}]
    found = await proposals_of(small.services, "lewisham", reference)
    assert [(each.seconds, found.read and found.read.unknown) for each in found.proposals] == [(47 * 60, 2)]
    assert (found.recorded, await small.rows("SELECT id FROM attendances")) == (frozenset(), [])
    audited = await small.rows("SELECT data FROM audit_events WHERE action = 'attendance:row:proposed' ORDER BY number")
    assert [row["data"]["seconds"] for row in audited] == [42 * 60, 47 * 60]
    everything = await small.rows(
        "SELECT a::text AS row FROM audit_events a UNION ALL SELECT r::text FROM attendance_reads r "
        "UNION ALL SELECT p::text FROM attendance_proposals p"
    )
    assert not any("elsewhere.example" in row["row"] for row in everything)
    assert await small.chains_hold()


async def test_a_mailbox_without_the_right_is_left_alone_for_a_day_and_catches_up(small: World) -> None:
    reference = await held(small)
    await joined(small, reference, (SOCIAL_WORKER, 0, 30))
    await small.sandbox.control.post("teams", mailbox=MAILBOX, reports=False)
    small.clock.wait(LADDER[0])
    assert await read_reports(small.machinery) == 0
    (mailbox,) = await small.rows("SELECT state, reports_refused_at FROM mailboxes")
    assert mailbox == {"state": "active", "reports_refused_at": small.clock.now()}, "everything else goes on"
    small.clock.wait(REFUSED_FOR - MINUTE)
    assert (await read_reports(small.machinery), await asked(small)) == (0, 1)
    await small.sandbox.control.post("teams", mailbox=MAILBOX)
    small.clock.wait(MINUTE)
    assert await read_reports(small.machinery) == 1
    (mailbox,) = await small.rows("SELECT reports_refused_at FROM mailboxes")
    assert (mailbox["reports_refused_at"], len(await proposed(small))) == (None, 1)


async def test_graph_without_an_answer_costs_no_step(small: World) -> None:
    reference = await held(small)
    ends = small.clock.now()
    await joined(small, reference, (SOCIAL_WORKER, 0, 30))
    small.clock.pass_to(ends + LADDER[3])
    await small.sandbox.control.fault("list_attendance_reports", "status", status=429)
    assert await read_reports(small.machinery) == 0
    state = await read_state(small)
    assert (state["state"], state["last_error"].startswith(Throttled.__name__)) == ("waiting", True)
    small.clock.pass_to(state["next_try_at"])
    assert await read_reports(small.machinery) == 1
    state = await read_state(small)
    assert (state["state"], state["last_error"], state["sessions"]) == ("done", None, 1)


async def adjourned(world: World, reference: str, start: datetime) -> None:
    because = "the doctor was called away"
    await adjourn(world.services, "lewisham", reference, start=start, minutes=60, because=because, actor="officer")


async def by_sitting(world: World) -> list[tuple[int, datetime, int]]:
    rows = await world.rows("SELECT sitting, joined_at, seconds FROM attendance_proposals ORDER BY sitting")
    return [(row["sitting"], row["joined_at"], row["seconds"]) for row in rows]


async def at_last(world: World, instant: datetime) -> int:
    """Every step of both ladders is behind; what has been found so far."""
    world.clock.pass_to(instant)
    await world.sandbox.control.post("clock", at=instant.isoformat())
    return await read_reports(world.machinery)


async def test_each_sitting_is_read_after_its_own_end_and_proposed_for_itself_alone(small: World) -> None:
    reference = await held(small)
    ends = small.clock.now()
    await joined(small, reference, (SOCIAL_WORKER, 0, 20))
    again = ends + timedelta(hours=3)
    await adjourned(small, reference, again)
    small.clock.pass_to(ends + LADDER[0])
    assert await read_reports(small.machinery) == 1
    assert await by_sitting(small) == [(1, START, 20 * 60)]
    await joined(small, reference, (SOCIAL_WORKER, 242, 300), (None, 250, 255))
    assert await at_last(small, again + timedelta(hours=1) + LADDER[0]) == 1
    assert await by_sitting(small) == [(1, START, 20 * 60), (2, START + 242 * MINUTE, 58 * 60)]
    second = await proposals_of(small.services, "lewisham", reference, 2)
    assert [each.seconds for each in second.proposals] == [58 * 60]
    assert (second.read and (second.read.sessions, second.read.unknown)) == (1, 1)
    assert (await proposals_of(small.services, "lewisham", reference, 3)).read is None
    audited = await small.rows("SELECT data FROM audit_events WHERE action = 'attendance:row:proposed' ORDER BY number")
    assert [row["data"]["sitting"] for row in audited] == [1, 2]
    # Each has a ladder of its own, and the first one's is at its end sooner.
    assert await at_last(small, ends + LADDER[3]) == 0
    states = await small.rows("SELECT sitting, state FROM attendance_reads ORDER BY sitting")
    assert [(row["sitting"], row["state"]) for row in states] == [(1, "done"), (2, "waiting")]
    assert await at_last(small, again + timedelta(hours=1) + LADDER[3]) == 0
    assert {row["state"] for row in await small.rows("SELECT state FROM attendance_reads")} == {"done"}


async def test_a_room_that_stayed_open_between_two_sittings_proposes_each_agency_for_the_one_it_was_at(
    engine: AsyncEngine,
) -> None:
    async with a_world(engine, desks=(Desk("social_worker"), POLICE)) as world:
        reference = await held(world)
        await adjourned(world, reference, START + 90 * MINUTE)
        # One session, because somebody stayed in the room all the time.
        police = POLICE.at("lewisham")
        await joined(
            world, reference, (SOCIAL_WORKER, -5, 40), (police, 92, 150), ("a.guest@elsewhere.example", 0, 150)
        )
        await at_last(world, START + 150 * MINUTE + LADDER[3])
        places = await world.rows(
            "SELECT r.role, p.sitting, p.seconds FROM attendance_proposals p "
            "JOIN requirements r ON r.id = p.requirement_id ORDER BY p.sitting"
        )
        found = [(row["role"], row["sitting"], row["seconds"]) for row in places]
        assert found == [("social_worker", 1, 45 * 60), ("police_child_protection", 2, 58 * 60)]


async def test_a_sitting_that_was_given_another_time_is_read_after_that(small: World) -> None:
    reference = await held(small)
    ends = small.clock.now()
    await adjourned(small, reference, ends + timedelta(hours=3))
    await adjourned(small, reference, ends + timedelta(hours=26))
    await joined(small, reference, (SOCIAL_WORKER, 27 * 60, 28 * 60))
    assert await at_last(small, ends + timedelta(hours=5)) == 0
    assert await at_last(small, ends + timedelta(hours=27) + LADDER[0]) == 1
    assert [row[0] for row in await by_sitting(small)] == [2]


async def test_a_cancelled_meeting_and_one_long_over_are_not_asked_about(small: World) -> None:
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    await small.settle()
    await cancel_meeting(small.services, "lewisham", reference_of(received), reason="facts_now_clear", actor="officer")
    await small.settle()
    small.clock.pass_to(END + LADDER[0])
    assert (await read_reports(small.machinery), await asked(small)) == (0, 0)
    await anew(small)
    await held(small)
    small.clock.wait(timedelta(days=8))
    assert (await read_reports(small.machinery), await asked(small)) == (0, 0)


async def test_a_worker_killed_at_any_wait_leaves_one_proposal_audited_once(small: World, thorough: bool) -> None:
    every = 1 if thorough else 4
    small.through(AfterEachReply)

    async def stage() -> None:
        await anew(small)
        await joined(small, await held(small), (SOCIAL_WORKER, 0, 30), (None, 0, 5))
        small.clock.wait(LADDER[0])

    await stage()
    await read_reports(small.machinery)
    await stage()
    waits = await waits_of(read_reports(small.machinery))
    points = 0
    for wait in range(1, waits + 1, every):
        await stage()
        points += await crash_at(read_reports(small.machinery), wait)
        await small.quiet()
        await read_reports(small.machinery)
        where = f"killed at wait {wait} of {waits}"
        assert [row["seconds"] for row in await proposed(small)] == [30 * 60], where
        audited = await small.rows("SELECT id FROM audit_events WHERE action = 'attendance:row:proposed'")
        state = await read_state(small)
        assert (len(audited), state["state"], state["unknown"]) == (1, "waiting", 1), where
        assert await small.chains_hold(), where
    assert points >= waits // every * 0.8, f"only {points} of {waits} waits were crashed at"
    print(f"v1.attendance: killed at {points} of {waits} waits")  # noqa: T201 - the number is part of the proof
