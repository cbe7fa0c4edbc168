"""What the standard asks of a sitting: who took part and was brought in, what was confirmed, minutes, decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.domain import questions
from service.domain.attendance import AttendanceFact, Contribution, Outcome, as_groups, overall
from service.domain.meeting_facts import JudgedMeeting, PlaceFact, TypeRules, judge
from service.domain.participation import Participation
from service.domain.questions import LeftOut, Seen
from service.domain.standard import Filter
from tests.domain.standard_cases import CALENDAR, FOUR_HOURS, START, ago, meeting, place

CAME, WROTE, LEFT = Outcome.ATTENDED, Outcome.REPORT_ONLY, LeftOut
SPOKE = Contribution.SPOKE_FROM_RECORDS


def only(judged: JudgedMeeting) -> Seen:
    return Seen(judged, judged.places[0])


TOOK_PART = {
    "came and spoke": (place(outcome=CAME, contribution=SPOKE), {}, True),
    "came and said nothing": (place(outcome=CAME, contribution=Contribution.NONE), {}, False),
    "came, and nobody recorded what it brought": (place(outcome=CAME), {}, LEFT.NOT_RECORDED),
    "wrote, which is no coming": (place(outcome=WROTE, contribution=SPOKE), {}, False),
    "not recorded": (place(), {}, LEFT.NOT_RECORDED),
    "optional": (place(level="optional", outcome=CAME, contribution=SPOKE), {}, None),
    "cancelled": (place(outcome=CAME, contribution=SPOKE), {"cancelled": True}, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("fact", "values", "expected"), TOOK_PART.values(), ids=TOOK_PART.keys())
def test_taking_part_by_the_narrowest_meaning(fact: PlaceFact, values: dict[str, Any], expected: object) -> None:
    ask = questions.took_part(Participation.CAME_AND_SPOKE)
    assert ask(only(meeting(fact, **values))) is expected


def test_an_agency_never_asked_to_a_recorded_meeting_took_no_part_in_any_meaning() -> None:
    seen = only(meeting(place(invited=False), place("police", outcome=CAME)))
    assert [questions.took_part(reading)(seen) for reading in Participation] == [False] * len(Participation)


def test_written_information_is_taking_part_by_the_meanings_that_say_so() -> None:
    seen = only(meeting(place(outcome=WROTE)))
    told = {reading.value: questions.took_part(reading)(seen) for reading in Participation}
    assert told == {"came": False, "came_or_wrote": True, "contributed": True, "came_and_spoke": False}


CONFIRMED = {
    "the chair has confirmed it": (place(outcome=CAME, confirmed=True), {}, True),
    "the chair has not yet": (place(outcome=CAME), {}, False),
    "nothing to confirm": (place(confirmed=True), {}, None),
    "optional": (place(level="optional", outcome=CAME, confirmed=True), {}, None),
    "cancelled": (place(outcome=CAME, confirmed=True), {"cancelled": True}, None),
}


@pytest.mark.parametrize(("fact", "values", "expected"), CONFIRMED.values(), ids=CONFIRMED.keys())
def test_what_the_chair_confirmed(fact: PlaceFact, values: dict[str, Any], expected: object) -> None:
    assert questions.confirmed(only(meeting(fact, **values))) is expected


BROUGHT_IN = {
    "invited": (place(outcome=CAME), {}, ("invited",)),
    "came unasked": (place(outcome=CAME, invited=False), {}, ("never_invited",)),
    "brought in while the meeting sat": (place(outcome=CAME, invited=False, joined=True), {}, ("joined",)),
    "of a further sitting": (place(outcome=CAME, sitting=2), {}, ("further_sitting",)),
    "not recorded": (place(joined=True), {}, ()),
    "cancelled": (place(outcome=CAME), {"cancelled": True}, ()),
}


@pytest.mark.parametrize(("fact", "values", "told"), BROUGHT_IN.values(), ids=BROUGHT_IN.keys())
def test_how_a_recorded_place_came_to_be(fact: PlaceFact, values: dict[str, Any], told: tuple[str, ...]) -> None:
    assert tuple(questions.how_asked(only(meeting(fact, **values)))) == told


@pytest.mark.parametrize("values", [{"joined": True}, {"sitting": 2}])
def test_notice_is_no_question_of_who_was_brought_in_nor_of_a_further_sitting(values: dict[str, Any]) -> None:
    fact = place(outcome=CAME, owed=FOUR_HOURS, handed_at=ago(hours=9), seen_at=ago(hours=9), answer="yes", **values)
    seen = only(meeting(fact))
    assert not fact.asked_beforehand
    assert questions.came(seen) is True
    assert questions.came_by_notice(seen) is None
    assert questions.notice_kept(seen) is None
    assert questions.notice_kept_seen(seen) is None


def test_the_quorum_is_judged_by_the_last_sitting() -> None:
    first = [place(role, outcome=CAME) for role in ("gp", "lcpp", "police_child_protection")]
    later = [place(role, outcome=CAME, sitting=2) for role in ("gp", "lcpp")]
    assert meeting(*first, quorum="Q1").quorate is True
    assert meeting(*first, *later, quorum="Q1").quorate is False
    assert (
        meeting(*later, *first, place("police_child_protection", outcome=CAME, sitting=2), quorum="Q1").quorate is True
    )


DAY = timedelta(days=1)
MINUTES = {
    "out on the day": ({"minutes_due_at": START + DAY, "minutes_issued_at": START + DAY}, True),
    "out a second late": (
        {"minutes_due_at": START + DAY, "minutes_issued_at": START + DAY + timedelta(seconds=1)},
        False,
    ),
    "not out, and the day has gone": ({"minutes_due_at": START + DAY}, False),
    "not out, and the day is to come": ({"minutes_due_at": START + 9 * DAY}, LEFT.NOT_DUE),
    "no day is set": ({"minutes_issued_at": START}, LEFT.NOT_SET),
    "cancelled": ({"minutes_due_at": START, "minutes_issued_at": START, "cancelled": True}, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("values", "expected"), MINUTES.values(), ids=MINUTES.keys())
def test_minutes_in_time(values: dict[str, Any], expected: object) -> None:
    fact = meeting(**values).fact
    judged = judge(fact, CALENDAR, lambda *_: TypeRules(None, {}), START + 5 * DAY)
    assert questions.minutes_in_time(Seen(judged)) is expected


OPENED = {
    "all": ((place(decisions_opened=True), place(decisions_opened=True)), {}, True),
    "all but one": ((place(decisions_opened=True), place(decisions_opened=False)), {}, False),
    "those it does not concern are not waited for": ((place(decisions_opened=True), place()), {}, True),
    "who was brought in is waited for": (
        (place(decisions_opened=True), place(invited=False, joined=True, decisions_opened=False)),
        {},
        False,
    ),
    "who was never asked is not": (
        (place(decisions_opened=True), place(invited=False, decisions_opened=False)),
        {},
        True,
    ),
    "none for anybody": ((place(),), {}, LEFT.NOT_RECORDED),
    "cancelled": ((place(decisions_opened=True),), {"cancelled": True}, LEFT.CANCELLED),
}


@pytest.mark.parametrize(("places", "values", "expected"), OPENED.values(), ids=OPENED.keys())
def test_decisions_opened_by_every_agency(
    places: tuple[PlaceFact, ...], values: dict[str, Any], expected: object
) -> None:
    assert questions.decisions_opened(Seen(meeting(*places, **values))) is expected


@pytest.mark.parametrize(("circumstance", "taken"), [("neglect", True), ("domestic_abuse", False)])
def test_a_filter_by_circumstance_takes_the_meetings_that_have_it(circumstance: str, taken: bool) -> None:
    assert Filter(circumstance=circumstance).takes(meeting(circumstances=frozenset({"neglect"})).fact) is taken


def fact(role: str, outcome: Outcome | None, *, confirmed: bool, sitting: int = 1) -> AttendanceFact:
    return AttendanceFact(
        "M1", "2026-11", role, "health", "core", True, True, outcome, sitting=sitting, confirmed=confirmed
    )


def test_unconfirmed_attendance_counts_and_is_marked() -> None:
    came = [fact(role, CAME, confirmed=role == "midwifery") for role in ("gp", "health_visitor", "midwifery")]
    line = overall([*came, fact("camhs", None, confirmed=False)])
    assert (line.rate.n, line.rate.of, line.not_confirmed, line.not_recorded) == (3, 3, 2, 1)


def test_a_group_is_confirmed_when_every_recorded_role_of_it_is_at_each_sitting_on_its_own() -> None:
    rows = [
        fact("gp", CAME, confirmed=True),
        fact("midwifery", None, confirmed=False),
        fact("gp", CAME, confirmed=True, sitting=2),
        fact("midwifery", WROTE, confirmed=False, sitting=2),
    ]
    assert [(each.sitting, each.confirmed) for each in as_groups(rows)] == [(1, True), (2, False)]
