"""Who came, out of what: the three denominators, what leaves them, and what is counted apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.attendance import (
    OUTCOME_WORDS,
    AttendanceFact,
    Denominator,
    Outcome,
    as_groups,
    by_agency,
    by_group,
    by_month,
    month_of,
    overall,
    present,
    rate,
)

REQUIRED, INVITED, ALL = Denominator.REQUIRED, Denominator.INVITED, Denominator.ALL


def fact(
    meeting: str,
    role: str,
    outcome: Outcome | None,
    *,
    invited: bool = True,
    required: bool = True,
    cancelled: bool = False,
    group: str | None = None,
    month: str = "2026-11",
) -> AttendanceFact:
    return AttendanceFact(meeting, month, role, group or role, "core", invited, required, outcome, cancelled)


CAME, DEPUTY, WROTE = Outcome.ATTENDED, Outcome.REPRESENTED, Outcome.REPORT_ONLY
SORRY, SILENT = Outcome.APOLOGIES, Outcome.NO_ANSWER

# Five meetings took place (M1 to M5), one was cancelled, one is not recorded yet. Health had a place at four of five.
ROWS = [
    fact("M1", "police", CAME),
    fact("M1", "health", CAME),
    fact("M2", "police", DEPUTY),
    fact("M2", "health", WROTE),
    fact("M3", "police", CAME),
    fact("M3", "health", None, invited=False),  # required and never asked
    fact("M4", "police", CAME, month="2026-12"),
    fact("M4", "health", CAME, required=False, month="2026-12"),  # asked beyond the policy
    fact("M5", "police", SILENT, month="2026-12"),  # health neither required nor asked
    fact("M6", "police", None, cancelled=True),
    fact("M6", "health", None, cancelled=True),
    fact("M7", "police", None, month="2026-12"),
    fact("M7", "health", None, month="2026-12"),
]


@pytest.mark.parametrize(
    ("role", "denominator", "n", "of", "why"),
    [
        ("health", ALL, 2, 5, "came to M1 and M4 of the five that took place"),
        ("health", INVITED, 2, 3, "M1, M2 and M4: never having asked for M3 is hidden"),
        ("health", REQUIRED, 1, 3, "M1, M2 and M3: coming to M4 beyond the policy does not mend it"),
        ("police", ALL, 4, 5, "all but M5; a deputy counts"),
        ("police", INVITED, 4, 5, "asked every time"),
        ("police", REQUIRED, 4, 5, "required every time"),
    ],
)
def test_the_three_denominators_differ(role: str, denominator: Denominator, n: int, of: int, why: str) -> None:
    lines = {line.key: line for line in by_agency(ROWS, denominator)}
    assert (lines[role].rate.n, lines[role].rate.of) == (n, of), why


def test_cancelled_and_unrecorded_are_counted_apart() -> None:
    health, police = by_agency(ROWS)
    assert (health.cancelled, health.not_recorded, health.report_only) == (1, 1, 1)
    assert (police.cancelled, police.not_recorded, police.report_only) == (1, 1, 0)
    assert overall(ROWS).cancelled == 1  # one meeting, though two places


def test_a_report_alone_is_not_attendance() -> None:
    assert [present(outcome) for outcome in (*Outcome, None)] == [True, True, False, False, False, False]


def test_by_month_is_in_order_and_each_month_stands_alone() -> None:
    november, december = by_month(ROWS)
    assert (november.key, november.rate.n, november.rate.of) == ("2026-11", 4, 6)
    assert (december.key, december.rate.n, december.rate.of) == ("2026-12", 1, 2)
    assert [line.rate.of for line in by_month(ROWS, ALL)] == [6, 4]  # three and two meetings, two agencies each


def test_health_as_one_came_if_any_of_its_roles_did() -> None:
    rows = [
        fact("M1", "gp", SORRY, group="health"),
        fact("M1", "health_visitor", CAME, group="health"),
        fact("M2", "gp", WROTE, group="health"),
        fact("M2", "health_visitor", SILENT, group="health"),
        fact("M3", "gp", None, group="health"),
        fact("M3", "health_visitor", CAME, group="health", required=False),
        fact("M4", "gp", None, group="health"),
        fact("M4", "health_visitor", SORRY, group="health"),
    ]
    (health,) = by_group(rows)
    assert (health.rate.n, health.rate.of) == (2, 3)  # M4 waits: the GP may yet turn out to have come
    assert (health.not_recorded, health.report_only) == (1, 1)


@pytest.mark.parametrize(("denominator", "n", "of"), [(REQUIRED, 1, 1), (INVITED, 1, 2), (ALL, 2, 3)])
def test_a_group_is_required_or_invited_if_any_of_its_roles_is(denominator: Denominator, n: int, of: int) -> None:
    rows = [
        fact("M1", "health_visitor", CAME, group="health", required=False, invited=False),
        fact("M1", "gp", CAME, group="health", invited=False),
        fact("M2", "gp", CAME, group="health", required=False),
        fact("M2", "midwifery", SORRY, group="health", required=False, invited=False),
        fact("M3", "midwifery", SILENT, group="health", required=False, invited=False),
        fact("M3", "gp", SILENT, group="health", required=False),
    ]
    (health,) = by_group(rows, denominator)
    assert (health.key, health.rate.n, health.rate.of) == ("health", n, of)


def test_the_whole_table_is_one_line_named_all() -> None:
    assert overall(ROWS).key == "all"


def test_two_schools_at_one_meeting_are_two_places() -> None:
    rows = [fact("M1", "school", CAME), fact("M1", "school", SILENT), fact("M2", "police", CAME)]
    assert [(line.rate.n, line.rate.of) for line in by_agency(rows, ALL)] == [(1, 2), (1, 3)]


def test_somebody_who_came_unasked_counts_where_asking_is_not_the_question() -> None:
    rows = [fact("M1", "police", CAME), fact("M1", "gp", CAME, invited=False, required=False)]
    assert [rate(rows, each).n for each in (REQUIRED, INVITED, ALL)] == [1, 1, 2]


def test_nothing_recorded_is_no_percentage() -> None:
    line = overall([fact("M1", "police", None)])
    assert (line.rate.of, line.rate.percent, line.not_recorded) == (0, None, 1)
    assert overall([]).rate.percent is None
    assert by_month([]) == ()


def test_a_meeting_just_after_midnight_in_summer_counts_in_its_london_month() -> None:
    assert month_of(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "2026-07"


def test_every_outcome_has_its_plain_words() -> None:
    assert set(OUTCOME_WORDS) == {*Outcome, None}


FACTS = st.builds(
    AttendanceFact,
    meeting_ref=st.sampled_from(["M1", "M2", "M3", "M4"]),
    month=st.just("2026-11"),
    role=st.sampled_from(["police", "gp", "midwifery"]),
    group=st.sampled_from(["police", "health"]),
    level=st.just("core"),
    invited=st.booleans(),
    required=st.booleans(),
    outcome=st.one_of(st.none(), st.sampled_from(Outcome)),
)
# A cancelled meeting is cancelled in each of its rows, and its month is its own.
TABLES = st.lists(FACTS, max_size=20).map(
    lambda facts: [
        AttendanceFact(
            row.meeting_ref,
            "2026-10" if row.meeting_ref == "M2" else row.month,
            row.role,
            row.group,
            row.level,
            row.invited,
            row.required,
            None if row.meeting_ref == "M1" else row.outcome,
            cancelled=row.meeting_ref == "M1",
        )
        for row in facts
    ]
)


@given(TABLES, st.sampled_from(Denominator))
def test_lines_by_agency_and_by_month_add_up_to_the_whole(rows: list[AttendanceFact], denominator: Denominator) -> None:
    whole = overall(rows, denominator)
    for lines in (by_agency(rows, denominator), by_month(rows, denominator)):
        assert sum(line.rate.n for line in lines) == whole.rate.n
        assert sum(line.rate.of for line in lines) == whole.rate.of
        assert sum(line.not_recorded for line in lines) == whole.not_recorded
        assert sum(line.report_only for line in lines) == whole.report_only


@given(TABLES, st.sampled_from(Denominator))
def test_a_slow_recount_agrees(rows: list[AttendanceFact], denominator: Denominator) -> None:
    recorded = {row.meeting_ref for row in rows if not row.cancelled and row.outcome is not None}
    n = of = 0
    for row in rows:
        unasked_and_over = not row.invited and row.meeting_ref in recorded
        if row.cancelled or (row.outcome is None and not unasked_and_over):
            continue
        if {"required": row.required, "invited": row.invited, "all": True}[denominator]:
            of += 1
            n += row.outcome in ("attended", "represented")
    if denominator == "all":
        for meeting in recorded:
            for role in {row.role for row in rows}:
                of += not [row for row in rows if row.meeting_ref == meeting and row.role == role]
    assert (rate(rows, denominator).n, rate(rows, denominator).of) == (n, of)


@given(TABLES, st.sampled_from(Denominator))
def test_a_cancelled_meeting_never_changes_a_percentage(rows: list[AttendanceFact], denominator: Denominator) -> None:
    kept = [row for row in rows if not row.cancelled]
    roles = {row.role for row in rows}
    assert rate(rows, denominator, agencies=roles) == rate(kept, denominator, agencies=roles)


@given(TABLES)
def test_a_group_has_one_place_per_meeting(rows: list[AttendanceFact]) -> None:
    grouped = as_groups(rows)
    assert len({(row.meeting_ref, row.role) for row in grouped}) == len(grouped)
    assert {(row.meeting_ref, row.role) for row in grouped} == {(row.meeting_ref, row.group) for row in rows}
