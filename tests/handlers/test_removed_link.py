"""The link of an agency that was taken out of a meeting opens, shows nothing of the meeting, and says whom to phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.handlers.page_routes import PAGE_ROUTES
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.exclude import exclude
from service.workflow.links import agency_code
from service.workflow.meetings import NewTime, move_meeting
from service.workflow.remove_now import remove_now
from service.workflow.safe_route import StoppedPlace
from tests.handlers.house import House
from tests.handlers.test_page_checks import check
from tests.handlers.test_proving import FIELDS, begin

ROLE = "health_practitioner"
# What the page of a place shows, or a meeting that has moved since would: time, way, place, others, the family.
OF_THE_MEETING = (
    "10am", "11am", "2 December", "Tuesday", "Wednesday", "Teams", "online", "Town Hall", "police", "social worker",
    "Keziah", "Fennimore",
)  # fmt: skip
DOORS = [(each.method, each.path) for each in PAGE_ROUTES if each.path.startswith("/r/{token}")]


async def _every_door(house: House, link: str) -> dict[str, tuple[int, str]]:
    """What each door behind a link answers, by method and path."""
    found = {}
    for method, path in DOORS:
        at = link + path.removeprefix("/r/{token}")
        sent = {**FIELDS, "answer": "yes", "code": "AAA-AAA"} if method == "POST" else None
        answer = await house.client.request(method, at, allow_redirects=False, data=sent)
        found[f"{method} {path}"] = (answer.status, await answer.text())
    return found


async def _asked(house: House) -> tuple[str, str]:
    reference = await house.confirmed()
    await add_agency(house.services, "lewisham", reference, MoreAsked("camhs", "decides"), actor="staff:a")
    return reference, await house.link(reference, "camhs")


@pytest.mark.parametrize("moved", [False, True])
async def test_the_link_of_whoever_was_taken_out_shows_nothing_of_the_meeting_but_whom_to_phone(
    house: House, *, moved: bool
) -> None:
    reference, link = await _asked(house)
    assert "10am" in (await _every_door(house, link))["GET /r/{token}"][1]
    place = StoppedPlace("camhs")
    await remove_now(house.services, "lewisham", reference, place, reason="chair_decided", actor="staff:a")
    if moved:
        later = NewTime(house.clock.at + timedelta(days=1, hours=5), venue="Town Hall", mode="in_person")
        await move_meeting(house.services, "lewisham", reference, later, actor="staff:a")
    page = await check(await house.client.get(link))
    assert "no longer asked" in page
    assert 'href="tel:02079460000"' in page
    before = await house.count("answers"), await house.count("codes"), await house.count("openings")
    for door, (status, said) in (await _every_door(house, link)).items():
        if not door.endswith("/calendar-file"):
            assert not [word for word in OF_THE_MEETING if word.casefold() in said.casefold()], door
        assert status in {200, 303, 403, 404, 409, 410, 422}, door
    # The file takes the entry away that the agency had, at the time it was told of.
    file = await (await house.client.get(f"{link}/calendar-file")).text()
    assert "Town Hall" not in file
    assert (await house.count("answers"), await house.count("codes"), await house.count("openings")) == before


async def test_the_link_of_whoever_must_not_be_told_is_worth_no_more_than_one_that_was_never_made(house: House) -> None:
    reference, link = await _asked(house)
    code = agency_code(house.services.links, await house.requirement(reference, "camhs"))
    done = await exclude(house.services, "lewisham", reference, StoppedPlace("camhs"), actor="staff:a")
    assert done.new is not None
    for door, (status, said) in (await _every_door(house, link)).items():
        assert not [word for word in (*OF_THE_MEETING, done.new.reference) if word.casefold() in said.casefold()], door
        assert status < 500, door
    page = await (await house.client.get(link)).text()
    assert 'href="tel:02079460000"' in page
    sent = {"reference": done.new.reference, "agency_code": code}
    assert (await house.client.post("/door", data=sent, allow_redirects=False)).status == 422


async def test_the_desk_session_of_whoever_was_taken_out_has_ended(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference, ROLE)
    await begin(house, link)
    assert reference in await (await house.client.get("/desk")).text()
    await exclude(house.services, "lewisham", reference, StoppedPlace(ROLE), actor="staff:a")
    page = await (await house.client.get("/desk")).text()
    assert reference not in page
    assert 'name="word"' not in page
