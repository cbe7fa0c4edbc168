"""The example directories: complete but for one gap on purpose, and nobody real in them."""

import re

import pytest

from service.commands.explaining import as_inbox
from service.domain.hours import parse
from service.domain.roles import NAMED_PER_CASE
from service.policies.load import load_pack
from service.workflow.directory import findings_of, read_directory, roles_asked_for
from tests.commands.commands_world import DIRECTORIES

# Ofcom's numbers for drama: none of them is anybody's.
_DRAMA = re.compile(r"01632 960\d{3}|020 7946 0\d{3}|07700 900\d{3}")
_GAPS = {"lewisham": {"cla_nurse"}, "wirral": set[str]()}


@pytest.mark.parametrize("name", sorted(_GAPS))
def test_an_example_directory_lacks_only_what_the_operators_page_says(name: str) -> None:
    entries = read_directory((DIRECTORIES / f"{name}.csv").read_bytes())
    found = findings_of(load_pack(name), [as_inbox(number, entry) for number, entry in enumerate(entries)])
    assert {finding.role for finding in found} == _GAPS[name]
    assert all(finding.kind == "no_inbox" for finding in found)


@pytest.mark.parametrize("name", sorted(_GAPS))
def test_a_place_that_is_somebody_else_in_every_case_is_no_gap_of_the_directory(name: str) -> None:
    policy = load_pack(name)
    assert set(roles_asked_for(policy)) >= NAMED_PER_CASE
    found = {finding.role for finding in findings_of(policy, [])}
    assert found == set(roles_asked_for(policy)) - NAMED_PER_CASE


@pytest.mark.parametrize("name", sorted(_GAPS))
def test_nobody_in_an_example_directory_is_real(name: str) -> None:
    for entry in read_directory((DIRECTORIES / f"{name}.csv").read_bytes()):
        assert entry.name.endswith("(example)")
        assert all(address.endswith(".example") for address in (entry.address, entry.escalation_address) if address)
        assert all(_DRAMA.fullmatch(phone) for phone in (entry.phone, entry.escalation_phone) if phone)


@pytest.mark.parametrize("name", sorted(_GAPS))
def test_an_example_directory_shows_every_kind_of_inbox(name: str) -> None:
    entries = read_directory((DIRECTORIES / f"{name}.csv").read_bytes())
    assert {entry.channel for entry in entries} == {"outlook", "calendar_mail", "phone"}
    assert sum(entry.role == "school" for entry in entries) == 2
    hours = {entry.role: parse(entry.hours) for entry in entries}
    assert hours["police_child_protection"].always
    assert hours["school"].terms
