"""The pages of whoever runs the service: what could not be sent, what needs a person, who opened what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import FormData
from sqlalchemy import text

from service.domain.bundle_check import check as check_bundle
from service.scheduler.jobs import PERIODIC
from service.store.changes import directory_imports, heartbeats
from service.web.operations import JOB_WORDS
from service.workflow import long_imports, restricting
from service.workflow.directory_file import COLUMNS
from service.workflow.disclosing import Asker, open_for_agency
from tests.handlers.house import House, a_body, an_envelope
from tests.handlers.test_page_checks import check

HEADER = ",".join(COLUMNS)
CELLS = {"name": "CAMHS duty desk", "phone": "020 7946 0155", "hours": "Mon-Fri 09:00-17:00", "channel": "outlook"}


def row(address: str) -> str:
    said = {"role": "camhs", "address": address, "capacity": "1", "active": "yes", **CELLS}
    return ",".join(said.get(column, "") for column in COLUMNS)


@pytest.fixture(autouse=True)
async def administrator(house: House) -> None:
    await house.sign_in("administrator", "auditor")


async def dead(house: House) -> str:
    reference = await house.confirmed()
    async with house.engine.begin() as conn:
        await conn.execute(
            text("UPDATE outbox SET state = 'exhausted', last_error = 'PermanentData', finished_at = now()")
        )
    return reference


async def test_what_could_not_be_sent_is_due_again_with_one_press_and_a_second_press_does_no_harm(house: House) -> None:
    reference = await dead(house)
    page = await check(await house.client.get("/lewisham/operations"))
    assert reference in page
    assert f'href="/lewisham/meetings/{reference}"' in page
    assert 'href="/lewisham/drift"' in page
    again = re.findall(r'action="(/lewisham/operations/letters/[^"]+)"', page)[0]
    for _ in range(2):
        assert (await house.press(again)).status == 303
    [row] = await house.rows("SELECT state FROM outbox WHERE id = CAST(:id AS uuid)", id=again.rpartition("/")[2])
    assert row["state"] == "waiting"
    assert len(await house.rows("SELECT 1 FROM audit_events WHERE action = 'outlook:outbox_row:retried'")) == 1


async def test_how_outlook_tells_of_changes_and_which_part_of_a_job_failed_is_said_in_words(house: House) -> None:
    page = await check(await house.client.get("/lewisham/operations"))
    assert "looked for" in page
    error, part = "PermanentData status=400 code=ValidationError request-id=x", "chases: TimeoutError; outbox: KeyError"
    async with house.engine.begin() as conn:
        await conn.execute(
            text(
                "UPDATE mailboxes SET subscription_id = 'S', mail_watch_error = :error, mail_watch_failing_since = :at"
            ),
            {"error": error, "at": house.clock.real},
        )
        await heartbeats.beat(conn, "v1.sweep", house.clock.real, part)
        await heartbeats.beat(conn, "v1.drift", house.clock.real, "KeyError")
    page = await check(await house.client.get("/lewisham/operations"))
    assert "told by Outlook" in page
    assert "Is the web process up?" in page
    assert "chasing took too long; finding what is to be sent failed (KeyError)" in page
    assert ">KeyError<" in page


async def test_whoever_reads_no_meetings_is_led_to_none_and_told_who_settles_what(house: House) -> None:
    reference = await dead(house)
    await house.sign_in("administrator")
    page = await check(await house.client.get("/lewisham/operations"))
    assert reference in page
    assert "/lewisham/meetings/" not in page
    assert "settled by the officers" in page


async def test_a_restricted_case_s_letters_are_neither_shown_nor_sent_by_a_stranger(house: House) -> None:
    reference = await dead(house)
    page = await (await house.client.get("/lewisham/operations")).text()
    again = re.findall(r'action="(/lewisham/operations/letters/[^"]+)"', page)[0]
    await restricting.restrict_case(
        house.services, "lewisham", reference, (), reason="a colleague's child", actor="command:officer"
    )
    assert reference not in await (await house.client.get("/lewisham/operations")).text()
    await house.press(again)
    [row] = await house.rows("SELECT state FROM outbox WHERE id = CAST(:id AS uuid)", id=again.rpartition("/")[2])
    assert row["state"] == "exhausted"


async def test_a_delivery_nobody_understood_is_read_for_a_reason_and_closed(house: House) -> None:
    body = an_envelope(a_body() | {"children": "Keziah"})
    await house.deliver(body, house.signed(body))
    page = await check(await house.client.get("/lewisham/operations"))
    [path] = re.findall(r'href="(/lewisham/operations/items/[^"]+)"', page)
    await check(await house.client.get(path))
    assert (await house.press(path)).status == 422
    read = await house.press(path, reason="to enter it by hand")
    assert (read.status, "Keziah" in await read.text()) == (200, True)
    assert len(await house.rows("SELECT 1 FROM audit_events WHERE action = 'identity:held_item:opened'")) == 1
    assert (await house.press(path, act="close")).status == 303
    assert (await house.client.get(path)).status == 404


@pytest.mark.parametrize("role", ["officer", "emergency_duty"])
async def test_whoever_arranges_meetings_reads_what_was_not_understood_from_the_worklist(
    house: House, role: str
) -> None:
    body = an_envelope(a_body() | {"children": "Keziah"})
    await house.deliver(body, house.signed(body))
    await house.sign_in("auditor")
    looked = await check(await house.client.get("/lewisham/worklist?whose=all"))
    assert ("Needs a person (1)" in looked, "/held/" in looked) == (True, False)
    await house.sign_in(role)
    if role == "emergency_duty":
        house.clock.at += timedelta(hours=12)
    page = await check(await house.client.get("/lewisham/worklist"))
    [path] = set(re.findall(r'href="(/lewisham/held/[^"]+)"', page))
    shown = await check(await house.client.get(path))
    assert ("Keziah" in shown, "Back to the worklist" in shown) == (False, True)
    assert (await house.press(path, reason=" ")).status == 422
    read = await house.press(path, reason="nobody else is here tonight")
    assert (read.status, "Keziah" in await read.text()) == (200, True)
    [event] = await house.rows("SELECT data FROM audit_events WHERE action = 'identity:held_item:opened'")
    assert event["data"]["reason"] == "nobody else is here tonight"
    assert (await house.press(path, act="close")).headers["Location"] == "/lewisham/worklist?done=closed"
    assert (await house.client.get(path)).status == 404
    assert "Needs a person (0)" in await (await house.client.get("/lewisham/worklist?whose=all")).text()
    await house.sign_in("auditor")
    assert (await house.client.get(path)).status == 403


async def test_who_opened_what_is_found_by_day_and_by_meeting(house: House) -> None:
    reference, other = await house.confirmed(), await house.confirmed(case_ref="LCS-1002")
    asker = Asker("Amara Okafor", "health_practitioner", "called back")
    await open_for_agency(house.services, "lewisham", reference, asker, actor="api:eclipse")
    page = await check(await house.client.get("/lewisham/openings"))
    assert (reference in page, other in page, "called back on the directory" in page) == (True, False, True)
    assert "Amara" not in page
    for query, shown in ((f"reference={other}", False), (f"reference={reference}", True), ("to=1/11/2026", False)):
        found = await check(await house.client.get(f"/lewisham/openings?{query}"))
        assert (f'meetings/{reference}"' in found) is shown, query
    named = await house.press("/lewisham/openings", reference="Keziah Fennimore", to="1/12/2026")
    assert (named.status, "Keziah" in str(named.url)) == (422, False)
    assert "Enter the whole reference" in await named.text()
    there = await house.press("/lewisham/openings", **{"reference": reference.lower(), "from": "1/11/2026", "to": ""})
    assert there.headers["Location"] == f"/lewisham/openings?from=1/11/2026&reference={reference}"
    assert (await house.press("/lewisham/openings")).headers["Location"] == "/lewisham/openings"
    for query in ("from=yesterday", "reference=CV", "from=3/12/2026&to=1/12/2026"):
        assert (await house.client.get(f"/lewisham/openings?{query}")).status == 422, query


def a_file(house: House, chosen: str, **fields: str) -> FormData:
    form = FormData({"csrf": house.csrf, **fields}, default_to_multipart=True)
    if chosen:
        form.add_field("file", chosen.encode(), filename="inboxes.csv", content_type="text/csv")
    return form


async def test_an_auditor_takes_the_evidence_as_a_file_and_finds_each_time_it_was_taken(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/bundle"
    assert "Nobody has taken it yet." in await check(await house.client.get(path))
    taken = await house.press(path)
    found = check_bundle(await taken.read())
    assert (taken.status, found.holds) == (200, True)
    assert taken.headers["Content-Disposition"] == f'attachment; filename="evidence-{reference}.jsonl"'
    page = await check(await house.client.get(path))
    assert "by Ada Officer" in page
    assert found.sha256 in page
    await house.sign_in("officer", "administrator")
    assert (await house.press(path)).status == 403


async def test_evidence_with_a_name_in_it_stays_in_the_house_and_the_page_says_where_it_stands(house: House) -> None:
    reference = await house.confirmed()
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE meetings SET venue = 'At Keziah Fennimore''s school'"))
    refused = await house.press(f"/lewisham/meetings/{reference}/bundle")
    page = await check(refused)
    assert (refused.status, "The bundle was not written" in page, "Keziah" in page) == (409, True, False)
    assert await house.count("audit_events WHERE action = 'evidence:bundle:exported'") == 0


async def inboxes(house: House) -> int:
    return await house.count("inboxes")


async def test_a_directory_file_is_shown_before_it_is_taken_in(house: House) -> None:
    before, path = await inboxes(house), "/lewisham/directory/import"
    await check(await house.client.get("/lewisham/directory"))
    await check(await house.client.get(path))
    shown = await house.client.post(path, data=a_file(house, f"{HEADER}\n{row('camhs@lewisham.example')}\n"))
    page = await check(shown)
    assert ("camhs@lewisham.example" in page, "Import 1 change" in page) == (True, True)
    assert await inboxes(house) == before
    hidden = dict(re.findall(r'name="(content|fingerprint)" value="([^"]+)"', page))
    done = await house.client.post(path, data=a_file(house, "", **hidden), allow_redirects=False)
    assert (done.status, await inboxes(house)) == (303, before + 1)
    again = await house.client.post(path, data=a_file(house, "", **hidden), allow_redirects=False)
    assert (again.status, await inboxes(house)) == (409, before + 1)


async def test_a_long_file_is_taken_in_at_once_and_its_page_says_how_far_the_meetings_to_come_are(house: House) -> None:
    await house.confirmed()
    gaps = await house.rows("SELECT DISTINCT role FROM requirements WHERE state = 'no_inbox' ORDER BY role")
    role, path = gaps[0]["role"], "/lewisham/directory/import"
    lines = [row(f"desk{number}@lewisham.example").replace("camhs", role, 1) for number in range(25)]
    page = await (await house.client.post(path, data=a_file(house, "\n".join([HEADER, *lines, ""])))).text()
    hidden = dict(re.findall(r'name="(content|fingerprint)" value="([^"]+)"', page))
    vouched = a_file(house, "", **hidden, confirm="vouched", reason="each agency's own list")
    where = (await house.client.post(path, data=vouched, allow_redirects=False)).headers["Location"]
    assert re.fullmatch(r"/lewisham/directory/imports/[0-9a-f-]{36}", where)
    waits = await check(await house.client.get(where))
    for sentence in ("All 25 rows", "It has not begun yet", "Check again", "progress.js"):
        assert sentence in waits
    assert await gap_states(house, role) == {"no_inbox"}
    async with house.engine.begin() as conn:
        assert await directory_imports.claim(conn, house.clock.real) is not None, "a worker takes it and dies"
    assert not await long_imports.do_next(house.services), "somebody holds it"
    house.clock.real += directory_imports.LEASE
    assert await long_imports.do_next(house.services)
    assert not await long_imports.do_next(house.services), "each is done once"
    assert await gap_states(house, role) == {"wanted"}
    done = await check(await house.client.get(where))
    assert ("All is done" in done, "Check again" in done, "progress" in done) == (True, False, False)
    (kept,) = await house.rows("SELECT done, total FROM directory_imports")
    assert kept["done"] == kept["total"] > 0
    for elsewhere in ("/lewisham/directory/imports/nothing", where.replace("lewisham", "wirral")):
        assert (await house.client.get(elsewhere)).status == 404


async def gap_states(house: House, role: str) -> set[str]:
    return {each["state"] for each in await house.rows("SELECT state FROM requirements WHERE role = :role", role=role)}


WRONG = [
    ("", "Choose a CSV file"),
    ("role;name\n", "column"),
    (f"{HEADER}\n{row('camhs@lewisham.example').replace('camhs', 'wizardry', 1)}\n", "lists them all"),
    (f"{HEADER}\n{row('not an address')}\n", "row 2"),
]


@pytest.mark.parametrize(("content", "sentence"), WRONG, ids=["no file", "no header", "no such role", "a bad row"])
async def test_a_file_with_faults_is_told_row_by_row_and_changes_nothing(
    house: House, content: str, sentence: str
) -> None:
    before = await inboxes(house)
    answer = await house.client.post("/lewisham/directory/import", data=a_file(house, content))
    page = await check(answer)
    assert (answer.status, sentence in page, await inboxes(house)) == (422, True, before)


async def test_a_contact_nobody_has_looked_at_for_half_a_year_stands_out(house: House) -> None:
    assert "over 6 months ago" not in await (await house.client.get("/lewisham/directory")).text()
    house.clock.at += timedelta(days=200)
    assert "over 6 months ago" in await (await house.client.get("/lewisham/directory")).text()


def test_every_job_has_its_words() -> None:
    assert set(JOB_WORDS) == set(PERIODIC)


@pytest.mark.parametrize("path", ["operations", "directory", "directory/import", "openings"])
async def test_an_officer_has_no_business_here(house: House, path: str) -> None:
    await house.sign_in("officer")
    assert (await house.client.get(f"/lewisham/{path}")).status == 403
