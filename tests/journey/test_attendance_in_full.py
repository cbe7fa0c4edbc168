"""Attendance in full: who came instead, who was brought in, a second sitting, and corrections."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.attendance import Contribution, Deputy, How, Outcome
from service.workflow.attend import AttendanceGiven, confirm_attendance, record_attendance
from service.workflow.bundle import export_bundle
from service.workflow.errors import (
    BadAttendanceError,
    BadReasonError,
    BadTimeError,
    NoReasonError,
    NoSuchSittingError,
)
from service.workflow.identity import DeputyWords, open_deputies
from service.workflow.quorum import standing
from service.workflow.report import attendance_report
from service.workflow.sittings import adjourn
from service.workflow.standard import standard_report
from tests.journey.test_bundle_export import parts_of, publish_in_full
from tests.journey.world import World, a_request, reference_of

DAY = date(2026, 12, 1)
SOCIAL_WORKER = AttendanceGiven("social_worker", Outcome.ATTENDED)
POLICE = AttendanceGiven("police_child_protection", Outcome.ATTENDED)
HEALTH = AttendanceGiven("health_practitioner", Outcome.ATTENDED)
STOOD_IN = AttendanceGiven(
    "social_worker", Outcome.REPRESENTED, deputy=Deputy.DUTY_WORKER, deputy_words="Ms Orla Quill, duty team"
)
PROBATION = AttendanceGiven("probation", Outcome.ATTENDED, how=How.PHONE, joined=True)


async def begun(world: World) -> str:
    """A meeting an hour after its start."""
    await publish_in_full(world)
    reference = reference_of(await world.receive(a_request()))
    await world.settle()
    world.clock.at = (await world.one("SELECT starts_at FROM meetings"))["starts_at"] + timedelta(hours=1)
    return reference


async def record(world: World, reference: str, *rows: AttendanceGiven, sitting: int = 1) -> None:
    await record_attendance(world.services, "lewisham", reference, rows, actor="amy", sitting=sitting)


async def sit_again(world: World, reference: str, **wait: float) -> int:
    start = world.clock.now() + timedelta(**wait)
    found = await adjourn(
        world.services, "lewisham", reference, start=start, minutes=60, because="health is missing", actor="chair"
    )
    return found.number


async def figures(world: World) -> dict[str, tuple[int, int]]:
    report = await standard_report(world.services, "lewisham", DAY, DAY)
    totals = {table.measure.id: table.total.rate for table in report.tables}
    return {name: (rate.n, rate.of) for name, rate in totals.items() if rate is not None}


async def test_who_came_instead_is_sealed_and_opened_only_with_a_reason_that_is_kept(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, STOOD_IN)
    row = await small.one("SELECT * FROM attendances")
    assert row["deputy"] == "duty_worker"
    events = await small.rows("SELECT data FROM audit_events")
    assert "Quill" not in repr((row, events))
    opened = await open_deputies(small.services, "lewisham", reference, reason="the minutes name her", actor="amy")
    assert opened == [DeputyWords("social_worker", 1, "Ms Orla Quill, duty team")]
    event = await small.one("SELECT actor, data FROM audit_events WHERE action = 'identity:request:opened'")
    assert event == {"actor": "amy", "data": {"reason": "the minutes name her", "columns": ["sealed_deputy"]}}
    with pytest.raises(NoReasonError):
        await open_deputies(small.services, "lewisham", reference, reason=" ", actor="amy")


async def test_once_the_request_is_erased_nobody_knows_who_came_instead(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, STOOD_IN)
    await small.change("UPDATE requests SET wrapped_key = NULL")
    assert await open_deputies(small.services, "lewisham", reference, reason="a look", actor="amy") == []


async def test_correcting_something_else_keeps_who_came_instead_and_a_correction_to_attended_forgets_it(
    small: World,
) -> None:
    reference = await begun(small)
    await record(small, reference, STOOD_IN)
    await record(small, reference, replace(STOOD_IN, how=How.TEAMS, deputy_words=""))
    [kept] = await open_deputies(small.services, "lewisham", reference, reason="a look", actor="amy")
    assert kept.words.startswith("Ms Orla Quill")
    await record(small, reference, SOCIAL_WORKER)
    assert await open_deputies(small.services, "lewisham", reference, reason="a look", actor="amy") == []


async def test_a_correction_keeps_all_that_stood_there_and_waits_for_the_chair_again(small: World) -> None:
    reference = await begun(small)
    spoke = replace(STOOD_IN, contribution=Contribution.SPOKE_FROM_RECORDS, seniority_confirmed=True)
    await record(small, reference, spoke)
    await confirm_attendance(small.services, "lewisham", reference, actor="chair")
    await record(small, reference, replace(SOCIAL_WORKER, how=How.PHONE))
    event = await small.one("SELECT data FROM audit_events WHERE action = 'attendance:row:corrected'")
    before = event["data"]["before"]
    assert before.pop("recorded_at")
    assert before.pop("confirmed_at")
    assert before == {
        "outcome": "represented",
        "how": None,
        "seniority_confirmed": True,
        "contribution": "spoke_from_records",
        "deputy": "duty_worker",
        "deputy_named": True,
        "state": "confirmed",
        "recorded_by": "amy",
        "confirmed_by": "chair",
    }
    row = await small.one("SELECT state, how, confirmed_by FROM attendances")
    assert row == {"state": "recorded", "how": "phone", "confirmed_by": None}
    assert await small.chains_hold()


async def test_an_agency_brought_in_counts_in_attendance_and_in_no_figure_of_notice(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, SOCIAL_WORKER)
    without = await figures(small)
    await record(small, reference, PROBATION)
    found = await figures(small)
    n, of = without["attendance"]
    assert found["attendance"] == (n + 1, of + 1)
    about_notice = ("attendance_by_notice", "notice_kept", "answered", "chased", "short_notice_because")
    assert {name: found[name] for name in about_notice} == {name: without[name] for name in about_notice}
    place = await small.one("SELECT state, level, agency_group, inbox_id FROM requirements WHERE role = 'probation'")
    assert place == {"state": "joined", "level": "conditional", "agency_group": "probation", "inbox_id": None}


async def test_recording_an_agency_that_joined_twice_corrects_it(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, PROBATION)
    await record(small, reference, replace(PROBATION, how=How.TEAMS))
    assert await small.one("SELECT how FROM attendances") == {"how": "teams"}
    assert len(await small.rows("SELECT 1 FROM requirements WHERE role = 'probation'")) == 1


async def test_unconfirmed_attendance_counts_and_is_marked(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, SOCIAL_WORKER)
    waiting = await attendance_report(small.services, "lewisham", DAY, DAY)
    assert (waiting.overall.rate.n, waiting.overall.not_confirmed) == (1, 1)
    assert (await figures(small))["attendance_confirmed"] == (0, 1)
    await confirm_attendance(small.services, "lewisham", reference, actor="chair")
    sure = await attendance_report(small.services, "lewisham", DAY, DAY)
    assert (sure.overall.rate.n, sure.overall.not_confirmed) == (1, 0)
    assert (await figures(small))["attendance_confirmed"] == (1, 1)


async def test_a_second_sitting_has_its_own_attendance_and_is_no_second_meeting(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, SOCIAL_WORKER)
    (came, of), one = (await figures(small))["attendance"], (await figures(small))["in_time"]
    assert await sit_again(small, reference, hours=20) == 2
    small.clock.wait(timedelta(hours=21))
    await record(small, reference, replace(SOCIAL_WORKER, outcome=Outcome.APOLOGIES), sitting=2)
    found = await figures(small)
    assert found["attendance"] == (came, of + 1)
    assert found["in_time"] == one
    rows = await small.rows("SELECT sitting, outcome FROM attendances ORDER BY sitting")
    assert [tuple(row.values()) for row in rows] == [(1, "attended"), (2, "apologies")]


async def test_an_agency_that_joins_the_second_sitting_was_not_absent_from_the_first(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, SOCIAL_WORKER)
    came, of = (await figures(small))["attendance"]
    await sit_again(small, reference, minutes=5)
    small.clock.wait(timedelta(minutes=10))
    await record(small, reference, PROBATION, sitting=2)
    assert (await figures(small))["attendance"] == (came + 1, of + 1)
    whole = await attendance_report(small.services, "lewisham", DAY, DAY)
    assert (whole.overall.rate.n, whole.overall.rate.of) == (came + 1, of + 1)


async def test_an_adjourned_meeting_has_the_quorum_of_the_sitting_that_decided(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, SOCIAL_WORKER, POLICE)
    assert (await standing(small.services, "lewisham", reference)).forecast.partners.met is False
    await sit_again(small, reference, minutes=1)
    small.clock.wait(timedelta(minutes=2))
    await record(small, reference, SOCIAL_WORKER, POLICE, HEALTH, sitting=2)
    assert (await standing(small.services, "lewisham", reference)).forecast.partners.met is True


async def test_a_sitting_still_to_come_gets_another_time_and_one_that_began_is_followed_by_a_third(
    small: World,
) -> None:
    reference = await begun(small)
    assert await sit_again(small, reference, hours=20) == 2
    assert await sit_again(small, reference, hours=30) == 2
    small.clock.wait(timedelta(hours=31))
    assert await sit_again(small, reference, hours=1) == 3
    data = [row["data"] for row in await small.rows("SELECT data FROM audit_events WHERE action LIKE '%adjourned'")]
    assert [each["sitting"] for each in data] == [2, 2, 3]
    assert data[1]["before"] == data[0]["starts_at"]
    assert "health" not in json.dumps(data)


async def test_the_bundle_holds_the_sittings_and_who_came_without_a_name(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, STOOD_IN, PROBATION)
    await sit_again(small, reference, minutes=1)
    small.clock.wait(timedelta(minutes=2))
    await record(small, reference, SOCIAL_WORKER, sitting=2)
    content = (await export_bundle(small.services, "lewisham", reference, actor="amy")).content
    parts = parts_of(content)
    assert [(row["number"], row["because"]) for row in parts["sittings"]] == [(2, "health is missing")]
    assert sorted((row["sitting"], row["outcome"]) for row in parts["attendance"]) == [
        (1, "attended"),
        (1, "represented"),
        (2, "attended"),
    ]
    assert b"Quill" not in content


CANNOT_BE: dict[str, tuple[AttendanceGiven, str]] = {
    "a deputy beside the agency itself": (replace(SOCIAL_WORKER, deputy=Deputy.MANAGER), "represented"),
    "a deputy's name beside apologies": (
        AttendanceGiven("social_worker", Outcome.APOLOGIES, deputy_words="Ms Quill"),
        "represented",
    ),
    "speaking without coming": (
        AttendanceGiven("social_worker", Outcome.APOLOGIES, contribution=Contribution.SPOKE_FROM_RECORDS),
        "did not come",
    ),
    "joining without coming": (replace(PROBATION, outcome=Outcome.NO_ANSWER), "came"),
    "joining when it was asked": (replace(SOCIAL_WORKER, joined=True), "was asked to this meeting"),
    "joining in a role there is not": (replace(PROBATION, role="probatoin"), "The nearest is probation"),
}


@pytest.mark.parametrize(("given", "sentence"), CANNOT_BE.values(), ids=CANNOT_BE.keys())
async def test_what_cannot_be_is_refused_and_nothing_of_it_is_kept(
    small: World, given: AttendanceGiven, sentence: str
) -> None:
    reference = await begun(small)
    with pytest.raises(BadAttendanceError, match=sentence):
        await record(small, reference, POLICE, given)
    assert await small.rows("SELECT 1 FROM attendances") == []


async def test_a_sitting_that_is_not_there_or_has_not_begun_takes_no_attendance(small: World) -> None:
    reference = await begun(small)
    with pytest.raises(NoSuchSittingError, match="no sitting 2"):
        await record(small, reference, SOCIAL_WORKER, sitting=2)
    await sit_again(small, reference, hours=1)
    with pytest.raises(BadTimeError, match="has not started"):
        await record(small, reference, SOCIAL_WORKER, sitting=2)


BEFORE_OR_WITHOUT: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "before the meeting itself": ({"start": -timedelta(days=1), "because": "late"}, BadTimeError, "Give a later time"),
    "without a reason": ({"start": timedelta(days=1), "because": " "}, BadReasonError, "without names"),
}


@pytest.mark.parametrize(("how", "error", "sentence"), BEFORE_OR_WITHOUT.values(), ids=BEFORE_OR_WITHOUT.keys())
async def test_adjourning_wrongly_is_refused(
    small: World, how: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    reference = await begun(small)
    start = small.clock.now() + how["start"]
    with pytest.raises(error, match=sentence):
        await adjourn(
            small.services, "lewisham", reference, start=start, minutes=60, because=how["because"], actor="amy"
        )


async def test_a_meeting_still_to_come_is_moved_and_not_adjourned(small: World) -> None:
    reference = reference_of(await small.receive(a_request()))
    with pytest.raises(BadTimeError, match="Move one that is still to come"):
        await sit_again(small, reference, days=2)


async def test_a_deputy_who_may_be_tied_to_the_case_is_recorded_and_put_before_the_lead_practitioner(
    small: World,
) -> None:
    reference = await begun(small)
    tied = replace(STOOD_IN, deputy_words="K. Fennimore, duty team")
    await record(small, reference, tied, HEALTH)
    await record(small, reference, replace(tied, how=How.TEAMS))
    assert (await small.one("SELECT deputy_named FROM attendances WHERE outcome = 'represented'"))["deputy_named"]
    (task,) = await small.rows("SELECT owner, detail, state FROM tasks WHERE kind = 'name_refused'")
    assert (task["owner"], task["state"]) == ("lead child protection practitioner", "open")
    assert "may be tied to the case" in task["detail"]
    compared = await small.rows("SELECT data FROM audit_events WHERE action = 'identity:request:compared'")
    assert [(event["data"]["for"], event["data"]["refused"]) for event in compared] == [("attendance", True)] * 2
    assert "Fennimore" not in repr((task, await small.rows("SELECT data FROM audit_events")))


async def test_a_deputy_of_another_name_is_compared_and_nothing_more(small: World) -> None:
    reference = await begun(small)
    await record(small, reference, STOOD_IN, HEALTH)
    assert await small.rows("SELECT 1 FROM tasks WHERE kind = 'name_refused'") == []
    (event,) = await small.rows("SELECT data FROM audit_events WHERE action = 'identity:request:compared'")
    assert (event["data"]["for"], event["data"]["refused"]) == ("attendance", False)
