"""A deadline that is the earlier of several figures, as a partnership that adopts one would write it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from service.domain.clock_starts import ClockStart
from service.domain.facts import RequestFacts, Urgency
from service.domain.london import from_wall, wall
from service.domain.timescales import Timescale, timescale
from service.policies.holidays import working_calendar
from service.policies.load import load_file
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import figure, pack

CALENDAR = working_calendar(date(2026, 11, 23))
CONFERENCE = from_wall("2026-02-02T10:00:00")  # Monday
AFTER_BIRTH = figure("prebirth_review.or_earlier.birth", "20 working days")
BY_WEEK_34 = figure("prebirth_icpc.or_earlier.expected_delivery", "week 34 of the pregnancy")


def review(folder: Path, body: str, *, meeting_type: str = "prebirth_review", **instants: datetime) -> Timescale:
    policy = load_file(pack(folder, body, extends="national"))
    facts = RequestFacts(meeting_type, Urgency.STANDARD, CONFERENCE, (), **instants)  # type: ignore[arg-type]
    return timescale(policy.meeting_type(meeting_type), facts, CALENDAR)


@pytest.mark.parametrize(
    ("birth", "result", "why"),
    [
        ("2026-03-30T00:00:00", "2026-04-29T23:59:59", "20 working days, over Easter, come before three months"),
        ("2026-04-20T00:00:00", "2026-05-02T23:59:59", "born late: three months from the conference, a Saturday"),
    ],
)
def test_a_review_after_a_birth_is_due_at_the_earlier_of_the_two(
    tmp_path: Path, birth: str, result: str, why: str
) -> None:
    found = review(tmp_path, AFTER_BIRTH, icpc_at=CONFERENCE, birth_clock_at=from_wall(birth))

    assert found.due_at is not None
    assert wall(found.due_at) == result, why
    assert found.words.startswith("the earliest of: 3 months from the initial conference: by")


def test_before_the_birth_is_known_the_known_limit_holds_and_the_other_is_named_as_unknown(tmp_path: Path) -> None:
    found = review(tmp_path, AFTER_BIRTH, icpc_at=CONFERENCE)

    assert found.due_at is not None
    assert wall(found.due_at) == "2026-05-02T23:59:59"
    assert found.unknown == (ClockStart.BIRTH,)
    assert "unknown: 20 working days from the birth" in found.words


def test_a_conference_before_birth_may_be_bound_to_a_week_of_the_pregnancy(tmp_path: Path) -> None:
    found = review(
        tmp_path,
        BY_WEEK_34,
        meeting_type="prebirth_icpc",
        initiating_sd_at=CONFERENCE,
        delivery_clock_at=from_wall("2026-03-23T00:00:00"),
    )

    assert found.due_at is not None
    assert wall(found.due_at) == "2026-02-09T23:59:59"  # Monday, six weeks before the expected date
    assert "by week 34 of the pregnancy: by" in found.words


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            figure("prebirth_review.or_earlier.birth", "week 34 of the pregnancy"),
            "a week of the pregnancy, and nothing else, is counted from the expected delivery date",
        ),
        (
            figure("prebirth_review.or_earlier.expected_delivery", "20 working days"),
            "a week of the pregnancy, and nothing else, is counted from the expected delivery date",
        ),
        (
            figure("prebirth_icpc.deadline.any", "week 34 of the pregnancy"),
            "write it in working days, so that the two can be compared",
        ),
        (figure("asv.deadline.any", "week 34 of the pregnancy"), "a week of the pregnancy, and nothing else"),
        (
            figure("prebirth_review.or_earlier.birth", "as soon as possible"),
            "'as soon as possible' has no last instant that could be the earlier one",
        ),
        (figure("prebirth_review.or_earlier.brith", "20 working days"), "did you mean 'birth'?"),
        (figure("strategy.notice_standard.any", "as soon as possible"), "may only be a deadline"),
        (figure("strategy.minutes_due", "week 34 of the pregnancy"), "may only be a deadline"),
        (figure("strategy.deadline.any", "week 43 of the pregnancy"), "is no length of time"),
        (figure("icpc.deadline.any", "as soon as possible"), "write it in working days"),
    ],
)
def test_a_limit_that_cannot_be_counted_is_refused(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        load_file(pack(tmp_path, body, extends="national"))
    assert sentence in refused.value.sentence


def test_a_further_limit_that_is_law_may_be_shortened_and_not_lengthened(tmp_path: Path) -> None:
    law = figure("prebirth_review.or_earlier.birth", "20 working days", "statutory = true")
    pack(tmp_path, law, extends="national", name="region")
    shorter = pack(tmp_path, AFTER_BIRTH.replace("20", "15"), extends="region", name="shorter")
    longer = pack(tmp_path, AFTER_BIRTH.replace("20", "25"), extends="region", name="longer")

    assert load_file(shorter).meeting_type("prebirth_review").or_earlier[ClockStart.BIRTH].statutory
    with pytest.raises(PolicyRefused, match="set 20 working days from the birth by law"):
        load_file(longer)
