"""Messages: drafts that are sent once, and mail that is simply sent."""

import base64
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import HEALTH, IMMUTABLE, ORGANISER, POLICE, PROPERTY, SCHOOL, Tenant, draft

MARKED = {"singleValueExtendedProperties": [{"id": PROPERTY, "value": "out_1"}]}


def path(message_id: str, action: str = "") -> str:
    return f"/messages/{quote(message_id, safe='')}{action}"


async def received(tenant: Tenant, address: str) -> list[Any]:
    items: list[Any] = (await tenant.control("GET", f"/inboxes/{address}")).json["items"]
    return items


async def test_a_draft_goes_nowhere_until_it_is_sent(tenant: Tenant) -> None:
    made = await tenant.mailbox("POST", "/messages", json=draft(POLICE), headers=IMMUTABLE)
    assert (made.status, made.json["isDraft"]) == (201, True)
    assert await received(tenant, POLICE) == []
    sent = await tenant.mailbox("POST", path(made.json["id"], "/send"), headers=IMMUTABLE)
    assert (sent.status, sent.text) == (202, "")
    assert [item["subject"] for item in await received(tenant, POLICE)] == ["Why you are invited"]
    read = await tenant.mailbox("GET", path(made.json["id"]), headers=IMMUTABLE)
    assert (read.json["isDraft"], read.json["id"]) == (False, made.json["id"])


async def test_a_draft_is_sent_once(tenant: Tenant) -> None:
    immutable = (await tenant.mailbox("POST", "/messages", json=draft(POLICE), headers=IMMUTABLE)).json["id"]
    ordinary = (await tenant.mailbox("GET", path(immutable))).json["id"]
    await tenant.mailbox("POST", path(immutable, "/send"))
    assert (await tenant.mailbox("POST", path(immutable, "/send"))).status == 400
    assert (await tenant.mailbox("POST", path(ordinary, "/send"))).code == "ErrorItemNotFound"
    assert len(await received(tenant, POLICE)) == 1


async def test_a_draft_is_found_by_its_extended_property_before_and_after_sending(tenant: Tenant) -> None:
    made = (await tenant.mailbox("POST", "/messages", json=draft(POLICE, **MARKED), headers=IMMUTABLE)).json
    text = f"singleValueExtendedProperties/any(p:p/id eq '{PROPERTY}' and p/value eq 'out_1')"
    query = f"/messages?$filter={quote(text, safe='')}&$select=isDraft,id"
    before = (await tenant.mailbox("GET", query, headers=IMMUTABLE)).json["value"]
    assert before == [{"@odata.etag": made["@odata.etag"], "id": made["id"], "isDraft": True}]
    await tenant.mailbox("POST", path(made["id"], "/send"))
    after = (await tenant.mailbox("GET", query, headers=IMMUTABLE)).json["value"]
    assert [(item["id"], item["isDraft"]) for item in after] == [(made["id"], False)]


async def test_a_message_keeps_its_own_headers_and_files(tenant: Tenant) -> None:
    files = [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "invite.ics", "contentType": "text/calendar",
              "contentBytes": base64.b64encode(b"BEGIN:VCALENDAR").decode()}]  # fmt: skip
    body = draft(POLICE, internetMessageHeaders=[{"name": "x-chase", "value": "c1"}], attachments=files)
    assert (await tenant.mailbox("POST", "/sendMail", json={"message": body})).status == 202
    item = (await received(tenant, POLICE))[0]
    assert item["headers"] == {"x-chase": "c1"}
    assert base64.b64decode(item["attachments"][0]["content"]) == b"BEGIN:VCALENDAR"


async def test_everybody_named_gets_the_message_once(tenant: Tenant) -> None:
    also = [{"emailAddress": {"address": address}} for address in (HEALTH, POLICE.upper())]
    await tenant.mailbox("POST", "/sendMail", json={"message": draft(POLICE, SCHOOL, ccRecipients=also)})
    assert [len(await received(tenant, address)) for address in (POLICE, SCHOOL, HEALTH)] == [1, 1, 1]


