"""The one way to Microsoft Graph: frozen bytes out through msgraph-sdk's adapter, bytes back.

The SDK's typed models are not used to read: parsing with them blocks the loop for seconds on first use. Its retry,
redirect and telemetry middleware is left out: retries would sleep inside a job, a redirect would post the body to
another host, and telemetry names this machine's kernel. The connection pool is therefore httpx's own, which really
closes (msgraph-core's wrapper around it does not).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import quote, urlencode

import httpx
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph.graph_request_adapter import GraphRequestAdapter

from service.outlook.errors import Ambiguous, NotReached, PermanentConfiguration, error_of
from service.outlook.origin import Origin, origin_of
from service.outlook.tokens import EntraTokens, LoopbackTokens, TokenSource

# Times come back in UTC and ids survive a move to another folder; both must be asked for on every request
# (learn.microsoft.com/graph/outlook-immutable-id).
_PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"'
_NATIVE = ResponseHandlerOption(NativeResponseHandler())
_PIECE = 64 * 1024
_LONGEST_REFUSAL = 64 * 1024
# Errors of httpx that can only happen before the request is written.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """Where Graph is and who we are there.

    ``base_url`` includes the version (``https://graph.microsoft.com/v1.0``); ``authority`` is Entra's address;
    ``scope`` defaults to ``{Graph's origin}/.default``; ``timeout`` is the longest one call may take, in seconds.
    """

    base_url: str
    authority: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    timeout: float = 30.0
    connect_timeout: float = 5.0
    max_connections: int = 32

    def __post_init__(self) -> None:
        """Refuse an address a secret may not travel to.

        Raises:
            ValueError: an address is unreadable, or plain http to another machine.
        """
        for name in ("base_url", "authority"):
            try:
                safe = origin_of(getattr(self, name)).is_private_enough
            except ValueError as error:
                raise ValueError(f"{name} is {error}") from error
            if not safe:
                raise ValueError(f"{name} must be https, or http on this machine")

    @property
    def origin(self) -> Origin:
        """The only place the token goes to."""
        return origin_of(self.base_url)


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """A success: status 2xx, headers (names without regard to case), the body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class GraphCalls(Protocol):
    """What the acts need of Graph; ``Graph`` itself, or ``gate.GatedGraph`` in front of it."""

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,
        at_most: int | None = None,
    ) -> GraphAnswer:
        """See ``Graph.call``."""

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        """See ``Graph.follow``."""


class Graph:
    """Calls to one Graph; made by ``open_graph``, one per process."""

    def __init__(
        self, settings: GraphSettings, adapter: GraphRequestAdapter, tokens: TokenSource, http: httpx.AsyncClient
    ) -> None:
        self._base = settings.base_url.rstrip("/")
        self._origin = settings.origin
        self._timeout = settings.timeout
        self._adapter = adapter
        self._http = http
        self._tokens = tokens

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,  # noqa: ARG002 - only a gate counts mail; here it keeps the two alike
        at_most: int | None = None,
    ) -> GraphAnswer:
        """Send one request, once, and return its answer.

        ``template`` is a path such as ``/users/{mailbox}/events/{event}`` whose fields are percent-encoded from
        ``path_params``; ``body`` goes out byte for byte. A ``Prefer`` in ``headers`` is added to ours. ``at_most``
        bytes of the answer and one more are read, and the rest is never taken from the wire: a body longer than that
        says that there is more.

        Raises:
            GraphError: every failure, as its type; see ``service.outlook.errors``.
        """
        path = template.format(**{name: quote(value, safe="") for name, value in (path_params or {}).items()})
        # Graph reads a plus sign in a filter as a plus sign, so a space must be %20.
        asked = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
        return await self._send(method, f"{self._base}{path}{asked}", body, headers or {}, at_most)

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        """Read a nextLink or a deltaLink.

        Raises:
            PermanentConfiguration: the link leads anywhere but to the configured Graph.
            GraphError: as for ``call``.
        """
        try:
            ours = origin_of(link) == self._origin
        except ValueError:
            ours = False
        if not ours:
            raise PermanentConfiguration("ForeignLink")
        return await self._send("GET", link, None, headers or {})

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], at_most: int | None = None
    ) -> GraphAnswer:
        try:
            async with asyncio.timeout(self._timeout):
                token = await self._tokens.token()
                answer = await self._once(method, url, body, headers, token, at_most)
                if answer.status == 401:
                    # Refused before anything was done, so the same bytes may go again, once, with a new token.
                    await self._tokens.renew(token)
                    answer = await self._once(method, url, body, headers, await self._tokens.token(), at_most)
        except TimeoutError:
            raise Ambiguous("Timeout") from None
        except _BEFORE_SENDING as error:
            raise NotReached(type(error).__name__) from None
        except httpx.RequestError as error:
            raise Ambiguous(type(error).__name__) from None
        if not 200 <= answer.status < 300:
            raise error_of(answer.status, answer.headers, answer.body)
        return answer

    async def _once(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], token: str, at_most: int | None
    ) -> GraphAnswer:
        request = RequestInformation(Method(method))
        request.url = url
        if body is not None:
            request.set_stream_content(body, headers.get("Content-Type", "application/json"))
        prefer = headers.get("Prefer")
        request.headers.add("Prefer", f"{prefer}, {_PREFER}" if prefer else _PREFER)
        request.headers.add("client-request-id", str(uuid.uuid4()))
        request.headers.add("Authorization", f"Bearer {token}")
        for name, value in headers.items():
            if name not in {"Prefer", "Content-Type"}:
                request.headers.add(name, value)
        if at_most is not None:
            return await self._cut_off(request, at_most)
        request.add_request_options([_NATIVE])
        handed = await self._adapter.send_primitive_async(request, "bytes", None)
        response = cast("httpx.Response", handed)
        return GraphAnswer(response.status_code, response.headers, response.content)

    async def _cut_off(self, request: RequestInformation, at_most: int) -> GraphAnswer:
        """Read an answer piece by piece: whoever sent what lies in it chose how long it is."""
        response = await self._http.send(await self._adapter.convert_to_native_async(request), stream=True)
        kept, most = bytearray(), at_most if response.is_success else _LONGEST_REFUSAL
        try:
            async for piece in response.aiter_bytes(_PIECE):
                kept += piece
                if len(kept) > most:
                    break
        finally:
            await response.aclose()
        return GraphAnswer(response.status_code, response.headers, bytes(kept[: most + 1]))


