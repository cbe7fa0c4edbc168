"""The one door to Graph: bearer token, planned faults, limits, headers, errors and the log of calls."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from service.sandbox.calls import Logged
from service.sandbox.clock import graph_instant
from service.sandbox.errors import GraphError, invalid_token, malformed_json, plain, resource_not_found
from service.sandbox.faults import Fault, FaultKind
from service.sandbox.mailboxes import Mailbox
from service.sandbox.odata import read_options
from service.sandbox.preferences import Preferences, read_preferences
from service.sandbox.state import Sandbox

JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
UNKNOWN = "unknown"
_HTML = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>502</h1></body></html>"


@dataclass(slots=True)
class Call:
    """One call of a handler: the request, and what the gateway has read of it."""

    sandbox: Sandbox
    request: web.Request
    preferences: Preferences
    options: dict[str, str]
    held_mailbox: Mailbox | None

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox named in the path."""
        if self.held_mailbox is None:
            raise LookupError("this route names no mailbox")
        return self.held_mailbox

    def item_id(self) -> str:
        """Return the item id in the path."""
        return self.request.match_info["item"]

    async def body(self) -> dict[str, Any]:
        """Return the JSON body.

        Raises:
            GraphError: 400, not a JSON object; 415, not sent as JSON.
        """
        if self.request.content_type != "application/json":
            raise GraphError(415, "UnsupportedMediaType", "The content type must be application/json.")
        try:
            found = json.loads(await self.raw())
        except (ValueError, RecursionError) as error:
            raise malformed_json() from error
        if not isinstance(found, dict):
            raise malformed_json()
        return found

    async def raw(self) -> bytes:
        """Return the body as it came.

        Raises:
            GraphError: 413, over 4 MB.
        """
        try:
            return await self.request.read()
        except web.HTTPRequestEntityTooLarge as error:
            raise GraphError(413, "RequestEntityTooLarge", "The request is larger than 4 MB.") from error

    def reply(self, status: int, content: dict[str, Any] | None = None, **headers: str) -> web.Response:
        """Return an answer in Graph's JSON, or an empty one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.preferences.applied:
            named["Preference-Applied"] = ", ".join(self.preferences.applied)
        if content is None:
            return web.Response(status=status, headers=named)
        return web.Response(status=status, body=json.dumps(content).encode(), headers={"Content-Type": JSON, **named})

    def item(self, status: int, content: dict[str, Any], *, context: str) -> web.Response:
        """Return one item with its context, ETag header and, when new, its Location."""
        headers = {"ETag": content["@odata.etag"]} if "@odata.etag" in content else {}
        if status == 201:
            headers["Location"] = f"{self.request.url.origin()}{self.request.path}/{content['id']}"
        return self.reply(status, {"@odata.context": self.context(context), **content}, **headers)

    def context(self, what: str) -> str:
        """Return the ``@odata.context`` address of something."""
        return f"{self.request.url.origin()}/v1.0/$metadata#{what}"


Handler = Callable[[Call], Awaitable[web.Response]]


class Route(NamedTuple):
    """One operation of Graph and the name faults know it by."""

    method: str
    path: str
    operation: str
    handler: Handler


def add_graph(app: web.Application, sandbox: Sandbox, routes: list[Route]) -> None:
    """Serve the routes under ``/v1.0``; Graph also takes a double slash there, which SDKs produce."""
    for route in routes:
        endpoint = _endpoint(sandbox, route)
        for prefix in ("/v1.0", "/v1.0/"):
            app.router.add_route(route.method, prefix + route.path, endpoint)
    unknown = _endpoint(sandbox, Route("*", "/{path}", UNKNOWN, _unknown))
    app.router.add_route("*", "/v1.0/{path:.*}", unknown)


async def _unknown(call: Call) -> web.Response:
    raise resource_not_found(f"the segment '{call.request.path}'")


def _endpoint(sandbox: Sandbox, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def endpoint(request: web.Request) -> web.StreamResponse:
        now = graph_instant(sandbox.clock.now())
        user = request.match_info.get("user")
        entry = sandbox.calls.open(Logged(route.operation, route.method, route.path, user, now))
        request_id = str(uuid.uuid4())
        client_id = request.headers.get("client-request-id", request_id)
        try:
            response = await suffer(sandbox, request, entry, lambda: _graph(sandbox, request, route.handler))
        except GraphError as error:
            body = error.body(date=now, request_id=request_id, client_request_id=client_id)
            response = web.Response(
                status=error.status, body=json.dumps(body), headers={"Content-Type": JSON, **error.headers}
            )
        response.headers["request-id"] = request_id
        if request.headers.get("return-client-request-id", "").casefold() == "true":
            response.headers["client-request-id"] = client_id
        entry.status = 0 if request.transport is None or request.transport.is_closing() else response.status
        return response

    return endpoint


async def _graph(sandbox: Sandbox, request: web.Request, handler: Handler) -> web.Response:
    if not sandbox.tokens.accepts(request.headers.get("Authorization")):
        raise invalid_token()
    preferences = read_preferences(request.headers.getall("Prefer", []))
    options = read_options(request.raw_path)
    user = request.match_info.get("user")
    mailbox = None if user is None else sandbox.mailbox(user)
    if sandbox.config.latency:
        await asyncio.sleep(sandbox.config.latency)
    return await handler(Call(sandbox, request, preferences, options, mailbox))


async def suffer(
    sandbox: Sandbox, request: web.Request, entry: Logged, work: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """Do the work within the mailbox's limits, letting the planned fault strike.

    Raises:
        GraphError: what the work raises, a limit's 429, or the planned status.
    """
    with ExitStack() as held:
        mailbox = sandbox.hosted(request.match_info.get("user", ""))
        if mailbox is not None:
            held.enter_context(mailbox.meter.request())
        fault = sandbox.faults.take(entry.operation)
        entry.fault = None if fault is None else fault.kind.value
        try:
            return await (work() if fault is None else _struck(fault, request, work))
        except ConnectionResetError:
            # The caller went away before it had sent all of it: nothing was done, and nobody is there to be told.
            return _dropped(request)


async def _struck(fault: Fault, request: web.Request, work: Callable[[], Awaitable[web.Response]]) -> web.Response:
    match fault.kind:
        case FaultKind.STATUS:
            raise plain(fault.status, fault.retry_after, fault.code)
        case FaultKind.HTML:
            return web.Response(status=502, text=_HTML, content_type="text/html")
        case FaultKind.DROP_BEFORE:
            return _dropped(request)
        case FaultKind.DELAY:
            await asyncio.sleep(fault.seconds)
            return await work()
        case FaultKind.CUT_REPLY:
            return _changed(await work(), lambda body: body[: len(body) // 2])
        case FaultKind.REPEAT_ITEMS:
            return _changed(await work(), _with_repeats)
        case _:
            response = await work()
            await asyncio.sleep(fault.seconds)
            return _dropped(request) if fault.kind is FaultKind.LOSE_REPLY_AFTER_COMMIT else response


def _changed(response: web.Response, change: Callable[[bytes], bytes]) -> web.Response:
    if isinstance(response.body, bytes):
        response.body = change(response.body)
    return response


def _with_repeats(body: bytes) -> bytes:
    """A page on which each item comes twice, as a delta round may bring it; the last one is the one that counts."""
    try:
        page = json.loads(body)
    except ValueError:
        return body
    if not isinstance(page, dict) or not isinstance(page.get("value"), list):
        return body
    return json.dumps({**page, "value": page["value"] * 2}).encode()


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
