"""Who came, typed in on one screen without a script: recorded, corrected, confirmed, and never lost or overwritten."""

from __future__ import annotations

import re
from datetime import timedelta

from service.store.changes.attendance import put_attendances
from service.store.changes.teams_attendance import put_proposal
from service.store.ids import new_id
from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def begun(house: House) -> str:
    """A meeting that has just begun."""
    reference = await house.confirmed()
    house.clock.at += timedelta(days=1, hours=2)
    return reference


def at(reference: str, rest: str = "") -> str:
    return f"/lewisham/meetings/{reference}/attendance{rest}"


async def key(house: House, reference: str, role: str) -> str:
    return (await house.requirement(reference, role)).hex


def hidden(page: str) -> dict[str, str]:
    """What the page's form sends without anybody touching it."""
    form = page[page.index('name="sitting"') - 200 : page.index("Save who came")]
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    for name, tag in re.findall(r'name="([a-z_]+-[a-z0-9-]+)" type="radio" (value="[^"]+" checked)', form):
        sent[name] = re.findall(r'value="([^"]+)"', tag)[0]
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        sent[name] = "".join(re.findall(r'value="([^"]*)" selected', options)[-1:])
    sent.pop("csrf", None)
    return sent


async def shown(house: House, reference: str, rest: str = "") -> dict[str, str]:
    return hidden(await check(await house.client.get(at(reference, rest))))


async def outcomes(house: House) -> dict[str, tuple[str, str]]:
    found = await house.rows(
        "SELECT r.role, a.outcome, a.state FROM attendances a JOIN requirements r ON r.id = a.requirement_id"
        " WHERE a.sitting = 1"
    )
    return {row["role"]: (row["outcome"], row["state"]) for row in found}


async def test_an_officer_records_every_agency_on_one_screen_and_the_chair_confirms_there(house: House) -> None:
    reference = await begun(house)
    nurse, police = await key(house, reference, "school_nurse"), await key(house, reference, "police_child_protection")
    assert at(reference) in await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    sent = await shown(house, reference)
    sent |= {f"outcome-{nurse}": "attended", f"how-{nurse}": "teams", f"brought-{nurse}": "spoke_from_records"}
    sent |= {
        f"outcome-{police}": "represented",
        f"deputy-{police}": "duty_worker",
        f"deputy_words-{police}": "Sam Okri",
    }
    done = await house.press(at(reference), **sent)
    assert done.headers["Location"] == f"/lewisham/meetings/{reference}?done=attendance"
    assert await outcomes(house) == {
        "school_nurse": ("attended", "recorded"),
        "police_child_protection": ("represented", "recorded"),
    }
    page = await check(await house.client.get(at(reference)))
    assert re.search(r"2 of [0-9] agencies recorded", page)
    assert "2 records wait for the chair" in page
    assert "came, by Teams, spoke from its records (not confirmed yet)" in page
    assert "Words are kept already" in page
    assert "Sam Okri" not in page
    confirmed = await house.press(at(reference, "/confirm"), **hidden(page))
    assert confirmed.headers["Location"].endswith("?done=attendance_confirmed")
    assert {state for _, state in (await outcomes(house)).values()} == {"confirmed"}
    assert "Who came is recorded and confirmed." in await check(await house.client.get(confirmed.headers["Location"]))


async def test_what_nobody_touched_stays_confirmed_and_a_correction_keeps_what_stood_there(house: House) -> None:
    reference = await begun(house)
    nurse, health = await key(house, reference, "school_nurse"), await key(house, reference, "health_practitioner")
    sent = await shown(house, reference)
    await house.press(
        at(reference, "/confirm"), **sent | {f"outcome-{nurse}": "attended", f"outcome-{health}": "no_answer"}
    )
    again = await shown(house, reference)
    assert again[f"outcome-{nurse}"] == "attended"
    done = await house.press(at(reference), **again)
    assert done.headers["Location"].endswith("?done=attendance_same")
    await house.press(at(reference), **again | {f"outcome-{health}": "apologies"})
    assert await outcomes(house) == {
        "school_nurse": ("attended", "confirmed"),
        "health_practitioner": ("apologies", "recorded"),
    }
    (event,) = await house.rows("SELECT data FROM audit_events WHERE action = 'attendance:row:corrected'")
    assert (event["data"]["was"], event["data"]["before"]["state"]) == ("no_answer", "confirmed")


