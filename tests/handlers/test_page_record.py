"""The whole record of a meeting: every act from one place with why one cannot be done now, and the chair's sheet."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


def not_now(page: str) -> dict[str, str]:
    """Which acts are listed without a link, and why."""
    plain = re.findall(r'<div>([^<]+)</div><div class="govuk-task-list__hint">Not now. ([^<]+)</div>', page)
    return {act: why.replace("&#39;", "'") for act, why in plain}


async def acts(house: House, reference: str) -> tuple[set[str], dict[str, str], str]:
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    linked = set(re.findall(rf'task-list__link" href="/lewisham/meetings/{reference}/([a-z/-]+)"', page))
    return linked, not_now(page), page


async def test_every_act_is_in_one_place_and_what_cannot_be_done_now_says_why(house: House) -> None:
    planned, coming = await house.planned(), await house.confirmed()
    linked, waiting, _ = await acts(house, planned)
    assert {"time", "cancel", "replan", "medical", "chair-sheet", "readers", "who-it-is-about"} <= linked
    assert waiting["Record who came"] == "It has no time yet."
    linked, waiting, page = await acts(house, coming)
    assert "attendance" not in linked
    assert waiting["Record who came"] == "From Tuesday 1 December 2026, 10am on."
    assert waiting["Stand it down"].startswith("A meeting of professionals goes on")
    assert f'<span class="govuk-!-font-weight-bold convene-reference">{coming}</span>' in page
    for part in re.findall(r'href="#([a-z-]+)"', page):
        assert f'id="{part}"' in page
    house.clock.at += timedelta(days=1, hours=1)
    linked, waiting, _ = await acts(house, coming)
    assert {"attendance", "sittings", "outcome", "actions", "decisions", "minutes"} <= linked
    await house.call(
        "POST",
        f"/api/v1/meetings/{coming}/attendance",
        {"agencies": [{"role": "school_nurse", "outcome": "attended"}]},
    )
    linked, waiting, _ = await acts(house, coming)
    assert waiting["Move the meeting"] == waiting["Cancel the meeting"] == "It has been held."
    await house.call("POST", f"/api/v1/meetings/{planned}/cancel", {"reason": "replaced"})
    linked, waiting, _ = await acts(house, planned)
    assert (linked, waiting) == ({"again", "chair-sheet"}, {})
    await house.sign_in("officer")
    linked, waiting, _ = await acts(house, coming)
    assert "readers" not in linked
    assert waiting["Who may know of it"] == "For chairs and managers."
    await house.sign_in("auditor")
    linked, waiting, page = await acts(house, coming)
    assert (linked, waiting) == (set(), {})
    assert f"/lewisham/meetings/{coming}/chair-sheet" in page


async def test_the_chairs_sheet_is_the_list_of_who_is_let_in_with_the_voices_to_hear(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    await house.call(
        "POST", f"{path}/answers", {"role": "school_nurse", "answer": "deputy", "reason": "Asha Okoro, nurse"}
    )
    stopped = await house.call("POST", f"{path}/stop", {"role": "health_practitioner"})
    assert stopped.status in {200, 201}, await stopped.text()
    sheet = await check(await house.client.get(f"/lewisham/meetings/{reference}/chair-sheet"))
    assert "Asha Okoro, nurse" in sheet
    assert "let in only the person its record names" in sheet
    assert "health practitioner desk" not in sheet
    for said in ("The child’s voice", "The family’s voice", "Legal advice", "The two clocks", "Quorum: "):
        assert said in sheet
    assert "The council solicitor is not asked to this meeting." in sheet
    assert "A section 47 enquiry" in sheet
    icpc = await house.confirmed(meeting_type="icpc")
    conference = await check(await house.client.get(f"/lewisham/meetings/{icpc}/chair-sheet"))
    assert "How the family comes to this conference" in conference
    await house.call("POST", f"{path}/cancel", {"reason": "replaced"})
    assert "This meeting was cancelled." in await check(
        await house.client.get(f"/lewisham/meetings/{reference}/chair-sheet")
    )
