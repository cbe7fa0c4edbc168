"""Where people sign in at the pretend Entra: they choose who to be, and the browser takes a code back.

Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from yarl import URL

from service.sandbox.accounts import SignInRefusedError, SignIns
from service.sandbox.state import Sandbox

Page = Callable[..., web.Response]
_ASKED = (
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


def add_sign_in(app: web.Application, sandbox: Sandbox, page: Page) -> None:
    """Serve the page where one chooses who to be, the published keys and the sign-out."""
    tenant = sandbox.config.tenant_id
    app.router.add_get(f"/{tenant}/oauth2/v2.0/authorize", _authorize(sandbox, page))
    app.router.add_post(f"/{tenant}/oauth2/v2.0/authorize", _chosen(sandbox, page))
    app.router.add_get(f"/{tenant}/discovery/v2.0/keys", _keys(sandbox))
    app.router.add_get(f"/{tenant}/oauth2/v2.0/logout", _logout(page))


def _authorize(sandbox: Sandbox, page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(request: web.Request) -> web.Response:
        asked = _asked(request.query)
        try:
            sign_ins = _of(sandbox)
            sign_ins.check(asked)
        except SignInRefusedError as error:
            return page("problem.html", status=400, title="Sign-in", text=f"AADSTS{error.number}: {error}")
        shown = page("sign_in.html", title="Who do you want to be?", asked=asked, people=sign_ins.application.people)
        # A browser holds a form to the policy on the way back as well, so the service's own origin is named.
        policy = shown.headers["Content-Security-Policy"]
        back = URL(asked["redirect_uri"]).origin()
        shown.headers["Content-Security-Policy"] = policy.replace("form-action 'self'", f"form-action 'self' {back}")
        return shown

    return endpoint


def _chosen(sandbox: Sandbox, page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(request: web.Request) -> web.Response:
        form = await request.post()
        asked = _asked({name: value for name, value in form.items() if isinstance(value, str)})
        back = {"state": asked.get("state", "")}
        try:
            if form.get("person") == "cancel":
                _of(sandbox).check(asked)
                back |= {"error": "access_denied", "error_description": "AADSTS65004: The person declined."}
            else:
                back["code"] = _of(sandbox).code_for(str(form.get("person", "")), asked)
        except SignInRefusedError as error:
            return page("problem.html", status=400, title="Sign-in", text=f"AADSTS{error.number}: {error}")
        where = URL(asked["redirect_uri"]).update_query({**back, "session_state": str(uuid.uuid4())})
        return web.Response(status=302, headers={"Location": str(where), "Cache-Control": "no-store"})

    return endpoint


def _keys(sandbox: Sandbox) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(_request: web.Request) -> web.Response:
        return web.json_response(_of(sandbox).published if sandbox.sign_ins else {"keys": []})

    return endpoint


def _logout(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(_request: web.Request) -> web.Response:
        return page("problem.html", title="Signed out", text="You are signed out of the pretend Microsoft account.")

    return endpoint


def _of(sandbox: Sandbox) -> SignIns:
    if sandbox.sign_ins is None:
        raise SignInRefusedError(700016, "Application was not found in the directory.")
    return sandbox.sign_ins


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in _ASKED if name in given}