async def test_pressed_twice_it_is_recorded_once(house: House) -> None:
    reference = await begun(house)
    sent = await shown(house, reference) | {f"outcome-{await key(house, reference, 'school_nurse')}": "attended"}
    assert (await house.press(at(reference), **sent)).status == 303
    twice = await house.press(at(reference), **sent)
    assert twice.headers["Location"].endswith("?done=attendance_same")
    assert len(await house.rows("SELECT id FROM audit_events WHERE action = 'attendance:row:recorded'")) == 1


async def test_a_form_from_before_somebody_else_recorded_loses_nothing_and_overwrites_nothing(house: House) -> None:
    reference = await begun(house)
    nurse, health = await key(house, reference, "school_nurse"), await key(house, reference, "health_practitioner")
    stale = await shown(house, reference)
    await house.press(at(reference), **stale | {f"outcome-{nurse}": "apologies"})
    # Another agency's row is nobody's conflict: what the other recorded stays, and this is recorded beside it.
    assert (await house.press(at(reference), **stale | {f"outcome-{health}": "attended"})).status == 303
    # The same agency's is: the page says so, keeps what was typed and shows what stands.
    mine = stale | {f"outcome-{nurse}": "represented", f"deputy_words-{nurse}": "Sam Okri"}
    answer = await house.press(at(reference), **mine)
    assert answer.status == 409
    page = await check(answer)
    assert "Attendance has been recorded since you opened this page" in page
    assert 'value="Sam Okri"' in page
    assert "did not come, sent apologies (not confirmed yet)" in page
    assert (await outcomes(house))["school_nurse"] == ("apologies", "recorded")
    meant = hidden(page) | {f"deputy_words-{nurse}": "Sam Okri"}
    assert meant[f"outcome-{nurse}"] == "represented"
    assert (await house.press(at(reference), **meant)).status == 303
    assert (await outcomes(house))["school_nurse"] == ("represented", "recorded")


async def test_a_chair_never_confirms_what_they_have_not_seen(house: House) -> None:
    reference = await begun(house)
    nurse, health = await key(house, reference, "school_nurse"), await key(house, reference, "health_practitioner")
    await house.press(at(reference), **await shown(house, reference) | {f"outcome-{nurse}": "attended"})
    stale = await shown(house, reference)
    await house.press(at(reference), **stale | {f"outcome-{health}": "no_answer"})
    answer = await house.press(at(reference, "/confirm"), **stale)
    assert answer.status == 409
    assert "did not come, no answer" in await check(answer)
    assert (await house.press(at(reference, "/confirm"), **hidden(await answer.text()))).status == 303
    assert {state for _, state in (await outcomes(house)).values()} == {"confirmed"}


WRONG = (
    ({"how": "phone"}, "Choose what became of it"),
    ({"outcome": "attended", "deputy": "manager"}, "Say who came instead only where you chose"),
    ({"outcome": "apologies", "how": "phone"}, "Leave out how it came, or choose that it came"),
    ({"outcome": "no_answer", "brought": "spoke_from_records"}, "cannot have spoken from its records"),
    ({"outcome": "ill"}, "Choose from the list"),
    ({"outcome": "represented", "deputy_words": "x" * 201}, "Use 200 characters or fewer"),
    # Marks that turn the reading order, a formula, markup and line ends stay what they are: words.
    ({"outcome": "attended", "deputy_words": "\u202e=1+1 <b>Sam</b> 🙂\r\n"}, 'value="=1+1 &lt;b&gt;Sam&lt;/b&gt; 🙂"'),
)


async def test_what_cannot_be_so_comes_back_with_a_link_to_its_field(house: House) -> None:
    reference = await begun(house)
    nurse, health = await key(house, reference, "school_nurse"), await key(house, reference, "health_practitioner")
    blank = await shown(house, reference) | {f"outcome-{health}": "attended", f"brought-{health}": "none"}
    for typed, said in WRONG:
        answer = await house.press(at(reference), **blank | {f"{name}-{nurse}": typed[name] for name in typed})
        assert answer.status == 422, said
        page = await check(answer)
        assert said in page
        (link,) = set(re.findall(rf'href="#([a-z_]+-{nurse})"', page))
        assert f'id="{link}"' in page
        kept = hidden(page)
        assert (kept[f"outcome-{health}"], kept[f"brought-{health}"]) == ("attended", "none")
    assert await outcomes(house) == {}


