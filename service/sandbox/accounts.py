"""The accounts people sign in with: codes given out, each good once, and the tokens they buy.

Sources: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, id-token-claims-reference, RFC 7636.
"""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from service.sandbox.clock import real_now
from service.sandbox.config import Person, StaffApplication
from service.sandbox.tokens import same_secret

CODE_SECONDS = 600
_TOKEN_SECONDS = 3600
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class SignInRefusedError(Exception):
    """What Entra shows on its own page instead of sending the browser back: the number and the sentence."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


class CodeRefusedError(Exception):
    """The token endpoint's refusal of a code."""

    def __init__(self, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.error = error
        self.number = number


@dataclass(frozen=True, slots=True)
class _Code:
    person: Person
    asked: Mapping[str, str]
    until: float


class SignIns:
    """Codes given out, each good once, and the key that signs tokens."""

    def __init__(self, application: StaffApplication, tenant_id: str) -> None:
        self.application = application
        self._tenant_id = tenant_id
        self._codes: dict[str, _Code] = {}
        self.rotate_keys()

    def rotate_keys(self) -> None:
        """Sign with a new key from now on, as Entra does without notice; the old one is published no more."""
        self._key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"}, private=True)

    @property
    def published(self) -> dict[str, Any]:
        """The key set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def check(self, asked: Mapping[str, str]) -> None:
        """Refuse what Entra would refuse before it asks who one is.

        Raises:
            SignInRefusedError: with Entra's number.
        """
        if asked.get("client_id") != self.application.client_id:
            raise SignInRefusedError(700016, "Application was not found in the directory.")
        if asked.get("redirect_uri") not in self.application.redirect_uris:
            raise SignInRefusedError(50011, "The redirect URI does not match those configured for the application.")
        if asked.get("response_type") != "code":
            raise SignInRefusedError(700054, "response_type is not enabled for the application.")
        if "openid" not in asked.get("scope", "").split():
            raise SignInRefusedError(70011, "The scope must contain openid.")
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
            raise SignInRefusedError(501461, "A code_challenge with the method S256 is wanted here.")

    def code_for(self, oid: str, asked: Mapping[str, str]) -> str:
        """A code that stands for this person having signed in. Raises SignInRefusedError."""
        self.check(asked)
        person = next((each for each in self.application.people if each.oid == oid), None)
        if person is None:
            raise SignInRefusedError(50034, "The account does not exist in the tenant.")
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(person, dict(asked), time.monotonic() + CODE_SECONDS)
        return code

    def redeem(self, form: Mapping[str, str], issuer: str) -> str:
        """The ID token a code buys, once.

        Raises:
            CodeRefusedError: wrong secret, code, redirect URI or verifier.
        """
        if not same_secret(form.get("client_secret", ""), self.application.client_secret):
            raise CodeRefusedError("invalid_client", 7000215, "Invalid client secret provided.")
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or time.monotonic() > code.until:
            raise CodeRefusedError("invalid_grant", 70008, "The provided authorization code has expired or is used.")
        if form.get("redirect_uri") != code.asked["redirect_uri"]:
            raise CodeRefusedError("invalid_grant", 50011, "The redirect URI is not the one the code was given for.")
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not _VERIFIER.fullmatch(verifier) or not same_secret(digest, code.asked["code_challenge"]):
            raise CodeRefusedError("invalid_grant", 501481, "The code_verifier does not match the code_challenge.")
        return self._token(code, issuer)

    def _token(self, code: _Code, issuer: str) -> str:
        now = int(real_now().timestamp())
        claims: dict[str, Any] = {
            "aud": self.application.client_id,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": now + _TOKEN_SECONDS,
            "name": code.person.name,
            "oid": code.person.oid,
            "sub": hashlib.sha256(f"{self.application.client_id}{code.person.oid}".encode()).hexdigest()[:43],
            "tid": self._tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "2.0",
        }
        # As at Entra: no claim at all for somebody without a role.
        if code.person.roles:
            claims["roles"] = list(code.person.roles)
        if code.asked.get("nonce"):
            claims["nonce"] = code.asked["nonce"]
        return jwt.encode({"alg": "RS256", "kid": self._key.kid, "typ": "JWT"}, claims, self._key)
