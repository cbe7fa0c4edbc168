"""``convene attendance proposal``: what Teams says, which changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from service.commands.attendance import proposal_json, proposal_lines
from service.domain.teams_attendance import TeamsProposal
from service.store.queries.teams_attendance import ReadSoFar
from service.workflow.teams_attendance import Proposed
from tests.commands.commands_world import Convene

HERE = ("--partnership", "lewisham")
THREE = datetime(2026, 12, 1, 15, 3, tzinfo=UTC)


def test_before_teams_was_asked_it_says_so(convene: Convene) -> None:
    reference = str(convene.take_in()["meeting_reference"])
    assert "nothing of this meeting yet" in convene.run("attendance", "proposal", reference, *HERE).stdout
    nothing: dict[str, object] = {
        "meeting_reference": reference,
        "proposals": [],
        "unknown": None,
        "read_at": None,
        "next_read_at": None,
    }
    assert convene.json("attendance", "proposal", reference, *HERE) == nothing


def test_each_agency_has_its_sentence_and_strangers_are_a_number() -> None:
    proposals = (TeamsProposal("school_nurse", "", THREE, 42 * 60), TeamsProposal("school", "2", THREE, 60))
    found = Proposed(proposals, frozenset({("school", "2")}), ReadSoFar("waiting", 1, 3, THREE, THREE))
    nurse, school, others = proposal_lines(found)
    assert nurse.startswith("school_nurse: Teams says somebody from this address was there 42 minutes; confirm it.")
    assert (school.startswith("school 2:"), "recorded this agency already" in school) == (True, True)
    assert others.startswith("Besides, 3 ")
    shown = proposal_json("CV-1", found)
    assert (shown["unknown"], shown["read_at"]) == (3, THREE.isoformat())
    assert [each["recorded"] for each in shown["proposals"]] == [False, True]  # type: ignore[attr-defined]
    nobody = Proposed((), frozenset(), ReadSoFar("done", 0, 0, THREE, None))
    assert proposal_lines(nobody)[0] == "Teams names no agency's address."
