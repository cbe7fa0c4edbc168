"""Mail that comes into a mailbox: read by delta and as MIME, as strictly as Graph; and what people do on the pages."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import IMMUTABLE, ORGANISER, POLICE, Tenant, draft

DELTA = "/mailFolders/inbox/messages/delta"
PLAIN = b"From: desk@police.example\r\nTo: x@council.example\r\nSubject: Hello\r\n\r\nSue will come.\r\n"


async def arrives(tenant: Tenant, raw: bytes = PLAIN) -> str:
    reply = await tenant.control("POST", "/mail", {"mailbox": ORGANISER, "mime": base64.b64encode(raw).decode()})
    assert reply.status == 200, reply.text
    return str(reply.json["id"])


async def round_of(tenant: Tenant, link: str) -> tuple[list[Any], str]:
    found: list[Any] = []
    while True:
        call = tenant.graph if link.startswith("http") else tenant.mailbox
        page = (await call("GET", link, headers=IMMUTABLE)).json
        found += page["value"]
        if "@odata.deltaLink" in page:
            return found, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]


async def test_a_folder_is_read_once_and_then_only_what_is_new(tenant: Tenant) -> None:
    first = await arrives(tenant)
    start = f"{DELTA}?$select=id,isDraft&$filter={quote('receivedDateTime ge 2020-01-01T00:00:00Z')}"
    found, link = await round_of(tenant, start)
    assert [(item["id"], item["isDraft"]) for item in found] == [(first, False)]
    assert set(found[0]) == {"@odata.etag", "id", "isDraft"}
    assert (await round_of(tenant, link))[0] == []
    second = await arrives(tenant)
    await tenant.mailbox("POST", "/messages", json=draft(POLICE))
    assert [item["id"] for item in (await round_of(tenant, link))[0]] == [second]
    await tenant.control("POST", "/resync", {"mailbox": ORGANISER})
    assert (await tenant.graph("GET", link)).status == 410


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?$filter=" + quote("subject eq 'x'"), 400),
        ("?$filter=" + quote("receivedDateTime ge banana"), 400),
        ("?$orderby=subject", 400),
        ("?$search=x", 400),
        ("?$deltatoken=banana", 410),
    ],
)
async def test_what_a_delta_of_messages_does_not_take_is_refused(tenant: Tenant, query: str, status: int) -> None:
    assert (await tenant.mailbox("GET", DELTA + query)).status == status


async def test_mail_is_handed_out_byte_for_byte_under_what_exchange_found_out_about_it(tenant: Tenant) -> None:
    item = quote(await arrives(tenant), safe="")
    reply = await tenant.mailbox("GET", f"/messages/{item}/$value")
    stamp, _, below = reply.text.encode().partition(b"\r\n")
    assert (reply.status, below) == (200, PLAIN)
    assert stamp.startswith(b"Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=police.example")
    assert stamp.endswith(b";dmarc=pass action=none header.from=police.example;compauth=pass reason=100")
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert (await tenant.mailbox("GET", f"/messages/{item}/$value?$top=1")).status == 400
    assert (await tenant.mailbox("GET", "/messages/none/$value")).code == "ErrorItemNotFound"
    assert (await tenant.mailbox("GET", DELTA.replace("inbox", "junk"))).status == 404


async def test_mail_in_somebody_else_s_name_is_stamped_as_failed(tenant: Tenant) -> None:
    mime = base64.b64encode(PLAIN).decode()
    sent = await tenant.control("POST", "/mail", {"mailbox": ORGANISER, "mime": mime, "authenticated": False})
    reply = await tenant.mailbox("GET", f"/messages/{quote(sent.json['id'], safe='')}/$value")
    assert ";dmarc=fail action=oreject header.from=police.example;compauth=fail reason=000\r\n" in reply.text


async def test_an_answer_in_words_goes_into_the_thread(tenant: Tenant) -> None:
    made = await tenant.mailbox("POST", "/messages", json=draft(POLICE, internetMessageId="<row-1@council.example>"))
    await tenant.mailbox("POST", f"/messages/{quote(made.json['id'], safe='')}/send")
    page = await tenant.page("POST", f"/inbox/{POLICE}/1/reply", data={"words": "Sue will come"}, allow_redirects=False)
    assert page.status == 303
    ((item,), _) = await round_of(tenant, DELTA)
    raw = (await tenant.mailbox("GET", f"/messages/{quote(item['id'], safe='')}/$value")).text
    assert "In-Reply-To: <row-1@council.example>" in raw
    assert "Sue will come" in raw
    refused = await tenant.mailbox("POST", "/messages", json=draft(POLICE, internetMessageId="row-1"))
    assert refused.status == 400
