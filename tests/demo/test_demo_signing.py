"""The demo signs its webhooks itself; the Standard Webhooks package must believe them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.clock import real_now
from service.demo.client import sign

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = '{"type":"meeting.requested","data":{"name":"Zoë"}}'.encode()


def _headers(seconds: int) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign(SECRET, "msg_1", seconds, BODY),
    }


def test_a_signature_is_what_the_package_makes() -> None:
    at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

    assert sign(SECRET, "msg_1", int(at.timestamp()), BODY) == Webhook(SECRET).sign("msg_1", at, BODY.decode())


def test_the_package_believes_a_signed_delivery() -> None:
    assert Webhook(SECRET).verify(BODY, _headers(int(real_now().timestamp())))


def test_the_package_does_not_believe_another_body() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", _headers(int(real_now().timestamp())))
