"""Two statements of one pack that cannot both be meant are refused with both named; exceptions are welcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.conditions import ALWAYS, Condition, Operator, When
from service.policies.conflicts import implies
from service.policies.load import load_file, load_pack, pack_names
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import PROVENANCE, TYPE, figure, pack, rule

ABUSE = '{ fact = "circumstances", operator = "contains", value = "domestic_abuse" }'
NEGLECT = '{ fact = "circumstances", operator = "contains", value = "neglect" }'
EITHER = '{ fact = "circumstances", operator = "contains_any", value = ["domestic_abuse", "neglect"] }'
TEAMS = f"""
[teams.north]
name = "north team"
does = "works the cases of the north"
{PROVENANCE}
[teams.south]
name = "south team"
does = "works the cases of the south"
{PROVENANCE}
"""


def named(name: str, **changes: str | None) -> str:
    return rule(id=f'"{name}"', **changes)


FOLLOW = f"""
[meeting_types.tea]
name = "tea"
ladder = {{ any = "default" }}
modes = {{ any = ["phone"] }}
followed_by = {{ planned = "strategy" }}
[meeting_types.tea.clock]
start = "decision"
{PROVENANCE}
[meeting_types.strategy]
followed_by = {{ planned = "tea" }}
"""

CONFLICTS = {
    "held back in every case in which it is invited": (
        named("A1", when=ABUSE) + named("A2", when=EITHER, exclude="true"),
        "A2",
        "in every case in which A1 invites it",
    ),
    "held back always": (
        named("A1", when=NEGLECT) + named("A2", exclude="true", invite='["gp", "housing"]'),
        "A2",
        "holds back housing",
    ),
    "held back whatever its track says": (
        named("A1") + named("A2", exclude="true", track='"every"'),
        "A2",
        "the invitation would never arrive",
    ),
    "an agency at two levels in exactly the same cases": (
        named("A1", when=ABUSE, level='"core"') + named("A2", when=ABUSE, level='"optional"'),
        "A2",
        "as optional, and A1 asks for it as core in all the same cases",
    ),
    "the same in other words": (
        named("A1", when=f"{{ any = [{ABUSE}, {NEGLECT}] }}") + named("A2", when=EITHER, level='"optional"'),
        "A2",
        "as optional, and A1 asks for it as conditional",
    ),
    "a team that never gets a meeting": (
        named("A1", team='"north"', when=EITHER) + named("A2", team='"south"', when=ABUSE) + TEAMS,
        "A2",
        "the team 'south' would never get a meeting: whenever this rule fires, A1 before it names 'north'",
    ),
    "a second deadline from the same start": (
        figure("strategy.deadline.any", "3 working days")
        + figure("strategy.or_earlier.concern_recorded", "2 calendar days"),
        "meeting_types.strategy.or_earlier.concern_recorded",
        "a second deadline from the same start",
    ),
    "the least notice longer than the standard": (
        figure("strategy.notice_standard.any", "4 hours") + figure("strategy.notice_minimum.planned", "6 hours"),
        "meeting_types.strategy.notice_minimum",
        "for planned urgency the least notice (6 hours) is longer than the standard notice (4 hours)",
    ),
    "meetings that follow one another for ever": (FOLLOW, "meeting_types.strategy.followed_by", "for ever"),
}


@pytest.mark.parametrize(("body", "where", "sentence"), CONFLICTS.values(), ids=CONFLICTS)
def test_two_statements_that_cannot_both_be_meant_are_refused(
    tmp_path: Path, body: str, where: str, sentence: str
) -> None:
    with pytest.raises(PolicyRefused) as refused:
        load_file(pack(tmp_path, TYPE + body if "[meeting_types.strategy]" not in body else _with_follow(body)))
    assert where in str(refused.value)
    assert sentence in str(refused.value)


def _with_follow(body: str) -> str:
    own, _, follow = body.partition("[meeting_types.strategy]\n")
    return TYPE.replace('name = "strategy meeting"\n', f'name = "strategy meeting"\n{follow.strip()}\n') + own


WELCOME = {
    "held back in some of the cases only": named("A1") + named("A2", when=ABUSE, exclude="true"),
    "held back where it is not invited": named("A1", when=NEGLECT) + named("A2", when=ABUSE, exclude="true"),
    "another agency is held back": named("A1") + named("A2", exclude="true", invite='["gp"]'),
    "weaker, with a reason of its own, in a case of the stronger": named("A1", level='"core"')
    + named("A2", when=ABUSE, level='"optional"'),
    "stronger in some cases": named("A1") + named("A2", when=ABUSE, level='"core"'),
    "twice at the same level, each with its reason": named("A1", when=ABUSE) + named("A2", when=ABUSE),
    "a narrower team before the wider": named("A1", team='"north"', when=ABUSE) + named("A2", team='"south"') + TEAMS,
    "the same team twice": named("A1", team='"north"') + named("A2", team='"north"') + TEAMS,
    "notices in different units": figure("strategy.notice_standard.any", "1 working day")
    + figure("strategy.notice_minimum.any", "6 hours"),
}


@pytest.mark.parametrize("body", WELCOME.values(), ids=WELCOME)
def test_what_can_both_be_meant_is_read(tmp_path: Path, body: str) -> None:
    assert load_file(pack(tmp_path, TYPE + body)).rules or "notice" in body


def test_a_pack_may_ask_more_strongly_than_the_one_it_extends_and_not_less(tmp_path: Path) -> None:
    pack(tmp_path, TYPE + named("A1", level='"conditional"'), name="wide")
    load_file(pack(tmp_path, named("B1", level='"core"'), name="strong", extends="wide"))
    with pytest.raises(PolicyRefused, match=r"B1.*as optional, and A1"):
        load_file(pack(tmp_path, named("B1", level='"optional"'), name="weak", extends="wide"))


def is_(fact: str, operator: Operator, value: bool | str | frozenset[str]) -> When:
    return When("all", (Condition(fact, operator, value),))


BABY, TODDLER = is_("age_band", Operator.IS, "unborn"), is_("age_band", Operator.IS, "0-4")
IMPLIED = {
    "the same": (BABY, BABY, True),
    "always follows from anything": (BABY, ALWAYS, True),
    "nothing narrow follows from always": (ALWAYS, BABY, False),
    "one age is no other": (BABY, TODDLER, False),
    "one age is not another": (BABY, is_("age_band", Operator.IS_NOT, "0-4"), True),
    "one age is one of two": (BABY, is_("age_band", Operator.ONE_OF, frozenset({"unborn", "0-4"})), True),
    "one of two ages is not the one": (is_("age_band", Operator.ONE_OF, frozenset({"unborn", "0-4"})), BABY, False),
    "a circumstance is something": (
        is_("circumstances", Operator.CONTAINS, "neglect"),
        is_("circumstances", Operator.NOT_EMPTY, value=True),
        True,
    ),
    "something is no circumstance": (
        is_("circumstances", Operator.NOT_EMPTY, value=True),
        is_("circumstances", Operator.CONTAINS, "neglect"),
        False,
    ),
    "all of two is each": (When("all", (BABY, is_("on_school_roll", Operator.IS, value=False))), BABY, True),
    "any of two is not each": (When("any", (BABY, TODDLER)), BABY, False),
    "on a roll or not is always": (
        ALWAYS,
        When("any", tuple(is_("on_school_roll", Operator.IS, value=each) for each in (True, False))),
        True,
    ),
}


@pytest.mark.parametrize(("one", "other", "follows"), IMPLIED.values(), ids=IMPLIED)
def test_when_one_condition_follows_from_another(one: When, other: When, follows: bool) -> None:
    assert implies(one, other) is follows


def test_the_packaged_packs_have_no_conflict_and_are_read() -> None:
    assert [load_pack(name).id for name in pack_names()] == list(pack_names())
