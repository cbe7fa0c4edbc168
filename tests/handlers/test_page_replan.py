"""Planning anew and everything about who may be told, from the pages, with a browser that runs no script."""

from __future__ import annotations

import html
import re

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


def form_of(page: str, button: str) -> dict[str, str]:
    """What the form with this button sends as it stands."""
    (form,) = [each for each in re.findall(r"<form .*?</form>", page, re.S) if button in each]
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    for tag in re.findall(r"<input [^>]*\bchecked\b[^>]*>", form):
        sent[re.findall(r'name="([^"]+)"', tag)[0]] = re.findall(r'value="([^"]*)"', tag)[0]
    for tag in re.findall(r'<input [^>]*type="text"[^>]*>', form):
        sent[re.findall(r'name="([^"]+)"', tag)[0]] = "".join(re.findall(r'value="([^"]*)"', tag))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        sent[name] = "".join(re.findall(r'value="([^"]*)" selected', options)[-1:])
    sent.pop("csrf", None)
    return {name: html.unescape(value) for name, value in sent.items()}


async def test_the_difference_is_shown_before_anything_is_planned_anew(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/replan"
    page = await check(await house.client.get(path))
    facts = form_of(page, "Show what changes")
    assert facts["circumstances.physical_injury"] == "yes"
    same = await check(await house.press(f"{path}/look", **facts))
    assert "Nothing changes: the same facts give the same plan." in same
    more = facts | {"circumstances.domestic_abuse": "yes", "involved_more_1": "housing"}
    places = await house.count("requirements")
    shown = await check(await house.press(f"{path}/look", **more))
    assert "Facts, circumstances: added domestic abuse." in shown
    assert "Added: housing or homelessness service" in shown
    assert await house.count("requirements") == places, "looking changes nothing"
    act = form_of(shown, "Plan it anew")
    back = await check(await house.press(f"{path}/look", **form_of(shown, "Change what I said")))
    assert form_of(back, "Show what changes")["involved_more_1"] == "housing"
    done = await house.press(path, **act)
    assert done.headers["Location"] == f"/lewisham/meetings/{reference}?done=replanned"
    assert "Housing or homelessness service" in await check(await house.client.get(done.headers["Location"]))
    twice = await house.press(path, **act)
    assert twice.status == 409
    stale = await check(twice)
    assert "The facts have been changed since you opened this page" in stale
    none = form_of(stale, "Show what changes") | {"urgency": ""}
    assert "Choose how soon" in await check(await house.press(f"{path}/look", **none))


async def test_a_meeting_that_is_over_is_not_planned_anew(house: House) -> None:
    reference = await house.confirmed()
    await house.call("POST", f"/api/v1/meetings/{reference}/cancel", {"reason": "replaced"})
    path = f"/lewisham/meetings/{reference}/replan"
    facts = form_of(await check(await house.client.get(path)), "Show what changes")
    assert (await house.press(f"{path}/look", **facts)).status == 409


async def test_an_inbox_is_stopped_and_a_person_named_by_a_route_of_their_own(house: House) -> None:
    reference = await house.confirmed()
    page = f"/lewisham/meetings/{reference}"
    stop = f"{page}/places/{await house.requirement(reference, 'school_nurse')}/stop"
    assert stop in await (await house.client.get(page)).text()
    assert "Outlook takes the meeting away from school nurse desk." in await check(await house.client.get(stop))
    done = await house.press(stop)
    person = done.headers["Location"].partition("?")[0]
    assert "Its shared inbox is told nothing any more." in await check(await house.client.get(done.headers["Location"]))
    assert (await house.press(stop)).status == 404, "the old place is withdrawn"
    again = await check(await house.client.get(person.replace("/person", "/stop")))
    assert "This place has no shared inbox that could be told." in again
    assert "Enter an e-mail address, or a phone number below" in await check(
        await house.press(person, name="Asha Okoro")
    )
    shared = await house.press(person, name="Asha Okoro", address="school.nurse@lewisham.example")
    assert shared.status == 422
    assert 'value="Asha Okoro"' in await check(shared)
    own = {"name": "Asha Okoro", "address": "asha.okoro@own.example", "hours": "Mon-Fri 09:00-17:00"}
    assert (await house.press(person, **own)).headers["Location"] == f"{page}?done=person_named"
    assert "This place has an inbox that may be told." in await check(await house.client.get(person))


async def test_a_case_is_restricted_to_named_readers_and_opened_up_again(house: House) -> None:
    ben = (await house.sign_in("officer"))["lewisham"]
    await house.sign_in("chair")
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}/readers"
    assert "Everybody with a role here may know of this case." in await check(await house.client.get(path))
    assert "Say why, in a sentence without names" in await check(await house.press(path))
    done = await house.press(path, why_restrict="a colleague of ours", **{f"reader.{ben}": "yes"})
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "This case is restricted." in shown
    assert "You may know of it" in shown
    assert "Choose who is kept out" in await check(await house.press(f"{path}/keep-out", why_keep_out="tied"))
    assert (await house.press(f"{path}/keep-out", keep_out=str(ben), why_keep_out="her brother")).status == 303
    let_in = {"let_in": f"staff:{ben}", "why_let_in": "another Ada"}
    assert (await house.press(f"{path}/let-in", **let_in)).status == 303
    assert "Choose from the list" in await check(await house.press(f"{path}/let-in", **let_in))
    assert (await house.press(f"{path}/open", why_open="it is over")).headers["Location"] == f"{path}?done=opened_up"
    assert (await house.press(f"{path}/nothing")).status == 404
    await house.sign_in("officer")
    assert (await house.client.get(path)).status == 403