@pytest.mark.parametrize(("keep", "left"), [(True, 1), (False, 0)])
async def test_sent_mail_is_kept_only_when_asked(tenant: Tenant, keep: bool, left: int) -> None:
    body = {"Message": draft(POLICE), "SaveToSentItems": keep}
    assert (await tenant.mailbox("POST", "/sendMail", json=body)).status == 202
    assert len((await tenant.mailbox("GET", "/messages")).json["value"]) == left


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("unknown", {"colour": "red"}, "ErrorInvalidRequest"),
    ("header without x-", {"internetMessageHeaders": [{"name": "Importance", "value": "1"}]},
     "ErrorPropertyValidationFailure"),
    ("header of two lines", {"internetMessageHeaders": [{"name": "x-a", "value": "1\r\nBcc: x@y.example"}]},
     "ErrorPropertyValidationFailure"),
    ("address", {"toRecipients": [{"emailAddress": {"address": "nobody"}}]}, "ErrorInvalidRecipients"),
    ("file not base64", {"attachments": [{"name": "x", "contentBytes": "***"}]}, "ErrorPropertyValidationFailure"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_message_graph_would_refuse_is_refused(tenant: Tenant, changed: dict[str, Any], code: str) -> None:
    reply = await tenant.mailbox("POST", "/messages", json=draft(POLICE) | changed)
    assert (reply.status, reply.code) == (400, code)


async def test_a_message_to_nobody_is_not_sent(tenant: Tenant) -> None:
    made = (await tenant.mailbox("POST", "/messages", json=draft())).json
    assert (await tenant.mailbox("POST", path(made["id"], "/send"))).code == "ErrorInvalidRecipients"
    assert (await tenant.mailbox("POST", "/sendMail", json={"message": draft()})).status == 400
    assert (await tenant.mailbox("POST", "/sendMail", json={})).status == 400


async def test_a_calendar_mail_is_sent_as_mime(tenant: Tenant) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["X-Ref"] = "Professionals' meeting", POLICE, "K7Q2"
    mail.set_content("You are invited.")
    mail.add_alternative("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", subtype="calendar",
                         params={"method": "REQUEST"})  # fmt: skip
    raw = base64.b64encode(mail.as_bytes())
    reply = await tenant.mailbox("POST", "/sendMail", data=raw, headers={"Content-Type": "text/plain"})
    assert reply.status == 202
    item = (await received(tenant, POLICE))[0]
    assert (item["subject"], item["headers"]) == ("Professionals' meeting", {"X-Ref": "K7Q2"})
    assert 'method="REQUEST"' in item["attachments"][0]["content_type"]
    broken = await tenant.mailbox("POST", "/sendMail", data=b"***", headers={"Content-Type": "text/plain"})
    assert broken.code == "ErrorMimeContentInvalidBase64String"


async def test_mails_over_the_rate_are_refused_with_the_time_to_wait(open_tenant: Any) -> None:
    tenant = await open_tenant(mail_per_minute=2)
    await tenant.create(POLICE)
    assert (await tenant.mailbox("POST", "/sendMail", json={"message": draft(POLICE)})).status == 202
    refused = await tenant.create(SCHOOL)
    assert refused.status == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert await tenant.counts(SCHOOL) == {"invite": 0, "update": 0, "cancel": 0, "message": 0}
    assert (await tenant.create()).status == 201  # nobody to write to, so no mail


def _calendar_mail(**changed: str) -> bytes:
    lines = {"METHOD": "REQUEST", "ORGANIZER": f"mailto:{ORGANISER}", "ATTENDEE": f"mailto:{POLICE}", **changed}
    calendar = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", f"METHOD:{lines['METHOD']}", "BEGIN:VEVENT", "UID:u-1",
        "SEQUENCE:1",
        "DTSTAMP:20261201T090000Z", "DTSTART:20261201T140000Z", "DTEND:20261201T150000Z", "SUMMARY:Meeting",
        f"ORGANIZER;CN=Us:{lines['ORGANIZER']}", f"ATTENDEE;RSVP=TRUE:{lines['ATTENDEE']}", "END:VEVENT",
        "END:VCALENDAR", "",
    ]  # fmt: skip
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = changed.get("From", ORGANISER), POLICE, "Meeting"
    mail["Message-ID"] = "<row-1@council.example>"
    mail.set_content("You are invited.")
    body = changed.get("body", "\r\n".join(calendar))
    mail.add_alternative(body, subtype="calendar", cte="base64", params={"method": changed.get("param", "REQUEST")})
    return base64.b64encode(mail.as_bytes())


AS_TEXT = {"Content-Type": "text/plain", **IMMUTABLE}


async def test_a_draft_made_from_mime_is_found_by_its_message_id_before_and_after_sending(tenant: Tenant) -> None:
    made = await tenant.mailbox("POST", "/messages", data=_calendar_mail(), headers=AS_TEXT)
    assert (made.status, made.json["isDraft"]) == (201, True)
    query = "/messages?$filter=" + quote("internetMessageId eq '<row-1@council.example>'") + "&$select=id,isDraft"
    assert [item["isDraft"] for item in (await tenant.mailbox("GET", query)).json["value"]] == [True]
    assert (await tenant.mailbox("POST", path(made.json["id"], "/send"), headers=IMMUTABLE)).status == 202
    assert [item["isDraft"] for item in (await tenant.mailbox("GET", query)).json["value"]] == [False]
    assert len(await received(tenant, POLICE)) == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"From": "somebody@else.example"}, 403),
        ({"param": "CANCEL"}, 400),
        ({"ORGANIZER": "mailto:somebody@else.example"}, 400),
        ({"ATTENDEE": f"mailto:{HEALTH}"}, 400),
        ({"body": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}, 400),
    ],
)
async def test_a_calendar_mail_that_no_program_would_show_is_refused(
    tenant: Tenant, changed: dict[str, str], status: int
) -> None:
    reply = await tenant.mailbox("POST", "/messages", data=_calendar_mail(**changed), headers=AS_TEXT)
    assert reply.status == status
