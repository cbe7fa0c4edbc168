"""The pretend Entra: tokens for the application that calls Graph and for the one people sign in to.

Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
"""

import json
import secrets
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web

from service.sandbox.accounts import CodeRefusedError
from service.sandbox.calls import Logged
from service.sandbox.clock import graph_instant, real_now
from service.sandbox.errors import GraphError
from service.sandbox.gateway import suffer
from service.sandbox.state import Sandbox
from service.sandbox.tokens import same_secret

_NO_STORE = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


class EntraError(Exception):
    """A refusal in OAuth's own shape."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = f"AADSTS{number}: {text}"


def add_entra(app: web.Application, sandbox: Sandbox) -> None:
    """Serve the token endpoint and the metadata that points to it."""
    app.router.add_post("/{tenant}/oauth2/v2.0/token", _token_endpoint(sandbox))
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", _metadata(sandbox))
    app.router.add_get("/common/discovery/instance", _discovery(sandbox))


def _token_endpoint(sandbox: Sandbox) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(request: web.Request) -> web.Response:
        now = graph_instant(sandbox.clock.now())
        entry = sandbox.calls.open(Logged("token", "POST", "/{tenant}/oauth2/v2.0/token", None, now))
        try:
            response = await suffer(sandbox, request, entry, lambda: _issue(sandbox, request))
        except EntraError as error:
            response = _refusal(error)
        except GraphError as error:
            response = _refusal(EntraError(error.status, "temporarily_unavailable", 90033, error.message))
            response.headers.update(error.headers)
        entry.status = 0 if request.transport is None or request.transport.is_closing() else response.status
        return response

    return endpoint


async def _issue(sandbox: Sandbox, request: web.Request) -> web.Response:
    config = sandbox.config
    tenant = request.match_info["tenant"]
    if tenant.casefold() != config.tenant_id.casefold():
        raise EntraError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    if form.get("grant_type") == "authorization_code":
        return _redeemed(sandbox, request, form)
    if form.get("grant_type") != "client_credentials":
        raise EntraError(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
    if form.get("client_id", "").casefold() != config.client_id.casefold():
        raise EntraError(400, "unauthorized_client", 700016, "Application was not found in the directory.")
    if "client_secret" not in form:
        raise EntraError(401, "invalid_client", 7000216, "'client_assertion' or 'client_secret' is required.")
    if not same_secret(form["client_secret"], config.client_secret):
        raise EntraError(401, "invalid_client", 7000215, "Invalid client secret provided.")
    scopes = form.get("scope", "").split()
    if len(scopes) != 1 or not scopes[0].endswith("/.default"):
        raise EntraError(400, "invalid_scope", 1002012, "The scope must be a resource followed by /.default.")
    lifetime = config.token_lifetime
    content = {
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": sandbox.tokens.issue(),
    }
    return web.json_response(content, headers=_NO_STORE)


def _redeemed(sandbox: Sandbox, request: web.Request, form: dict[str, str]) -> web.Response:
    sign_ins = sandbox.sign_ins
    if sign_ins is None or form.get("client_id") != sign_ins.application.client_id:
        raise EntraError(400, "unauthorized_client", 700016, "Application was not found in the directory.")
    try:
        token = sign_ins.redeem(form, f"{request.url.origin()}/{sandbox.config.tenant_id}/v2.0")
    except CodeRefusedError as error:
        status = 401 if error.error == "invalid_client" else 400
        raise EntraError(status, error.error, error.number, str(error)) from None
    content = {
        "token_type": "Bearer",
        "scope": "openid profile",
        "expires_in": sandbox.config.token_lifetime,
        # Not a token for Graph: nothing here asks Graph anything in a person's name.
        "access_token": secrets.token_urlsafe(32),
        "id_token": token,
    }
    return web.json_response(content, headers=_NO_STORE)


def _refusal(error: EntraError) -> web.Response:
    content = {
        "error": error.error,
        "error_description": error.text,
        "error_codes": [error.number],
        "timestamp": real_now().strftime("%Y-%m-%d %H:%M:%SZ"),
        "trace_id": str(uuid.uuid4()),
        "correlation_id": str(uuid.uuid4()),
    }
    return web.json_response(text=json.dumps(content), status=error.status, headers=_NO_STORE)


def _metadata(sandbox: Sandbox) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(request: web.Request) -> web.Response:
        if request.match_info["tenant"].casefold() != sandbox.config.tenant_id.casefold():
            return _refusal(EntraError(400, "invalid_tenant", 90002, "Tenant not found."))
        base = f"{request.url.origin()}/{sandbox.config.tenant_id}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["pairwise"],
                "scopes_supported": ["openid", "profile"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "grant_types_supported": ["authorization_code", "client_credentials"],
            }
        )

    return endpoint


def _discovery(sandbox: Sandbox) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(request: web.Request) -> web.Response:
        base = f"{request.url.origin()}/{sandbox.config.tenant_id}"
        address = f"{base}/v2.0/.well-known/openid-configuration"
        return web.json_response({"tenant_discovery_endpoint": address, "api-version": "1.1", "metadata": []})

    return endpoint
