"""``convene drift`` on the command line: what was found, and what is refused."""

from __future__ import annotations

from tests.commands.commands_world import Convene

HERE = ("--partnership", "lewisham")


def test_nothing_found_is_said_and_a_comparison_can_be_asked_for(convene: Convene) -> None:
    reference = str(convene.take_in()["meeting_reference"])
    assert "is as we have it" in convene.run("drift", "list", *HERE).stdout
    assert convene.json("drift", "list", *HERE) == []
    assert "Nothing of this meeting's event differs" in convene.run("drift", "adopt", reference, *HERE, code=2).stderr
    assert "has just changed" in convene.run("drift", "restore", reference, *HERE, code=1).stderr
    assert "1 mailboxes" in convene.run("drift", "compare", *HERE).stdout
