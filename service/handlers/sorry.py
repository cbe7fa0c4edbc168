"""Pages for when something is not there or does not work: what happened, and what to do next."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.references import normalise
from service.handlers.access import meeting_before
from service.handlers.contacts import contacts_of
from service.handlers.forms import read_already
from service.handlers.keys import CORRELATION
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import Problem
from service.handlers.sessions import SESSIONS, SIGNED_IN
from service.web.kept import shown_rows

_MACHINES = ("/api/", "/webhooks/", "/graph/", "/health/", "/metrics")


def speaks_json(request: web.Request) -> bool:
    """Whether the door is for programs, so that a problem is a document and not a page."""
    return request.path.startswith(_MACHINES)


def sorry_page(problem: Problem, request: web.Request) -> web.Response:
    """The page for one problem, with its status."""
    headings = {
        404: "Page not found",
        403: "You cannot see this page",
        410: "This link has run out",
        503: "Sorry, the service is not available just now",
    }
    heading = headings.get(problem.status)
    if heading is None:
        heading = "Sorry, there is a problem with the service" if problem.status >= 500 else "This did not work"
    response = render_template(
        "sorry.html",
        request,
        {
            "heading": heading,
            "status": problem.status,
            "not_found": problem.status == HTTPStatus.NOT_FOUND,
            "detail": "" if problem.status == HTTPStatus.NOT_FOUND else problem.detail,
            "meeting_href": meeting_before(request),
            "rows": _typed(problem, request),
            "correlation": request.get(CORRELATION, "") if problem.status >= 500 else "",
            "contacts": contacts_of(request),
            "staff": _is_staff(request),
            "glass_href": _glass_href(request) if problem.status == HTTPStatus.NOT_FOUND else "",
        },
        status=problem.status,
    )
    response.headers.update(problem.headers)
    return response


def _is_staff(request: web.Request) -> bool:
    """Whether a browser has signed in here: an address nobody serves is found out before anybody asks who they are."""
    if SIGNED_IN in request:
        return True
    return SESSIONS in request.app and request.app[SESSIONS].cookie_name in request.cookies


def _glass_href(request: web.Request) -> str:
    """Where whoever may read meetings breaks the glass, for every reference that could be one.

    It is said whether or not there is such a meeting: what is answered for a restricted case is the page of a reference
    nobody knows, and must stay so.
    """
    partnership, reference = request.match_info.get("partnership"), request.match_info.get("reference")
    if SIGNED_IN not in request or partnership is None or reference is None or normalise(reference) is None:
        return ""
    if not staff_may(request[SIGNED_IN].roles.get(partnership, frozenset()), Permission.STAFF_READ):
        return ""
    return f"/{partnership}/meetings/{normalise(reference)}/break-glass"


def _typed(problem: Problem, request: web.Request) -> list[dict[str, Any]]:
    """What a member of staff typed into the form that was refused, so that nobody types it twice."""
    if SIGNED_IN not in request or problem.status == HTTPStatus.FORBIDDEN:
        return []
    return shown_rows({name: value for name, value in read_already(request).items() if name != "csrf"})
