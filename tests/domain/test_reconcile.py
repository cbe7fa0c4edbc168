"""The council's list beside the meetings held here: each row and each meeting ends as exactly one finding."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.reconcile import Found, Held, Kind, Listed, reconcile

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
# A Tuesday, and the conference on the 15th working day after it.
SD, ICPC = date(2026, 6, 2), date(2026, 6, 23)


def strategy(on: date = SD, child: str = "P-1", **values: object) -> Held:
    return Held(**({"reference": "CV-1", "kind": Kind.STRATEGY, "on": on, "child": child} | BASE | values))  # type: ignore[arg-type]


BASE: dict[str, object] = {"case_ref": "FAM-1", "alone": False}
CONFERENCE = Held("CV-2", Kind.CONFERENCE, ICPC, "P-1", "FAM-1", alone=False)


ROWS = {
    "the same days on both sides": (Listed(2, "P-1", SD, ICPC), [strategy(), CONFERENCE], Found.MATCHES),
    "no conference on either side": (Listed(2, "P-1", SD, None), [strategy()], Found.MATCHES),
    "entered two days late": (Listed(2, "P-1", SD + timedelta(2), None), [strategy()], Found.OTHER_DAY),
    "three weeks apart is another enquiry": (
        Listed(2, "P-1", SD + timedelta(21), None),
        [strategy()],
        Found.NO_MEETING,
    ),
    "a conference on another day": (
        Listed(2, "P-1", SD, ICPC + timedelta(1)),
        [strategy(), CONFERENCE],
        Found.CONFERENCE_OTHER_DAY,
    ),
    "a conference held elsewhere": (Listed(2, "P-1", SD, ICPC), [strategy()], Found.CONFERENCE_NOT_HERE),
    "a conference nobody listed": (Listed(2, "P-1", SD, None), [strategy(), CONFERENCE], Found.CONFERENCE_NOT_LISTED),
    "a conference before the enquiry is not its own": (
        Listed(2, "P-1", ICPC + timedelta(1), None),
        [strategy(ICPC + timedelta(1)), CONFERENCE],
        Found.MATCHES,
    ),
    "a child nobody asked about": (Listed(2, "P-9", SD, None), [strategy()], Found.UNKNOWN_CHILD),
    "the case's only child by the case's own reference": (
        Listed(2, "FAM-1", SD, None),
        [strategy(alone=True)],
        Found.MATCHES,
    ),
    "a case with two children is not one child": (Listed(2, "FAM-1", SD, None), [strategy()], Found.UNKNOWN_CHILD),
    "no day in the list": (Listed(2, "P-1", None, None), [strategy()], Found.NO_DAY),
}


@pytest.mark.parametrize(("row", "held", "found"), ROWS.values(), ids=ROWS.keys())
def test_what_becomes_of_a_row(row: Listed, held: list[Held], found: Found) -> None:
    assert reconcile([row], held, FIRST, LAST)[0].found is found


def test_a_meeting_nobody_listed_is_named_and_only_within_the_period() -> None:
    early = strategy(FIRST - timedelta(1), reference="CV-0")
    (only,) = reconcile([], [early, strategy(), CONFERENCE], FIRST, LAST)
    assert (only.found, only.reference, only.child, only.row) == (Found.NOT_LISTED, "CV-1", "P-1", None)


def test_two_rows_of_a_child_take_the_nearest_meeting_each_and_never_the_same() -> None:
    meetings = [strategy(SD, reference="CV-1"), strategy(SD + timedelta(6), reference="CV-2")]
    rows = [Listed(2, "P-1", SD, None), Listed(3, "P-1", SD + timedelta(6), None)]
    assert [each.reference for each in reconcile(rows, meetings, FIRST, LAST)] == ["CV-1", "CV-2"]


def test_a_row_that_is_there_twice_claims_nothing_the_second_time() -> None:
    row = Listed(2, "P-1", SD, None)
    found = reconcile([row, Listed(3, "P-1", SD, None)], [strategy()], FIRST, LAST)
    assert [each.found for each in found] == [Found.MATCHES, Found.LISTED_TWICE]


DAYS = st.dates(FIRST - timedelta(20), LAST + timedelta(20))
NAMES = st.sampled_from(["P-1", "P-2", "P-3"])


@given(
    st.lists(st.builds(Listed, st.integers(2, 99), NAMES, st.none() | DAYS, st.none() | DAYS), max_size=8),
    st.lists(st.tuples(NAMES, DAYS, st.sampled_from(Kind)), max_size=8, unique=True),
)
def test_every_row_and_every_meeting_of_the_period_is_told_of_exactly_once(
    rows: list[Listed], meetings: list[tuple[str, date, Kind]]
) -> None:
    held = [Held(f"CV-{n}", kind, on, child, "FAM", alone=False) for n, (child, on, kind) in enumerate(meetings)]
    found = reconcile(rows, held, FIRST, LAST)
    assert [each.row for each in found if each.row is not None] == [row.row for row in rows]
    told = [each.reference for each in found if each.reference]
    assert len(told) == len(set(told))
    wanted = {each.reference for each in held if each.kind is Kind.STRATEGY and FIRST <= each.on <= LAST}
    assert wanted <= set(told)
