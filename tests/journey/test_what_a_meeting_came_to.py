"""What a meeting came to, its actions and the reports that came in: kept, corrected with what was, and bundled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.bundle_check import check
from service.domain.outcome import ActionState, Decided, Outcome, Police
from service.domain.requests import Wishes
from service.workflow.bundle import BundleRefusedError, export_bundle
from service.workflow.errors import (
    BadOutcomeError,
    BadTimeError,
    NoSuchActionError,
    NoSuchMeetingError,
    NoSuchRequirementError,
)
from service.workflow.outcome import agree_action, came_to, close_action, receive_report, record_outcome
from tests.journey.acts import START
from tests.journey.test_attendance_in_full import begun
from tests.journey.test_bundle_export import parts_of, publish_in_full
from tests.journey.world import World, a_request, reference_of

BIRTHDAY = date(2018, 5, 4)


async def action(world: World, reference: str, what: str = "see the child alone", due_on: date | None = None) -> int:
    return await agree_action(
        world.services, "lewisham", reference, owner_role="social_worker", what=what, due_on=due_on, actor="chair"
    )


async def test_an_outcome_is_kept_and_a_correction_keeps_what_it_was(small: World) -> None:
    reference = await begun(small)
    started = small.clock.now() - timedelta(minutes=10)
    first = Outcome((Decided.ENQUIRY,), started, Police.JOINT)
    await record_outcome(small.services, "lewisham", reference, first, actor="amy")
    second = replace(first, police=Police.NONE)
    await record_outcome(small.services, "lewisham", reference, second, actor="ben")
    kept = (await came_to(small.services, "lewisham", reference)).outcome
    assert kept is not None
    assert (kept.outcome, kept.recorded_by) == (second, "ben")
    events = await small.rows("SELECT data FROM audit_events WHERE action = 'outcome:meeting:recorded' ORDER BY number")
    assert [event["data"]["before"] and event["data"]["before"]["police"] for event in events] == [None, "joint"]
    assert events[1]["data"]["police"] == "none"
    assert await small.chains_hold()


async def test_actions_are_numbered_closed_once_and_never_closed_twice(small: World) -> None:
    reference = await begun(small)
    assert [await action(small, reference) for _ in range(2)] == [1, 2]
    close = (small.services, "lewisham", reference)
    await close_action(*close, 1, state=ActionState.DONE, actor="amy")
    await close_action(*close, 2, state=ActionState.DROPPED, actor="amy")
    for number in (1, 3):
        with pytest.raises(NoSuchActionError, match=f"no open action {number}"):
            await close_action(*close, number, state=ActionState.DONE, actor="amy")
    found = await came_to(*close)
    assert [(each.number, each.state, each.closed_by) for each in found.actions] == [
        (1, "done", "amy"),
        (2, "dropped", "amy"),
    ]


async def test_an_action_due_on_a_child_s_birthday_keeps_no_bundle_in_the_house(small: World) -> None:
    reference = await begun(small)
    await action(small, reference, due_on=BIRTHDAY)
    content = (await export_bundle(small.services, "lewisham", reference, actor="amy")).content
    assert check(content).holds
    [row] = parts_of(content)["actions"]
    assert (row["due_on"], row["owner_role"]) == ("2018-05-04", "social_worker")


async def test_a_birthday_written_as_words_still_keeps_the_bundle_in_the_house(small: World) -> None:
    reference = await begun(small)
    await action(small, reference, due_on=BIRTHDAY)
    await small.change("UPDATE actions SET what = 'born on 4 May 2018'")
    with pytest.raises(BundleRefusedError, match="part 'actions', row 1"):
        await export_bundle(small.services, "lewisham", reference, actor="amy")


@pytest.mark.parametrize(
    "what", ["Visit Keziah at home", "phone Ms Fennimore", "check who was born on 4 May 2018", " "]
)
async def test_an_action_that_names_somebody_is_refused(small: World, what: str) -> None:
    reference = await begun(small)
    with pytest.raises(BadOutcomeError, match="without"):
        await action(small, reference, what)
    assert await small.rows("SELECT 1 FROM actions") == []


async def test_the_bundle_holds_the_outcome_the_actions_and_the_reports(small: World) -> None:
    reference = await begun(small)
    decided = Outcome((Decided.ASSESSMENT,), next_meeting_at=small.clock.now() + timedelta(days=7))
    await record_outcome(small.services, "lewisham", reference, decided, actor="amy")
    await action(small, reference)
    at = small.clock.now() - timedelta(hours=3)
    report = {"role": "social_worker", "received_at": at, "actor": "amy"}
    await receive_report(small.services, "lewisham", reference, **report)  # type: ignore[arg-type]
    parts = parts_of((await export_bundle(small.services, "lewisham", reference, actor="amy")).content)
    assert [len(parts[name]) for name in ("outcome", "actions", "reports")] == [1, 1, 1]
    assert parts["outcome"][0]["decided"] == ["child_and_family_assessment"]


async def test_a_report_is_in_time_or_late_by_the_policy_and_neither_where_it_sets_no_day(small: World) -> None:
    await publish_in_full(small)
    # Wednesday 16 December: 2 working days before it is Monday night.
    wishes = Wishes(start=START.replace(day=16))
    conference = reference_of(await small.receive(a_request(meeting_type="icpc", wishes=wishes)))
    strategy = reference_of(await small.receive(a_request()))
    small.clock.pass_to(START.replace(day=15))
    told = {}
    for reference, day in ((conference, 14), (conference, 15), (strategy, 15)):
        at = START.replace(day=day, hour=8)
        found = await receive_report(
            small.services, "lewisham", reference, role="social_worker", received_at=at, actor="amy"
        )
        told[reference, day] = found.in_time
    assert told == {(conference, 14): True, (conference, 15): False, (strategy, 15): None}
    [event] = await small.rows("SELECT data FROM audit_events WHERE data->>'before' IS NOT NULL")
    assert event["data"]["before"].startswith("2026-12-14")
    assert len((await came_to(small.services, "lewisham", conference)).reports) == 1


async def test_what_cannot_be_is_refused_with_a_sentence(small: World) -> None:
    planned = reference_of(await small.receive(a_request()))
    with pytest.raises(BadTimeError, match="has not started"):
        await record_outcome(small.services, "lewisham", planned, Outcome(), actor="amy")
    later = Outcome((Decided.ENQUIRY,), small.clock.now() + timedelta(days=1))
    with pytest.raises(BadTimeError, match="no actual start yet"):
        await record_outcome(small.services, "lewisham", planned, later, actor="amy")
    both = Outcome((Decided.NOTHING, Decided.LEGAL))
    with pytest.raises(BadOutcomeError, match="stands alone"):
        await record_outcome(small.services, "lewisham", planned, both, actor="amy")
    with pytest.raises(NoSuchMeetingError):
        await came_to(small.services, "wirral", planned)
    now = small.clock.now()
    with pytest.raises(NoSuchRequirementError):
        await receive_report(small.services, "lewisham", planned, role="prison", received_at=now, actor="amy")
    late = now + timedelta(minutes=1)
    with pytest.raises(BadTimeError, match="before now"):
        await receive_report(small.services, "lewisham", planned, role="social_worker", received_at=late, actor="amy")
