"""By when a meeting must be: the vectors of the procedures through the packs, the earlier of two, and the unknown."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from service.domain.clock_starts import ClockStart, clock_instant
from service.domain.deadlines import due, due_before, due_day
from service.domain.facts import RequestFacts, Urgency
from service.domain.london import from_wall, local_date, wall
from service.domain.policy import Policy
from service.domain.requests import Child, MeetingRequest, derive_facts
from service.domain.spans import Span, Unit, span_from_code
from service.domain.timescales import Timescale, timescale
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.workflow.sealed_request import facts_as_json

CALENDAR = working_calendar(date(2026, 11, 23))
CONCERN = from_wall("2026-01-30T09:00:00")  # Friday
PACKS = ("lewisham", "london", "national", "wirral")


def limits(
    policy: Policy | str, meeting_type: str, urgency: Urgency = Urgency.STANDARD, **instants: datetime
) -> Timescale:
    found = load_pack(policy) if isinstance(policy, str) else policy
    facts = RequestFacts(meeting_type, urgency, CONCERN, (), **instants)  # type: ignore[arg-type]
    return timescale(found.meeting_type(meeting_type), facts, CALENDAR)


def end(timescale_of: Timescale) -> str | None:
    return None if timescale_of.due_at is None else wall(timescale_of.due_at)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize(
    ("meeting_type", "instants", "result", "why"),
    [
        (
            "icpc",
            {"initiating_sd_at": "2026-02-02T11:00:00", "last_sd_at": "2026-02-05T11:00:00"},
            "2026-02-23T23:59:59",
            "Monday 2 February starts it, not Thursday 5: Monday 23 February",
        ),
        (
            "icpc",
            {"initiating_sd_at": "2026-04-01T09:00:00"},
            "2026-04-24T23:59:59",
            "Wednesday before Easter: Good Friday 3 and Easter Monday 6 April do not count, so Friday 24 April",
        ),
        ("prebirth_icpc", {"initiating_sd_at": "2026-02-02T11:00:00"}, "2026-02-23T23:59:59", "an initial conference"),
        (
            "core_group_first",
            {"icpc_at": "2026-02-23T10:00:00"},
            "2026-03-09T23:59:59",
            "Monday: the Monday after next",
        ),
        ("rcpc_first", {"icpc_at": "2026-02-23T10:00:00"}, "2026-05-23T23:59:59", "three months end on a Saturday"),
        ("prebirth_review", {"icpc_at": "2026-11-30T10:00:00"}, "2027-02-28T23:59:59", "there is no 30 February"),
        ("rcpc_later", {"previous_review_at": "2026-05-22T10:00:00"}, "2026-11-22T23:59:59", "six months: a Sunday"),
        (
            "transfer_in",
            {"written_notification_at": "2026-05-11T10:00:00"},
            "2026-06-02T23:59:59",
            "Monday 11 May: the Spring bank holiday, Monday 25 May, makes it a Tuesday",
        ),
    ],
)
def test_each_statutory_meeting_counts_from_its_own_clock(
    pack: str, meeting_type: str, instants: dict[str, str], result: str, why: str
) -> None:
    told: dict[str, Any] = {name: from_wall(instant) for name, instant in instants.items()}
    assert end(limits(pack, meeting_type, **told)) == result, why


def test_a_limit_says_from_when_it_counts() -> None:
    initiating = from_wall("2026-02-02T11:00:00")
    (limit,) = limits("lewisham", "icpc", initiating_sd_at=initiating).limits
    assert (limit.clock, limit.starts_at) == (ClockStart.INITIATING_SD, initiating)
    assert limit.sentence == (
        "15 working days from the strategy discussion that started the section 47 enquiry: "
        "by Monday 23 February 2026, 11:59pm"
    )


def test_an_urgent_lewisham_phone_call_on_a_friday_is_followed_up_by_the_monday_week() -> None:
    """Friday 22 May 2026: the Spring bank holiday, Monday 25 May, does not count, so Monday 1 June."""
    strategy = load_pack("lewisham").meeting_type("strategy")
    following = strategy.followed_by[Urgency.IMMEDIATE]

    assert end(limits("lewisham", following, last_sd_at=from_wall("2026-05-22T16:00:00"))) == "2026-06-01T23:59:59"


def test_immediate_risk_in_wirral_on_a_friday_evening_is_due_that_night() -> None:
    strategy = load_pack("wirral").meeting_type("strategy")
    facts = RequestFacts("strategy", Urgency.IMMEDIATE, from_wall("2026-11-27T17:55:00"), ())

    assert end(timescale(strategy, facts, CALENDAR)) == "2026-11-27T23:59:59"


@pytest.mark.parametrize(
    ("meeting_type", "clock", "words"),
    [
        ("icpc", ClockStart.INITIATING_SD, "the strategy discussion that started the section 47 enquiry"),
        ("core_group_first", ClockStart.ICPC, "the initial conference"),
        ("rcpc_later", ClockStart.PREVIOUS_REVIEW, "the review before it"),
        ("transfer_in", ClockStart.WRITTEN_NOTIFICATION, "the written notification"),
    ],
)
def test_a_clock_the_request_does_not_start_leaves_the_deadline_unknown_in_words(
    meeting_type: str, clock: ClockStart, words: str
) -> None:
    found = limits("lewisham", meeting_type)

    assert (found.due_at, found.unknown) == (None, (clock,))
    assert found.words.startswith("unknown: ")
    assert found.words.endswith(f" from {words}, and the request does not say when that was")


def test_an_unset_deadline_is_not_unknown_even_without_its_clock() -> None:
    found = limits("wirral", "asv")

    assert (found.due_at, found.unknown, found.words) == (None, (), "not set by the partnership")


def test_as_soon_as_possible_is_words_and_no_instant() -> None:
    found = limits("national", "strategy_after_emergency", action_taken_at=CONCERN)

    assert (found.due_at, found.unknown) == (None, ())
    assert found.words == "as soon as possible after the emergency action, which sets no last instant"
    with pytest.raises(ValueError, match="as soon as possible is no count of days"):
        due(CONCERN, Span(0, Unit.ASAP), CALENDAR)


def test_a_week_of_pregnancy_is_counted_back_from_the_expected_delivery_date() -> None:
    """Week 34 of a pregnancy due on Monday 30 November 2026 begins on Monday 19 October: forty less six weeks."""
    week = Span(34, Unit.GESTATION_WEEK)

    assert due_day(date(2026, 11, 30), week, CALENDAR) == date(2026, 10, 19)
    assert wall(due(from_wall("2026-11-30T00:00:00"), week, CALENDAR)) == "2026-10-19T23:59:59"
    assert (str(week), span_from_code(week.code)) == ("week 34 of the pregnancy", week)
    with pytest.raises(ValueError, match="no count of days"):
        due_before(from_wall("2026-11-30T00:00:00"), week, CALENDAR)


@pytest.mark.parametrize(
    ("amount", "unit"), [(0, Unit.GESTATION_WEEK), (43, Unit.GESTATION_WEEK), (1, Unit.ASAP), (1, Unit.SAME_DAY)]
)
def test_a_count_that_means_nothing_is_refused(amount: int, unit: Unit) -> None:
    with pytest.raises(ValueError, match=r"takes no amount|no week"):
        Span(amount, unit)


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize("pack", PACKS)
def test_every_type_has_a_sentence_for_a_request_that_says_nothing(pack: str, urgency: Urgency) -> None:
    for meeting_type in load_pack(pack).meeting_types:
        assert limits(pack, meeting_type, urgency).words


TODAY = date(2026, 11, 23)


def of(*children: Child, on: date = TODAY, **instants: datetime) -> RequestFacts:
    request = MeetingRequest("lewisham", "icpc", "source", "1", "case", CONCERN, Urgency.STANDARD, children, **instants)  # type: ignore[arg-type]
    return derive_facts(request, on)


def test_every_clock_a_request_starts_is_carried_to_the_rules() -> None:
    names = (
        "initiating_sd_at",
        "last_sd_at",
        "action_taken_at",
        "decided_at",
        "missing_since",
        "icpc_at",
        "previous_review_at",
        "written_notification_at",
        "lado_referral_at",
    )
    instants = {name: CONCERN + timedelta(hours=hours) for hours, name in enumerate(names)}
    facts = of(Child("c", birth_date=date(2015, 1, 1)), **instants)

    assert {name: getattr(facts, name) for name in names} == instants
    started = {start for start in ClockStart if clock_instant(start, facts) is not None}
    assert started == set(ClockStart) - {ClockStart.BIRTH, ClockStart.EXPECTED_DELIVERY}


def test_a_birth_starts_its_clock_for_the_child_just_born_and_of_twins_for_the_first() -> None:
    brother = Child("a", birth_date=date(2024, 11, 20))
    twins = Child("b", birth_date=date(2026, 11, 21)), Child("c", birth_date=date(2026, 11, 20))

    assert of(brother).birth_clock_at is None
    assert of(brother, *twins).birth_clock_at == from_wall("2026-11-20T00:00:00")


def test_a_birth_in_summer_counts_from_its_london_day() -> None:
    baby = Child("b", birth_date=date(2026, 7, 1))

    found = of(baby, on=date(2026, 7, 2)).birth_clock_at
    assert found is not None
    assert wall(found) == "2026-07-01T00:00:00"
    assert due_day(local_date(found), Span(10, Unit.WORKING_DAYS), CALENDAR) == date(2026, 7, 15)  # Wednesday


def test_an_expected_delivery_starts_its_clock_at_the_earliest_one() -> None:
    unborn = Child("a", expected_delivery_date=date(2027, 2, 9)), Child("b", expected_delivery_date=date(2027, 2, 8))

    assert of(*unborn).delivery_clock_at == from_wall("2027-02-08T00:00:00")


def test_a_sealed_day_starts_a_clock_and_is_not_among_the_stored_facts() -> None:
    facts = of(Child("b", birth_date=date(2026, 11, 20)), Child("c", expected_delivery_date=date(2027, 2, 8)))
    stored = str(facts_as_json(facts)) + repr(facts)

    assert facts.birth_clock_at
    assert facts.delivery_clock_at
    assert "2026-11-20" not in stored
    assert "datetime.datetime(2026, 11, 20" not in stored
    assert "2027" not in stored


def test_the_other_clocks_are_kept_so_that_a_deadline_can_be_explained_later() -> None:
    assert facts_as_json(of(icpc_at=CONCERN))["clocks"] == {
        "concern_recorded": CONCERN.isoformat(),
        "icpc": CONCERN.isoformat(),
    }
