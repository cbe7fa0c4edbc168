"""Delta reads: an empty first page, links to follow, removed items, and a resync when the token is lost."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import IMMUTABLE, POLICE, Tenant

WINDOW = "?startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-02-01T00:00:00Z"
LATER = {
    "start": {"dateTime": "2027-06-01T10:00:00", "timeZone": "Europe/London"},
    "end": {"dateTime": "2027-06-01T11:00:00", "timeZone": "Europe/London"},
}


async def follow(tenant: Tenant, link: str, headers: dict[str, str] | None = None) -> tuple[list[Any], str, int]:
    """Read a round to its end; return its items, its delta link and how many pages it had."""
    items: list[Any] = []
    pages = 0
    while True:
        page = (await tenant.graph("GET", link, headers=headers or IMMUTABLE)).json
        pages += 1
        items.extend(page["value"])
        if "@odata.deltaLink" in page:
            return items, page["@odata.deltaLink"], pages
        link = page["@odata.nextLink"]


def first_round(tenant: Tenant) -> str:
    return f"{tenant.url}/v1.0/users/{tenant.config.mailboxes[0]}/calendarView/delta{WINDOW}"


async def test_the_first_page_is_empty_and_points_on_to_the_events(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE, headers=IMMUTABLE, transactionId="t-1")).json
    first = (await tenant.graph("GET", first_round(tenant))).json
    assert first["value"] == []
    assert first["@odata.nextLink"].startswith(tenant.url)
    items, _link, _pages = await follow(tenant, first["@odata.nextLink"])
    assert [(item["id"], item["transactionId"]) for item in items] == [(made["id"], "t-1")]


async def test_after_the_delta_link_only_changed_events_come(tenant: Tenant) -> None:
    quiet = (await tenant.create(POLICE)).json
    loud = (await tenant.create(POLICE)).json
    _items, link, _pages = await follow(tenant, first_round(tenant))
    assert (await follow(tenant, link))[0] == []
    await tenant.respond(POLICE, loud["uid"], "decline")
    items, _link, _pages = await follow(tenant, link)
    assert [item["uid"] for item in items] == [loud["uid"]] != [quiet["uid"]]
    assert items[0]["attendees"][0]["status"]["response"] == "declined"


async def test_a_delta_link_can_be_read_twice(tenant: Tenant) -> None:
    _items, link, _pages = await follow(tenant, first_round(tenant))
    await tenant.create(POLICE)
    assert len((await follow(tenant, link))[0]) == len((await follow(tenant, link))[0]) == 1


async def test_cancelled_and_moved_away_events_come_as_removed(tenant: Tenant) -> None:
    cancelled, moved, elsewhere = [(await tenant.create(headers=IMMUTABLE)).json["id"] for _ in range(3)]
    _items, link, _pages = await follow(tenant, first_round(tenant))
    await tenant.mailbox("POST", f"/events/{quote(cancelled, safe='')}/cancel", json={})
    await tenant.mailbox("PATCH", f"/events/{quote(moved, safe='')}", json=LATER)
    outside = (await tenant.create(**LATER, headers=IMMUTABLE)).json["id"]
    items, _link, _pages = await follow(tenant, link)
    assert {item["id"]: item["@removed"] for item in items} == {
        item_id: {"reason": "deleted"} for item_id in (cancelled, moved, outside)
    }
    assert elsewhere not in {item["id"] for item in items}


async def test_a_first_round_names_nothing_removed_or_outside_its_window(tenant: Tenant) -> None:
    gone = (await tenant.create()).json["id"]
    await tenant.mailbox("DELETE", f"/events/{quote(gone, safe='')}")
    await tenant.create(**LATER)
    assert (await follow(tenant, first_round(tenant)))[0] == []


async def test_pages_are_as_long_as_preferred_and_miss_nothing(tenant: Tenant) -> None:
    made = [(await tenant.create(headers=IMMUTABLE)).json["id"] for _ in range(7)]
    headers = {"Prefer": 'odata.maxpagesize=3, IdType="ImmutableId"'}
    items, _link, pages = await follow(tenant, first_round(tenant), headers)
    assert [item["id"] for item in items] == made
    assert pages == 4  # the empty one, then 3 + 3 + 1


async def test_a_change_between_two_pages_is_not_lost(tenant: Tenant) -> None:
    made = [(await tenant.create(POLICE, headers=IMMUTABLE)).json for _ in range(4)]
    headers = {"Prefer": 'odata.maxpagesize=2, IdType="ImmutableId"'}
    first = (await tenant.graph("GET", first_round(tenant), headers=headers)).json
    second = (await tenant.graph("GET", first["@odata.nextLink"], headers=headers)).json
    await tenant.respond(POLICE, made[0]["uid"], "accept")
    rest, _link, _pages = await follow(tenant, second["@odata.nextLink"], headers)
    assert [item["uid"] for item in rest] == [made[2]["uid"], made[3]["uid"], made[0]["uid"]]


async def test_an_event_cancelled_after_it_was_read_in_a_first_round_comes_as_removed(tenant: Tenant) -> None:
    read, _waiting = [(await tenant.create(headers=IMMUTABLE)).json["id"] for _ in range(2)]
    headers = {"Prefer": 'odata.maxpagesize=1, IdType="ImmutableId"'}
    first = (await tenant.graph("GET", first_round(tenant), headers=headers)).json
    second = (await tenant.graph("GET", first["@odata.nextLink"], headers=headers)).json
    assert [item["id"] for item in second["value"]] == [read]
    await tenant.mailbox("POST", f"/events/{quote(read, safe='')}/cancel", json={})
    rest, _link, _pages = await follow(tenant, second["@odata.nextLink"], headers)
    assert {"reason": "deleted"} in [item.get("@removed") for item in rest if item["id"] == read]


async def test_ids_flip_when_the_preference_is_forgotten(tenant: Tenant) -> None:
    made = (await tenant.create(headers=IMMUTABLE)).json["id"]
    items, _link, _pages = await follow(tenant, first_round(tenant), {"Prefer": "odata.maxpagesize=5"})
    assert items[0]["id"] != made


async def test_a_lost_sync_state_is_410_until_a_full_round_is_read(tenant: Tenant) -> None:
    await tenant.create()
    _items, link, _pages = await follow(tenant, first_round(tenant))
    await tenant.control("POST", "/resync", {"mailbox": tenant.config.mailboxes[0]})
    lost = await tenant.graph("GET", link)
    assert (lost.status, lost.code) == (410, "syncStateNotFound")
    items, fresh, _pages = await follow(tenant, first_round(tenant))
    assert len(items) == 1
    assert (await tenant.graph("GET", fresh)).status == 200


@pytest.mark.parametrize("token", ["nonsense", "e30", "bnVsbA", "%FF"])
async def test_a_token_that_is_not_ours_is_410(tenant: Tenant, token: str) -> None:
    assert (await tenant.mailbox("GET", f"/calendarView/delta?$deltatoken={token}")).status == 410


@pytest.mark.parametrize(
    "query",
    ["", "?startDateTime=2026-11-01T00:00:00Z", f"{WINDOW}&$select=subject", f"{WINDOW}&$filter=x",
     "?startDateTime=2026-11-02&endDateTime=2026-11-01", "?startDateTime=soon&endDateTime=later"],
)  # fmt: skip
async def test_a_delta_query_graph_does_not_support_is_refused(tenant: Tenant, query: str) -> None:
    assert (await tenant.mailbox("GET", f"/calendarView/delta{query}")).status == 400
