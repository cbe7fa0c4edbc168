"""Several organiser mailboxes share the load of their partnership: Exchange limits each of them, not all together."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Wishes
from service.store.changes import mailboxes
from service.workflow.meetings import NewTime, confirm_meeting
from tests.journey.world import MAILBOX, ONE_DESK, TUESDAY_NINE, a_request, a_world, reference_of

SECOND = "more.meetings@lewisham.example"
START = TUESDAY_NINE + timedelta(days=7)
MEETINGS = 24


async def test_meetings_go_to_every_mailbox_that_works_and_to_none_that_is_stopped(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=ONE_DESK) as world:
        async with engine.begin() as conn:
            await mailboxes.ensure(conn, "lewisham", SECOND, by="test", now=TUESDAY_NINE)
        for number in range(MEETINGS):
            # Some come with their time and some are given one later: both ways choose.
            wishes = Wishes(start=START) if number % 2 else Wishes()
            received = await world.receive(a_request(case_ref=f"LCS-{number}", wishes=wishes))
            if not number % 2:
                at = NewTime(START + timedelta(hours=number % 8))
                await confirm_meeting(world.services, "lewisham", reference_of(received), at, actor="officer")
        used = await world.rows("SELECT m.address FROM calendar_events AS e JOIN mailboxes AS m ON m.id = e.mailbox_id")
        counted = Counter(row["address"] for row in used)
        # That all of so many go to one by chance happens once in eight million times.
        assert set(counted) == {MAILBOX, SECOND}
        assert counted.total() == MEETINGS

        await world.change("UPDATE mailboxes SET state = 'stopped' WHERE address = :it", it=MAILBOX)
        for number in range(6):
            await world.receive(a_request(case_ref=f"LCS-later-{number}", wishes=Wishes(start=START)))
        later = await world.rows(
            "SELECT m.address FROM calendar_events AS e JOIN mailboxes AS m ON m.id = e.mailbox_id"
        )
        assert Counter(row["address"] for row in later)[MAILBOX] == counted[MAILBOX]