async def test_an_agency_that_nobody_had_asked_is_added_once(house: House) -> None:
    reference = await begun(house)
    blank = await shown(house, reference)
    assert "Choose which agency came" in await check(
        await house.press(at(reference), **blank | {"outcome-joined-1": "attended"})
    )
    refused = await house.press(at(reference), **blank | {"role-joined-1": "housing", "outcome-joined-1": "apologies"})
    assert "An agency that joined during the meeting came" in await check(refused)
    asked = await house.press(
        at(reference), **blank | {"role-joined-1": "school_nurse", "outcome-joined-1": "attended"}
    )
    assert asked.status == 422
    assert "was asked to this meeting" in await check(asked)
    await house.press(at(reference), **blank | {"role-joined-2": "housing", "outcome-joined-2": "attended"})
    assert await outcomes(house) == {"housing": ("attended", "recorded")}
    again = await shown(house, reference)
    housing = await key(house, reference, "housing")
    assert again[f"outcome-{housing}"] == "attended"
    await house.press(at(reference), **again | {f"brought-{housing}": "sent_information"})
    assert len(await house.rows("SELECT id FROM requirements WHERE role = 'housing'")) == 1


async def test_what_was_said_before_can_be_ticked_and_a_proposal_stands_ready_but_nothing_is_kept(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    await house.call("POST", f"{path}/answers", {"role": "school_nurse", "answer": "yes"})
    await house.call(
        "POST", f"{path}/answers", {"role": "police_child_protection", "answer": "deputy", "reason": "Sam Okri, DC"}
    )
    house.clock.at += timedelta(days=1, hours=2)
    nurse, police = await key(house, reference, "school_nurse"), await key(house, reference, "police_child_protection")
    health = await house.requirement(reference, "health_practitioner")
    (meeting,) = await house.rows("SELECT id FROM meetings WHERE reference = :reference", reference=reference)
    proposal = {
        "id": new_id(house.clock.at),
        "partnership_id": "lewisham",
        "meeting_id": meeting["id"],
        "requirement_id": health,
        "sitting": 1,
        "outcome": "attended",
        "how": "teams",
        "seniority_confirmed": None,
        "contribution": None,
        "deputy": None,
        "sealed_deputy": None,
        "deputy_named": False,
        "state": "proposed",
        "recorded_by": "job:teams",
        "recorded_at": house.clock.at,
    }
    async with house.engine.begin() as conn:
        await put_attendances(conn, [proposal])
    plain = await shown(house, reference)
    assert {f"outcome-{nurse}", f"outcome-{health.hex}"} & set(plain) == set()
    untouched = await house.press(at(reference), **plain)
    assert untouched.headers["Location"].endswith("?done=attendance_same")
    assert await outcomes(house) == {"health_practitioner": ("attended", "proposed")}
    ticked = await house.client.get(at(reference, "?from=answers"))
    page = await check(ticked)
    assert "Ticked from its answer; not saved yet." in page
    assert "Proposed: came, by Teams" in page
    assert 'value="Sam Okri, DC"' in page
    sent = hidden(page)
    assert (sent[f"outcome-{nurse}"], sent[f"outcome-{police}"]) == ("attended", "represented")
    assert await outcomes(house) == {"health_practitioner": ("attended", "proposed")}
    await house.press(at(reference), **sent | {f"outcome-{nurse}": "no_answer"})
    assert (await outcomes(house))["health_practitioner"] == ("attended", "proposed")
    proposed = await shown(house, reference, "?from=proposals")
    assert proposed[f"outcome-{health.hex}"] == "attended"
    await house.press(at(reference), **proposed)
    assert (await outcomes(house)) == {
        "health_practitioner": ("attended", "recorded"),
        "school_nurse": ("no_answer", "recorded"),
        "police_child_protection": ("represented", "recorded"),
    }


async def test_an_adjourned_meeting_has_a_screen_for_each_sitting(house: House) -> None:
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}/sittings"
    await check(await house.client.get(path))
    wrong = await check(await house.press(path, day="31/2", time="25", minutes="0"))
    for said in ("Enter a day", "Enter a time", "Enter how long it takes", "Say why in a sentence"):
        assert said in wrong
    before = await house.press(path, day="1/12/2025", time="2pm", minutes="60", reason="the doctor had to leave")
    assert "A further sitting starts after the one before it" in await check(before)
    done = await house.press(path, day="2/12/2026", time="2pm", minutes="60", reason="the doctor had to leave")
    assert done.headers["Location"].endswith("?done=adjourned")
    closed = await check(await house.client.get(at(reference, "?sitting=2")))
    assert "Who came can be recorded from then on" in closed
    assert "Save who came" not in closed
    assert "new time of that sitting" in await check(await house.client.get(path))
    house.clock.at += timedelta(days=2)
    nurse = await key(house, reference, "school_nurse")
    page = await check(await house.client.get(at(reference, "?sitting=2")))
    assert at(reference, "?sitting=1") in page
    sent = hidden(page) | {f"outcome-{nurse}": "attended"}
    assert (await house.press(at(reference), **sent)).status == 303
    (row,) = await house.rows("SELECT sitting FROM attendances")
    assert row["sitting"] == 2
    assert (await house.client.get(at(reference, "?sitting=3"))).status == 404


