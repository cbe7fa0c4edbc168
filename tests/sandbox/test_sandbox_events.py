"""Events: creating once, reading, changing, cancelling, as strictly as Graph."""

import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import HEALTH, IMMUTABLE, ORGANISER, POLICE, PROPERTY, SCHOOL, Open, Tenant, event

AS_JSON = {"Content-Type": "application/json"}
NOTHING = {"invite": 0, "update": 0, "cancel": 0, "message": 0}


def escaped(item_id: str) -> str:
    return quote(item_id, safe="")


async def test_creating_an_event_gives_it_back_as_graph_writes_it(tenant: Tenant) -> None:
    reply = await tenant.create(POLICE, transactionId="t-1", hideAttendees=True, sensitivity="private")
    assert reply.status == 201
    made = reply.json
    assert made["start"] == {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "Europe/London"
    assert made["attendees"] == [
        {
            "type": "required",
            "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": POLICE, "address": POLICE},
        }
    ]
    assert made["responseStatus"] == {"response": "organizer", "time": "0001-01-01T00:00:00Z"}
    assert made["uid"] == made["iCalUId"]
    assert (made["transactionId"], made["hideAttendees"], made["sensitivity"]) == ("t-1", True, "private")
    assert made["body"]["content"].startswith("<html><head>\r\n<meta http-equiv=")
    assert reply.headers["ETag"] == made["@odata.etag"] == f'W/"{made["changeKey"]}"'
    assert "singleValueExtendedProperties" not in made
    assert reply.headers["request-id"]


async def test_a_time_is_given_in_the_preferred_zone(tenant: Tenant) -> None:
    summer = {
        "start": {"dateTime": "2026-07-01T10:00:00", "timeZone": "GMT Standard Time"},
        "end": {"dateTime": "2026-07-01T11:00:00", "timeZone": "GMT Standard Time"},
    }
    in_utc = (await tenant.create(**summer)).json
    assert in_utc["start"]["dateTime"] == "2026-07-01T09:00:00.0000000"
    wanted = {"Prefer": 'outlook.timezone="Europe/London", IdType="ImmutableId"'}
    in_london = await tenant.mailbox("GET", f"/events/{escaped(in_utc['id'])}", headers=wanted)
    assert in_london.json["start"] == {"dateTime": "2026-07-01T10:00:00.0000000", "timeZone": "Europe/London"}
    assert 'outlook.timezone="Europe/London"' in in_london.headers["Preference-Applied"]


async def test_an_invitation_reaches_each_guest(tenant: Tenant) -> None:
    await tenant.create(POLICE, SCHOOL)
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1}
    assert await tenant.counts(SCHOOL) == {**NOTHING, "invite": 1}


async def test_the_same_transaction_and_content_make_one_event_and_one_invitation(tenant: Tenant) -> None:
    first = await tenant.create(POLICE, transactionId="t-1")
    second = await tenant.create(POLICE, transactionId="t-1")
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] == second.json["id"]
    assert len(await tenant.events()) == 1
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1}


async def test_the_same_transaction_with_other_content_is_refused_and_names_the_event(tenant: Tenant) -> None:
    first = await tenant.create(POLICE, transactionId="t-1", headers=IMMUTABLE)
    second = await tenant.create(SCHOOL, transactionId="t-1", headers=IMMUTABLE)
    assert (second.status, second.code) == (409, "ErrorDuplicateTransactionId")
    assert second.json["error"]["@event.existingEventId"] == first.json["id"]
    assert await tenant.counts(SCHOOL) == NOTHING


async def test_two_creates_without_a_transaction_make_two_events(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    await tenant.create(POLICE)
    assert len(await tenant.events()) == 2


async def test_a_transaction_stays_used_after_the_event_was_cancelled(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE, transactionId="t-1", headers=IMMUTABLE)).json
    await tenant.mailbox("POST", f"/events/{escaped(made['id'])}/cancel", json={})
    again = await tenant.create(POLICE, transactionId="t-1", headers=IMMUTABLE)
    assert (again.json["id"], again.json["isCancelled"]) == (made["id"], True)
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1, "cancel": 1}


