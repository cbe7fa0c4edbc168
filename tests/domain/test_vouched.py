"""Whose word is believed about who sent a mail: the topmost of the mailbox's own Exchange, for its own domain."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from service.domain.vouched import is_vouched_for

NURSE = "nurse@school.example"
GOOD = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=school.example; dkim=pass "
    "(signature was verified)\r\n header.d=school.example;dmarc=pass action=none\r\n"
    " header.from=school.example;compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("why", "headers", "vouched"),
    [
        ("as Exchange writes it", GOOD, True),
        ("no header at all", "Subject: x", False),
        ("mail of the same tenant", "X-MS-Exchange-Organization-AuthAs: Internal", True),
        ("anonymous", "X-MS-Exchange-Organization-AuthAs: Anonymous", False),
        ("no policy published, but Exchange is satisfied",
         ("Authentication-Results: spf=pass smtp.mailfrom=school.example; dkim=none header.d=none;dmarc=bestguesspass "
          "action=none header.from=school.example;compauth=pass reason=109"), True),
        ("failed", GOOD.replace("=pass", "=fail"), False),
        ("compauth fails although DMARC passes", GOOD.replace("compauth=pass", "compauth=fail"), False),
        ("only softly", GOOD.replace("compauth=pass", "compauth=softpass"), False),
        ("an older one without compauth", GOOD.replace(";compauth=pass reason=100", ""), True),
        ("a pass for another domain", GOOD.replace("header.from=school", "header.from=evil"), False),
        ("SPF and DKIM of somebody else's domain",
         ("Authentication-Results: spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example;dmarc=none "
          "action=none header.from=school.example;compauth=none reason=405"), False),
        ("what the sender wrote below the real one",
         f"Authentication-Results: dmarc=fail header.from=school.example;compauth=fail reason=000\r\n{GOOD}", False),
        ("a pass within a comment",
         "Authentication-Results: dmarc=fail (compauth=pass) header.from=school.example", False),
        ("a pass as part of another word",
         "Authentication-Results: spf=fail mailfrom=x;xcompauth=pass;dmarc=fail header.from=school.example", False),
    ],
)  # fmt: skip
def test_who_is_vouched_for(why: str, headers: str, vouched: bool) -> None:
    mail = message_from_bytes(f"{headers}\r\nFrom: {NURSE}\r\n\r\nhello".encode(), policy=policy.compat32)
    assert is_vouched_for(mail, NURSE) is vouched, why


def test_a_sender_without_a_domain_is_nobody() -> None:
    mail = message_from_bytes(GOOD.encode(), policy=policy.compat32)
    assert not is_vouched_for(mail, "nurse")
