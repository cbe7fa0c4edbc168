"""The benches still run: each goes through once, very short. No time is asserted here; ``make bench`` measures."""

from __future__ import annotations

import pytest

from bench import endurance, hour, intake, plan, replay, report, slots, worklist
from bench.__main__ import BENCHES, main
from bench.case import DIRECTORY, Sender, settings_for
from bench.figures import percentile, spread
from service.clock import real_now
from service.domain import simulation
from service.domain.hours import parse
from service.domain.policy import Policy
from service.domain.roles import ROLES
from service.policies.holidays import working_calendar
from service.policies.load import load_pack


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.0, 0.5, 0.99)] == [1.0, 3.0, 4.0]


def test_a_spread_shows_its_middle_first() -> None:
    assert spread([3.0, 1.0, 2.0]).shown(1) == "2.0 (1.0-3.0)"


def test_an_hour_is_shown_in_parts_of_equal_length_that_leave_no_reading_out() -> None:
    held = [float(number) for number in range(13)]
    assert hour.parts(held) == [0.5, 2.5, 4.5, 6.5, 8.5, 11.0]


def test_memory_that_fills_caches_first_and_then_stays_counts_as_flat() -> None:
    assert endurance.growth([50.0, 80.0, 100.0, 100.0, 100.0, 100.0]) == 0.0
    assert endurance.growth([100.0, 100.0, 100.0, 100.0, 120.0, 120.0]) == pytest.approx(0.2)


def test_every_delivery_has_its_own_id_and_source_reference() -> None:
    sender = Sender(real_now(), "s1", agreed_start=True)
    made = [sender.next(1_800_000_000) for _ in range(3)]
    assert len({headers["webhook-id"] for headers, _ in made}) == 3
    assert len({body for _, body in made}) == 3


@pytest.mark.parametrize(("role", "hours"), [(role, hours) for role, _, hours in DIRECTORY])
def test_the_directory_names_known_roles_and_readable_hours(role: str, hours: str) -> None:
    assert role in ROLES
    assert parse(hours).openings


def test_an_unknown_bench_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in BENCHES)


async def test_intake_is_taken_in_by_every_way(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url)
    measured = await intake.measure(settings, rounds=1, seconds=0.05)
    assert {way for _, way in measured} == set(intake.WAYS)
    assert all(stretch.ms for stretches in measured.values() for stretch in stretches)


@pytest.mark.parametrize("name", ["lewisham", "wirral"])
def test_a_plan_names_the_roles_that_a_loop_over_the_conditions_by_hand_names(name: str) -> None:
    policy: Policy = load_pack(name)
    planner, bare = plan.Planner(policy), plan.Bare(policy)
    for facts in [plan.fullest(), *plan.mixture(policy, 500, seed=3)]:
        assert {each.role for each in planner.plan(facts).evaluation.requirements} == bare.roles(facts)


def test_planning_is_measured_with_and_without_the_words_of_silent_rules() -> None:
    measured = plan.measure(rounds=1, requests=2)
    assert len(measured) == 3
    assert all(each.ms and each.times_bare.least > 0 for each in measured)


async def test_a_replay_meets_every_copy_with_its_agencies_and_their_notice(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url)
    measured = await replay.measure(settings, different=4, copies=3, rounds=1)
    found = measured.found
    assert found.meetings == 12
    assert found.changed % 3 == 0
    assert found.before.not_set > 0
    assert found.after.kept > 0


async def test_the_report_counts_what_the_plain_statement_counts(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url)
    measured = await report.measure(settings, meetings=40, rounds=1)
    # The day of the run is not over, so whatever falls on it is not counted.
    assert 30 < measured.meetings < 40
    assert measured.rows > 30 * report.AGENCIES
    assert measured.first_s > 0
    assert len(report.report(measured)) == 3


def test_the_search_for_a_time_has_twelve_full_calendars_and_finds_one() -> None:
    wanted = slots.case(1)
    blocks = [len(seat) for each in wanted.attendees for seat in each.seats] + [len(wanted.chairs[0].busy)]
    assert blocks == [slots.BLOCKS] * slots.CALENDARS
    alone, three = slots.measure(rounds=2)
    assert len(alone) == len(three) == 2


def test_a_simulated_week_is_the_same_every_time_and_every_meeting_is_held_in_every_way() -> None:
    calendar = working_calendar(simulation.FIRST)
    quarter, taken = simulation.calls(1, 1, calendar), simulation.neighbours(2, 1, calendar)
    assert quarter == simulation.calls(1, 1, calendar)
    for way in simulation.Way:
        diary, again = (simulation.play(quarter, taken, way, calendar, lambda: None) for _ in range(2))
        assert diary == again
        assert sum(map(len, diary.chairs)) == len(quarter) == simulation.A_WEEK


async def test_the_worklist_is_shown_quiet_and_busy_and_beside_a_bare_page(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url, **worklist.SIGN_IN)
    measured = await worklist.measure(settings, meetings=4, rounds=1, seconds=0.05)
    stretches = [each for way in measured.values() for each in way]
    assert [len(each.server_ms) for each in stretches] == [len(each.client_ms) for each in stretches]
    assert all(each.client_ms for each in stretches)
    assert len(stretches) == 3
    assert len(worklist.report(measured)) == 2