async def test_a_meeting_that_has_not_begun_or_was_cancelled_says_why_nothing_can_be_recorded(house: House) -> None:
    planned, coming = await house.planned(), await house.confirmed()
    assert "This meeting has no time yet" in await check(await house.client.get(at(planned)))
    assert "It starts" in await check(await house.client.get(at(coming)))
    early = await house.press(at(coming), sitting="1")
    assert early.status == 409
    await check(early)
    await house.call("POST", f"/api/v1/meetings/{coming}/cancel", {"reason": "replaced"})
    assert "This meeting was cancelled" in await check(await house.client.get(at(coming)))


async def test_an_officer_does_not_confirm_and_an_auditor_does_not_record(house: House) -> None:
    reference = await begun(house)
    await house.sign_in("officer")
    page = await check(await house.client.get(at(reference)))
    assert "confirm as chair" not in page
    assert (await house.press(at(reference, "/confirm"), **hidden(page))).status == 403
    await house.sign_in("auditor")
    assert (await house.client.get(at(reference))).status == 403


async def there_by_teams(house: House, reference: str, role: str, minutes: int = 42, sitting: int = 1) -> str:
    """Teams says that somebody from an agency's address was there; returns the key of its row."""
    place, now = await house.requirement(reference, role), house.clock.at
    (meeting,) = await house.rows("SELECT id FROM meetings WHERE reference = :reference", reference=reference)
    stay = {"joined_at": now, "seconds": minutes * 60, "read_at": now, "sitting": sitting}
    row = {"id": new_id(now), "meeting_id": meeting["id"], "requirement_id": place, **stay}
    async with house.services.engine.begin() as conn:
        await put_proposal(conn, "lewisham", row)
    return place.hex


async def test_what_teams_proposes_is_recorded_only_by_whoever_says_so(house: House) -> None:
    reference = await begun(house)
    nurse = await there_by_teams(house, reference, "school_nurse")
    health = await key(house, reference, "health_practitioner")
    page = await check(await house.client.get(at(reference)))
    assert "Teams says somebody from this address was there 42 minutes; confirm it." in page
    untouched = hidden(page)
    assert f"outcome-{nurse}" not in untouched
    # Another agency's row is saved, and the one that Teams speaks of was left as it was: nothing is recorded of it.
    await house.press(at(reference), **untouched | {f"outcome-{health}": "apologies"})
    assert await outcomes(house) == {"health_practitioner": ("apologies", "recorded")}
    ticked = await check(await house.client.get(at(reference, "?sitting=1&from=proposals")))
    assert "Ticked from what was proposed; not saved yet." in ticked
    assert await outcomes(house) == {"health_practitioner": ("apologies", "recorded")}, "shown is not recorded"
    sent = hidden(ticked)
    assert (sent[f"outcome-{nurse}"], sent[f"how-{nurse}"]) == ("attended", "teams")
    assert (await house.press(at(reference), **sent)).status == 303
    assert await outcomes(house) == {
        "health_practitioner": ("apologies", "recorded"),
        "school_nurse": ("attended", "recorded"),
    }
    again = await check(await house.client.get(at(reference)))
    assert ("Teams says" in again, "Tick what is proposed" in again) == (False, False)


