"""The examples a policy owner reads are packs that load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.domain.facts import Urgency
from service.domain.policy import ARRANGEMENTS, Confidence
from service.domain.quorum import RULES
from service.domain.spans import Span, Unit
from service.policies.load import load_file, load_pack
from tests.policies.pack_files import pack

GUIDE = (Path(__file__).parents[2] / "docs" / "policy-owner.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0])
def test_every_example_of_the_guide_is_accepted(tmp_path: Path, example: str) -> None:
    load_file(pack(tmp_path, example.replace('"C11"', '"X11"'), extends="national"))


def test_the_first_example_sets_the_notice_it_says(tmp_path: Path) -> None:
    policy = load_file(pack(tmp_path, EXAMPLES[0], extends="national"))

    owed = policy.meeting_type("strategy").notice_standard.of(Urgency.STANDARD)
    assert owed.value == Span(4, Unit.WORKING_HOURS)
    assert owed.provenance.review_by.year == 2027


def test_the_guide_names_every_quorum_rule_tag_and_arrangement() -> None:
    for word in (*RULES, *Confidence, *ARRANGEMENTS):
        assert f"`{word}`" in GUIDE
    for rule in RULES.values():
        assert rule.words in GUIDE


def test_the_guides_table_says_of_each_type_what_the_packs_say() -> None:
    rows = {
        cells[1].strip(" `"): cells for cells in (line.split("|") for line in GUIDE.splitlines()) if len(cells) == 7
    }
    packs = {name: load_pack(name) for name in ("national", "lewisham", "wirral")}

    for name, column in (("national", 3), ("lewisham", 4), ("wirral", 5)):
        for meeting_type in packs["lewisham"].meeting_types:
            told = rows[meeting_type][column].replace("the same;", rows[meeting_type][3]).strip()
            told = rows[meeting_type][3] if told == "as national" else told
            found = packs[name].meeting_types.get(meeting_type)
            if found is None:
                assert told == "no such type"
                continue
            value = found.deadline.otherwise.value
            assert told.strip().startswith("unset" if value is None else str(value)), (name, meeting_type)
            assert ("(law)" in told) is found.deadline.otherwise.statutory
            due = found.report_due.value
            assert ("reports" in told) is (due is not None)
            assert due is None or f"reports {due} before" in told
