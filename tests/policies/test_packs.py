"""What the four packaged packs say of each place, and that nothing unset has been filled in."""

from __future__ import annotations

from datetime import date

import pytest

from service.domain.chasing import ChaseTo
from service.domain.clock_starts import ClockStart, clock_instant
from service.domain.facts import RequestFacts, Urgency
from service.domain.policy import Confidence, Mode
from service.domain.spans import Span, Unit
from service.policies.load import load_pack, overdue, pack_names, validate_all
from tests.policies.random_requests import MONDAY

PACKS = ("lewisham", "london", "national", "wirral")


def test_the_packs_merge_in_the_order_nation_region_borough() -> None:
    assert pack_names() == PACKS
    assert load_pack("lewisham").extends == ("london", "national")
    assert load_pack("wirral").extends == ("national",)
    assert load_pack("national").extends == ()


@pytest.mark.parametrize("name", PACKS)
def test_notice_quorum_and_minutes_are_unset_everywhere(name: str) -> None:
    for meeting_type in load_pack(name).meeting_types.values():
        for urgency in Urgency:
            assert meeting_type.notice_standard.of(urgency).value is None
            assert meeting_type.notice_minimum.of(urgency).value is None
        assert meeting_type.quorum.rule is None
        assert meeting_type.minutes_due.value is None


@pytest.mark.parametrize("name", PACKS)
def test_an_unset_figure_still_says_who_owns_it_and_why_it_is_unset(name: str) -> None:
    policy = load_pack(name)
    figure = policy.meeting_type("strategy").notice_standard.of(Urgency.STANDARD)

    assert figure.words == "not set by the partnership"
    assert figure.provenance.owner
    assert figure.provenance.confidence is Confidence.NOT_PUBLISHED


@pytest.mark.parametrize(
    ("name", "meeting_type", "urgency", "deadline"),
    [
        ("national", "strategy", Urgency.IMMEDIATE, None),
        ("national", "strategy", Urgency.STANDARD, None),
        ("london", "strategy", Urgency.STANDARD, None),  # 3 working days is general knowledge, never a value
        ("lewisham", "strategy", Urgency.STANDARD, None),  # Bexley's 3 days is a neighbour's
        ("lewisham", "strategy", Urgency.IMMEDIATE, None),
        ("lewisham", "strategy_followup", Urgency.IMMEDIATE, Span(5, Unit.WORKING_DAYS)),
        ("wirral", "strategy", Urgency.IMMEDIATE, Span(0, Unit.SAME_DAY)),
        ("wirral", "strategy", Urgency.STANDARD, None),  # Northumberland's 1 to 3 days is a neighbour's
        ("wirral", "strategy_review", Urgency.IMMEDIATE, None),
        *[(name, "icpc", urgency, Span(15, Unit.WORKING_DAYS)) for name in PACKS for urgency in Urgency],
    ],
)
def test_deadlines_are_those_the_place_has_published(
    name: str, meeting_type: str, urgency: Urgency, deadline: Span | None
) -> None:
    assert load_pack(name).meeting_type(meeting_type).deadline.of(urgency).value == deadline


@pytest.mark.parametrize("name", PACKS)
def test_the_conference_counts_from_the_discussion_that_started_the_enquiry(name: str) -> None:
    policy = load_pack(name)

    assert policy.meeting_type("icpc").conference_clock is ClockStart.INITIATING_SD
    assert policy.meeting_type("strategy").conference_clock is None
    assert policy.meeting_type("icpc").deadline.otherwise.statutory


@pytest.mark.parametrize(("name", "days"), [("lewisham", 2), ("wirral", None), ("national", None)])
def test_only_lewisham_has_published_when_conference_reports_are_due(name: str, days: int | None) -> None:
    figure = load_pack(name).meeting_type("icpc").report_due

    assert figure.value == (None if days is None else Span(days, Unit.WORKING_DAYS))


def test_an_urgent_lewisham_meeting_is_by_phone_first_and_then_for_everyone() -> None:
    strategy = load_pack("lewisham").meeting_type("strategy")

    assert strategy.modes[Urgency.IMMEDIATE][0] is Mode.PHONE
    assert strategy.modes[Urgency.STANDARD][0] is Mode.FACE_TO_FACE
    assert strategy.followed_by == {Urgency.IMMEDIATE: "strategy_followup"}
    assert load_pack("wirral").meeting_type("strategy").followed_by == {}


def test_education_is_a_partner_in_wirral_only() -> None:
    assert [name for name in PACKS if load_pack(name).flags.education_is_partner] == ["wirral"]


def test_a_neighbours_figure_is_shown_with_its_place_and_is_nobodys_value() -> None:
    places = {each.place for each in load_pack("wirral").seen_elsewhere if each.meeting_type == "strategy"}

    assert {"Knowsley", "Northumberland", "Guernsey"} <= places
    assert "Bexley" not in places
    assert "Bexley" in {each.place for each in load_pack("lewisham").seen_elsewhere}


def test_general_knowledge_of_london_is_marked_as_such() -> None:
    unseen = [each for each in load_pack("london").seen_elsewhere if "text not seen" in each.place]

    assert {each.confidence for each in unseen} == {Confidence.GENERAL_KNOWLEDGE}


def test_the_health_yardstick_is_the_published_series_with_its_caution() -> None:
    (yardstick,) = load_pack("lewisham").yardsticks

    assert [percent for _, percent in yardstick.points] == [35, 62, 95, 93]
    assert "denominator" in yardstick.caution
    assert load_pack("wirral").yardsticks == ()


@pytest.mark.parametrize("name", PACKS)
def test_the_ladder_rises_from_reminder_to_phone_and_is_marked_as_proposed(name: str) -> None:
    for urgency in Urgency:
        ladder = load_pack(name).ladder_for("strategy", urgency)

        assert [step.to for step in ladder.steps] == list(ChaseTo)
        assert [step.number for step in ladder.steps] == [1, 2, 3, 4]
        assert ladder.provenance.confidence is Confidence.PROPOSED
        assert ladder.round_the_clock is (urgency is Urgency.IMMEDIATE)


def test_the_london_home_authority_rule_takes_the_place_of_the_national_one() -> None:
    rules = [rule for rule in load_pack("lewisham").rules if rule.id == "C09"]

    assert [rule.pack for rule in rules] == ["london"]
    assert rules[0].asks == ("inform_at_once", "written_acceptance")


def test_nothing_is_overdue_on_its_review_date_and_everything_is_the_day_after() -> None:
    assert validate_all(date(2027, 3, 31)) == []

    late = validate_all(date(2027, 4, 1))
    assert "rule C01 was to be reviewed by 31 March 2027 (Maintainers of the national pack)" in late
    assert any("notice standard of strategy" in line and "Wirral" in line for line in late)
    assert len(late) == len(set(late))
    assert overdue(load_pack("lewisham"), date(2027, 3, 31)) == []


def test_a_clock_starts_at_the_instant_the_request_holds_or_not_at_all() -> None:
    facts = RequestFacts("icpc", Urgency.PLANNED, MONDAY, (), initiating_sd_at=MONDAY)

    assert clock_instant(ClockStart.CONCERN_RECORDED, facts) == MONDAY
    assert clock_instant(ClockStart.INITIATING_SD, facts) == MONDAY
    assert clock_instant(ClockStart.LAST_SD, facts) is None
    assert clock_instant(ClockStart.BIRTH, facts) is None
