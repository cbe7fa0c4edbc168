"""``convene mail`` on the command line: what waits, and what is refused."""

from __future__ import annotations

from uuid import UUID

from tests.commands.commands_world import Convene

HERE = ("--partnership", "lewisham")


def test_nothing_waits_is_said_and_a_mail_that_is_not_there_is_refused(convene: Convene) -> None:
    reference = str(convene.take_in()["meeting_reference"])
    assert "No mail waits" in convene.run("mail", "list", *HERE).stdout
    assert convene.json("mail", "list", "--all", *HERE) == []
    none = str(UUID(int=1))
    assert convene.run("mail", "read", reference, none, "--reason", "to know who comes", *HERE, code=2).stderr
    assert (
        "yes, no, deputy or nothing" in convene.run("mail", "settle", reference, none, "perhaps", *HERE, code=2).stderr
    )
    assert convene.run("mail", "settle", reference, none, "nothing", *HERE, code=2).stderr
    assert "--deputy" in convene.run("mail", "settle", reference, none, "deputy", *HERE, code=2).stderr
    said = ("deputy", "--deputy", "Sam Example, duty nurse", "--role", "school_nurse")
    assert "already" not in convene.run("mail", "settle", reference, none, *said, *HERE, code=2).stderr
    assert convene.run("mail", "move", reference, none, "CV-7K3Q-9XHD", *HERE, code=2).stderr
