"""A role that had no inbox is invited as soon as the directory has one."""

from __future__ import annotations

from service.domain.requests import Wishes
from service.store import tables
from service.store.ids import new_id
from service.workflow.bind import fill_gaps
from tests.journey.world import MAILBOX, TUESDAY_NINE, World, a_request

PAEDIATRICIAN = "paediatrics@lewisham.example"


async def _list_paediatrics(world: World) -> None:
    async with world.engine.begin() as conn:
        await conn.execute(
            tables.inboxes.insert().values(
                id=new_id(TUESDAY_NINE),
                partnership_id="lewisham",
                role="paediatrician",
                name="Paediatrics",
                address=PAEDIATRICIAN,
                phone="020 7946 0777",
                hours="always",
                updated_at=TUESDAY_NINE,
            )
        )


async def _gap(world: World) -> dict[str, object]:
    return await world.one("SELECT state FROM requirements WHERE role = 'paediatrician'")


async def test_a_gap_is_a_task_until_the_directory_can_fill_it(world: World) -> None:
    await world.receive(a_request())
    await world.pump()
    assert await _gap(world) == {"state": "no_inbox"}
    await _list_paediatrics(world)
    assert len(await fill_gaps(world.services, "lewisham", actor="officer")) == 1
    await world.pump()
    assert await _gap(world) == {"state": "wanted"}
    tasks = await world.rows(
        "SELECT t.state FROM tasks t JOIN requirements r ON r.id = t.requirement_id WHERE r.role = 'paediatrician'"
    )
    assert [task["state"] for task in tasks] == ["done"]


async def test_the_newcomer_is_invited_and_nobody_else_is_written_to_again(world: World) -> None:
    await world.receive(a_request())
    await world.pump()
    before = (await world.sandbox.control.state())["deliveries"]
    await _list_paediatrics(world)
    await fill_gaps(world.services, "lewisham", actor="officer")
    await world.pump()
    after = (await world.sandbox.control.state())["deliveries"]
    assert {address: after[address] for address in before} == before
    assert PAEDIATRICIAN in after
    assert await world.live_events() == 1
    invited = await world.one(
        "SELECT i.state FROM invitations i JOIN requirements r ON r.id = i.requirement_id "
        "WHERE r.role = 'paediatrician'"
    )
    assert invited == {"state": "sent"}


async def test_a_meeting_without_a_time_is_bound_and_nothing_is_sent(world: World) -> None:
    await world.receive(a_request(wishes=Wishes()))
    await _list_paediatrics(world)
    await fill_gaps(world.services, "lewisham", actor="officer")
    assert await _gap(world) == {"state": "wanted"}
    assert await world.rows("SELECT id FROM outbox") == []


async def test_filling_twice_does_nothing_twice(world: World) -> None:
    await world.receive(a_request())
    await _list_paediatrics(world)
    await fill_gaps(world.services, "lewisham", actor="officer")
    assert await fill_gaps(world.services, "lewisham", actor="officer") == []
    await world.pump()
    events = (await world.sandbox.control.state())["mailboxes"][MAILBOX]["events"]
    assert len(events) == 1
