"""The answer page: looking changes nothing, sending records one answer, and a link that is no use says who to phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.workflow.links import answer_link
from tests.handlers.house import House


async def seen(house: House) -> dict[str, int]:
    names = ("answers", "audit_events", "tasks", "chases", "outbox")
    return {name: await house.count(name) for name in names}


async def the_form(house: House, link: str) -> dict[str, str]:
    page = await (await house.client.get(link)).text()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


async def said(house: House) -> list[tuple[str, str]]:
    return [
        (row["answer"], row["reason"]) for row in await house.rows("SELECT answer, reason FROM answers ORDER BY id")
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_changes_nothing(house: House, method: str) -> None:
    link = await house.link(await house.confirmed())
    before = await seen(house)
    for query in ("", "?answer=yes", "?sent=1"):
        assert (await house.client.request(method, link + query)).status == 200
    assert await seen(house) == before


async def test_the_page_says_when_and_as_what_and_nobody_s_name(house: House) -> None:
    reference = await house.confirmed()
    answer = await house.client.get(await house.link(reference))
    page = await answer.text()
    assert reference in page
    assert "Tuesday 1 December 2026, 10am to 11am" in page
    assert "health practitioner" in page
    assert 'href="tel:02079460000"' in page
    for secret in ("Fennimore", "Keziah", "2018", "900001", "LCS-1001", "eclipse"):
        assert secret not in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


ANSWERS = [
    ("yes", {"answer": "yes"}, ("yes", "")),
    ("no with its reason", {"answer": "no", "reason": "nobody_free"}, ("no", "nobody is free or at work then")),
    (
        "a deputy",
        {"answer": "deputy", "deputy_name": "Sam Example", "deputy_job": "duty nurse"},
        ("deputy", "Sam Example, duty nurse"),
    ),
    ("written information", {"answer": "report"}, ("report", "")),
    ("another time", {"answer": "another_time", "other_day": "2/12/26", "other_time": "2.30pm"}, ("another_time", "")),
]


@pytest.mark.parametrize(("why", "fields", "kept"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_each_answer_is_recorded(house: House, why: str, fields: dict[str, str], kept: tuple[str, str]) -> None:
    link = await house.link(await house.confirmed())
    form = await the_form(house, link)
    answer = await house.client.post(link, data=form | fields, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"{link}?sent=1"), why
    assert await said(house) == [kept]
    assert "Your answer is recorded" in await (await house.client.get(answer.headers["Location"])).text()
    [row] = await house.rows("SELECT way, version FROM answers")
    assert (row["way"], row["version"]) == ("page", 1)


async def test_words_sent_with_an_answer_are_sealed(house: House) -> None:
    link = await house.link(await house.confirmed())
    await house.client.post(link, data={"answer": "yes", "words": "I know Keziah Fennimore"})
    [row] = await house.rows("SELECT * FROM answers")
    assert row["sealed_comment"] is not None
    assert "Fennimore" not in repr(row)


async def test_a_double_press_is_one_answer_and_a_change_of_mind_is_two(house: House) -> None:
    link = await house.link(await house.confirmed())
    form = await the_form(house, link)
    for _ in range(2):
        await house.client.post(link, data=form | {"answer": "yes"})
    house.clock.at += timedelta(minutes=1)
    await house.client.post(link, data=await the_form(house, link) | {"answer": "no", "reason": "other"})
    house.clock.at += timedelta(minutes=1)
    await house.client.post(link, data=await the_form(house, link) | {"answer": "yes"})
    assert [answer for answer, _ in await said(house)] == ["yes", "no", "yes"]


WRONG = [
    ("nothing chosen", {}, "Choose an answer"),
    ("an answer not on the page", {"answer": "maybe"}, "Choose an answer"),
    ("no without a reason", {"answer": "no"}, "Choose why you cannot come"),
    ("a reason not on the list", {"answer": "no", "reason": "x"}, "Choose a reason from the list"),
    ("a deputy without a name", {"answer": "deputy", "deputy_job": "nurse"}, "Enter the name of whoever comes instead"),
    ("a day nobody knows", {"answer": "another_time", "other_day": "soon", "other_time": "9am"}, "Enter a day, like"),
    (
        "a time gone by",
        {"answer": "another_time", "other_day": "29/11/2026", "other_time": "9am"},
        "still to come",
    ),
    ("too many words", {"answer": "yes", "words": "x" * 1001}, "Use 1000 characters or fewer"),
]


@pytest.mark.parametrize(("why", "fields", "error"), WRONG, ids=[row[0] for row in WRONG])
async def test_a_wrong_form_keeps_what_was_typed_and_links_to_the_field(
    house: House, why: str, fields: dict[str, str], error: str
) -> None:
    link = await house.link(await house.confirmed())
    kept = {} if "deputy" in why else {"deputy_name": "Kept Example"}
    answer = await house.client.post(link, data=kept | fields)
    page = await answer.text()
    assert answer.status == 422, why
    assert error in page
    assert "There is a problem" in page
    assert re.search(r"<title>Error: ", page)
    assert all(text in page for text in kept.values())
    [target] = set(re.findall(r'<a href="#(\w+)">', page)) - {"main-content"} or {None}
    assert target is not None
    assert f'id="{target}"' in page
    assert await said(house) == []


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"answer=yes&answer=no%FF", {}, 422),
        (b"answer=yes", {"Content-Type": "application/json"}, 415),
        (b"x" * 70_000, {}, 413),
        (b"&".join(b"a%d=1" % number for number in range(100)), {}, 400),
        (b"", {}, 422),
    ],
)
async def test_junk_sent_to_the_page_is_refused_kindly(
    house: House, data: bytes, headers: dict[str, str], status: int
) -> None:
    link = await house.link(await house.confirmed())
    sent = {"Content-Type": "application/x-www-form-urlencoded"} | headers
    answer = await house.client.post(link, data=data, headers=sent)
    assert answer.status in {status, 400}
    assert answer.content_type == "text/html"
    assert await said(house) == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "=cmd()", "\u202eabc", "😀" * 20, "a\x00b"])
async def test_what_was_typed_is_shown_again_escaped(house: House, text: str) -> None:
    link = await house.link(await house.confirmed())
    page = await (await house.client.post(link, data={"deputy_name": text})).text()
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\x00" not in page


async def test_a_broken_link_says_who_to_phone(house: House) -> None:
    link = await house.link(await house.confirmed())
    other = ("A" if link[5] != "A" else "B") + link[6:]
    for broken in ("/r/x", link[:-4], link[:5] + other, "/r/%00", "/r/%FF%FE", "/r/" + "A" * 3000):
        for answer in (await house.client.get(broken), await house.client.post(broken, data={"answer": "yes"})):
            assert answer.status == 404
            assert "tel:02079460000" in await answer.text()
    assert await said(house) == []


async def test_a_link_that_has_run_out_says_so_kindly(house: House) -> None:
    link = await house.link(await house.confirmed())
    house.clock.at += timedelta(days=9)
    for answer in (await house.client.get(link), await house.client.post(link, data={"answer": "yes"})):
        assert answer.status == 410
        assert "This link has run out" in await answer.text()
    assert await said(house) == []


async def test_a_link_for_another_partnership_opens_nothing(house: House) -> None:
    requirement = await house.requirement(await house.confirmed(), "health_practitioner")
    url = answer_link(house.services.links, "wirral", requirement, house.clock.at)
    answer = await house.client.get(url.removeprefix(house.services.links.base_url))
    assert answer.status == 404


async def test_nobody_answers_a_cancelled_meeting(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference)
    await house.call("POST", f"/api/v1/meetings/{reference}/cancel", {"reason": "replaced"})
    page = await (await house.client.get(link)).text()
    assert "has been cancelled" in page
    assert "<form" not in page
    assert (await house.client.post(link, data={"answer": "yes"})).status == 409
    assert await said(house) == []


async def test_an_answer_to_a_time_that_has_moved_does_not_count_for_the_new_one(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference)
    form = await the_form(house, link)
    later = {"start": (house.clock.at + timedelta(days=2)).isoformat()}
    await house.call("POST", f"/api/v1/meetings/{reference}/move", later)
    old = await house.client.post(link, data=form | {"answer": "yes", "your_name": "Sue Duty"})
    page = await old.text()
    assert old.status == 409
    assert "The time has changed since you opened this page." in page
    assert "Wednesday 2 December 2026, 10am to 11am" in page
    assert 'value="Sue Duty"' in page
    assert "checked" not in page
    assert 'name="version" value="2"' in page
    shown = await (await house.call("GET", f"/api/v1/meetings/{reference}")).json()
    assert {agency["answer"] for agency in shown["agencies"] if agency["role"] == "health_practitioner"} == {None}
    assert await said(house) == [("yes", "")]
