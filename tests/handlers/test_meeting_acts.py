"""The API's acts upon a meeting, from confirming to attendance and its report."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import timedelta

import pytest

from tests.handlers.house import MONDAY, House

TOMORROW = {"start": (MONDAY + timedelta(days=1)).isoformat()}
LATER = {"start": (MONDAY + timedelta(days=2)).isoformat(), "minutes": 45, "mode": "phone"}


async def test_a_planned_meeting_is_confirmed_moved_and_cancelled(house: House) -> None:
    path = f"/api/v1/meetings/{await house.planned()}"
    confirmed = await house.call("POST", f"{path}/confirm", TOMORROW)
    assert (confirmed.status, (await confirmed.json())["version"]) == (200, 1)
    moved = await house.call("POST", f"{path}/move", LATER)
    assert (moved.status, (await moved.json())["version"]) == (200, 2)
    shown = await (await house.call("GET", path)).json()
    assert (shown["state"], shown["mode"]) == ("confirmed", "phone")
    assert shown["agencies"][0]["because"][0]["reason"]
    cancelled = await house.call("POST", f"{path}/cancel", {"reason": "facts_now_clear"})
    assert (cancelled.status, (await cancelled.json())["state"]) == (200, "cancelled")
    again = await house.call("POST", f"{path}/confirm", TOMORROW)
    assert (again.status, (await again.json())["code"]) == (409, "illegal_move")


async def test_a_stale_version_is_409(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    answer = await house.call("POST", f"{path}/move", LATER | {"version": 0})
    assert (answer.status, (await answer.json())["code"]) == (409, "changed_meanwhile")


REFUSED: list[tuple[str, str, dict[str, object], int | None]] = [
    ("a start in the past", "confirm", {"start": "2026-11-29T10:00:00Z"}, 422),
    ("a start without an offset", "confirm", {"start": "2026-12-01T10:00:00"}, 422),
    ("no start", "confirm", {}, 422),
    ("a reason not on the list", "cancel", {"reason": "changed our mind"}, 422),
    ("an unknown field", "cancel", {"reason": "replaced", "why": "x"}, 422),
    ("an answer nobody gives", "answers", {"role": "school_nurse", "answer": "perhaps"}, 422),
    ("an agency not asked", "answers", {"role": "prison", "answer": "yes"}, 404),
    (
        "a time with a yes",
        "answers",
        {"role": "school_nurse", "answer": "yes", "proposed_start": TOMORROW["start"]},
        422,
    ),
    ("an outcome nobody knows", "attendance", {"agencies": [{"role": "school_nurse", "outcome": "came"}]}, 422),
    ("no agency", "attendance", {"agencies": []}, 422),
    ("a meeting that has not started", "attendance", {"agencies": [{"role": "lcpp", "outcome": "attended"}]}, None),
]


async def test_an_act_that_cannot_be_done_says_why(house: House) -> None:
    reference = await house.planned()
    for why, act, body, status in REFUSED:
        answer = await house.call("POST", f"/api/v1/meetings/{reference}/{act}", body)
        assert answer.content_type == "application/problem+json", why
        assert answer.status == status or (status is None and 400 <= answer.status < 500), why
        assert len((await answer.json())["detail"]) > 10


NOBODY_S = ("CV-0000-0000", "nothing", "CV-1111-1111", "%00", "%FF", "..%2f", "a" * 300)


async def test_a_reference_nobody_has_is_404(house: House) -> None:
    for reference, act in itertools.product(NOBODY_S, ("", "/cancel")):
        method = "POST" if act else "GET"
        body = {"reason": "replaced"} if act else None
        answer = await house.call(method, f"/api/v1/meetings/{reference}{act}", body)
        assert answer.status == 404
        # A well-formed reference is no identity; anything else is never said back.
        assert reference == "CV-1111-1111" or reference not in await answer.text()


async def test_a_reference_is_read_as_people_write_it(house: House) -> None:
    reference = await house.planned()
    typed = reference.replace("-", "").lower()
    assert (await house.call("GET", f"/api/v1/meetings/{typed}")).status == 200


async def test_a_neighbour_never_sees_a_meeting(house: House) -> None:
    reference = await house.planned()
    seen = await house.call("GET", f"/api/v1/meetings/{reference}?partnership=lewisham", client="both")
    hidden = await house.call("GET", f"/api/v1/meetings/{reference}?partnership=wirral", client="both")
    assert (seen.status, hidden.status) == (200, 404)


@pytest.mark.parametrize(
    ("client", "query", "status"),
    [
        ("eclipse", "", 200),
        ("eclipse", "?partnership=lewisham", 200),
        ("eclipse", "?partnership=wirral", 403),
        ("both", "", 400),
        ("both", "?partnership=wirral", 200),
        ("both", "?partnership=wirral&partnership=lewisham", 400),
    ],
)
async def test_which_partnership_is_never_guessed(house: House, client: str, query: str, status: int) -> None:
    assert (await house.call("GET", f"/api/v1/meetings{query}", client=client)).status == status


async def test_rights_are_given_one_by_one(house: House) -> None:
    path = f"/api/v1/meetings/{await house.planned()}"
    assert (await house.call("GET", path, client="reader")).status == 200
    for act, body in (("confirm", TOMORROW), ("cancel", {"reason": "replaced"}), ("attendance/confirm", None)):
        assert (await house.call("POST", f"{path}/{act}", body, client="reader")).status == 403
    assert (await house.call("GET", "/api/v1/reports/attendance", client="reader")).status == 403


async def test_an_answer_by_phone_is_typed_in_once(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    body = {"role": "school_nurse", "answer": "no", "given_by": "Sam Example", "reason": "in clinic"}
    first, second = [await house.call("POST", f"{path}/answers", body) for _ in range(2)]
    assert (first.status, await first.json()) == (
        201,
        {"answer": "no", "words": "said no", "counted": True, "new": True},
    )
    assert (second.status, (await second.json())["new"]) == (201, False)
    shown = await (await house.call("GET", path)).json()
    [agency] = [agency for agency in shown["agencies"] if agency["role"] == "school_nurse"]
    assert (agency["answer"]["answer"], agency["answer"]["way"]) == ("no", "phone")


async def test_words_typed_in_are_sealed(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    body = {"role": "school_nurse", "answer": "yes", "comment": "knows Keziah Fennimore"}
    assert (await house.call("POST", f"{path}/answers", body)).status == 201
    [row] = await house.rows("SELECT * FROM answers")
    assert row["sealed_comment"] is not None
    assert "Fennimore" not in repr(row)


async def test_attendance_is_recorded_confirmed_and_reported(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    house.clock.at += timedelta(days=1, hours=2)
    body = {"agencies": [{"role": "school_nurse", "outcome": "attended", "how": "teams"}]}
    recorded = await house.call("POST", f"{path}/attendance", body)
    assert (recorded.status, (await recorded.json())["recorded"]) == (200, 1)
    confirmed = await house.call("POST", f"{path}/attendance/confirm")
    assert (confirmed.status, (await confirmed.json())["confirmed"]) == (200, 1)
    report = await (await house.call("GET", "/api/v1/reports/attendance?from=2026-12-01&to=2026-12-31")).json()
    [line] = [line for line in report["lines"] if line["key"] == "school_nurse"]
    assert (line["n"], line["of"]) == (1, 1)
    assert report["denominator"] == "required"


async def test_an_adjourned_meeting_shows_each_sitting_with_its_own_attendance(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    house.clock.at += timedelta(days=1, hours=2)
    stood_in = {"outcome": "represented", "deputy": "duty_worker", "deputy_words": "Ms Orla Quill"}
    first = {"agencies": [{"role": "school_nurse", **stood_in}, {"role": "gp", "outcome": "attended", "joined": True}]}
    assert (await house.call("POST", f"{path}/attendance", first)).status == 200
    start = (house.clock.at + timedelta(hours=3)).isoformat()
    added = await house.call("POST", f"{path}/sittings", {"start": start, "because": "police were called away"})
    assert (added.status, (await added.json())["sitting"]) == (201, 2)
    house.clock.at += timedelta(hours=4)
    second = {"sitting": 2, "agencies": [{"role": "school_nurse", "outcome": "attended"}]}
    assert (await house.call("POST", f"{path}/attendance", second)).status == 200
    shown = await (await house.call("GET", path)).json()
    assert [each["because"] for each in shown["sittings"]] == ["police were called away"]
    by_role = {agency["role"]: agency for agency in shown["agencies"]}
    assert (by_role["school_nurse"]["attendance"]["deputy"], by_role["gp"]["state"]) == ("duty_worker", "joined")
    assert [line["outcome"] for line in by_role["school_nurse"]["later_attendance"]] == ["attended"]
    page = await (await house.client.get(f"/lewisham/meetings/{shown['reference']}")).text()
    assert "someone came instead, the duty worker, named in sealed words (not confirmed yet)" in page
    assert "Sitting 2: came (not confirmed yet)" in page
    assert "Adjourned because: police were called away" in page
    assert "brought in during the meeting" in page
    assert "Quill" not in page + repr(shown)


async def test_attendance_that_cannot_be_is_422_and_a_sitting_that_is_not_there_404(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    house.clock.at += timedelta(days=1, hours=2)
    wrong = {"agencies": [{"role": "school_nurse", "outcome": "attended", "deputy": "manager"}]}
    refused = await house.call("POST", f"{path}/attendance", wrong)
    assert (refused.status, (await refused.json())["code"]) == (422, "bad_attendance")
    gone = {"sitting": 2, "agencies": [{"role": "school_nurse", "outcome": "attended"}]}
    refused = await house.call("POST", f"{path}/attendance", gone)
    assert (refused.status, (await refused.json())["code"]) == (404, "no_such_sitting")


async def test_the_report_opens_in_a_spreadsheet(house: House) -> None:
    answer = await house.call("GET", "/api/v1/reports/attendance?format=csv&from=2026-11-01&to=2026-11-30")
    assert (answer.status, answer.content_type) == (200, "text/csv")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="attendance-lewisham-2026-11-01-to-2026-11-30.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(await answer.text())))
    assert rows[-1]["key"] == "all"


WRONGLY = ("from=yesterday", "to=2026-02-30", "from=0001-01-01", "by=person", "denominator=some", "format=xml")


async def test_a_report_asked_for_wrongly_is_400(house: House) -> None:
    for query in (*WRONGLY, "by=agency&by=month"):
        assert (await house.call("GET", f"/api/v1/reports/attendance?{query}")).status == 400, query


async def test_a_report_that_ends_before_it_starts_is_422(house: House) -> None:
    answer = await house.call("GET", "/api/v1/reports/attendance?from=2026-11-02&to=2026-11-01")
    assert answer.status == 422


async def test_what_needs_a_person_is_listed_without_its_body(house: House) -> None:
    await house.deliver(b'{"name": "Fennimore"', house.signed(b'{"name": "Fennimore"'))
    answer = await house.call("GET", "/api/v1/needs-a-person")
    [item] = (await answer.json())["items"]
    assert item["kind"] == "not_json"
    assert "Fennimore" not in await answer.text()


@pytest.mark.parametrize("request_id", ["x", "00000000-0000-7000-8000-000000000000", "%00"])
async def test_a_request_nobody_sent_is_404(house: House, request_id: str) -> None:
    assert (await house.call("GET", f"/api/v1/meeting-requests/{request_id}")).status == 404


async def test_a_time_across_midnight_is_refused_with_a_sentence_and_one_that_ends_at_midnight_is_not(
    house: House,
) -> None:
    path = f"/api/v1/meetings/{await house.planned()}"
    across = await house.call("POST", f"{path}/confirm", {"start": "2026-12-01T23:15:00Z", "minutes": 60})
    assert (across.status, (await across.json())["code"]) == (422, "bad_time")
    assert "Tuesday 1 December 2026 at 11:15pm would run past midnight" in (await across.json())["detail"]
    until = await house.call("POST", f"{path}/confirm", {"start": "2026-12-01T23:15:00Z", "minutes": 45})
    assert until.status == 200, await until.text()
    assert (await house.call("POST", f"{path}/move", {"start": "2026-12-02T23:30:00Z"})).status == 422


async def test_an_agreed_start_from_outside_is_taken_even_across_midnight(house: House) -> None:
    reference = await house.planned(wishes={"start": "2026-12-01T23:30:00Z", "minutes": 60})
    assert (await (await house.call("GET", f"/api/v1/meetings/{reference}")).json())["state"] == "confirmed"
