"""``convene staff``: who has signed in, and ending somebody's access."""

from __future__ import annotations

import asyncio

from service.commands.compose import command_services
from service.domain.staff import StaffRole
from service.settings import load
from service.workflow.staff import arrive
from tests.commands.commands_world import Convene


def somebody_signs_in() -> bool:
    async def main() -> bool:
        async with command_services(load()) as services:
            return bool(
                await arrive(services, "t", "oid-1", "Ada Officer", {"lewisham": frozenset({StaffRole.OFFICER})})
            )

    return asyncio.run(main())


def test_somebody_s_access_is_stopped_and_given_back(convene: Convene) -> None:
    assert convene.run("staff", "list", "-p", "lewisham").stdout == "Nobody has signed in yet.\n"
    assert somebody_signs_in()
    (ada,) = convene.json("staff", "list", "-p", "lewisham")
    assert (ada["name"], ada["roles"], ada["stopped_at"]) == ("Ada Officer", ["officer"], None)
    assert convene.json("staff", "list", "-p", "wirral") == []
    convene.run("staff", "stop", ada["id"], "-p", "lewisham", "--by", "jo")
    assert "stopped" in convene.run("staff", "list", "-p", "lewisham").stdout
    assert not somebody_signs_in()
    again = convene.run("staff", "stop", ada["id"], "-p", "lewisham", code=2).stderr
    assert "Nobody with the id" in again
    convene.run("staff", "admit", ada["id"], "-p", "lewisham")
    assert somebody_signs_in()
    assert convene.json("audit", "verify", "-p", "lewisham")["holds"] is True
