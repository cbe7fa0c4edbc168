"""The standard's measures: what counts as yes, as no, as left out and as no question at all; and the codebook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain import questions
from service.domain.attendance import Outcome
from service.domain.bands import BAND_WORDS, band_of_days, elapsed_band, working_band
from service.domain.codebook import FIELDS, codebook
from service.domain.measures import EVERY_MEASURE
from service.domain.medical import AtMedical, MedicalState
from service.domain.meeting_facts import ChildFact, JudgedMeeting, MedicalFact, PlaceFact
from service.domain.questions import LeftOut, Seen
from service.domain.spans import Span, Unit
from service.domain.standard import Filter
from tests.domain.standard_cases import FOUR_HOURS, START, ago, meeting, place

CAME, LEFT = Outcome.ATTENDED, LeftOut


def only(judged: JudgedMeeting) -> Seen:
    return Seen(judged, judged.places[0])


CAME_TABLE = {
    "attended": (place(outcome=CAME), {}, True),
    "represented": (place(outcome=Outcome.REPRESENTED), {}, True),
    "a written report is a contribution and no attendance": (place(outcome=Outcome.REPORT_ONLY), {}, False),
    "not recorded yet": (place(), {}, LEFT.NOT_RECORDED),
    "optional places are no question": (place(level="optional", outcome=CAME), {}, None),
    "cancelled meetings leave the denominator": (place(), {"cancelled": True}, LEFT.CANCELLED),
    "never asked, and nothing recorded": (place(invited=False), {}, LEFT.NOT_RECORDED),
}


@pytest.mark.parametrize(("fact", "values", "expected"), CAME_TABLE.values(), ids=CAME_TABLE.keys())
def test_who_came(fact: PlaceFact, values: dict[str, Any], expected: object) -> None:
    assert questions.came(only(meeting(fact, **values))) is expected


def test_an_agency_never_asked_was_absent_once_the_meeting_is_recorded() -> None:
    judged = meeting(place(invited=False), place("police", outcome=CAME))
    assert questions.came(only(judged)) is False


NOTICE = {
    "exactly four hours of the same Tuesday": (place(owed=FOUR_HOURS, handed_at=ago(hours=4)), True),
    "a second short": (place(owed=FOUR_HOURS, handed_at=ago(hours=3, minutes=59, seconds=59)), False),
    "Monday 4.30pm, half an hour before the desk closes": (
        place(owed=FOUR_HOURS, handed_at=datetime(2026, 6, 8, 15, 30, tzinfo=UTC)),
        True,
    ),
    "handed over after the start": (place(owed=FOUR_HOURS, handed_at=START + timedelta(hours=1)), False),
    "nothing owed is neither kept nor broken": (place(handed_at=ago(hours=1)), LEFT.NOT_SET),
    "never invited": (place(owed=FOUR_HOURS, invited=False), LEFT.NEVER_INVITED),
    "invited, nobody knows when": (place(owed=FOUR_HOURS), LEFT.NOT_KNOWN),
}


@pytest.mark.parametrize(("fact", "expected"), NOTICE.values(), ids=NOTICE.keys())
def test_notice_kept(fact: PlaceFact, expected: object) -> None:
    assert questions.notice_kept(only(meeting(fact))) is expected


SEEN = {
    "answered while four hours were left": (place(owed=FOUR_HOURS, handed_at=ago(hours=9), seen_at=ago(hours=4)), True),
    "told in time, seen too late": (place(owed=FOUR_HOURS, handed_at=ago(hours=5), seen_at=ago(hours=3)), False),
    "an answer older than the telling counts from the telling": (
        place(owed=FOUR_HOURS, handed_at=ago(hours=3), seen_at=ago(hours=30)),
        False,
    ),
    "nobody knows when it was seen": (place(owed=FOUR_HOURS, handed_at=ago(hours=9)), LEFT.NOT_KNOWN),
    "nothing owed": (place(handed_at=ago(hours=9), seen_at=ago(hours=4)), LEFT.NOT_SET),
    "optional": (place(level="optional", owed=FOUR_HOURS, handed_at=ago(hours=9), seen_at=ago(hours=4)), None),
}


@pytest.mark.parametrize(("fact", "expected"), SEEN.values(), ids=SEEN.keys())
def test_notice_kept_from_when_it_was_seen(fact: PlaceFact, expected: object) -> None:
    assert questions.notice_kept_seen(only(meeting(fact))) is expected


def test_notice_that_nobody_knows_of_is_a_part_of_its_own_and_not_nought() -> None:
    seen = only(meeting(place(handed_at=ago(hours=5))))
    assert tuple(questions.notice_told(seen)) == ("working_4_to_8",)
    assert tuple(questions.notice_seen(seen)) == ("not_known",)
    for gone in (place(level="optional", handed_at=ago(hours=5)), place(invited=False)):
        assert tuple(questions.notice_told(only(meeting(gone)))) == ()
    assert tuple(questions.notice_told(only(meeting(place(handed_at=ago(hours=5)), cancelled=True)))) == ()


ALONE = {
    "too few came and nobody said why": ({}, ("no_reason_given",)),
    "said in a sentence": ({"inquorate_reason": "Nobody else could be reached."}, ("in_own_words",)),
    "cancelled": ({"cancelled": True}, ()),
}


@pytest.mark.parametrize(("values", "told"), ALONE.values(), ids=ALONE.keys())
def test_going_on_without_a_quorum_is_counted_by_whether_somebody_said_why(
    values: dict[str, Any], told: tuple[str, ...]
) -> None:
    assert tuple(questions.without_quorum_because(Seen(meeting(place(outcome=CAME), quorum="Q1", **values)))) == told


def test_a_quorate_meeting_and_one_not_recorded_went_on_without_nobody() -> None:
    all_three = [place(role, outcome=CAME) for role in ("gp", "police_child_protection", "lcpp")]
    assert tuple(questions.without_quorum_because(Seen(meeting(*all_three, quorum="Q1")))) == ()
    assert tuple(questions.without_quorum_because(Seen(meeting(place(), quorum="Q1")))) == ()


FILTERS = {
    "no condition": (Filter(), True),
    "its team": (Filter(team="north"), True),
    "another team": (Filter(team="south"), False),
    "the team it went to": (Filter(team="child_protection_team"), True),
    "an unborn child": (Filter(unborn=True), True),
    "born children only": (Filter(unborn=False), False),
    "an age band": (Filter(age_band="5-17"), True),
    "an age band nobody is of": (Filter(age_band="0-4"), False),
    "all conditions hold together": (Filter(circumstance="neglect", team="south"), False),
}


@pytest.mark.parametrize(("only_these", "taken"), FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_takes_a_meeting_that_meets_all_its_conditions(only_these: Filter, taken: bool) -> None:
    children = (ChildFact("a", "unborn"), ChildFact("b", "5-17"))
    fact = meeting(
        team="north", routed_team="child_protection_team", circumstances=frozenset({"neglect"}), children=children
    ).fact
    assert only_these.takes(fact) is taken


def test_quorum_is_none_where_the_policy_sets_none() -> None:
    judged = meeting(place(outcome=CAME))
    assert judged.quorate is None
    assert questions.quorum_met(Seen(judged)) is LeftOut.NOT_SET


QUORUM = {
    "all three": (("gp", "police_child_protection", "lcpp"), True),
    "no police": (("gp", "lcpp"), False),
    "nobody to chair": (("gp", "police_child_protection"), False),
}


@pytest.mark.parametrize(("roles", "expected"), QUORUM.values(), ids=QUORUM.keys())
def test_quorum_met(roles: tuple[str, ...], expected: bool) -> None:
    judged = meeting(*(place(role, outcome=CAME) for role in roles), quorum="Q1")
    assert questions.quorum_met(Seen(judged)) is expected


def test_quorum_waits_until_attendance_is_recorded() -> None:
    assert questions.quorum_met(Seen(meeting(place(), quorum="Q1"))) is LeftOut.NOT_RECORDED


DEADLINES = {
    "at the deadline to the second": (START, True),
    "a second late": (START - timedelta(seconds=1), False),
    "no deadline": (None, LEFT.NOT_SET),
}


@pytest.mark.parametrize(("deadline", "expected"), DEADLINES.values(), ids=DEADLINES.keys())
def test_in_time(deadline: datetime | None, expected: object) -> None:
    assert questions.in_time(Seen(meeting(deadline_at=deadline))) is expected


ICPC = {
    "the 15th working day, with the spring bank holiday between": (date(2026, 5, 18), True, "days_11_to_15"),
    "the 16th: it began on the Friday before": (date(2026, 5, 15), False, "days_16_to_20"),
    "the same day": (date(2026, 6, 9), True, "days_0_to_10"),
    "the conference came before it": (date(2026, 6, 10), LEFT.NOT_KNOWN, None),
    "not named by the request": (None, LEFT.NOT_KNOWN, None),
}


@pytest.mark.parametrize(("began", "expected", "band"), ICPC.values(), ids=ICPC.keys())
def test_initial_conferences_within_15_working_days(began: date | None, expected: object, band: str | None) -> None:
    seen = Seen(meeting(meeting_type="icpc", initiating_sd_on=began))
    assert questions.icpc_in_15(seen) is expected
    assert tuple(questions.icpc_band(seen)) == (() if band is None else (band,))


def test_a_conference_on_the_friday_before_a_saturday_discussion_is_not_counted_as_its_first_day() -> None:
    friday = datetime(2026, 6, 5, 13, tzinfo=UTC)
    seen = Seen(meeting(meeting_type="icpc", starts_at=friday, initiating_sd_on=date(2026, 6, 6)))
    assert questions.icpc_in_15(seen) is LeftOut.NOT_KNOWN


def test_a_strategy_meeting_is_no_conference() -> None:
    assert questions.icpc_in_15(Seen(meeting(initiating_sd_on=date(2026, 6, 1)))) is None


REASONS = {
    "immediate_risk": "immediate_risk",
    "because Ms Unreal was ill": "in_own_words",
    "Unreal": "in_own_words",
    "unreal": "in_own_words",
    "=cmd_x": "in_own_words",
    "": "no_reason_given",
    None: "no_reason_given",
}


@pytest.mark.parametrize(("reason", "told"), REASONS.items())
def test_a_reason_from_a_list_is_told_and_free_words_are_not(reason: str | None, told: str) -> None:
    assert questions.reason_code(reason) == told


HOURS = [(0, 0, 0), (3.99, 0, 0), (4, 1, 1), (7.99, 1, 1), (8, 2, 1), (15.99, 2, 1), (16, 3, 1), (24, 3, 2), (48, 3, 3)]


@pytest.mark.parametrize(("hours", "working", "elapsed"), HOURS)
def test_a_band_begins_at_its_first_value_and_ends_before_the_next(hours: float, working: int, elapsed: int) -> None:
    bands = list(BAND_WORDS)
    assert bands.index(working_band(timedelta(hours=hours))) == working
    assert bands.index(elapsed_band(timedelta(hours=hours))) == 4 + elapsed


@pytest.mark.parametrize(("days", "place_of"), [(0, 0), (10, 0), (11, 1), (15, 1), (16, 2), (20, 2), (21, 3), (90, 3)])
def test_the_national_bands(days: int, place_of: int) -> None:
    assert list(BAND_WORDS).index(band_of_days(days)) == 8 + place_of


ISSUED = START + timedelta(days=1)
MINUTES_TABLE = {
    "issued on the day": ({"minutes_due_at": ISSUED, "minutes_issued_at": ISSUED}, True),
    "issued late": ({"minutes_due_at": ISSUED, "minutes_issued_at": ISSUED + timedelta(seconds=1)}, False),
    "not issued, and the day has gone": ({"minutes_due_at": START}, False),
    "not issued, and the day is to come": ({"minutes_due_at": START + timedelta(days=9)}, LEFT.NOT_DUE),
    "no day set": ({"minutes_issued_at": ISSUED}, LEFT.NOT_SET),
    "cancelled": ({"minutes_due_at": START, "cancelled": True}, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("values", "verdict"), MINUTES_TABLE.values(), ids=MINUTES_TABLE)
def test_minutes_in_time(values: dict[str, Any], verdict: object) -> None:
    counted = replace(meeting(**values), as_of=START + timedelta(days=2))
    assert questions.minutes_in_time(Seen(counted)) is verdict


OPENED_TABLE = {
    "all have": ((place(decisions_opened=True), place("lcpp", decisions_opened=True)), {}, True),
    "one has not": ((place(decisions_opened=True), place("lcpp", decisions_opened=False)), {}, False),
    "one never invited has not": (
        (place(decisions_opened=True), place(invited=False, decisions_opened=False)),
        {},
        True,
    ),
    "nothing concerns anybody": ((place(), place("lcpp")), {}, LEFT.NOT_RECORDED),
    "absent agencies too": ((place(outcome=Outcome.NO_ANSWER, decisions_opened=False),), {}, False),
    "cancelled": ((place(decisions_opened=True),), {"cancelled": True}, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("places", "values", "verdict"), OPENED_TABLE.values(), ids=OPENED_TABLE)
def test_decisions_opened_by_every_agency(
    places: tuple[PlaceFact, ...], values: dict[str, Any], verdict: object
) -> None:
    assert questions.decisions_opened(Seen(meeting(*places, **values))) is verdict


def test_the_codebook_page_is_the_one_the_code_writes() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "codebook.md"
    assert page.read_text(encoding="utf-8") == codebook(), "write it again: convene report codebook > docs/codebook.md"


def test_the_codebook_defines_every_field_and_measure() -> None:
    page = codebook()
    for field in FIELDS:
        assert f"| `{field}` |" in page
    for measure in EVERY_MEASURE:
        assert f"### `{measure.id}`" in page
        assert measure.numerator
        assert measure.denominator
        assert measure.left_out
        assert measure.source
    assert len({measure.id for measure in EVERY_MEASURE}) == len(EVERY_MEASURE)


# The conference is on Tuesday 9 June 2026: two working days before it is the night of Friday 5 June.
FRIDAY_NIGHT = datetime(2026, 6, 5, 22, 59, 59, tzinfo=UTC)
TWO_DAYS = Span(2, Unit.WORKING_DAYS)
REPORTS = {
    "in on Friday, the last second of it": (place(report_received_at=FRIDAY_NIGHT), TWO_DAYS, {}, True),
    "in on Saturday": (place(report_received_at=FRIDAY_NIGHT + timedelta(seconds=1)), TWO_DAYS, {}, False),
    "none came": (place(), TWO_DAYS, {}, False),
    "it came, and the agency did not": (
        place(report_received_at=FRIDAY_NIGHT, outcome=Outcome.NO_ANSWER),
        TWO_DAYS,
        {},
        True,
    ),
    "no day is set, though one came": (place(report_received_at=FRIDAY_NIGHT), None, {}, LEFT.NOT_SET),
    "as soon as possible has no last instant": (place(), Span(0, Unit.ASAP), {}, LEFT.NOT_SET),
    "never invited": (place(invited=False), TWO_DAYS, {}, LEFT.NEVER_INVITED),
    "cancelled": (place(), TWO_DAYS, {"cancelled": True}, LEFT.CANCELLED),
    "optional": (place(level="optional"), TWO_DAYS, {}, None),
    "brought in during the meeting": (place(joined=True), TWO_DAYS, {}, None),
    "a further sitting": (place(sitting=2), TWO_DAYS, {}, None),
}


@pytest.mark.parametrize(("fact", "due", "values", "expected"), REPORTS.values(), ids=REPORTS)
def test_reports_in_time(fact: PlaceFact, due: Span | None, values: dict[str, Any], expected: object) -> None:
    judged = meeting(fact, report_due=due, meeting_type="icpc", **values)
    assert questions.report_in_time(only(judged)) is expected


def test_a_place_is_judged_by_notice_and_report_whether_or_not_it_is_known_to_have_seen_its_invitation() -> None:
    told = place(handed_at=ago(hours=1), owed=FOUR_HOURS, report_received_at=FRIDAY_NIGHT)
    short = ("working_under_4", "elapsed_under_4")
    [judged] = meeting(told, report_due=TWO_DAYS, meeting_type="icpc").places
    assert judged == (told, short, False, None, None, True)
    seen = told._replace(seen_at=ago(minutes=30))
    [judged] = meeting(seen, report_due=TWO_DAYS, meeting_type="icpc").places
    assert judged == (seen, short, False, short, False, True)


AT = START + timedelta(days=2)
THERE = frozenset({(AtMedical.CHILD, True), (AtMedical.SOCIAL_WORKER, False)})
HELD = MedicalFact(MedicalState.HELD, None, AT, THERE)
MEDICALS = {
    "nobody has decided": ({}, None, None, None, (), ()),
    "none is needed": (
        {"medical": MedicalFact(MedicalState.NOT_NEEDED, "already_examined")},
        None, None, None, ("not_needed",), ("already_examined",),
    ),
    "wanted, and not arranged": ({"medical": MedicalFact(MedicalState.WANTED)}, False, None, None, ("needed",), ()),
    "booked for later": (
        {"medical": MedicalFact(MedicalState.BOOKED, None, AT + timedelta(days=9))},
        True, LEFT.NOT_DUE, LEFT.NOT_DUE, ("needed",), (),
    ),
    "its time has gone and nobody recorded it": (
        {"medical": MedicalFact(MedicalState.BOOKED, None, AT)},
        True, LEFT.NOT_RECORDED, LEFT.NOT_RECORDED, ("needed",), (),
    ),
    "the child came and the social worker did not": ({"medical": HELD}, True, True, False, ("needed",), ()),
    "only the doctor is recorded": (
        {"medical": replace(HELD, came=frozenset({(AtMedical.EXAMINING_DOCTOR, True)}))},
        True, LEFT.NOT_RECORDED, LEFT.NOT_RECORDED, ("needed",), (),
    ),
    "cancelled": ({"medical": HELD, "cancelled": True}, LEFT.CANCELLED, LEFT.CANCELLED, LEFT.CANCELLED, (), ()),
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "arranged", "child", "social_worker", "decided", "because"), MEDICALS.values(), ids=MEDICALS
)
def test_medicals(
    values: dict[str, Any],
    arranged: object,
    child: object,
    social_worker: object,
    decided: tuple[str, ...],
    because: tuple[str, ...],
) -> None:
    seen = Seen(replace(meeting(**values), as_of=START + timedelta(days=5)))
    assert questions.medical_arranged(seen) is arranged
    assert questions.was_at_medical(AtMedical.CHILD)(seen) is child
    assert questions.was_at_medical(AtMedical.SOCIAL_WORKER)(seen) is social_worker
    assert tuple(questions.medical_decided(seen)) == decided
    assert tuple(questions.no_medical_because(seen)) == because
