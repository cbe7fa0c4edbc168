"""Asking Entra who somebody is: where to send the browser, and what to do with the code it brings back.

OpenID Connect, authorisation code with PKCE. The tenant is pinned: metadata that names another issuer is refused.
Sources: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow and v2-protocols-oidc; RFC 7636.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from yarl import URL

from service.handlers.claims import Expected, NotVouchedForError, Vouched, read_token

_SCOPE = "openid profile"
_TIMEOUT_SECONDS = 10.0
_METADATA_SECONDS = 24 * 3600.0
# Keys are fetched again for a key id nobody knows, but not more often than this: a stranger can make up key ids.
_KEYS_AGAIN_SECONDS = 60.0


class EntraAwayError(Exception):
    """Entra cannot be reached, or does not answer as itself. Nobody can sign in until it does."""


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """Our application at Entra. ``authority`` has no tenant; ``redirect_uri`` is registered there."""

    authority: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    signed_out_uri: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What one sign-in was asked with. Kept on our side until the browser is back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def anew(cls) -> Asked:
        """Three values nobody can guess; RFC 7636 wants 43 characters or more of the verifier."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """What Entra is told of the verifier beforehand (S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Entra:
    """One application of one tenant. Open for as long as the web process; ``close`` ends its connections."""

    def __init__(self, settings: SignInSettings, partnerships: tuple[str, ...]) -> None:
        self.settings = settings
        self._partnerships = partnerships
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False)
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0
        self._lock = asyncio.Lock()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(self, asked: Asked) -> str:
        """The address to send the browser to.

        Raises:
            EntraAwayError: its metadata cannot be had.
        """
        metadata = await self._described()
        query = {
            "client_id": self.settings.client_id,
            "response_type": "code",
            "redirect_uri": self.settings.redirect_uri,
            "response_mode": "query",
            "scope": _SCOPE,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return str(URL(metadata["authorization_endpoint"]).update_query(query))

    async def answer(self, code: str, asked: Asked, at: datetime) -> Vouched:
        """Who brought this code back, at the real instant ``at``.

        Raises:
            EntraAwayError: Entra cannot be reached.
            NotVouchedForError: Entra refuses the code, or its token is not proof.
        """
        metadata = await self._described()
        form = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": asked.verifier,
            "scope": _SCOPE,
        }
        answer = await self._call("POST", metadata["token_endpoint"], data=form)
        if answer.status_code in {400, 401, 403}:
            raise NotVouchedForError("code_refused")
        token = _json(answer).get("id_token")
        if not isinstance(token, str):
            raise NotVouchedForError("no_id_token")
        return await self._read(token, metadata, asked, at)

    async def farewell(self) -> str:
        """Where to send a browser that has signed out here, so that it signs out there as well; empty when unknown."""
        try:
            end = (await self._described()).get("end_session_endpoint", "")
        except EntraAwayError:
            return ""
        return str(URL(end).update_query(post_logout_redirect_uri=self.settings.signed_out_uri)) if end else ""

    async def _read(self, token: str, metadata: dict[str, Any], asked: Asked, at: datetime) -> Vouched:
        settings = self.settings
        expected = Expected(metadata["issuer"], settings.tenant_id, settings.client_id, asked.nonce)
        try:
            return read_token(token, await self._key_set(metadata), expected, self._partnerships, at)
        except NotVouchedForError as error:
            # Entra changes its keys without notice: one more look, with what it publishes now.
            if not error.because.startswith("signature_") or not await self._forget_keys():
                raise
        return read_token(token, await self._key_set(metadata), expected, self._partnerships, at)

    async def _forget_keys(self) -> bool:
        if asyncio.get_running_loop().time() - self._keys_at < _KEYS_AGAIN_SECONDS and self._keys_at:
            return False
        self._keys = None
        return True

    async def _key_set(self, metadata: dict[str, Any]) -> KeySet:
        async with self._lock:
            if self._keys is None:
                published = _json(await self._call("GET", metadata["jwks_uri"]))
                try:
                    self._keys = KeySet.import_key_set({"keys": published["keys"]})
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise EntraAwayError(f"keys_{type(error).__name__}") from None
                self._keys_at = asyncio.get_running_loop().time()
            return self._keys

    async def _described(self) -> dict[str, Any]:
        """Entra's metadata, kept for a day.

        Raises:
            EntraAwayError: it cannot be had, or names an issuer that is not our tenant's.
        """
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if not self._metadata or now >= self._metadata_until:
                base = f"{self.settings.authority.rstrip('/')}/{self.settings.tenant_id}/v2.0"
                found = _json(await self._call("GET", f"{base}/.well-known/openid-configuration"))
                wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
                if any(not isinstance(found.get(name), str) for name in wanted) or found["issuer"] != base:
                    raise EntraAwayError("metadata_of_another")
                self._metadata, self._metadata_until = found, now + _METADATA_SECONDS
            return self._metadata

    async def _call(self, method: str, address: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, address, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EntraAwayError(type(error).__name__) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise EntraAwayError(f"status_{answer.status_code}")
        return answer


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except json.JSONDecodeError:
        raise EntraAwayError("not_json") from None
    if not isinstance(found, dict):
        raise EntraAwayError("not_json")
    return found
