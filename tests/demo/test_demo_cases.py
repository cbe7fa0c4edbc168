"""The case files: each is a request the service takes in, and each expects what the rules and the directory give."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from service.demo.cases import Case, all_cases, identities
from service.demo.directories import desks
from service.domain.evaluate import evaluate
from service.domain.london import local_date
from service.domain.requests import derive_facts
from service.handlers.fields import nhs_number_holds
from service.handlers.reading import BodyRefusedError, UnknownTypeError, read_delivery, read_request
from service.policies.load import load_pack

CASES = all_cases()
READABLE = [case for case in CASES if case.readable]
ASKED = ("invited", "stopped", "no_inbox")


def _names(cases: list[Case]) -> list[str]:
    return [case.key for case in cases]


def _roles(case: Case, *parts: str) -> set[str]:
    return {named.partition("/")[0] for part in parts for named in case.expect.get(part, ())}


def test_there_are_at_least_twelve_cases_in_two_partnerships() -> None:
    assert len(CASES) >= 12
    assert {case.partnership for case in CASES} == {"lewisham", "wirral"}


@pytest.mark.parametrize("case", READABLE, ids=_names(READABLE))
def test_a_case_is_a_request_the_service_takes_in(case: Case) -> None:
    read = read_request(json.dumps(case.request).encode(), case.arrives.astimezone(UTC))

    assert read.request.partnership == case.partnership


def test_the_unreadable_delivery_is_one_the_service_cannot_read() -> None:
    unreadable = [case for case in CASES if not case.readable]

    assert unreadable
    for case in unreadable:
        with pytest.raises((BodyRefusedError, UnknownTypeError)):
            read_delivery(json.dumps(case.request).encode(), case.arrives.astimezone(UTC))


@pytest.mark.parametrize("case", READABLE, ids=_names(READABLE))
def test_a_case_expects_an_end_and_says_who_is_asked(case: Case) -> None:
    assert case.expect["state"] in {"confirmed", "held", "cancelled"}
    assert case.expect["version"] >= 1
    assert case.expect["invited"]
    assert case.drawn_from


@pytest.mark.parametrize("case", READABLE, ids=_names(READABLE))
def test_the_rules_a_case_names_are_in_its_pack(case: Case) -> None:
    known = {rule.id for rule in load_pack(case.partnership).rules}
    named = {*case.expect["invited"].values(), *case.expect.get("also_because", {}).values()}

    assert named <= known


@pytest.mark.parametrize("case", READABLE, ids=_names(READABLE))
def test_a_case_expects_exactly_the_agencies_its_pack_asks(case: Case) -> None:
    request = read_request(json.dumps(case.request).encode(), case.arrives.astimezone(UTC)).request
    facts = derive_facts(request, local_date(case.arrives))
    asked = {requirement.role for requirement in evaluate(load_pack(case.partnership), facts).requirements}

    assert asked == _roles(case, *ASKED)


@pytest.mark.parametrize("case", READABLE, ids=_names(READABLE))
def test_the_directory_has_a_desk_for_whoever_is_asked(case: Case) -> None:
    known = desks(case.partnership)

    assert all(case.place_of(named) in known for named in case.expect["invited"])
    assert not any(case.place_of(named) in known for named in case.expect.get("no_inbox", ()))


@pytest.mark.parametrize("case", CASES, ids=_names(list(CASES)))
def test_steps_follow_the_arrival_in_order(case: Case) -> None:
    times = [case.arrives, *(step.at for step in case.steps)]

    assert times == sorted(times)


@pytest.mark.parametrize("case", READABLE, ids=_names(READABLE))
def test_the_people_in_a_case_are_nobody(case: Case) -> None:
    numbers = [child["nhs_number"] for child in case.request["children"] if "nhs_number" in child]

    # 999 is the range the NHS keeps for made-up numbers.
    assert all(number.startswith("999") and nhs_number_holds(number) for number in numbers)
    assert identities(case.request)


def test_the_issues_situations_are_all_played() -> None:
    done = {step.do for case in CASES for step in case.steps}
    answers = {step.details.get("answer") for case in CASES for step in case.steps}
    responses = {step.details.get("response") for case in CASES for step in case.steps}

    assert {"confirm", "move", "cancel", "deliver_again", "phone", "attendance"} <= done
    assert {"yes", "no", "deputy", "report"} <= answers
    assert {"accept", "tentative", "decline"} <= responses
    assert any(case.silent for case in CASES)
