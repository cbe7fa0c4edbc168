"""Two plans of one meeting compared: who is added, who falls away, who is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.amending import (
    NO_CHANGE,
    Amendment,
    AmendmentError,
    ChildAmendment,
    FactChange,
    Words,
    amended,
    changes_between,
)
from service.domain.facts import ADOLESCENT, AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.replanning import Difference, PlannedPlace, Reason, applied, difference

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WHY = Reason("C01", "an example reason", "an example procedure", "every case")
POLICE = PlannedPlace("police_child_protection", "", "police", "core", (), (WHY,))
HOUSING = PlannedPlace("housing", "", "housing", "conditional", (), (WHY,))
SCHOOL = PlannedPlace("school", "an inbox", "education", "conditional", ("C1",), (WHY,))
GAP = replace(SCHOOL, slot="child:C1")
OTHER_SCHOOL = replace(SCHOOL, slot="another inbox", children=("C2",))

CASES = {
    "the same plan changes nothing": ([POLICE, SCHOOL], [POLICE, SCHOOL], ([], [], [])),
    "a new agency is added": ([POLICE], [POLICE, HOUSING], ([HOUSING], [], [])),
    "an agency that no rule names falls away": ([POLICE, HOUSING], [POLICE], ([], [HOUSING], [])),
    "a stronger level is a change": (
        [HOUSING],
        [replace(HOUSING, level="core")],
        ([], [], [(HOUSING, replace(HOUSING, level="core"))]),
    ),
    "a sibling at the same school changes its place": (
        [SCHOOL],
        [replace(SCHOOL, children=("C1", "C2"))],
        ([], [], [(SCHOOL, replace(SCHOOL, children=("C1", "C2")))]),
    ),
    "a sibling at another school adds one": ([SCHOOL], [SCHOOL, OTHER_SCHOOL], ([OTHER_SCHOOL], [], [])),
    "the inbox a person found for a child's school stays": ([GAP], [SCHOOL], ([], [], [])),
    "two schools are told apart by their slots first": (
        [SCHOOL, OTHER_SCHOOL],
        [replace(OTHER_SCHOOL, children=("C1", "C2"))],
        ([], [SCHOOL], [(OTHER_SCHOOL, replace(OTHER_SCHOOL, children=("C1", "C2")))]),
    ),
    "a place a person added stays": ([replace(HOUSING, by_hand=True)], [], ([], [], [])),
    "an inbox that must not be told is held back": (
        [POLICE],
        [replace(POLICE, held_back=True)],
        ([], [], [(POLICE, replace(POLICE, held_back=True))]),
    ),
    "one that is held back stays so whatever the facts say": (
        [replace(POLICE, held_back=True)],
        [POLICE],
        ([], [], []),
    ),
}


@pytest.mark.parametrize(("before", "after", "wanted"), CASES.values(), ids=CASES)
def test_the_difference_of_two_plans(
    before: list[PlannedPlace], after: list[PlannedPlace], wanted: tuple[list[object], list[object], list[object]]
) -> None:
    found = difference(before, after)
    said = [(each.before, each.after) for each in found.changed]
    assert (list(found.added), list(found.withdrawn), said) == wanted


def test_a_change_says_what_differs() -> None:
    after = replace(HOUSING, level="core", notice_standard="1 working_days", because=(), held_back=True)
    (change,) = difference([HOUSING], [after]).changed
    assert change.what == ("level", "notice", "reasons", "held_back")
    assert change.held_back_now
    (again,) = difference([after], [replace(after, level="optional")]).changed
    assert not again.held_back_now


_ROLES = ("police", "health", "housing", "school", "early_years")
_LEVELS = ("core", "conditional", "optional")


@st.composite
def plans(draw: st.DrawFn) -> tuple[PlannedPlace, ...]:
    """A plan as binding makes them: one place of a role, or one for each school of some children."""
    places: list[PlannedPlace] = []
    for role in draw(st.lists(st.sampled_from(_ROLES), unique=True)):
        level = draw(st.sampled_from(_LEVELS))
        one = PlannedPlace(role, "", role, level, (), (WHY,), held_back=draw(st.booleans()))
        if role not in {"school", "early_years"}:
            places.append(one)
            continue
        at: dict[str, list[str]] = {}
        for child in draw(st.lists(st.sampled_from(("C1", "C2", "C3")), unique=True, min_size=1)):
            at.setdefault(draw(st.sampled_from((f"child:{child}", "inbox 1", "inbox 2"))), []).append(child)
        places.extend(replace(one, slot=slot, children=tuple(sorted(refs))) for slot, refs in at.items())
    return tuple(places)


def _essence(places: tuple[PlannedPlace, ...]) -> set[tuple[object, ...]]:
    return {(each.role, each.level, each.children, each.because) for each in places}


@given(plans())
def test_planning_with_the_same_facts_changes_nothing(plan: tuple[PlannedPlace, ...]) -> None:
    found = difference(plan, plan)
    assert found == Difference((), (), (), plan)
    assert found.empty
    assert applied(plan, found) == plan


@given(plans(), plans())
def test_applying_the_difference_gives_the_plan_made_anew(
    before: tuple[PlannedPlace, ...], after: tuple[PlannedPlace, ...]
) -> None:
    now = applied(before, difference(before, after))
    assert _essence(now) == _essence(after)
    assert len(now) == len(after)
    anew = difference(now, after)
    assert anew.empty


@given(plans(), plans())
def test_every_place_of_both_plans_is_accounted_for_once(
    before: tuple[PlannedPlace, ...], after: tuple[PlannedPlace, ...]
) -> None:
    found = difference(before, after)
    assert len(found.withdrawn) + len(found.changed) + len(found.kept) == len(before)
    assert len(found.added) + len(found.changed) + len(found.kept) == len(after)
    stays = [each.before for each in found.changed] + list(found.kept)
    assert {*stays, *found.withdrawn} == set(before)


@given(plans(), plans())
def test_no_shared_inbox_that_must_not_be_told_is_ever_told_by_new_facts(
    before: tuple[PlannedPlace, ...], after: tuple[PlannedPlace, ...]
) -> None:
    for each in difference(before, after).changed:
        assert each.after.held_back >= each.before.held_back


FACTS = RequestFacts(
    meeting_type="strategy",
    urgency=Urgency.STANDARD,
    concern_recorded_at=NOON,
    children=(ChildFacts("C1", AgeBand.SCHOOL_AGE, on_school_roll=True), ChildFacts("C2", AgeBand.UNBORN)),
    circumstances=frozenset({"neglect"}),
    excluded_roles=frozenset({"housing"}),
)
AMENDED = {
    "more is known": (
        Amendment(circumstances=Words(add=frozenset({"domestic_abuse"}))),
        [FactChange("circumstances", added=("domestic_abuse",))],
    ),
    "what was wrong is taken out": (
        Amendment(circumstances=Words(remove=frozenset({"neglect"}))),
        [FactChange("circumstances", removed=("neglect",))],
    ),
    "it is urgent now": (
        Amendment(urgency=Urgency.IMMEDIATE),
        [FactChange("urgency", "", ("immediate",), ("standard",))],
    ),
    "the baby is born": (
        Amendment(children={"C2": ChildAmendment(age_band=AgeBand.UNDER_FIVE)}),
        [FactChange("age_band", "C2", ("0-4",), ("unborn",))],
    ),
    "a child left its school and went missing": (
        Amendment(children={"C1": ChildAmendment(Words(add=frozenset({"missing"})), on_school_roll=False)}),
        [FactChange("on_school_roll", "C1", ("no",), ("yes",)), FactChange("flags", "C1", ("missing",))],
    ),
    "an inbox must not be told, beside the one that must not already": (
        Amendment(must_not_be_told=frozenset({"school"})),
        [FactChange("excluded_roles", added=("school",))],
    ),
    "a clock has started": (
        Amendment(clocks={"initiating_sd_at": NOON}),
        [FactChange("initiating_sd_at", added=(NOON.isoformat(),))],
    ),
    "what is known already changes nothing": (Amendment(circumstances=Words(add=frozenset({"neglect"}))), []),
    "nothing changes nothing": (NO_CHANGE, []),
}


@pytest.mark.parametrize(("change", "wanted"), AMENDED.values(), ids=AMENDED)
def test_an_amendment_changes_what_it_says_and_nothing_else(change: Amendment, wanted: list[FactChange]) -> None:
    assert list(changes_between(FACTS, amended(FACTS, change))) == wanted


def test_nobody_stays_adolescent_in_a_band_that_has_no_such_age() -> None:
    facts = replace(FACTS, children=(ChildFacts("C1", AgeBand.SCHOOL_AGE, flags=frozenset({ADOLESCENT, "missing"})),))
    older = Amendment(children={"C1": ChildAmendment(age_band=AgeBand.ADULT)})
    assert amended(facts, older).children[0].flags == {"missing"}
    unmoved = Amendment(children={"C1": ChildAmendment(on_school_roll=True)})
    assert ADOLESCENT in amended(facts, unmoved).children[0].flags


REFUSED = {
    "C9": Amendment(children={"C9": ChildAmendment()}),
    "both added and removed": Amendment(circumstances=Words(frozenset({"neglect"}), frozenset({"neglect"}))),
    "Child C1": Amendment(children={"C1": ChildAmendment(Words(frozenset({"missing"}), frozenset({"missing"})))}),
    "no clock": Amendment(clocks={"received_at": NOON}),
}


@pytest.mark.parametrize(("words", "change"), REFUSED.items(), ids=REFUSED)
def test_an_amendment_that_cannot_be_is_refused_with_a_sentence(words: str, change: Amendment) -> None:
    with pytest.raises(AmendmentError, match=words):
        amended(FACTS, change)
