"""Agencies' answers, by the control API and by the inbox pages."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import (
    HEALTH,
    IMMUTABLE,
    ORGANISER,
    POLICE,
    SCHOOL,
    Ear,
    Open,
    Tenant,
    draft,
    eventually,
    in_minutes,
)


async def guests(tenant: Tenant) -> dict[str, Any]:
    return {guest["address"]: guest for guest in (await tenant.events())[0]["attendees"]}


ANSWERS = [("accept", "accepted"), ("tentative", "tentativelyAccepted"), ("decline", "declined")]


@pytest.mark.parametrize(("response", "status"), ANSWERS)
async def test_an_answer_shows_on_the_organisers_copy_with_its_business_time(
    open_tenant: Open, response: str, status: str
) -> None:
    epoch = datetime(2026, 12, 1, 9, tzinfo=UTC)
    tenant = await open_tenant(epoch=epoch, speed=60.0)
    made = (await tenant.create(POLICE, SCHOOL)).json
    assert (await tenant.respond(POLICE.upper(), made["uid"], response)).status == 200
    shown = (await tenant.mailbox("GET", f"/events/{quote(made['id'], safe='')}")).json["attendees"]
    assert [guest["status"]["response"] for guest in shown] == [status, "none"]
    answered = datetime.fromisoformat(shown[0]["status"]["time"])
    assert epoch < answered < tenant.sandbox.clock.now()


async def test_an_answer_is_found_by_the_reference_in_the_subject(tenant: Tenant) -> None:
    await tenant.create(POLICE, subject="Professionals' meeting AAAA")
    await tenant.create(POLICE, subject="Professionals' meeting BBBB")
    by_reference = {"address": POLICE, "reference": "BBBB", "response": "accept"}
    assert (await tenant.control("POST", "/respond", by_reference)).status == 200
    assert [event["attendees"][0]["response"] for event in await tenant.events()] == ["none", "accepted"]
    both = await tenant.control("POST", "/respond", {**by_reference, "reference": "meeting"})
    assert (both.status, both.json) == (409, {"error": "more than one invitation has this reference"})


async def test_a_comment_reaches_the_organiser_as_mail(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    await tenant.respond(POLICE, made["uid"], "decline", comment="On another case.")
    mail = (await tenant.mailbox("GET", "/messages")).json["value"][0]
    assert (mail["subject"], mail["bodyPreview"]) == (f"Declined: {made['subject']}", "On another case.")
    assert mail["from"]["emailAddress"]["address"] == POLICE
    assert await tenant.counts(ORGANISER) == {"invite": 0, "update": 0, "cancel": 0, "message": 1}


async def test_an_answer_arrives_after_the_reply_lag(open_tenant: Open, ear: Ear) -> None:
    tenant = await open_tenant(reply_lag=0.2)
    body = ear.wanted(changeType="updated", expirationDateTime=in_minutes(1000))
    await tenant.graph("POST", "/subscriptions", json=body)
    made = (await tenant.create(POLICE)).json
    await tenant.respond(POLICE, made["uid"], "accept")
    assert (await guests(tenant))[POLICE]["response"] == "none"
    await ear.until(1)
    assert (await guests(tenant))[POLICE]["response"] == "accepted"


async def test_a_new_time_is_proposed_where_the_organiser_allows_it(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    times = {
        "start": {"dateTime": "2026-12-01T14:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-01T15:00:00", "timeZone": "Europe/London"},
    }
    assert (await tenant.respond(POLICE, made["uid"], "tentative", propose=times)).status == 200
    shown = (await tenant.mailbox("GET", f"/events/{quote(made['id'], safe='')}")).json["attendees"][0]
    assert shown["proposedNewTime"]["start"]["dateTime"] == "2026-12-01T14:00:00.0000000"
    firm = (await tenant.create(SCHOOL, allowNewTimeProposals=False)).json
    assert (await tenant.respond(SCHOOL, firm["uid"], "tentative", propose=times)).status == 409
    backwards = {"start": times["end"], "end": times["start"]}
    assert (await tenant.respond(POLICE, made["uid"], "decline", propose=backwards)).status == 409


async def test_an_answer_from_another_address_appears_as_a_new_guest(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    await tenant.respond(POLICE, made["uid"], "accept", sent_as="officer@police.example")
    found = await guests(tenant)
    assert (found[POLICE]["response"], found["officer@police.example"]["response"]) == ("none", "accepted")


async def test_a_forwarded_invitation_adds_a_guest_the_organiser_never_named(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE)).json
    body = {"address": POLICE, "event_uid": made["uid"], "to": HEALTH}
    assert (await tenant.control("POST", "/forward", body)).status == 200
    assert (await tenant.counts(HEALTH))["invite"] == 1
    assert (await tenant.respond(HEALTH, made["uid"], "accept")).status == 200
    assert {address: guest["response"] for address, guest in (await guests(tenant)).items()} == {
        POLICE: "none",
        HEALTH: "accepted",
    }
    assert (await tenant.control("POST", "/forward", {**body, "to": "nobody"})).status == 409


async def test_a_guest_no_longer_on_the_list_or_of_a_cancelled_meeting_cannot_answer(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE, SCHOOL, headers=IMMUTABLE)).json
    path = f"/events/{quote(made['id'], safe='')}"
    only_police = {"attendees": [{"emailAddress": {"address": POLICE}}]}
    await tenant.mailbox("PATCH", path, json=only_police)
    assert (await tenant.respond(SCHOOL, made["uid"], "accept")).status == 409
    await tenant.mailbox("POST", f"{path}/cancel", json={})
    refused = await tenant.respond(POLICE, made["uid"], "accept")
    assert refused.json == {"error": "the meeting was cancelled"}


@pytest.mark.parametrize(
    "body",
    [{}, {"address": POLICE, "response": "accept"}, {"address": POLICE, "event_uid": "x", "response": "maybe"},
     {"address": POLICE, "event_uid": "x", "response": "accept", "colour": 1},
     {"address": 5, "event_uid": "x", "response": "accept"},
     {"address": POLICE, "event_uid": "x", "response": "accept", "propose": {"start": 1}}],
)  # fmt: skip
async def test_a_control_call_that_makes_no_sense_is_refused(tenant: Tenant, body: dict[str, Any]) -> None:
    reply = await tenant.control("POST", "/respond", body)
    assert reply.status in (400, 409)
    assert "error" in reply.json


@pytest.mark.parametrize("headers", [{}, {"X-Sandbox-Token": "guess"}])
async def test_the_control_api_needs_its_token(tenant: Tenant, headers: dict[str, str]) -> None:
    assert (await tenant.page("GET", "/control/state", headers=headers)).status == 401


async def test_a_reset_empties_everything_but_keeps_the_sign_in(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    await tenant.fault("*", "html")
    await tenant.control("POST", "/reset")
    state = await tenant.state()
    assert state["mailboxes"][ORGANISER]["events"] == []
    assert state["deliveries"] == {ORGANISER: {"invite": 0, "update": 0, "cancel": 0, "message": 0}}
    assert (state["faults"], state["calls"]) == ([], [])
    assert (await tenant.mailbox("GET", "/events")).status == 200


async def test_the_front_page_lists_inboxes_with_what_is_unread(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    await tenant.control("POST", "/person", {"address": POLICE})
    front = await tenant.page("GET", "/")
    assert front.status == 200
    assert "Sandbox: pretend Outlook, not Microsoft" in front.text
    assert f'href="/inbox/{POLICE}"' in front.text
    assert "inside the tenant" in front.text
    assert "<strong>1</strong>" in front.text
    await tenant.page("GET", f"/inbox/{POLICE}")
    assert "<strong>1</strong>" not in (await tenant.page("GET", "/")).text


async def test_an_invitation_is_answered_by_its_buttons(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    shown = await tenant.page("GET", f"/inbox/{POLICE}")
    assert shown.text.count("<h1>") == 1
    for word in ("Accept", "Tentative", "Decline", "No answer yet", "Town Hall, Room 2", "10:00 to 11:30"):
        assert word in shown.text
    form = {"response": "decline", "comment": "On another case."}
    moved = await tenant.page("POST", f"/inbox/{POLICE}/1/answer", data=form, allow_redirects=False)
    assert (moved.status, moved.headers["Location"]) == (303, f"/inbox/{POLICE}#item-1")
    assert (await guests(tenant))[POLICE]["response"] == "declined"
    assert "You declined" in (await tenant.page("GET", f"/inbox/{POLICE}")).text


async def test_a_new_time_is_proposed_and_an_invitation_forwarded_by_form(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    form = {"start": "2026-12-01T14:00", "end": "2026-12-01T15:00"}
    assert (await tenant.page("POST", f"/inbox/{POLICE}/1/propose", data=form)).status == 200
    assert (await guests(tenant))[POLICE]["proposed"][0].startswith("2026-12-01T14:00:00")
    assert (await tenant.page("POST", f"/inbox/{POLICE}/1/propose", data={"start": "soon"})).status == 400
    assert (await tenant.page("POST", f"/inbox/{POLICE}/1/forward", data={"to": HEALTH})).status == 200
    assert HEALTH in await guests(tenant)


async def test_only_the_newest_item_of_a_meeting_can_be_answered(tenant: Tenant) -> None:
    made = (await tenant.create(POLICE, headers=IMMUTABLE)).json
    path = f"/events/{quote(made['id'], safe='')}"
    await tenant.mailbox("PATCH", path, json={"location": {"displayName": "Room 5"}})
    assert (await tenant.page("GET", f"/inbox/{POLICE}")).text.count('value="accept"') == 1
    await tenant.mailbox("POST", f"{path}/cancel", json={})
    assert 'value="accept"' not in (await tenant.page("GET", f"/inbox/{POLICE}")).text


async def test_a_page_that_is_not_there_or_a_form_that_makes_no_sense_is_a_page_and_no_crash(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    assert (await tenant.page("GET", "/inbox/nobody@x.example")).status == 404
    assert (await tenant.page("POST", f"/inbox/{POLICE}/9/answer", data={"response": "accept"})).status == 404
    assert (await tenant.page("POST", f"/inbox/{POLICE}/1/answer", data={"response": "perhaps"})).status == 400
    assert (await tenant.page("POST", f"/inbox/{POLICE}/1/forward", data={"to": "<b>"})).status == 409


async def test_a_form_sent_from_another_site_is_refused(tenant: Tenant) -> None:
    await tenant.create(POLICE)
    foreign = {"Origin": "https://elsewhere.example"}
    reply = await tenant.page("POST", f"/inbox/{POLICE}/1/answer", data={"response": "accept"}, headers=foreign)
    assert reply.status == 403
    assert (await guests(tenant))[POLICE]["response"] == "none"


async def test_a_link_can_be_followed_and_a_script_cannot_run(tenant: Tenant) -> None:
    content = (
        '<p onclick="x()">Answer at <a href="https://convene.example/r/abc?d=1&amp;e=2">this page</a> or '
        'http://127.0.0.1:8080/r/abc.</p><script>alert(1)</script><a href="javascript:alert(1)">no</a><img src=x>'
    )
    body = draft(POLICE, subject="<b>Hello</b>", body={"contentType": "html", "content": content})
    await tenant.mailbox("POST", "/sendMail", json={"message": body})
    page = await tenant.page("GET", f"/inbox/{POLICE}")
    assert '<a href="https://convene.example/r/abc?d=1&amp;e=2" rel="noreferrer noopener">this page</a>' in page.text
    assert '<a href="http://127.0.0.1:8080/r/abc" rel="noreferrer noopener">' in page.text
    assert "&lt;b&gt;Hello" in page.text
    for danger in ("alert", "onclick", "javascript:", "<img", "<script"):
        assert danger not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_hidden_guest_list_stays_hidden_from_the_other_guests(tenant: Tenant) -> None:
    await tenant.create(POLICE, SCHOOL, hideAttendees=True)
    assert SCHOOL not in (await tenant.page("GET", f"/inbox/{POLICE}")).text
    await tenant.create(POLICE, HEALTH, hideAttendees=False)
    assert HEALTH in (await tenant.page("GET", f"/inbox/{POLICE}")).text


async def test_the_style_sheet_and_the_sign_of_life_are_served(tenant: Tenant) -> None:
    assert (await tenant.page("GET", "/assets/sandbox.css")).headers["Content-Type"].startswith("text/css")
    assert (await tenant.page("GET", "/health/live")).json == {"status": "up"}
    await eventually(lambda: len(tenant.sandbox.background) == 0)
