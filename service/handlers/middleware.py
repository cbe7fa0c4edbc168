"""What surrounds every request: correlation id, access log and counters, security headers, body cap, problems."""

from __future__ import annotations

import asyncio
import traceback
import uuid
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from service.handlers.bodies import check_length
from service.handlers.keys import CORRELATION, DOORS
from service.handlers.logs import Log, log
from service.handlers.metrics import METRICS
from service.handlers.problems import problem_of, problem_response, unexpected
from service.handlers.sorry import sorry_page, speaks_json

CORRELATION_HEADER = "X-Correlation-Id"
STATIC = "/static"
# Styles and pictures are the same for everybody and hold nothing of anybody's.
_FOR_EVERYBODY = "public, max-age=3600"

_UNREAD = frozenset({413, 415})

# Nothing is loaded from elsewhere and nothing is inline; a script is a file of ours, and asks nobody but us.
_CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Server": "Convene",
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def _template(request: web.Request) -> str:
    """The route's own pattern: the path itself may carry a personal link or a reference."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


@web.middleware
async def keep_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its correlation id, time it, log and count it, and put the headers on the answer."""
    clock = asyncio.get_running_loop().time
    started = clock()
    correlation = request[CORRELATION] = uuid.uuid4().hex
    with structlog.contextvars.bound_contextvars(correlation_id=correlation):
        response = await handler(request)
        seconds = clock() - started
        route = _template(request)
        request.app[METRICS].answered(request.method, route, response.status, seconds)
        log.info(
            Log.ANSWERED,
            method=request.method,
            route=route,
            status=response.status,
            ms=round(seconds * 1000, 1),
        )
    if not response.prepared:
        response.headers[CORRELATION_HEADER] = correlation
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", _FOR_EVERYBODY if route == STATIC else "no-store")
    return response


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document or a page that says sorry; never a traceback."""
    try:
        check_length(request, request.app[DOORS].body_limit)
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            # A redirect passes through as an answer, so that it is logged and carries the headers like any other.
            answer = web.Response(status=error.status, headers={"Location": error.headers["Location"]})
            for cookie in error.cookies.values():
                answer.headers.add("Set-Cookie", cookie.OutputString())
            return answer
        caught: Exception = error
    except Exception as error:  # noqa: BLE001 - the last catch: an unknown error must not show itself outside
        caught = error
    problem = problem_of(caught)
    if problem is None:
        log.error(Log.FAILED, route=_template(request), error=type(caught).__name__, where=_where(caught))
        problem = unexpected()
    response = problem_response(problem, request) if speaks_json(request) else sorry_page(problem, request)
    if problem.status in _UNREAD:
        # What is left of a body nobody read must not be taken for the next request.
        response.force_close()
    return response


def _where(error: Exception) -> list[str]:
    """Where it came from, without its message: a driver's message repeats the values of the statement."""
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