LONDON = "Europe/London"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("unknown property", {"colour": "red"}, "ErrorInvalidRequest"),
    ("read-only property", {"iCalUId": "x"}, "ErrorInvalidRequest"),
    ("unknown property inside", {"location": {"displayName": "x", "floor": 2}}, "ErrorInvalidRequest"),
    ("guest's answer is not ours to write", {"attendees": [{"emailAddress": {"address": POLICE}, "status": {}}]},
     "ErrorInvalidRequest"),
    ("enum", {"sensitivity": "secret"}, "ErrorPropertyValidationFailure"),
    ("text as boolean", {"hideAttendees": "true"}, "ErrorPropertyValidationFailure"),
    ("no end", {"end": None}, "ErrorPropertyValidationFailure"),
    ("ends before it starts", {"end": {"dateTime": "2026-12-01T09:00:00", "timeZone": LONDON}},
     "ErrorPropertyValidationFailure"),
    ("ends as it starts, in another zone", {"end": {"dateTime": "2026-12-01T10:00:00", "timeZone": "UTC"}},
     "ErrorPropertyValidationFailure"),
    ("offset in the time", {"end": {"dateTime": "2026-12-01T12:00:00Z", "timeZone": LONDON}},
     "ErrorPropertyValidationFailure"),
    ("no such day", {"end": {"dateTime": "2027-02-29T12:00:00", "timeZone": LONDON}}, "ErrorPropertyValidationFailure"),
    ("zone nobody knows", {"end": {"dateTime": "2026-12-01T12:00:00", "timeZone": "Mars/Base"}},
     "ErrorPropertyValidationFailure"),
    ("zone that is a folder", {"end": {"dateTime": "2026-12-01T12:00:00", "timeZone": "Europe"}},
     "ErrorPropertyValidationFailure"),
    ("no address", {"attendees": [{"emailAddress": {"address": "police desk"}}]}, "ErrorInvalidRecipients"),
    ("too many guests", {"attendees": [{"emailAddress": {"address": f"g{n}@x.example"}} for n in range(501)]},
     "ErrorInvalidRecipients"),
    ("extended property without a set", {"singleValueExtendedProperties": [{"id": "Reference", "value": "x"}]},
     "ErrorPropertyValidationFailure"),
    ("all day but not at midnight", {"isAllDay": True}, "ErrorPropertyValidationFailure"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_body_graph_would_refuse_is_refused(tenant: Tenant, changed: dict[str, Any], code: str) -> None:
    reply = await tenant.create(**changed)
    assert (reply.status, reply.code) == (400, code)
    assert reply.json["error"]["innerError"]["request-id"] == reply.headers["request-id"]
    assert await tenant.events() == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"{", "application/json", 400), (b"[]", "application/json", 400), (b"\xff", "application/json", 400),
     (b"[" * 100_000, "application/json", 400), (b"{}", "text/html", 415)],
    ids=["broken", "array", "not UTF-8", "too deep", "wrong type"],
)  # fmt: skip
async def test_a_body_that_is_not_json_is_refused(tenant: Tenant, body: bytes, kind: str, status: int) -> None:
    reply = await tenant.mailbox("POST", "/events", data=body, headers={"Content-Type": kind})
    assert reply.status == status


async def test_a_body_over_four_megabytes_is_refused(tenant: Tenant) -> None:
    reply = await tenant.mailbox("POST", "/events", data=io.BytesIO(b" " * (4 * 1024 * 1024 + 1)), headers=AS_JSON)
    assert (reply.status, reply.code) == (413, "RequestEntityTooLarge")


async def test_five_hundred_guests_are_taken(tenant: Tenant) -> None:
    assert (await tenant.create(*(f"guest{number}@many.example" for number in range(500)))).status == 201


async def test_an_id_differs_by_preference_and_both_find_the_event(tenant: Tenant) -> None:
    made = (await tenant.create()).json
    immutable = (await tenant.mailbox("GET", f"/events/{escaped(made['id'])}", headers=IMMUTABLE)).json["id"]
    assert immutable != made["id"]
    assert (await tenant.mailbox("GET", f"/events/{escaped(immutable)}")).json["id"] == made["id"]


