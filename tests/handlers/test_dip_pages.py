"""The dip sample's pages: the same words draw the same meetings, a reviewer's verdict stands beside the system's, and a
restricted case is counted and never named; and the reports' first page, which leads to each of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.store.changes import tasks
from service.workflow import restricting
from service.workflow.tasks import TaskKind, task_row
from tests.handlers.house import MONDAY, House
from tests.handlers.test_page_checks import check

HERE = "/lewisham/reports/dip-samples"
DECEMBER = {"first": "2026-12", "last": "2026-12", "size": "20", "seed": "board of 7 January"}


async def december(house: House, meetings: int = 2) -> list[str]:
    """Meetings that took place in December, and a clock in January."""
    found = [await house.confirmed(MONDAY + timedelta(days=1 + number, hours=2)) for number in range(meetings)]
    house.clock.at = house.clock.real = MONDAY + timedelta(days=40)
    await house.sign_in("analyst")
    return found


async def test_a_sample_is_drawn_reviewed_and_counted_with_its_range(house: House) -> None:
    references = await december(house)
    page = await check(await house.client.get(HERE))
    assert ("No sample has been drawn yet" in page, "December 2026" in page, "January 2027" in page) == (
        True, True, False
    )  # fmt: skip
    drawn = await house.press(HERE, **DECEMBER)
    where = drawn.headers["Location"]
    assert (await house.press(HERE, **DECEMBER)).headers["Location"] == where, "the same words, the same sample"
    assert await house.count("dip_samples") == 1
    page = await check(await house.client.get(where))
    assert all(reference in page for reference in references)
    assert page.count("Reviewer: not looked at") == 4 * len(references)
    [review] = set(re.findall(r'href="([^"]+)"[^>]*>\s*Review the next meeting', page))
    asked = await check(await house.client.get(review))
    assert re.search(r"Strategy meeting, \w+day \d December 2026, \w+\.", asked), "a day keeps its capitals"
    assert "cannot say, because the partnership has set no quorum for such a meeting" in asked
    assert "cannot say, because the partnership has set no notice for such a meeting" in asked
    system = dict(re.findall(r'id="(\w+)-hint"[^>]*>\s*The service says: ([\w ]+)', asked))
    assert set(system) == {"quorum", "in_time", "every_agency_came", "every_notice_kept"}
    said = {"in_time": "yes", "every_notice_kept": "no", "quorum": ""}
    done = await house.press(review, **said)
    assert done.headers["Location"].endswith("?done=kept")
    assert (await house.press(review, **said)).headers["Location"].endswith("?done=same")
    page = await check(await house.client.get(where))
    verdicts = await house.rows("SELECT question, verdict, system_said FROM dip_verdicts ORDER BY question")
    assert [(each["question"], each["verdict"]) for each in verdicts] == [
        ("every_notice_kept", False),
        ("in_time", True),
    ]
    agreed = sum(each["system_said"] == ("yes" if each["verdict"] else "no") for each in verdicts)
    differing = sum(each["system_said"] in {"yes", "no"} for each in verdicts) - agreed
    assert (page.count(">agrees<"), page.count(">differs<")) == (agreed, differing)
    sheet = await house.client.get(f"{where}?format=csv")
    assert (sheet.content_type, (await sheet.text()).count("\r\n")) == ("text/csv", 1 + len(references))
    assert "2" in await check(await house.client.get(HERE))


async def test_a_restricted_meeting_is_drawn_and_counted_and_shown_to_its_readers_alone(house: House) -> None:
    open_one, hidden = await december(house)
    await restricting.restrict_case(
        house.services, "lewisham", hidden, (), reason="a colleague's child", actor="command:officer"
    )
    where = (await house.press(HERE, **DECEMBER)).headers["Location"]
    page = await check(await house.client.get(where))
    assert (open_one in page, hidden in page, "1 more were drawn" in page) == (True, False, True)
    assert (await house.client.get(f"{where}/{hidden}")).status == 404
    assert (await house.press(f"{where}/{hidden}", quorum="yes")).status == 404
    assert hidden not in await (await house.client.get(f"{where}?format=csv")).text()
    assert await house.count("dip_verdicts") == 0


WRONG = [
    ({"first": "2026-13"}, "Choose a month"),
    ({"first": "2026-12", "last": "2026-11"}, "must not be before"),
    ({"size": "0"}, "from 1 to 200"),
    ({"size": "²"}, "from 1 to 200"),
    ({"seed": " "}, "Enter a word"),
    ({"first": "2025-01", "last": "2025-01"}, "nothing to draw"),
    ({"last": "2027-02"}, "over"),
]


async def test_a_sample_that_cannot_be_is_said_field_by_field(house: House) -> None:
    await december(house, 1)
    for change, sentence in WRONG:
        answer = await house.press(HERE, **(DECEMBER | change))
        assert (answer.status, sentence in await check(answer)) == (422, True), change
    assert await house.count("dip_samples") == 0
    for path in (f"{HERE}/nothing", f"{HERE}/{'0' * 64}"):
        assert (await house.client.get(path)).status == 404


@pytest.mark.parametrize(("role", "may"), [("scrutineer", False), ("officer", False), ("auditor", True)])
async def test_figures_are_for_all_who_read_reports_and_meetings_for_reviewers(
    house: House, role: str, *, may: bool
) -> None:
    await december(house, 1)
    where = (await house.press(HERE, **DECEMBER)).headers["Location"]
    await house.sign_in(role)
    page = await check(await house.client.get(HERE))
    assert ("Draw a sample" in page, f'href="{where}"' in page) == (may, may)
    assert (await house.client.get(where)).status == (200 if may else 403)


async def test_the_first_page_of_the_reports_leads_to_every_report_one_may_open(house: House) -> None:
    await house.confirmed()
    for roles in (("analyst",), ("officer",), ("manager", "administrator", "auditor")):
        await house.sign_in(*roles)
        page = await check(await house.client.get("/lewisham/reports"))
        links = set(re.findall(r'<dt[^>]*><a class="govuk-link" href="([^"]+)"', page))
        assert {"/lewisham/reports/standard", HERE, "/lewisham/reports/stale-contacts"} <= links
        for link in links:
            assert (await house.client.get(link)).status == 200, link


async def test_a_contact_is_stale_when_it_is_old_waits_or_fails(house: House) -> None:
    await house.confirmed()
    here = "/lewisham/reports/stale-contacts"
    assert "Every inbox was changed" in await check(await house.client.get(here))
    [nurse] = await house.rows(
        "SELECT r.id, m.id AS meeting FROM requirements r JOIN meetings m ON m.id = r.meeting_id "
        "WHERE r.role = 'school_nurse'"
    )
    async with house.engine.begin() as conn:
        task = task_row(
            partnership="lewisham",
            kind=TaskKind.ADDRESS_FAILS,
            detail="d",
            now=MONDAY,
            meeting_id=nurse["meeting"],
            requirement_id=nurse["id"],
        )
        await tasks.open_once(conn, [task])
    page = await check(await house.client.get(here))
    assert ("1 of 5 inboxes" in page, "mail came back" in page, "@" in page) == (True, True, False)
    await house.sign_in("administrator")
    directory = await check(await house.client.get("/lewisham/directory"))
    mend = directory.split("To mend or to look at")[1].split("<table")[0]
    assert ("school nurse desk</a>: mail came back" in mend, directory.count("mail fails")) == (True, 1)
    await house.sign_in("analyst")
    house.clock.at += timedelta(days=200)
    page = await check(await house.client.get(here))
    assert page.count("for over 6 months") == 5
    await house.sign_in("scrutineer")
    assert "directory/inboxes" not in await check(await house.client.get(here))


async def test_each_chart_has_its_table_and_can_be_saved_as_a_picture(house: House) -> None:
    await house.confirmed()
    page = await check(await house.client.get("/lewisham/reports/standard"), most=400_000)
    charts = re.findall(r'href="([^"]+chart=\d+)"', page)
    assert len(charts) == page.count("<svg") == page.count("<caption")
    picture = await house.client.get(charts[0].replace("&amp;", "&"))
    assert (picture.content_type, (await picture.text())[:4]) == ("image/svg+xml", "<svg")
    for wrong in ("0", "999", "x", "²"):
        assert (await house.client.get(f"/lewisham/reports/standard?chart={wrong}")).status == 404
