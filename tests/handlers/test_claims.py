"""An ID token is believed only when every claim is there and right: each lie and each gap is tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from service.domain.staff import StaffRole
from service.handlers.claims import Expected, NotVouchedForError, read_token

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
KEY = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
KEYS = KeySet.import_key_set({"keys": [KEY.as_dict(private=False)]})
EXPECTED = Expected("https://login.example/t/v2.0", "t", "app", "n-1")
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example/t/v2.0",
    "aud": "app",
    "tid": "t",
    "nonce": "n-1",
    "ver": "2.0",
    "iat": AT,
    "nbf": AT,
    "exp": AT + 3600,
    "oid": "o-1",
    "sub": "s-1",
    "name": "Ada Officer",
    "roles": ["lewisham.officer", "lewisham.chair", "atlantis.officer", 7],
}


def token(claims: dict[str, Any], key: RSAKey = KEY) -> str:
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)


def read(raw: str) -> Any:
    return read_token(raw, KEYS, EXPECTED, ("lewisham", "wirral"), NOW)


def test_a_good_token_says_who_it_is_and_what_they_may() -> None:
    who = read(token(CLAIMS))
    assert (who.tenant, who.subject, who.name) == ("t", "o-1", "Ada Officer")
    assert who.roles == {"lewisham": frozenset({StaffRole.OFFICER, StaffRole.CHAIR})}


@pytest.mark.parametrize("missing", ["iss", "aud", "tid", "nonce", "ver", "iat", "nbf", "exp", "oid", "sub"])
def test_a_claim_that_is_missing_is_as_bad_as_a_wrong_one(missing: str) -> None:
    with pytest.raises(NotVouchedForError) as refused:
        read(token({name: value for name, value in CLAIMS.items() if name != missing}))
    assert refused.value.because == f"claim_{missing}"


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://login.example/other/v2.0"),
        ("aud", "another app"),
        ("tid", "another tenant"),
        ("nonce", "n-2"),
        ("ver", "1.0"),
        ("exp", AT - 61),
        ("nbf", AT + 120),
        ("iat", AT + 120),
        ("iat", AT - 700),
        ("iat", "yesterday"),
        ("exp", "never"),
        ("oid", ""),
        ("oid", 7),
        ("nonce", ["n-1"]),
        ("aud", ["another app"]),
    ],
)
def test_a_claim_that_is_wrong_lets_nobody_in(claim: str, value: object) -> None:
    with pytest.raises(NotVouchedForError):
        read(token({**CLAIMS, claim: value}))


def test_another_s_signature_lets_nobody_in() -> None:
    with pytest.raises(NotVouchedForError, match="signature"):
        read(token(CLAIMS, OTHER))


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_an_algorithm_that_is_not_ours_lets_nobody_in() -> None:
    # The classic lie: the public key used as the secret of a symmetric signature; and no signature at all.
    head = _part(b'{"alg":"HS256","kid":"k1"}')
    body = f"{head}.{token(CLAIMS).split('.')[1]}"
    forged = hmac.new(KEY.as_pem(private=False), body.encode(), hashlib.sha256).digest()
    for raw in (
        f"{body}.{_part(forged)}",
        "eyJhbGciOiJub25lIn0." + token(CLAIMS).split(".")[1] + ".",
        "",
        "a.b.c",
        "not a token",
        "é.é.é",
    ):
        with pytest.raises(NotVouchedForError):
            read(raw)


@pytest.mark.parametrize(
    "roles", [None, "lewisham.officer", {"lewisham": "officer"}, [], ["lewisham"], ["lewisham.OFFICER"]]
)
def test_roles_in_another_shape_give_nothing(roles: object) -> None:
    assert read(token({**CLAIMS, "roles": roles})).roles == {}
