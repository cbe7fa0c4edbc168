"""Whether an ID token is from our tenant, for us, now, and an answer to what we asked: every claim is essential.

Source: learn.microsoft.com/entra/identity-platform/id-token-claims-reference. joserfc's ``decode`` checks the
signature alone; a claim that is not marked essential passes when it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service.domain.staff import Roles, roles_of

ALGORITHMS = ["RS256"]
_LEEWAY_SECONDS = 60
# Entra's ID tokens live an hour; one made long ago is not an answer to a question asked just now.
_OLDEST_SECONDS = 600


class NotVouchedForError(Exception):
    """The token is not proof of who somebody is. ``because`` is a code for the log, never a value from the token."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good token says: the issuer and tenant we are pinned to, our own application id, and our nonce."""

    issuer: str
    tenant_id: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who signed in: tenant and object id (never an address, which can be given to somebody else), name and roles."""

    tenant: str
    subject: str
    name: str
    roles: Roles


def read_token(token: str, keys: KeySet, expected: Expected, partnerships: tuple[str, ...], at: datetime) -> Vouched:
    """Who the token vouches for, at the real instant ``at``.

    Raises:
        NotVouchedForError: wrong signature, algorithm, issuer, audience, tenant, nonce or time, or a claim missing.
    """
    now = int(at.timestamp())
    try:
        claims: Mapping[str, Any] = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotVouchedForError(f"signature_{type(error).__name__}") from None
    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        tid={"essential": True, "value": expected.tenant_id},
        nonce={"essential": True, "value": expected.nonce},
        ver={"essential": True, "value": "2.0"},
        exp={"essential": True},
        nbf={"essential": True},
        iat={"essential": True},
        oid={"essential": True},
        sub={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except (JoseError, ValueError, TypeError) as error:
        claim = getattr(error, "claim", None)
        raise NotVouchedForError(f"claim_{claim}" if isinstance(claim, str) else "claims") from None
    # The registry also takes a list that holds the value; only ``aud`` may be one.
    exact = {"iss": expected.issuer, "tid": expected.tenant_id, "nonce": expected.nonce}
    for name, wanted in exact.items():
        if claims[name] != wanted:
            raise NotVouchedForError(f"claim_{name}")
    if claims["iat"] < now - _OLDEST_SECONDS:
        raise NotVouchedForError("claim_iat")
    subject = claims["oid"]
    if not isinstance(subject, str) or not subject:
        raise NotVouchedForError("claim_oid")
    return Vouched(expected.tenant_id, subject, _name(claims), roles_of(_roles(claims), partnerships))


def _name(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    return name.strip()[:120] if isinstance(name, str) and name.strip() else "no name given"


def _roles(claims: Mapping[str, Any]) -> list[str]:
    roles = claims.get("roles", [])
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
