"""What Graph has and this sandbox has not is refused as Graph refuses it, and never as if it did not exist."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.sandbox.conftest import ORGANISER, POLICE, Ear, Open, Tenant, in_minutes

ONE = {"id": "1", "method": "GET", "url": "/users/a/events"}
BATCHES: list[tuple[str, Any, int]] = [
    ("nothing in it", {"requests": []}, 400),
    ("no list", {"requests": "all"}, 400),
    ("more than twenty", {"requests": [{**ONE, "id": str(number)} for number in range(21)]}, 400),
    ("one id twice", {"requests": [ONE, ONE]}, 400),
    ("another host", {"requests": [{**ONE, "url": "https://elsewhere.example/"}]}, 400),
    ("no method of HTTP", {"requests": [{**ONE, "method": "FETCH"}]}, 400),
    ("after what comes later", {"requests": [{**ONE, "dependsOn": ["2"]}, {**ONE, "id": "2"}]}, 400),
    ("as it should be", {"requests": [ONE, {**ONE, "id": "2", "dependsOn": ["1"]}]}, 501),
]


def certificate(bits: int = 2048) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "convene.example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=900))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


@pytest.mark.parametrize(("body", "status"), [row[1:] for row in BATCHES], ids=[row[0] for row in BATCHES])
async def test_a_batch_is_checked_and_then_refused(tenant: Tenant, body: Any, status: int) -> None:
    assert (await tenant.graph("POST", "/$batch", json=body)).status == status


async def test_resource_data_needs_a_certificate_its_id_a_selection_and_a_day_at_most(tenant: Tenant, ear: Ear) -> None:
    good = {
        "includeResourceData": True,
        "encryptionCertificate": certificate(),
        "encryptionCertificateId": "key 1",
        "resource": f"users/{ORGANISER}/events?$select=subject,start",
        "expirationDateTime": in_minutes(1000),
    }

    async def asked(**changed: Any) -> int:
        body = {name: value for name, value in (good | changed).items() if value is not None}
        return int((await tenant.graph("POST", "/subscriptions", json=ear.wanted(**body))).status)

    wrong: list[dict[str, Any]] = [
        {"encryptionCertificate": None},
        {"encryptionCertificate": "bm90IGEgY2VydGlmaWNhdGU="},
        {"encryptionCertificate": certificate(1024)},
        {"encryptionCertificateId": None},
        {"encryptionCertificateId": "x" * 129},
        {"resource": f"users/{ORGANISER}/events"},
        {"resource": f"users/{ORGANISER}/events?$select=subject,body"},
        {"expirationDateTime": in_minutes(2000)},
    ]
    assert [await asked(**each) for each in wrong] == [400] * len(wrong)
    assert await asked() == 501
    assert ear.handshakes == 0


async def test_a_mailbox_sends_to_so_many_within_a_day_and_each_guest_counts(open_tenant: Open) -> None:
    tenant = await open_tenant(recipients_per_day=3)
    assert (await tenant.create(POLICE, "a@agency.example")).status == 201
    refused = await tenant.create(POLICE, "b@agency.example")
    assert (refused.status, refused.code) == (429, "ErrorExceededMessageLimit")
    assert (await tenant.create("c@agency.example")).status == 201
    assert (await tenant.create(POLICE)).status == 429