async def test_an_id_must_be_escaped_in_a_path(tenant: Tenant) -> None:
    made = (await tenant.create()).json
    assert "/" in made["id"]
    assert (await tenant.mailbox("GET", f"/events/{made['id']}")).status == 404


async def test_an_extended_property_is_shown_only_when_expanded(tenant: Tenant) -> None:
    made = (await tenant.create(singleValueExtendedProperties=[{"id": PROPERTY, "value": "mtg_1"}])).json
    path = f"/events/{escaped(made['id'])}"
    assert "singleValueExtendedProperties" not in (await tenant.mailbox("GET", path)).json
    expand = quote(f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')", safe="")
    found = (await tenant.mailbox("GET", f"{path}?$expand={expand}")).json
    assert found["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": "mtg_1"}]


def by_property(value: str, name: str = PROPERTY) -> str:
    text = f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{value}')"
    return "?$filter=" + quote(text, safe="")


async def test_an_event_is_found_by_its_extended_property(tenant: Tenant) -> None:
    made = (await tenant.create(singleValueExtendedProperties=[{"id": PROPERTY, "value": "mtg_1"}])).json
    await tenant.create(singleValueExtendedProperties=[{"id": PROPERTY, "value": "mtg_2"}])
    found = (await tenant.mailbox("GET", f"/events{by_property('MTG_1')}")).json["value"]
    assert [item["id"] for item in found] == [made["id"]]
    other_case = PROPERTY.replace("MeetingReference", "meetingreference")
    assert (await tenant.mailbox("GET", f"/events{by_property('mtg_1', other_case)}")).json["value"] == []


async def test_a_space_written_as_plus_is_not_a_space(tenant: Tenant) -> None:
    query = by_property("mtg_1").replace("%20", "+")
    assert (await tenant.mailbox("GET", f"/events{query}")).status == 400


@pytest.mark.parametrize("query", ["$filter=transactionId%20eq%20't-1'", "$search=x", "$top=x", "$top=1&$top=2"])
async def test_a_query_graph_does_not_support_is_refused(tenant: Tenant, query: str) -> None:
    reply = await tenant.mailbox("GET", f"/events?{query}")
    assert (reply.status, reply.code) == (400, "ErrorInvalidRequest")


async def test_events_are_listed_page_by_page(tenant: Tenant) -> None:
    made = [(await tenant.create()).json["id"] for _ in range(3)]
    first = (await tenant.mailbox("GET", "/events?$top=2&$select=id,subject")).json
    second = (await tenant.graph("GET", first["@odata.nextLink"])).json
    assert [item["id"] for item in (*first["value"], *second["value"])] == made
    assert set(first["value"][0]) == {"@odata.etag", "id", "subject"}
    assert "@odata.nextLink" not in second


async def test_a_changed_guest_list_writes_only_to_those_it_changes(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE, SCHOOL)).json
    await tenant.respond(POLICE, made["uid"], "accept")
    body = {"attendees": event(POLICE, HEALTH)["attendees"]}
    reply = await tenant.mailbox("PATCH", f"/events/{escaped(made['id'])}", json=body)
    answers = {guest["emailAddress"]["address"]: guest["status"]["response"] for guest in reply.json["attendees"]}
    assert answers == {POLICE: "accepted", HEALTH: "none"}
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1}
    assert await tenant.counts(SCHOOL) == {**NOTHING, "invite": 1, "cancel": 1}
    assert await tenant.counts(HEALTH) == {**NOTHING, "invite": 1}


MOVES: list[tuple[str, dict[str, Any]]] = [
    ("later", {"end": {"dateTime": "2026-12-01T12:00:00", "timeZone": LONDON}}),
    ("another room", {"location": {"displayName": "Room 5"}}),
]