async def test_what_teams_proposes_of_a_further_sitting_stands_on_that_sitting_alone(house: House) -> None:
    reference = await begun(house)
    again = {"day": "2/12/2026", "time": "2pm", "minutes": "60", "reason": "the doctor had to leave"}
    await house.press(f"/lewisham/meetings/{reference}/sittings", **again)
    house.clock.at += timedelta(days=2)
    nurse = await there_by_teams(house, reference, "school_nurse", sitting=2)
    said = "Teams says somebody from this address was there 42 minutes; confirm it."
    assert said not in await check(await house.client.get(at(reference)))
    ticked = await check(await house.client.get(at(reference, "?sitting=2&from=proposals")))
    assert said in ticked
    assert (await house.press(at(reference), **hidden(ticked))).status == 303
    (row,) = await house.rows("SELECT sitting, outcome, requirement_id FROM attendances")
    assert (row["sitting"], row["outcome"], row["requirement_id"].hex) == (2, "attended", nurse)
    path = f"/api/v1/meetings/{reference}/attendance/proposals"
    second = await (await house.call("GET", f"{path}?sitting=2")).json()
    assert (second["sitting"], [each["recorded"] for each in second["proposals"]]) == (2, [True])
    assert (await (await house.call("GET", path)).json())["proposals"] == []
    for wrong in ("0", "101", "two", "2&sitting=3", ""):
        assert (await house.call("GET", f"{path}?sitting={wrong}")).status == 400, wrong


async def test_what_somebody_recorded_is_never_ticked_over_by_teams(house: House) -> None:
    reference = await begun(house)
    nurse = await key(house, reference, "school_nurse")
    await house.press(at(reference), **await shown(house, reference) | {f"outcome-{nurse}": "apologies"})
    await there_by_teams(house, reference, "school_nurse")
    sent = await shown(house, reference)
    assert sent[f"outcome-{nurse}"] == "apologies"
    done = await house.press(at(reference), **sent)
    assert done.headers["Location"].endswith("?done=attendance_same")


async def test_what_teams_proposes_is_read_over_the_api_and_changes_nothing(house: House) -> None:
    reference = await begun(house)
    path = f"/api/v1/meetings/{reference}/attendance"
    nothing = await (await house.call("GET", f"{path}/proposals", client="reader")).json()
    assert (nothing["proposals"], nothing["unknown"], nothing["read_at"]) == ([], None, None)
    await there_by_teams(house, reference, "school_nurse")
    (nurse,) = (await (await house.call("GET", f"{path}/proposals", client="reader")).json())["proposals"]
    assert (nurse["role"], nurse["outcome"], nurse["how"], nurse["seconds"]) == (
        "school_nurse",
        "attended",
        "teams",
        2520,
    )
    assert (nurse["words"], nurse["recorded"]) == (
        "Teams says somebody from this address was there 42 minutes; confirm it.",
        False,
    )
    assert await outcomes(house) == {}
    await house.call("POST", path, {"agencies": [{"role": "school_nurse", "outcome": "attended", "how": "teams"}]})
    (nurse,) = (await (await house.call("GET", f"{path}/proposals")).json())["proposals"]
    assert nurse["recorded"] is True


async def test_a_time_that_an_agency_proposes_has_its_place_on_every_screen_that_chooses_one(house: House) -> None:
    reference = await house.confirmed()
    path, here = f"/api/v1/meetings/{reference}/answers", f"/lewisham/meetings/{reference}"
    proposed = {"answer": "another_time", "proposed_start": "2026-12-08T14:00:00+00:00"}
    for role in ("school_nurse", "health_practitioner"):
        assert (await house.call("POST", path, {"role": role, **proposed})).status == 201
    assert "It proposes Tuesday 8 December 2026, 2pm" in await check(await house.client.get(here))
    said = "Tuesday 8 December 2026, 2pm: proposed by health practitioner"
    moving = await check(await house.client.get(f"{here}/time"))
    assert (said in moving, moving.count("Fill it in")) == (True, 1)
    house.clock.at += timedelta(days=1, hours=2)
    again = await check(await house.client.get(f"{here}/sittings"))
    assert said in again
    (link,) = re.findall(r'href="([^"]+/sittings[?][^"]+)"', again)
    filled = await check(await house.client.get(link.replace("&amp;", "&")))
    assert ('value="8/12/2026"' in filled, 'value="2pm"' in filled) == (True, True)
    house.clock.at += timedelta(days=30)
    assert "Times that agencies propose" not in await check(await house.client.get(f"{here}/sittings"))
