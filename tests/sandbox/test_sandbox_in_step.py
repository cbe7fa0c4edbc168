"""Whatever happens to a calendar, a reader that follows its delta links holds exactly what is in it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.sandbox.serving import serving
from tests.sandbox.conftest import IMMUTABLE, ORGANISER, POLICE, SCHOOL, Tenant
from tests.sandbox.conftest import settings as configured

WINDOW = "?startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-02-01T00:00:00Z"
INSIDE = {
    "start": {"dateTime": "2026-12-02T10:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-02T11:00:00", "timeZone": "UTC"},
}
OUTSIDE = {
    "start": {"dateTime": "2027-06-02T10:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-06-02T11:00:00", "timeZone": "UTC"},
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["create", "accept", "decline", "into the window", "out of the window", "cancel", "one page", "one page"]
        ),
        st.integers(0, 2),
    ),
    min_size=10,
    max_size=25,
)


@dataclass
class Reader:
    """Follows nextLinks and deltaLinks, keeping what it was told."""

    tenant: Tenant
    link: str
    held: dict[str, Any] = field(default_factory=dict)

    async def page(self) -> bool:
        headers = {"Prefer": 'IdType="ImmutableId", odata.maxpagesize=1'}
        page = (await self.tenant.graph("GET", self.link, headers=headers)).json
        for item in page["value"]:
            if "@removed" in item:
                self.held.pop(item["id"], None)
            else:
                self.held[item["id"]] = item
        self.link = page.get("@odata.nextLink") or page["@odata.deltaLink"]
        return "@odata.deltaLink" in page

    async def catch_up(self) -> None:
        while not await self.page():
            pass


async def take(step: str, which: int, tenant: Tenant, made: list[Any], reader: Reader) -> None:
    if step == "create":
        made.append((await tenant.create(POLICE, SCHOOL, headers=IMMUTABLE)).json)
    elif step == "one page":
        await reader.page()
    elif made:
        event = made[which % len(made)]
        path = f"/events/{quote(event['id'], safe='')}"
        if step in ("accept", "decline"):
            await tenant.respond(POLICE, event["uid"], step)
        elif step == "cancel":
            await tenant.mailbox("POST", f"{path}/cancel", json={})
        else:
            await tenant.mailbox("PATCH", path, json=INSIDE if step == "into the window" else OUTSIDE)


async def play(already: int, steps: list[tuple[str, int]]) -> None:
    config = configured()
    async with serving(config) as served, aiohttp.ClientSession() as session:
        tenant = Tenant(served, config, session)
        await tenant.sign_in()
        reader = Reader(tenant, f"{tenant.url}/v1.0/users/{ORGANISER}/calendarView/delta{WINDOW}")
        made = [(await tenant.create(POLICE, SCHOOL, headers=IMMUTABLE)).json for _ in range(already)]
        for step, which in steps:
            await take(step, which, tenant, made, reader)
        await reader.catch_up()
        truth = {
            event["immutable_id"]: [guest["response"] for guest in event["attendees"]]
            for event in await tenant.events()
            if not event["cancelled"] and event["start"].startswith("2026-12")
        }
        told = {
            item_id: [guest["status"]["response"] for guest in item["attendees"]]
            for item_id, item in reader.held.items()
        }
        assert told == truth


@given(st.integers(1, 3), STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_reader_of_delta_links_stays_in_step(already: int, steps: list[tuple[str, int]]) -> None:
    asyncio.run(play(already, steps))
