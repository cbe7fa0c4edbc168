"""A quorum forecast in sentences an officer can act on."""

from __future__ import annotations

from service.domain.answers import Answer
from service.domain.forecast import Place, forecast
from service.domain.quorum import RULES
from service.domain.roles import ROLES, words
from service.web.quorum_words import quorum_sentences

GROUPS = {slug: role.group for slug, role in ROLES.items()}


def said(rule: str | None, *, strategy: bool = True, came: bool = False, **answers: Answer | None) -> tuple[str, ...]:
    places = [Place(role, core=False, answer=answer) for role, answer in answers.items()]
    found = forecast(RULES[rule] if rule else None, places, GROUPS, ())
    return quorum_sentences(found, came=came, strategy=strategy)


def test_either_of_two_agencies_is_said_as_either() -> None:
    assert said("Q1", lcpp=Answer.YES, police_child_protection=None, midwifery=None, gp=None) == (
        "Quorum: police and at least one health professional, chaired by a manager in children's social care.",
        "The quorum is not met yet. Missing: police and health.",
        "It is met if these say yes: GP practice or midwifery, and police child protection unit.",
        f"It is out of reach if one of these says no: {words('lcpp')} and {words('police_child_protection')}.",
        "A strategy meeting may still go on: safety comes first. Write down why.",
    )


def test_a_conference_is_not_told_that_it_may_go_on() -> None:
    lines = said("Q3", strategy=False, social_worker=Answer.YES, gp=Answer.NO)
    assert lines[1] == "The quorum can no longer be met by answers still to come. Missing: 2 more agencies."
    assert not any("may still go on" in line for line in lines)


def test_more_than_three_ways_are_not_all_listed() -> None:
    lines = said("Q3", social_worker=Answer.YES, gp=None, school=None, housing=None, probation=None)
    assert sum(line.startswith("It is met if") for line in lines) == 3
    assert "There are other ways as well." in lines


def test_an_unset_quorum_says_so_and_nothing_more() -> None:
    assert said(None, gp=None) == ("Quorum: not set by the partnership.",)


def test_a_maybe_is_named_as_not_counting() -> None:
    assert "Said maybe, which does not count and is still chased: GP practice." in said(None, gp=Answer.MAYBE)