@pytest.mark.parametrize("change", [row[1] for row in MOVES], ids=[row[0] for row in MOVES])
async def test_a_new_time_or_place_writes_to_all_and_forgets_the_answers(
    tenant: Tenant, change: dict[str, Any]
) -> None:
    made = (await tenant.create(POLICE, SCHOOL)).json
    await tenant.respond(POLICE, made["uid"], "accept")
    reply = await tenant.mailbox("PATCH", f"/events/{escaped(made['id'])}", json=change)
    assert [guest["status"]["response"] for guest in reply.json["attendees"]] == ["none", "none"]
    assert reply.json["attendees"][0]["status"]["time"] == "0001-01-01T00:00:00Z"
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1, "update": 1}
    assert await tenant.counts(SCHOOL) == {**NOTHING, "invite": 1, "update": 1}


async def test_repeating_a_change_writes_to_all_again_but_keeps_the_answers(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    await tenant.respond(POLICE, made["uid"], "accept")
    same = {"start": event()["start"], "end": event()["end"]}
    reply = await tenant.mailbox("PATCH", f"/events/{escaped(made['id'])}", json=same)
    assert reply.json["attendees"][0]["status"]["response"] == "accepted"
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1, "update": 1}


async def test_a_change_only_the_organiser_sees_writes_to_nobody(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    change = {"categories": ["x"], "reminderMinutesBeforeStart": 30}
    reply = await tenant.mailbox("PATCH", f"/events/{escaped(made['id'])}", json=change)
    assert (reply.status, reply.json["reminderMinutesBeforeStart"]) == (200, 30)
    assert reply.json["changeKey"] != made["changeKey"]
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1}


@pytest.mark.parametrize(
    "change",
    [{}, {"transactionId": "t-2"}, {"uid": "x"}, {"nonsense": 1}, {"attendees": "all"},
     {"start": {"dateTime": "2026-12-01T15:00:00", "timeZone": LONDON}}],
    ids=["nothing", "transaction", "read-only", "unknown", "shape", "starts after its end"],
)  # fmt: skip
async def test_a_change_graph_would_refuse_changes_nothing(tenant: Tenant, change: dict[str, Any]) -> None:
    made = (await tenant.create(POLICE, transactionId="t-1")).json
    path = f"/events/{escaped(made['id'])}"
    assert (await tenant.mailbox("PATCH", path, json=change)).status == 400
    assert (await tenant.mailbox("GET", path)).json["changeKey"] == made["changeKey"]


async def test_a_change_of_what_was_read_too_long_ago_is_refused(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    path, old = f"/events/{escaped(made['id'])}", {"If-Match": made["@odata.etag"]}
    assert (await tenant.mailbox("PATCH", path, json={"subject": "One"}, headers=old)).status == 200
    refused = await tenant.mailbox("PATCH", path, json={"subject": "Two"}, headers=old)
    assert (refused.status, refused.code) == (412, "ErrorIrresolvableConflict")


@pytest.mark.parametrize("name", ["comment", "Comment"])
async def test_cancelling_tells_the_guests_once_and_answers_with_nothing(tenant: Tenant, name: str) -> None:
    made = (await tenant.create(POLICE)).json
    path = f"/events/{escaped(made['id'])}/cancel"
    first = await tenant.mailbox("POST", path, json={name: "Facts are clear."})
    assert (first.status, first.text) == (202, "")
    second = await tenant.mailbox("POST", path, json={name: "Facts are clear."})
    assert (second.status, second.code) == (404, "ErrorItemNotFound")
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1, "cancel": 1}
    letter = (await tenant.control("GET", f"/inboxes/{POLICE}")).json["items"][-1]
    assert letter["note"].endswith("Facts are clear.")


@pytest.mark.parametrize(("method", "path", "deleted"), [("POST", "/cancel", False), ("DELETE", "", True)])
async def test_the_state_tells_an_event_that_was_deleted_from_one_that_was_cancelled(
    tenant: Tenant, method: str, path: str, deleted: bool
) -> None:
    made = (await tenant.create(POLICE)).json
    ended = await tenant.mailbox(method, f"/events/{escaped(made['id'])}{path}", **({} if deleted else {"json": {}}))
    assert ended.status == (204 if deleted else 202)
    (mailbox,) = (await tenant.control("GET", "/state")).json["mailboxes"].values()
    (event,) = mailbox["events"]
    assert (event["cancelled"], event["deleted"]) == (True, deleted)
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1, "cancel": 1}


