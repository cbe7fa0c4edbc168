"""Free/busy as Graph gives it: strict about the question, and an answer or an error for each address."""

from typing import Any

import pytest

from tests.sandbox.conftest import ORGANISER, POLICE, SCHOOL, Tenant, eventually

CHAIR = "priya.shah@council.example"
LONDON = {"timeZone": "Europe/London"}


def at(wall: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": wall, "timeZone": zone}


def asked(*schedules: str, **changed: Any) -> dict[str, Any]:
    body = {
        "schedules": list(schedules),
        "startTime": at("2026-12-01T09:00:00"),
        "endTime": at("2026-12-01T12:00:00"),
        "availabilityViewInterval": 60,
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


async def schedule(tenant: Tenant, *schedules: str, **changed: Any) -> Any:
    answer = await tenant.mailbox("POST", "/calendar/getSchedule", json=asked(*schedules, **changed))
    assert answer.status == 200, answer.text
    return answer.json["value"]


async def appointments(tenant: Tenant, address: str, *given: tuple[str, str, str], error: str = "") -> None:
    made = [
        {
            "start": at(f"2026-12-01T{start}:00"),
            "end": at(f"2026-12-01T{end}:00"),
            "status": status,
            "subject": "Dentist",
        }
        for start, end, status in given
    ]
    body = {"address": address, "appointments": made, "error": error}
    assert (await tenant.control("POST", "/appointments", body)).status == 200


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"schedules": None}, 400, "ErrorPropertyValidationFailure"),
        ({"schedules": []}, 400, "ErrorInvalidParameter"),
        ({"schedules": "desk@police.example"}, 400, "ErrorPropertyValidationFailure"),
        ({"schedules": ["nobody"]}, 400, "ErrorInvalidRecipients"),
        ({"schedules": [f"p{n}@council.example" for n in range(21)]}, 400, "ErrorMailboxDataArrayTooBig"),
        ({"startTime": None}, 400, "ErrorPropertyValidationFailure"),
        ({"startTime": at("2026-12-01T09:00:00Z")}, 400, "ErrorPropertyValidationFailure"),
        ({"endTime": at("2026-12-01T12:00:00", "Atlantis")}, 400, "ErrorPropertyValidationFailure"),
        ({"endTime": at("2026-12-01T09:00:00")}, 400, "ErrorInvalidTimeInterval"),
        ({"endTime": at("2027-01-01T09:01:00")}, 400, "ErrorTimeIntervalTooBig"),
        ({"availabilityViewInterval": 4}, 400, "ErrorPropertyValidationFailure"),
        ({"availabilityViewInterval": 1441}, 400, "ErrorPropertyValidationFailure"),
        ({"availabilityViewInterval": 240}, 400, "ErrorInvalidMergedFreeBusyInterval"),
        ({"minimumAttendeePercentage": 50}, 400, "ErrorInvalidRequest"),
        ({"Schedules": [CHAIR]}, 400, "ErrorInvalidRequest"),
    ],
)
async def test_a_question_that_graph_would_refuse_is_refused(
    tenant: Tenant, changed: dict[str, Any], status: int, code: str
) -> None:
    answer = await tenant.mailbox("POST", "/calendar/getSchedule", json={**asked(CHAIR), **changed})
    assert (answer.status, answer.code) == (status, code)


async def test_the_view_shows_the_weightiest_of_each_hour_and_the_items_their_times_and_subjects(
    tenant: Tenant,
) -> None:
    given = (("09:00", "09:30", "tentative"), ("09:15", "09:45", "busy"), ("11:00", "13:00", "oof"))
    await appointments(tenant, CHAIR, *given, ("10:00", "11:00", "workingElsewhere"))
    (found,) = await schedule(tenant, CHAIR.upper())
    assert (found["scheduleId"], found["availabilityView"]) == (CHAIR.upper(), "203")
    assert [item["status"] for item in found["scheduleItems"]] == ["tentative", "busy", "workingElsewhere", "oof"]
    assert found["scheduleItems"][0]["subject"] == "Dentist"
    assert found["scheduleItems"][3]["end"] == {"dateTime": "2026-12-01T13:00:00.0000000", "timeZone": "UTC"}


async def test_the_window_is_read_in_its_own_zone_and_the_items_are_written_in_the_one_preferred(
    tenant: Tenant,
) -> None:
    await tenant.control(
        "POST",
        "/appointments",
        {"address": CHAIR, "appointments": [
            {"start": at("2026-07-01T09:00:00", "Europe/London"), "end": at("2026-07-01T10:00:00", "Europe/London")}
        ]},
    )  # fmt: skip
    window = {"startTime": at("2026-07-01T08:00:00"), "endTime": at("2026-07-01T09:00:00")}
    answer = await tenant.mailbox(
        "POST",
        "/calendar/getSchedule",
        json=asked(CHAIR, **window),
        headers={"Prefer": 'outlook.timezone="Europe/London"'},
    )
    (found,) = answer.json["value"]
    assert found["availabilityView"] == "2"
    assert found["scheduleItems"][0]["start"] == at("2026-07-01T09:00:00.0000000", "Europe/London")


async def test_each_address_has_its_own_error_and_a_stranger_is_never_free(tenant: Tenant) -> None:
    await appointments(tenant, CHAIR, ("09:00", "10:00", "busy"))
    await appointments(tenant, "room2@council.example", error="ErrorNoFreeBusyAccess")
    found = await schedule(tenant, CHAIR, "room2@council.example", POLICE)
    assert [each.get("error", {}).get("responseCode") for each in found] == [
        None,
        "ErrorNoFreeBusyAccess",
        "ErrorMailRecipientNotFound",
    ]
    assert [len(each["scheduleItems"]) for each in found] == [1, 0, 0]


async def test_more_than_a_thousand_entries_in_the_window_are_not_shown(tenant: Tenant) -> None:
    await appointments(tenant, CHAIR, *[("09:00", "09:30", "busy")] * 1001)
    (found,) = await schedule(tenant, CHAIR)
    assert found["error"]["responseCode"] == "5006"


async def test_a_meeting_stands_in_its_guests_calendars_as_they_answered_and_shows_nothing_when_private(
    tenant: Tenant,
) -> None:
    for address in (POLICE, SCHOOL):
        await tenant.control("POST", "/person", {"address": address})
    made = await tenant.create(POLICE, SCHOOL, sensitivity="private", transactionId="t-1")
    await tenant.respond(POLICE, made.json["iCalUId"], "accept")
    await eventually(lambda: len(tenant.sandbox.background) == 0)
    found = await schedule(tenant, ORGANISER, POLICE, SCHOOL)
    assert [[item["status"] for item in each["scheduleItems"]] for each in found] == [["busy"], ["busy"], ["tentative"]]
    assert all("subject" not in item for each in found for item in each["scheduleItems"])
    await tenant.respond(SCHOOL, made.json["iCalUId"], "decline")
    await eventually(lambda: len(tenant.sandbox.background) == 0)
    assert (await schedule(tenant, SCHOOL))[0]["scheduleItems"] == []


async def test_a_fault_strikes_free_busy_by_its_name(tenant: Tenant) -> None:
    await tenant.fault("get_schedule", "status", status=503, retry_after=7)
    answer = await tenant.mailbox("POST", "/calendar/getSchedule", json=asked(CHAIR))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    assert (
        await tenant.graph("POST", "/users/other@council.example/calendar/getSchedule", json=asked(CHAIR))
    ).status == 404
