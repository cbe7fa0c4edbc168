"""``convene meeting`` stop, name-person, tell, restrict, readers, keep-out, let-in, break-glass, holds-location."""

from __future__ import annotations

import json

from tests.commands.commands_world import Convene
from tests.commands.test_meeting_commands import act, planned


def test_an_agency_is_stopped_given_to_a_person_and_told_whom_it_needs(convene: Convene) -> None:
    reference = planned(convene)
    assert "told nothing more" in act(convene, "meeting", "stop", reference, "--role", "police_child_protection")
    named = ("--role", "police_child_protection", "--name", "Asha Okoro", "--address", "asha.okoro@police.example")
    assert "by a route of their own" in act(convene, "meeting", "name-person", reference, *named)
    who = ("--role", "police_child_protection", "--reason", "called back")
    told = json.loads(act(convene, "meeting", "tell", reference, *who, "--name", "Asha Okoro"))
    assert told["meeting_reference"] == reference
    refused = act(convene, "meeting", "tell", reference, *who, "--name", "Bela Ruiz", code=2)
    assert "There is no meeting" in refused


def test_a_case_is_restricted_seen_through_the_glass_and_opened_up(convene: Convene) -> None:
    reference = planned(convene)
    said = act(convene, "meeting", "restrict", reference, "--reason", "a colleague", "--reader", "api:reader")
    assert "restricted to the people named" in said
    assert "api:reader" in act(convene, "meeting", "readers", reference)
    assert "You may see" in act(convene, "meeting", "break-glass", reference, "--reason", "now", "--by", "Bo")
    out = ("--reader", "staff:1", "--reason", "her brother")
    assert "kept out" in act(convene, "meeting", "keep-out", reference, *out)
    assert "staff:1" not in act(convene, "meeting", "let-in", reference, *out)
    assert "not restricted" in act(convene, "meeting", "restrict", reference, "--reason", "all may", "--lift")
    held = ("--role", "police_child_protection", "--reason", "it found them")
    assert "knows where" in act(convene, "meeting", "holds-location", reference, *held)
    assert "does not know" in act(convene, "meeting", "holds-location", reference, *held, "--no")