async def test_an_agency_that_was_called_back_is_told_whom_it_may_know(house: House) -> None:
    reference = await house.confirmed()
    nurse = (await house.requirement(reference, "school_nurse")).hex
    path = f"/lewisham/meetings/{reference}/who-it-is-about"
    assert "call back on 020 7946 0101" in await check(await house.client.get(path))
    blank = await check(await house.press(path))
    for said in ("Choose the agency you have called back", "Enter their name", "Say why, in a sentence"):
        assert said in blank
    told = await house.press(path, agency=nurse, name="Asha Okoro", reason="she prepares the meeting")
    words = await told.text()
    assert (told.status, told.headers["Cache-Control"]) == (200, "no-store")
    assert "Keziah Fennimore" in words
    assert len(await house.rows("SELECT id FROM openings")) >= 1
    tied = await house.press(path, agency=nurse, name="Rosalind Fennimore", reason="she prepares the meeting")
    assert tied.status == 404
    refused = await tied.text()
    assert "Nothing is told to this person for this agency." in refused
    assert "Keziah" not in refused


async def test_a_strategy_meeting_is_never_stood_down_and_a_conference_only_where_the_policy_says(house: House) -> None:
    strategy, conference = await house.confirmed(), await house.confirmed(meeting_type="icpc")
    never = await check(await house.client.get(f"/lewisham/meetings/{strategy}/stand-down"))
    assert "A strategy meeting is never stood down" in never
    path = f"/lewisham/meetings/{conference}/stand-down"
    await check(await house.client.get(path))
    assert "Say why in a sentence" in await check(await house.press(path))
    refused = await house.press(path, reason="too few have come")
    assert refused.status == 409
    assert "too few have come" in await check(refused)


async def test_the_parents_of_a_conference_are_arranged_by_a_safe_route(house: House) -> None:
    strategy, conference = await house.confirmed(), await house.confirmed(meeting_type="icpc")
    closed = await check(await house.client.get(f"/lewisham/meetings/{strategy}/family/arrange"))
    assert "The family is invited to conferences only." in closed
    path = f"/lewisham/meetings/{conference}/family/arrange"
    sent = form_of(await check(await house.client.get(path)), "Save what is arranged")
    assert sent["p1_contact"] == "may"
    wrong = await house.press(path, **sent | {"p1_route": "email", "p1_to": "not an address"})
    assert wrong.status == 422
    assert "Give the e-mail address that is safe for this parent" in await check(wrong)
    done = await house.press(path, **sent | {"p1_route": "email", "p1_to": "r@home.example", "p1_interpreter": "Twi"})
    assert done.headers["Location"] == f"{path}?done=family"
    page = await check(await house.client.get(path))
    assert "An address is kept already" in page
    assert "r@home.example" not in page
    (row,) = await house.rows("SELECT route, interpreter, state FROM family_invitations")
    assert (row["route"], row["interpreter"], row["state"]) == ("email", "Twi", "wanted")
    await house.press(path, **form_of(page, "Save what is arranged") | {"p1_contact": "must_not"})
    (row,) = await house.rows("SELECT state FROM family_invitations")
    assert row["state"] == "stopped"
