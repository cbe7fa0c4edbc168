"""The questions that the standard's tables are made of: yes, no, left out and why, or not asked at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain import questions
from service.domain.attendance import Outcome
from service.domain.meeting_facts import JudgedMeeting, MeetingFact, PlaceFact, TypeRules, judge
from service.domain.questions import Case, LeftOut, Seen, Split
from service.domain.quorum import RULES
from tests.domain.standard_cases import CALENDAR, FOUR_HOURS, START, ago, meeting, place

CAME, WROTE, LEFT = Outcome.ATTENDED, Outcome.REPORT_ONLY, LeftOut


def only(judged: JudgedMeeting) -> Seen:
    return Seen(judged, judged.places[0])


COVERS = {
    "came, told five hours before": (place(outcome=CAME, handed_at=ago(hours=5)), {}, True),
    "stayed away, told five hours before": (place(outcome=WROTE, handed_at=ago(hours=5)), {}, False),
    "came, and nobody knows when it was told": (place(outcome=CAME), {}, LEFT.NOT_KNOWN),
    "came unasked": (place(outcome=CAME, invited=False), {}, LEFT.NEVER_INVITED),
    "not recorded": (place(handed_at=ago(hours=5)), {}, LEFT.NOT_RECORDED),
    "optional": (place(level="optional", outcome=CAME, handed_at=ago(hours=5)), {}, None),
    "cancelled": (place(handed_at=ago(hours=5)), {"cancelled": True}, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("fact", "values", "expected"), COVERS.values(), ids=COVERS.keys())
def test_coming_is_set_beside_notice_only_where_the_notice_is_known(
    fact: PlaceFact, values: dict[str, Any], expected: object
) -> None:
    assert questions.came_by_notice(only(meeting(fact, **values))) is expected


@pytest.mark.parametrize("level", ["core", "conditional", "optional"])
def test_every_level_but_optional_is_required(level: str) -> None:
    assert place(level=level).required is (level != "optional")


OWED = {
    "cancelled": (place(owed=FOUR_HOURS, handed_at=ago(hours=5)), {"cancelled": True}, LEFT.CANCELLED),
    "optional": (place(level="optional", owed=FOUR_HOURS, handed_at=ago(hours=5)), {}, None),
    "conditional": (place(level="conditional", owed=FOUR_HOURS, handed_at=ago(hours=5)), {}, True),
}


@pytest.mark.parametrize(("fact", "values", "expected"), OWED.values(), ids=OWED.keys())
def test_notice_is_asked_of_required_places_of_meetings_that_took_place(
    fact: PlaceFact, values: dict[str, Any], expected: object
) -> None:
    assert questions.notice_kept(only(meeting(fact, **values))) is expected


ASKED = {
    "said yes, and chased once": (place(answer="yes", chases=("sent", "answered")), {}, True, True),
    "silent, and never chased": (place(chases=("cancelled",)), {}, False, False),
    "never invited": (place(invited=False, answer="yes", chases=("sent",)), {}, None, None),
    "cancelled": (place(answer="yes", chases=("sent",)), {"cancelled": True}, LEFT.CANCELLED, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("fact", "values", "answered", "chased"), ASKED.values(), ids=ASKED.keys())
def test_answers_and_chases_are_asked_of_invited_agencies(
    fact: PlaceFact, values: dict[str, Any], answered: object, chased: object
) -> None:
    seen = only(meeting(fact, **values))
    assert (questions.answered(seen), questions.chased(seen)) == (answered, chased)


PARTS = {
    "said yes after two chases": (place(answer="yes", chases=("sent", "answered")), {}, ("yes",), ("sent", "answered")),
    "silent": (place(), {}, ("no_answer",), ()),
    "never invited": (place(invited=False, answer="yes"), {}, (), ()),
    "cancelled": (place(answer="yes", chases=("sent",)), {"cancelled": True}, (), ()),
}


@pytest.mark.parametrize(("fact", "values", "answers", "chases"), PARTS.values(), ids=PARTS.keys())
def test_what_became_of_answers_and_chases(
    fact: PlaceFact, values: dict[str, Any], answers: tuple[str, ...], chases: tuple[str, ...]
) -> None:
    seen = only(meeting(fact, **values))
    assert (tuple(questions.answers(seen)), tuple(questions.chases(seen))) == (answers, chases)


def test_quorum_and_time_are_not_asked_of_a_cancelled_meeting() -> None:
    gone = Seen(meeting(place(outcome=CAME), quorum="Q1", cancelled=True, deadline_at=START))
    assert questions.quorum_met(gone) is LEFT.CANCELLED
    assert questions.in_time(gone) is LEFT.CANCELLED
    assert questions.cancelled(gone) is True
    assert questions.cancelled(Seen(meeting())) is False


def test_a_conference_s_own_deadline_is_asked_of_conferences_only() -> None:
    late: dict[str, Any] = {"deadline_at": ago(seconds=1)}
    assert questions.icpc_in_policy_time(Seen(meeting(meeting_type="icpc", **late))) is False
    assert questions.icpc_in_policy_time(Seen(meeting(meeting_type="icpc", deadline_at=START))) is True
    assert questions.icpc_in_policy_time(Seen(meeting(**late))) is None
    gone = Seen(meeting(meeting_type="icpc", cancelled=True, initiating_sd_on=START.date()))
    assert questions.icpc_in_15(gone) is LEFT.CANCELLED
    assert tuple(questions.icpc_band(gone)) == ()


def test_a_conference_without_a_time_has_no_count_of_days() -> None:
    judged = meeting(meeting_type="icpc", starts_at=None, initiating_sd_on=START.date())
    assert questions.icpc_days(judged) is None
    assert questions.icpc_in_15(Seen(judged)) is LEFT.NOT_KNOWN


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"cancelled": True, "cancelled_because": "already_held"}, ("already_held",)),
        ({"cancelled": True}, ("not_said",)),
        ({"cancelled_because": "already_held"}, ()),
    ],
)
def test_why_meetings_were_called_off(values: dict[str, Any], told: tuple[str, ...]) -> None:
    assert tuple(questions.cancelled_because(Seen(meeting(**values)))) == told


SHORT = place(owed=FOUR_HOURS, handed_at=ago(hours=1))
SHORT_NOTICE = {
    "a required agency had too little and nobody said why": ((SHORT,), {}, ("no_reason_given",)),
    "with a reason of the list": ((SHORT,), {"short_notice_reason": "immediate_risk"}, ("immediate_risk",)),
    "a reason is enough": ((place(),), {"short_notice_reason": "immediate_risk"}, ("immediate_risk",)),
    "an optional agency's notice is nobody's breach": (
        (place(level="optional", owed=FOUR_HOURS, handed_at=ago(hours=1)),),
        {},
        (),
    ),
    "one of two is enough": ((place(owed=FOUR_HOURS, handed_at=ago(hours=4)), SHORT), {}, ("no_reason_given",)),
    "kept": ((place(owed=FOUR_HOURS, handed_at=ago(hours=4)),), {}, ()),
    "not set": ((place(handed_at=ago(hours=1)),), {}, ()),
    "cancelled": ((SHORT,), {"cancelled": True}, ()),
}


@pytest.mark.parametrize(("places", "values", "told"), SHORT_NOTICE.values(), ids=SHORT_NOTICE.keys())
def test_short_notice_is_counted_by_the_reason_given(
    places: tuple[PlaceFact, ...], values: dict[str, Any], told: tuple[str, ...]
) -> None:
    assert tuple(questions.short_notice_because(Seen(meeting(*places, **values)))) == told


def test_a_reason_for_going_on_without_a_quorum_is_told_though_the_quorum_is_not_set() -> None:
    named = Seen(meeting(place(), inquorate_reason="immediate_risk"))
    assert tuple(questions.without_quorum_because(named)) == ("immediate_risk",)


def test_a_meeting_s_quorum_is_that_of_its_own_type_in_the_version_that_planned_it() -> None:
    asked: list[tuple[str, str]] = []

    def rules_of(policy_hash: str, meeting_type: str) -> TypeRules:
        asked.append((policy_hash, meeting_type))
        return TypeRules(RULES["Q3"], {"gp": "csc", "school": "education", "police": "police"})

    places = [place(role, outcome=CAME) for role in ("gp", "school", "police")]
    fact = meeting(*places, policy_hash="h1", meeting_type="icpc").fact
    assert judge(fact, CALENDAR, rules_of).quorate is True
    assert asked == [("h1", "icpc")]


@pytest.mark.parametrize(("level", "met"), [("core", False), ("conditional", True)])
def test_a_quorum_of_every_core_agency_is_of_the_places_at_core_level(level: str, met: bool) -> None:
    places = (place("gp", outcome=CAME), place("lcpp", level=level, outcome=WROTE))
    assert meeting(*places, quorum="Q5").quorate is met


def test_the_notice_an_agency_saw_is_banded_from_when_it_saw_it() -> None:
    seen = only(meeting(place(handed_at=ago(hours=5), seen_at=ago(hours=3))))
    assert tuple(questions.notice_told(seen)) == ("working_4_to_8",)
    assert tuple(questions.notice_seen(seen)) == ("working_under_4",)


def test_the_type_counts_meetings_that_took_place() -> None:
    assert tuple(questions.meeting_type(Seen(meeting()))) == ("strategy",)
    assert tuple(questions.meeting_type(Seen(meeting(cancelled=True)))) == ()


KEYS = {
    Split.MONTH: "2026-06",
    Split.TYPE: "strategy",
    Split.AGENCY: "gp",
    # Told on Monday at 1pm in the office: eight hours of its working time, twenty-four by the clock.
    Split.WORKING_NOTICE: "working_1_to_2_days",
    Split.ELAPSED_NOTICE: "elapsed_1_to_2_days",
}


@pytest.mark.parametrize(("split", "key"), KEYS.items())
def test_each_split_s_line(split: Split, key: str) -> None:
    assert questions.key_of(split, only(meeting(place(handed_at=ago(days=1))))) == key


@pytest.mark.parametrize("split", [Split.WORKING_NOTICE, Split.ELAPSED_NOTICE])
def test_notice_that_is_not_known_has_no_line(split: Split) -> None:
    assert questions.key_of(split, only(meeting(place()))) is None


def test_a_question_put_to_the_wrong_unit_is_a_mistake_of_ours_and_told() -> None:
    with pytest.raises(ValueError, match=r"^part is no split of a share$"):
        questions.key_of(Split.PART, only(meeting(place())))
    with pytest.raises(TypeError, match=r"^a measure of places was asked of a meeting$"):
        questions.came(Seen(meeting(place())))


def case(*meetings: tuple[str, int | None]) -> Case:
    """A case with meetings of these types, each so many days after ``START``; None: never had a time."""
    found = Case()
    for kind, days in meetings:
        starts_at: datetime | None = None if days is None else START + timedelta(days=days)
        found.add(meeting(meeting_type=kind, starts_at=starts_at).fact)
    return found


CASES: dict[str, tuple[Iterable[tuple[str, int | None]], object, object]] = {
    "one strategy meeting": ([("strategy", 0)], False, False),
    "a conference after it": ([("strategy", 0), ("icpc", 14)], True, False),
    "at the same instant": ([("icpc", 0), ("strategy", 0)], True, False),
    "a conference before it only": ([("icpc", -1), ("strategy", 0)], False, False),
    "the first meeting and the last conference decide": (
        [("strategy", 9), ("icpc", 5), ("strategy", 3), ("icpc", 1)],
        True,
        True,
    ),
    "the last conference, though read first": (
        [("strategy", 3), ("icpc", 5), ("icpc", 1)],
        True,
        False,
    ),
    "two strategy meetings": ([("strategy", 0), ("strategy", 3)], False, True),
    "a conference alone is no question": ([("icpc", 3)], None, None),
    "other meetings are neither": ([("review_conference", 3), ("strategy", 0)], False, False),
    "a meeting that never had a time": ([("strategy", None), ("icpc", None)], None, None),
    "a hospital meeting and a pre-birth conference": ([("strategy_hospital", 0), ("prebirth_icpc", 9)], True, False),
    "a transfer-in conference follows another authority's plan": ([("strategy", 0), ("transfer_in", 9)], False, False),
    "a follow-up and a review continue the first": (
        [("strategy", 0), ("strategy_followup", 3), ("strategy_review", 5)],
        False,
        False,
    ),
    "a follow-up alone": ([("strategy_followup", 0), ("icpc", 9)], True, None),
    "two of different types": ([("strategy_missing", 0), ("complex_abuse", 5)], False, True),
}


@pytest.mark.parametrize(("meetings", "conference", "again"), CASES.values(), ids=CASES.keys())
def test_a_case_s_way_from_strategy_meeting_to_conference(
    meetings: Iterable[tuple[str, int | None]], conference: object, again: object
) -> None:
    found = case(*meetings)
    assert questions.came_to_conference(found) is conference
    assert questions.met_again(found) is again


def told(kind: str, days: int, began: int | None = None, *, recorded: bool = True) -> MeetingFact:
    """A meeting so many days after ``START`` whose outcome names an enquiry begun so many days after it, or none."""
    enquiry = None if began is None else START + timedelta(days=began)
    at = START + timedelta(days=days)
    return meeting(meeting_type=kind, starts_at=at, outcome_recorded=recorded, enquiry_began_at=enquiry).fact


ENQUIRIES: dict[str, tuple[Iterable[MeetingFact], object, object]] = {
    "it started and a conference came": ([told("strategy", 0, 0), told("icpc", 14)], True, True),
    "it started and none came": ([told("strategy", 0, 0)], True, False),
    "the outcome names none": ([told("strategy", 0)], False, None),
    "no outcome is recorded": ([told("strategy", 0, recorded=False), told("icpc", 9)], LeftOut.NOT_RECORDED, None),
    "one outcome of two is kept": (
        [told("strategy", 0, recorded=False), told("strategy_followup", 1)],
        False,
        None,
    ),
    "the follow-up's outcome names it": ([told("strategy", 0), told("strategy_followup", 1, 1)], True, False),
    "the conference was earlier on the day it started": ([told("strategy", 0, 0), told("icpc", -1)], True, False),
    "on the same London day, an hour before": (
        [told("strategy", 0, 0), meeting(meeting_type="prebirth_icpc", starts_at=START - timedelta(hours=1)).fact],
        True,
        True,
    ),
    "of two the first counts": (
        [told("strategy", 9, 9), told("icpc", 5), told("strategy", 3, 3)],
        True,
        True,
    ),
    "a conference alone is no question": ([told("icpc", 3, 3)], None, None),
}


@pytest.mark.parametrize(("facts", "enquiry", "conference"), ENQUIRIES.values(), ids=ENQUIRIES.keys())
def test_a_case_s_way_from_strategy_meeting_through_an_enquiry_to_conference(
    facts: Iterable[MeetingFact], enquiry: object, conference: object
) -> None:
    found = Case()
    for fact in facts:
        found.add(fact)
    assert questions.came_to_enquiry(found) is enquiry
    assert questions.enquiry_to_conference(found) is conference
