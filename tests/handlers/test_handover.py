"""Out of hours goes to the emergency duty team, and the morning takes the night over by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.calls import CallOutcome
from service.domain.night import night_began
from service.policies.holidays import working_calendar
from service.workflow.calls import CallGiven, record_call
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

# A Friday night, and the Monday after it.
FRIDAY_NIGHT = datetime(2026, 12, 4, 22, 30, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 12, 7, 8, 45, tzinfo=UTC)
POLICE = "police_child_protection"
CALENDAR = working_calendar(FRIDAY_NIGHT.date())


@pytest.mark.parametrize(
    ("now", "began"),
    [
        (FRIDAY_NIGHT, datetime(2026, 12, 4, 17, tzinfo=UTC)),
        (MONDAY_MORNING, datetime(2026, 12, 4, 17, tzinfo=UTC)),
        # Offices are open again: the night that is over is still the one to hand over.
        (datetime(2026, 12, 7, 11, tzinfo=UTC), datetime(2026, 12, 4, 17, tzinfo=UTC)),
        # In the night itself, and in the summer an hour earlier by Greenwich.
        (datetime(2026, 12, 8, 3, tzinfo=UTC), datetime(2026, 12, 7, 17, tzinfo=UTC)),
        (datetime(2026, 7, 1, 3, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC)),
        # The Tuesday after Boxing Day's bank holiday goes back to Christmas Eve.
        (datetime(2026, 12, 29, 8, tzinfo=UTC), datetime(2026, 12, 24, 17, tzinfo=UTC)),
        # The clocks go back in this night.
        (datetime(2026, 10, 26, 8, tzinfo=UTC), datetime(2026, 10, 23, 16, tzinfo=UTC)),
    ],
)
def test_the_night_began_when_offices_last_closed(now: datetime, began: datetime) -> None:
    assert night_began(now, CALENDAR) == began


def test_past_the_known_holidays_it_began_sixteen_hours_ago() -> None:
    later = datetime(2050, 1, 4, 8, tzinfo=UTC)
    assert night_began(later, CALENDAR) == later - timedelta(hours=16)


async def page(house: House) -> str:
    return await check(await house.client.get("/lewisham/handover"))


async def owners(house: House, reference: str) -> set[str]:
    rows = await house.rows(
        "SELECT t.owner FROM tasks t JOIN meetings m ON m.id = t.meeting_id WHERE m.reference = :x AND t.state = 'open'"
        " AND t.kind <> 'separate_meeting'",
        x=reference,
    )
    return {row["owner"] for row in rows}


async def test_the_night_is_the_duty_teams_and_the_morning_takes_it_over_by_name(house: House) -> None:
    by_day = await house.planned(urgency="immediate")
    house.clock.at = FRIDAY_NIGHT
    at_night, can_wait = await house.planned(urgency="immediate"), await house.planned()
    assert await owners(house, by_day) == {"business support officer"}
    assert await owners(house, at_night) == {"emergency duty team"}
    assert await owners(house, can_wait) == {"business support officer"}
    for role, outcome in ((POLICE, CallOutcome.JOINED), ("school_nurse", CallOutcome.NO_ANSWER)):
        given = CallGiven(outcome, house.clock.at, house.fresh("call"), role=role)
        await record_call(house.services, "lewisham", at_night, given, actor="command:night")
    house.clock.at = MONDAY_MORNING
    assert "/lewisham/handover" in await (await house.client.get("/lewisham/worklist")).text()
    shown = await page(house)
    assert shown.index(at_night) < shown.index(can_wait)
    assert by_day not in shown
    assert "Police child protection unit: joined" in shown
    assert "School nurse: no answer" in shown
    assert "For the emergency duty team." in shown
    once = re.findall(r'name="once" value="([^"]+)"', shown)[0]
    for _ in range(2):
        done = await house.press("/lewisham/handover", once=once)
        assert (done.status, done.headers["Location"]) == (303, "/lewisham/handover?done=1")
    assert await house.count("handovers") == 1
    assert await owners(house, at_night) == {"business support officer"}
    (event,) = await house.rows("SELECT data, meeting_id FROM audit_events WHERE action = 'planning:night:handed_over'")
    assert sorted(event["data"]["meetings"]) == sorted([at_night, can_wait])
    shown = await page(house)
    assert "Last handed over by Ada Officer" in shown
    assert "Nothing happened since then." in shown
    assert (await house.press("/lewisham/handover", once="")).status == 400


async def test_an_auditor_reads_it_and_takes_nothing_over(house: House) -> None:
    await house.sign_in("auditor")
    assert "Mark as handed over" not in await page(house)
    assert (await house.press("/lewisham/handover", once="abcdefgh")).status == 403
