"""Bearer tokens for Graph: from Entra through azure-identity, or from a sandbox on this machine."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httpx
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity.aio import ClientSecretCredential

from service.outlook.errors import GraphError, NotReached, PermanentConfiguration

# A token this close to its end is not used for a new call; Graph's tokens live about an hour.
_EARLY_SECONDS = 300.0


class TokenSource(Protocol):
    """Gives a token that is good now, cached."""

    async def token(self) -> str:
        """A token.

        Raises:
            PermanentConfiguration: the credentials are refused.
            NotReached: nobody there to ask, or not in time.
        """

    async def renew(self, refused: str) -> None:
        """Forget the token Graph has just refused, so that the next one is fetched anew."""

    async def close(self) -> None:
        """Close connections."""


class EntraTokens:
    """Client credentials at Entra. azure-identity caches, so a refused token means a new credential."""

    def __init__(
        self, authority: str, tenant_id: str, client_id: str, client_secret: str, scope: str, timeout: float
    ) -> None:
        self._made_from: dict[str, Any] = {
            "tenant_id": tenant_id,
            "client_id": client_id,
            "client_secret": client_secret,
            "authority": authority,
            # Its own retries would sleep inside our call (default three).
            "retry_total": 0,
        }
        self._scope = scope
        self._timeout = timeout
        self._credential = ClientSecretCredential(**self._made_from)
        self._last = ""
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """See ``TokenSource.token``."""
        try:
            async with asyncio.timeout(self._timeout), self._lock:
                self._last = (await self._credential.get_token(self._scope)).token
        except ClientAuthenticationError as error:
            raise _refusal(error) from None
        except AzureError as error:
            raise NotReached(type(error).__name__) from None
        except TimeoutError:
            raise NotReached("TokenTimeout") from None
        return self._last

    async def renew(self, refused: str) -> None:
        """See ``TokenSource.renew``."""
        async with self._lock:
            if refused == self._last:
                # Callers refused with the same token come here one after the other; only the first changes anything.
                self._last = ""
                old, self._credential = self._credential, ClientSecretCredential(**self._made_from)
                await old.close()

    async def close(self) -> None:
        """Close the credential, which its maker must do."""
        await self._credential.close()


def _refusal(error: ClientAuthenticationError) -> GraphError:
    status: int | None = getattr(error.response, "status_code", None)
    if status is not None and (status >= 500 or status == 429):
        return NotReached("EntraBusy", status=status)
    return PermanentConfiguration("CredentialRefused", status=status)


class LoopbackTokens:
    """Client credentials over plain http, which azure-identity refuses; only ever made for this machine."""

    def __init__(
        self, authority: str, tenant_id: str, client_id: str, client_secret: str, scope: str, timeout: float
    ) -> None:
        self._address = f"{authority.rstrip('/')}/{tenant_id}/oauth2/v2.0/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": scope,
        }
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)
        self._token = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """See ``TokenSource.token``."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if not self._token or now >= self._good_until:
                self._token, lifetime = await self._fetch()
                self._good_until = now + max(lifetime - _EARLY_SECONDS, lifetime / 2)
            return self._token

    async def _fetch(self) -> tuple[str, float]:
        try:
            answer = await self._http.post(self._address, data=self._form)
        except httpx.RequestError as error:
            raise NotReached(type(error).__name__) from None
        if answer.status_code in {400, 401, 403}:
            raise PermanentConfiguration("CredentialRefused", status=answer.status_code)
        try:
            given = answer.json()
            return str(given["access_token"]), float(given["expires_in"])
        except (ValueError, KeyError, TypeError):
            raise NotReached("NoToken", status=answer.status_code) from None

    async def renew(self, refused: str) -> None:
        """See ``TokenSource.renew``."""
        async with self._lock:
            if refused == self._token:
                self._token = ""

    async def close(self) -> None:
        """Close the connection pool."""
        await self._http.aclose()