class _OnlyTo(AuthenticationProvider):
    """The last look before a request leaves: with its token it goes to one origin or nowhere."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    async def authenticate_request(
        self,
        request: RequestInformation,
        additional_authentication_context: dict[str, Any] | None = None,  # noqa: ARG002 - kiota's signature
    ) -> None:
        if origin_of(request.url) != self._origin:
            raise PermanentConfiguration("ForeignHost")


@asynccontextmanager
async def open_graph(settings: GraphSettings) -> AsyncIterator[Graph]:
    """Open the connection pool and the credential, and close both. Opens no connection by itself."""
    origin = settings.origin
    tokens = _tokens(settings)
    http = httpx.AsyncClient(
        timeout=httpx.Timeout(settings.timeout, connect=settings.connect_timeout),
        limits=httpx.Limits(max_connections=settings.max_connections, max_keepalive_connections=8),
        headers={"User-Agent": "convene", "Accept": "application/json"},
        follow_redirects=False,
        # A council's outgoing proxy is taken from the environment; nothing on this machine goes through one.
        trust_env=not origin.is_loopback,
    )
    try:
        adapter = GraphRequestAdapter(_OnlyTo(origin), client=http)
        adapter.base_url = settings.base_url.rstrip("/")
        # Addresses of mailboxes and ids of events are in every URL: neither traces nor logs get them.
        adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        yield Graph(settings, adapter, tokens, http)
    finally:
        await http.aclose()
        await tokens.close()


def _tokens(settings: GraphSettings) -> TokenSource:
    authority = origin_of(settings.authority)
    scope = settings.scope or f"{settings.origin.scheme}://{settings.origin.host}/.default"
    kind = EntraTokens if authority.scheme == "https" else LoopbackTokens
    return kind(
        settings.authority,
        settings.tenant_id,
        settings.client_id,
        settings.client_secret,
        scope,
        # A third of the whole, so that a silent Entra is told apart from a silent Graph.
        settings.timeout / 3,
    )
