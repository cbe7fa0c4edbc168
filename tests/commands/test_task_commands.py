"""``convene task`` and ``convene held``: an officer's own list, on the command line."""

from __future__ import annotations

import asyncio

from service.commands.compose import command_services
from service.settings import load
from service.workflow.held import hold_item
from tests.commands.commands_world import Convene
from tests.commands.test_directory_command import LEWISHAM, rows_of


def held_one() -> str:
    async def main() -> str:
        async with command_services(load()) as services:
            return await hold_item(
                services,
                "lewisham",
                door="webhook:casework",
                delivery_id="d-1",
                kind="request",
                problem="A field is missing.",
                body=b'{"child": "Quill Unreal"}\x1b[2J',
            )

    return asyncio.run(main())


def test_a_task_is_listed_until_it_is_done_or_dropped(convene: Convene) -> None:
    convene.take_in(wishes={})
    tasks = convene.json("task", "list", "-p", "lewisham")
    (choose,) = (task for task in tasks if task["kind"] == "choose_time")
    assert "Choose a time" in convene.run("task", "list", "-p", "lewisham").stdout
    done = convene.run("task", "done", choose["id"], "-p", "lewisham", "--by", "amy").stdout
    assert done == f"{choose['id']} is done.\n"
    again = convene.run("task", "drop", choose["id"], "-p", "lewisham", code=2).stderr
    assert again == f"convene: No task {choose['id']} is open. List what is: convene task list.\n"
    for task in convene.json("task", "list", "-p", "lewisham"):
        convene.run("task", "drop", task["id"], "-p", "lewisham")
    assert convene.run("task", "list", "-p", "lewisham").stdout == "Nothing waits for a person.\n"
    assert convene.json("audit", "verify", "-p", "lewisham")["holds"] is True


def test_a_delivery_is_listed_sealed_shown_for_a_reason_and_closed(convene: Convene) -> None:
    reference = held_one()
    listed = convene.run("held", "list", "-p", "lewisham").stdout
    assert reference in listed
    assert "Quill" not in listed + convene.run("held", "list", "-p", "lewisham", "--json").stdout
    shown = convene.run("held", "show", reference, "-p", "lewisham", "--reason", "to type it in").stdout
    assert shown == '{"child": "Quill Unreal"}�[2J\n'
    refused = convene.run("held", "show", reference, "-p", "lewisham", "--reason", " ", code=2).stderr
    assert "Say why it is opened" in refused
    assert convene.run("held", "close", reference.lower(), "-p", "lewisham").stdout == f"{reference} is closed.\n"
    assert convene.run("held", "list", "-p", "lewisham").stdout == "No delivery waits for a person.\n"
    assert convene.json("task", "list", "-p", "lewisham") == []


def test_an_officer_invites_a_school_that_the_directory_could_not_find(convene: Convene) -> None:
    child = {"ref": "child-1", "birth_date": "2017-03-04", "name": "Quill Unreal", "school_urn": "999999"}
    reference = convene.take_in(children=[child])["meeting_reference"]
    invite = ("meeting", "invite", reference, "-p", "lewisham", "--role", "school", "--by", "amy")
    said = convene.run(*invite, "--inbox", "nobody@school.example", code=2).stderr
    assert "The directory has no inbox 'nobody@school.example'" in said
    address = next(row["address"] for row in rows_of(LEWISHAM) if row["role"] == "school")
    said = convene.run(*invite, "--child", "child-1", "--inbox", address).stdout
    assert said == f"{address} is asked to meeting {reference} as school.\n"
