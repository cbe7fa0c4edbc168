"""The calendars inside the tenant from the command line: a file is taken whole or refused with every fault."""

from __future__ import annotations

import pytest

from service.commands.outlook import TenantCalendars
from service.domain.calendars import NotSeen
from service.settings import load
from service.workflow.calendar_list import CalendarsRefusedError, read_calendar_list
from tests.commands.commands_world import MORNING, Convene, settings_for
from tests.outlook.stage import MAILBOX, running_sandbox
from tests.outlook.test_free_busy import BOX, CHAIR, NINE, entry, fill

GOOD = """
agencies = ["Desk@Police.example"]
[[chair]]
name = "Priya Shah"
address = "priya.shah@lewisham.example"
"""


def test_calendars_are_listed_from_a_file_and_shown_with_when_they_were_seen(convene: Convene) -> None:
    convene.run("migrate")
    arguments = ("--partnership", "lewisham")
    assert "No calendar is listed" in convene.run("calendar", "list", *arguments).stdout
    file = convene.file("calendars.toml", GOOD)
    dry = convene.run("calendar", "import", file, "--dry-run", *arguments).stdout
    assert "This would be: 2 calendars added, 0 removed, 0 unchanged." in dry
    assert len(convene.json("calendar", "import", file, *arguments)["added"]) == 2
    found = convene.json("calendar", "list", *arguments)
    assert [(each["kind"], each["address"], each["seen_at"]) for each in found] == [
        ("agency", "desk@police.example", None),
        ("chair", "priya.shah@lewisham.example", None),
    ]
    assert "never" in convene.run("calendar", "list", *arguments).stdout
    assert convene.json("calendar", "list", "--partnership", "wirral") == []


def test_a_file_with_faults_changes_nothing_and_names_them_all(convene: Convene) -> None:
    convene.run("migrate")
    file = convene.file("calendars.toml", 'agencies = ["nobody", 7]\n[[chair]]\nname = ""\naddress = "a@b.example"\n')
    refused = convene.run("calendar", "import", file, "--partnership", "lewisham", code=2)
    for said in ("agencies, 1: give an e-mail", "agencies, 2:", "chair 1: name:", "3 faults; nothing was imported"):
        assert said in refused.stderr, said
    assert convene.json("calendar", "list", "--partnership", "lewisham") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agencies = ", "This is not TOML"),
        (b"\xff", "not in UTF-8"),
        ("rooms = []", "rooms is not known"),
        ('agencies = "a@b.example"', "agencies: give a list"),
        ('room = ["a"]', "write each as a [[room]] table"),
        ('[[room]]\nname = "1"', "has name and address, and nothing else"),
        ('[[room]]\nname = "1"\naddress = "a@b"', "room 1: address:"),
        ('agencies = ["a@b.example", "A@b.example"]', "agency: a@b.example stands twice"),
        (
            '[[room]]\nname = "1"\naddress = "a@b.example"\n[[room]]\nname = "1"\naddress = "c@b.example"',
            "the name '1' stands twice",
        ),
    ],
)
def test_each_fault_of_a_file_has_its_sentence(text: str | bytes, said: str) -> None:
    with pytest.raises(CalendarsRefusedError) as refused:
        read_calendar_list(text if isinstance(text, bytes) else text.encode())
    assert any(said in problem for problem in refused.value.problems)


async def test_the_way_to_outlook_is_opened_when_it_is_needed_and_a_redis_that_is_gone_is_a_reason(
    redis_url: str,
) -> None:
    async with running_sandbox() as place:
        await fill(place, CHAIR, entry(NINE, MORNING.replace(hour=10)))
        where = {
            "CONVENE_GRAPH_URL": place.settings.base_url,
            "CONVENE_GRAPH_AUTHORITY": place.settings.authority,
            "CONVENE_GRAPH_TENANT_ID": place.settings.tenant_id,
            "CONVENE_GRAPH_CLIENT_ID": place.settings.client_id,
            "CONVENE_GRAPH_CLIENT_SECRET": place.settings.client_secret,
        }
        settings = {**settings_for("postgresql+asyncpg://nowhere", redis_url), **where}
        calendars = TenantCalendars(load(settings))
        asked = (BOX, MAILBOX, [CHAIR], NINE, MORNING.replace(hour=12))
        assert len((await calendars.read(*asked))[CHAIR]) == 1
        await calendars.close()
        gone = TenantCalendars(load({**settings, "CONVENE_REDIS_URL": "redis://127.0.0.1:1"}))
        assert await gone.read(*asked) == {CHAIR: NotSeen.BUSY}
        await gone.close()
        await gone.close()
        for wrong in ({"CONVENE_GRAPH_CLIENT_ID": ""}, {"CONVENE_GRAPH_URL": "http://graph.example/v1.0"}):
            unset = TenantCalendars(load({**settings, **wrong}))
            assert await unset.read(*asked) == {CHAIR: NotSeen.REFUSED}
            await unset.close()
