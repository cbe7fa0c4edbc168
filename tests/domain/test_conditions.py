"""Conditions: what each operator asks, and the words for when it holds and when it does not."""

from __future__ import annotations

import pytest

from service.domain.conditions import (
    ALWAYS,
    Condition,
    ConditionValue,
    Operator,
    When,
    about_children,
    compile_condition,
    compile_when,
    fails_words,
    holds_words,
    reasons_it_fails,
    reasons_it_holds,
)
from service.domain.facts import FactValue

SET = frozenset({"neglect", "domestic_abuse"})


@pytest.mark.parametrize(
    ("operator", "value", "fact", "holds"),
    [
        (Operator.IS, "unborn", "unborn", True),
        (Operator.IS, "unborn", "0-4", False),
        (Operator.IS_NOT, "unborn", "0-4", True),
        (Operator.IS_NOT, "unborn", "unborn", False),
        (Operator.ONE_OF, frozenset({"unborn", "0-4"}), "0-4", True),
        (Operator.ONE_OF, frozenset({"unborn", "0-4"}), "18+", False),
        (Operator.CONTAINS, "neglect", SET, True),
        (Operator.CONTAINS, "neglect", frozenset(), False),
        (Operator.CONTAINS_ANY, frozenset({"neglect", "online_images"}), SET, True),
        (Operator.CONTAINS_ANY, frozenset({"online_images"}), SET, False),
        (Operator.LACKS, "neglect", SET, False),
        (Operator.LACKS, "online_images", SET, True),
        (Operator.NOT_EMPTY, True, SET, True),
        (Operator.NOT_EMPTY, True, frozenset(), False),
        (Operator.NOT_EMPTY, False, frozenset(), True),
    ],
)
def test_each_operator_asks_one_thing(operator: Operator, value: ConditionValue, fact: FactValue, holds: bool) -> None:
    assert compile_condition(Condition("extra", operator, value))({"extra": fact}) is holds


@pytest.mark.parametrize("operator", [Operator.IS, Operator.CONTAINS, Operator.ONE_OF, Operator.NOT_EMPTY])
def test_a_fact_that_is_absent_holds_nothing(operator: Operator) -> None:
    value: ConditionValue = True if operator is Operator.NOT_EMPTY else "neglect"

    assert not compile_condition(Condition("extra", operator, value))({})


UNBORN = Condition("age_band", Operator.IS, "unborn")
ABUSE = Condition("circumstances", Operator.CONTAINS, "domestic_abuse")
NO_ROLL = Condition("on_school_roll", Operator.IS, False)


def test_a_tree_joins_its_parts_by_all_or_any_at_any_depth() -> None:
    either = When("any", (UNBORN, ABUSE))
    both = When("all", (either, NO_ROLL))
    facts: dict[str, FactValue] = {"age_band": "unborn", "circumstances": frozenset(), "on_school_roll": False}

    assert compile_when(both)(facts)
    assert not compile_when(both)({**facts, "age_band": "0-4"})
    assert compile_when(ALWAYS)({})
    assert ALWAYS.always
    assert not both.always
    assert about_children(both)
    assert not about_children(When("all", (ABUSE,)))


def test_the_words_are_those_of_the_conditions_that_made_the_difference() -> None:
    either = When("any", (UNBORN, ABUSE))
    both = When("all", (either, NO_ROLL))
    nothing: dict[str, FactValue] = {"age_band": "0-4", "on_school_roll": True}

    assert reasons_it_fails(both, nothing) == (
        "no child is unborn",
        "not recorded: domestic abuse",
        "a child is on a school roll",
    )
    assert reasons_it_fails(both, {**nothing, "on_school_roll": False, "age_band": "unborn"}) == ()
    assert reasons_it_holds(either, {"age_band": "unborn"}) == ("a child is unborn",)


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        (
            Condition("child_flags", Operator.CONTAINS, "looked_after"),
            "recorded for a child: looked after",
            "not recorded for a child: looked after",
        ),
        (
            Condition("circumstances", Operator.LACKS, "neglect"),
            "not recorded: neglect",
            "neglect",
        ),
        (
            Condition("age_band", Operator.ONE_OF, frozenset({"unborn", "0-4"})),
            "a child is aged 0 to 4 or unborn",
            "no child is aged 0 to 4 or unborn",
        ),
        (
            Condition("urgency", Operator.IS, "immediate"),
            "the urgency is immediate",
            "the urgency is not immediate",
        ),
        (
            Condition("involved_roles", Operator.CONTAINS, "gp"),
            "already working with the family: GP practice",
            "not working with the family yet: GP practice",
        ),
        (
            Condition("excluded_roles", Operator.NOT_EMPTY, value=True),
            "an agency is recorded that must not be told",
            "no agency is recorded that must not be told",
        ),
        (
            Condition("ward_name", Operator.IS, "north"),
            "ward name north",
            "not recorded: ward name north",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_condition_has_words_for_both_outcomes(condition: Condition, holds: str, fails: str) -> None:
    assert (holds_words(condition), fails_words(condition)) == (holds, fails)