async def test_a_cancelled_event_lives_on_by_its_immutable_id_only(tenant: Tenant) -> None:
    immutable = (await tenant.create(headers=IMMUTABLE)).json["id"]
    ordinary = (await tenant.mailbox("GET", f"/events/{escaped(immutable)}")).json["id"]
    assert (await tenant.mailbox("POST", f"/events/{escaped(immutable)}/cancel", json={})).status == 202
    assert (await tenant.mailbox("GET", f"/events/{escaped(ordinary)}")).code == "ErrorItemNotFound"
    left = await tenant.mailbox("GET", f"/events/{escaped(immutable)}", headers=IMMUTABLE)
    assert (left.json["id"], left.json["isCancelled"]) == (immutable, True)
    assert (await tenant.mailbox("PATCH", f"/events/{escaped(immutable)}", json={"subject": "x"})).status == 404
    assert (await tenant.mailbox("POST", f"/events/{escaped(immutable)}/cancel", json={})).status == 404


async def test_deleting_tells_the_guests_without_a_word(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    assert (await tenant.mailbox("DELETE", f"/events/{escaped(made['id'])}")).status == 204
    assert await tenant.counts(POLICE) == {**NOTHING, "invite": 1, "cancel": 1}
    assert (await tenant.mailbox("GET", "/events")).json["value"] == []


async def test_a_teams_meeting_can_be_joined_and_is_lost_with_a_new_body(tenant: Tenant) -> None:
    online: dict[str, Any] = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
    made = (await tenant.create(**online)).json
    join = made["onlineMeeting"]["joinUrl"]
    assert join in made["body"]["content"]
    path = f"/events/{escaped(made['id'])}"
    assert (await tenant.mailbox("PATCH", path, json={"isOnlineMeeting": False})).status == 400
    kept = await tenant.mailbox("PATCH", path, json={"body": {"contentType": "html", "content": f"Join {join}"}})
    assert kept.json["onlineMeeting"] == {"joinUrl": join}
    lost = await tenant.mailbox("PATCH", path, json={"body": {"contentType": "html", "content": "No link"}})
    assert (lost.json["isOnlineMeeting"], lost.json["onlineMeeting"]) == (False, None)


async def test_a_mailbox_without_teams_answers_201_and_gives_no_meeting(open_tenant: Open) -> None:
    tenant = await open_tenant(teams=False)
    reply = await tenant.create(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness")
    assert (reply.status, reply.json["isOnlineMeeting"], reply.json["onlineMeeting"]) == (201, False, None)
    calendar = (await tenant.mailbox("GET", "/calendar")).json
    assert calendar["allowedOnlineMeetingProviders"] == []


async def test_another_tenants_mailbox_is_not_found_and_a_denied_one_is_refused(tenant: Tenant) -> None:
    assert (await tenant.graph("GET", "/users/someone@else.example/events")).code == "ErrorInvalidUser"
    await tenant.control("POST", "/mailbox", {"address": ORGANISER, "denied": True})
    refused = await tenant.create(POLICE)
    assert (refused.status, refused.code) == (403, "ErrorAccessDenied")
    assert await tenant.counts(POLICE) == NOTHING


async def test_a_double_slash_after_the_version_is_tolerated(tenant: Tenant) -> None:
    reply = await tenant.graph("GET", f"{tenant.url}/v1.0//users/{ORGANISER}/events")
    assert reply.status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/me"), ("PUT", f"/users/{ORGANISER}/events"), ("GET", "/")])
async def test_a_path_that_is_not_emulated_is_not_found_in_graphs_own_shape(
    tenant: Tenant, method: str, path: str
) -> None:
    reply = await tenant.graph(method, path)
    assert (reply.status, reply.code) == (404, "ResourceNotFound")


async def test_the_callers_request_id_is_echoed_when_asked_for(tenant: Tenant) -> None:
    asked = {"client-request-id": "c-1", "return-client-request-id": "true"}
    assert (await tenant.mailbox("GET", "/events", headers=asked)).headers["client-request-id"] == "c-1"
    assert "client-request-id" not in (await tenant.mailbox("GET", "/events")).headers
