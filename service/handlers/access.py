"""Who is asking: the guard in front of each route, deny by default, and the partnership a call is about."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from service.handlers.keys import CLIENT, DOORS, SERVICES, ApiClient
from service.handlers.permissions import API_RIGHTS, Permission
from service.handlers.problems import refuse

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]
_BEARER = "bearer"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _client(request: web.Request) -> ApiClient:
    """The client whose key the request carries.

    Raises:
        ProblemError: 401.
    """
    said = request.headers.getall("Authorization", [])
    scheme, _, key = said[0].strip().partition(" ") if len(said) == 1 else ("", "", "")
    digest = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).digest()
    # Every client is compared, so that the time taken does not tell whose key was near.
    found = [client for client in request.app[DOORS].api_clients if hmac.compare_digest(client.key_sha256, digest)]
    if scheme.lower() != _BEARER or not key or len(found) != 1:
        raise refuse(401, "not_signed_in", "Send the client's key as a bearer token.", WWW_Authenticate="Bearer")
    return found[0]


def _api(permission: Permission) -> Callable[[web.Request], None]:
    def guard(request: web.Request) -> None:
        client = _client(request)
        if permission not in client.may:
            raise refuse(403, "not_allowed", "This client has not been given the right to do that.")
        request[CLIENT] = client

    return guard


def _proved_by_itself(_: web.Request) -> None:
    """A signature, a personal link or a client state is checked by the handler: it is in what the request carries."""


def _host_of(said: str) -> str | None:
    try:
        return URL(f"//{said}").host
    except ValueError:
        return None


def _own_pages(request: web.Request) -> None:
    """Pages have no sign-in yet, so they are shown only under this machine's own name or the service's address.

    Without this a website could point its own name at this machine and read the pages through a visitor's browser.
    """
    host = _host_of(request.host)
    public = URL(request.app[SERVICES].links.base_url).host
    if host is None or host not in _LOOPBACK | {public}:
        raise refuse(421, "wrong_address", "Open these pages under the address this service was set up with.")


GUARDS: Mapping[Permission, Callable[[web.Request], None]] = {
    Permission.OPEN: _proved_by_itself,
    Permission.OPERATIONS: _proved_by_itself,
    Permission.PUBLIC_SIGNED: _proved_by_itself,
    Permission.PUBLIC_LINK: _proved_by_itself,
    Permission.GRAPH_STATE: _proved_by_itself,
    Permission.LOOPBACK_PAGES: _own_pages,
    **{right: _api(right) for right in API_RIGHTS},
}


def guarded(permission: Permission, endpoint: Endpoint) -> Handler:
    """The endpoint behind its guard.

    Raises:
        KeyError: the permission has no guard; such a route is never registered.
    """
    guard = GUARDS[permission]

    async def enter(request: web.Request) -> web.StreamResponse:
        guard(request)
        return await endpoint(request)

    return enter


def allowed_partnership(request: web.Request, partnership: str) -> str:
    """The partnership, if the client may act there.

    Raises:
        ProblemError: 403, the same whether or not the partnership exists.
    """
    if partnership not in request[CLIENT].partnerships:
        raise refuse(403, "other_partnership", "This client may not act for that partnership.")
    return partnership


def partnership_of(request: web.Request) -> str:
    """The partnership a call is about: ``?partnership=``, or the only one the client has.

    Raises:
        ProblemError: 400 when it is not said or said twice; 403 when the client may not act there.
    """
    said = request.query.getall("partnership", [])
    own = request[CLIENT].partnerships
    if len(said) > 1 or (not said and len(own) != 1):
        raise refuse(400, "which_partnership", "Say once which partnership this is about: ?partnership=…")
    return allowed_partnership(request, said[0] if said else next(iter(own)))


def actor_of(request: web.Request) -> str:
    """How the audit names the client."""
    return f"api:{request[CLIENT].name}"
