"""When a conference may be stood down is the pack's to say, and of no other meeting."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.policy import StandDownWhen
from service.domain.spans import Span, Unit
from service.policies.load import content, from_content, load_file, load_pack
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import PROVENANCE, pack


def rule(kind: str, body: str) -> str:
    return f"[meeting_types.{kind}.stand_down]\n{body}\n{PROVENANCE}\n"


AGAIN = f'[meeting_types.icpc.stand_down.again_within]\nvalue = "10 working days"\n{PROVENANCE}\n'


def test_a_partnership_s_own_rule_is_read_and_kept(tmp_path: Path) -> None:
    body = rule("icpc", 'when = "quorum_not_met"\nnot_twice = true') + AGAIN
    read = load_file(pack(tmp_path, body, extends="national"))
    for policy in (read, from_content(content(read))):
        found = policy.meeting_types["icpc"].stand_down
        assert found is not None
        assert (found.when, found.not_twice) == (StandDownWhen.QUORUM_NOT_MET, True)
        assert found.again_within.value == Span(10, Unit.WORKING_DAYS)


@pytest.mark.parametrize("name", ["national", "london", "lewisham", "wirral"])
def test_no_pack_of_ours_invents_one_and_no_strategy_meeting_has_one(name: str) -> None:
    for kind in load_pack(name).meeting_types.values():
        assert kind.stand_down is None or kind.stand_down.when is None, kind.id
        assert kind.stand_down is None or not kind.id.startswith("strategy")


BAD = {
    "a strategy meeting": (rule("strategy", 'when = "quorum_not_met"'), "only a conference may be stood down"),
    "a typing error": (rule("icpc", 'when = "quorum_not_mett"'), "did you mean 'quorum_not_met'"),
    "a time after never": (rule("icpc", 'when = "never"') + AGAIN, "says what follows a conference"),
    "the same day": (
        rule("icpc", 'when = "quorum_not_met"') + AGAIN.replace("10 working days", "same day"),
        "must be later than the day itself",
    ),
    "a switch in words": (rule("icpc", 'when = "quorum_not_met"\nnot_twice = "yes"'), "must be true or false"),
    "no source": ('[meeting_types.icpc.stand_down]\nwhen = "never"\n', "'source' is missing"),
}


@pytest.mark.parametrize(("body", "sentence"), BAD.values(), ids=BAD)
def test_a_rule_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(PolicyRefused, match=r"stand_down") as refused:
        load_file(pack(tmp_path, body, extends="national"))
    assert sentence in str(refused.value)
