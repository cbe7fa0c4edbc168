"""Planning a meeting anew from the command line."""

from __future__ import annotations

import json
import re

import pytest

from tests.commands.commands_world import Convene


def replan(convene: Convene, reference: str, *options: str, code: int = 0) -> str:
    found = convene.run("meeting", "replan", reference, *options, "-p", "lewisham", code=code)
    return found.stdout if code == 0 else found.stderr


def test_the_difference_is_shown_and_the_mark_does_exactly_that(convene: Convene) -> None:
    reference = str(convene.take_in(wishes={})["meeting_reference"])
    shown = replan(convene, reference, "--add", "care_leaver_parent", "--dry-run")
    assert "Facts, circumstances: added a parent is a care leaver." in shown
    assert re.search(r"Added: .*personal adviser.*\(should come: ", shown)
    assert "the agencies that stay are sent nothing" in shown
    mark = re.findall(r"--seen ([0-9a-f]{16})", shown)[0]
    done = replan(convene, reference, "--add", "care_leaver_parent", "--seen", mark, "--by", "amy")
    assert f"Meeting {reference} is planned anew; it stays version 0." in done
    again = json.loads(replan(convene, reference, "--add", "care_leaver_parent", "--json"))
    assert (again["nothing_to_do"], again["done"]) == (True, False)
    off = json.loads(replan(convene, reference, "--remove", "care_leaver_parent", "--json"))
    assert [place["role"] for place in off["withdrawn"]] == ["personal_adviser"]


def test_facts_of_a_child_agencies_clocks_and_urgency_can_be_changed(convene: Convene) -> None:
    reference = str(convene.take_in(wishes={})["meeting_reference"])
    options = [
        "--add-flag",
        "child-1=missing",
        "--age",
        "child-1=5-17",
        "--on-roll",
        "child-1=yes",
        "--urgency",
        "immediate",
    ]
    more = [
        "--add-agency",
        "probation",
        "--clock",
        "initiating_sd_at=2026-12-01T08:00",
        "--must-not-be-told",
        "personal_adviser",
    ]
    found = json.loads(replan(convene, reference, *options, *more, "--dry-run", "--json"))
    changed = {(each["fact"], each["child"]) for each in found["facts"]}
    assert {("flags", "child-1"), ("urgency", ""), ("involved_roles", ""), ("initiating_sd_at", "")} <= changed
    assert ("excluded_roles", "") in changed
    assert "probation" in {place["role"] for place in found["added"]}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--add", "care_leaver_parents"], "The nearest is care_leaver_parent."),
        (["--add-flag", "missing"], "write it as NAME=VALUE"),
        (["--age", "child-1=old"], "is no age band that is known"),
        (["--clock", "received_at=2026-12-01T08:00"], "is no clock that is known"),
        (["--add-flag", "C9=missing"], "The request names no child C9."),
    ],
    ids=["a slip", "no child", "no band", "no clock", "another child"],
)
def test_a_slip_of_the_pen_is_said_with_what_would_mend_it(convene: Convene, options: list[str], sentence: str) -> None:
    reference = str(convene.take_in(wishes={})["meeting_reference"])
    assert sentence in replan(convene, reference, *options, code=2)
