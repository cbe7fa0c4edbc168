"""The control API: what a test or the demo may see and do that no Microsoft 365 would offer.

Every call carries ``X-Sandbox-Token``. Errors are ``{"error": sentence}``.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from service.sandbox.answers import Answer, CannotAnswerError, Response, answer, find_invitation, forward
from service.sandbox.arrivals import arrive
from service.sandbox.attendance import online_id, read_report
from service.sandbox.calendar_answers import answer_by_mail, find_calendar_mail
from service.sandbox.clock import graph_instant
from service.sandbox.diaries import read_appointments
from service.sandbox.errors import GraphError
from service.sandbox.faults import read_chance, read_fault
from service.sandbox.fields import is_address
from service.sandbox.state import Sandbox
from service.sandbox.subscriptions import Subscription
from service.sandbox.tokens import same_secret
from service.sandbox.views import inbox_item, state_view
from service.sandbox.zones import Moment, read_moment

TOKEN_HEADER = "X-Sandbox-Token"  # noqa: S105
LIFECYCLE = ("reauthorizationRequired", "subscriptionRemoved", "missed")

Action = Callable[[Sandbox, web.Request], Awaitable[Any]]


class RefusedError(Exception):
    """The control API was asked something it cannot do; the endpoint turns it into the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def add_control(app: web.Application, sandbox: Sandbox) -> None:
    """Serve the control API under ``/control``."""
    routes: list[tuple[str, str, Action]] = [
        ("GET", "/control/state", _state),
        ("GET", "/control/inboxes", _inboxes),
        ("GET", "/control/inboxes/{address}", _inbox),
        ("POST", "/control/respond", _respond),
        ("POST", "/control/mail", _mail),
        ("POST", "/control/forward", _forward),
        ("GET", "/control/faults", _planned),
        ("POST", "/control/faults", _plan),
        ("DELETE", "/control/faults", _unplan),
        ("POST", "/control/chance", _leave_to_chance),
        ("POST", "/control/lifecycle", _lifecycle),
        ("POST", "/control/resync", _resync),
        ("POST", "/control/mailbox", _mailbox),
        ("POST", "/control/teams", _teams),
        ("POST", "/control/attendance", _attendance),
        ("POST", "/control/person", _person),
        ("POST", "/control/appointments", _appointments),
        ("POST", "/control/clock", _clock),
        ("POST", "/control/tokens/revoke", _revoke),
        ("POST", "/control/keys/rotate", _rotate),
        ("POST", "/control/reset", _reset),
    ]
    for method, path, action in routes:
        app.router.add_route(method, path, _endpoint(sandbox, action))


def _endpoint(sandbox: Sandbox, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def endpoint(request: web.Request) -> web.Response:
        if not same_secret(request.headers.get(TOKEN_HEADER, ""), sandbox.config.control_token):
            return web.json_response({"error": f"{TOKEN_HEADER} is missing or wrong"}, status=401)
        try:
            return web.json_response(await action(sandbox, request))
        except RefusedError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except CannotAnswerError as error:
            return web.json_response({"error": str(error)}, status=409)
        except GraphError as error:
            return web.json_response({"error": error.message}, status=error.status)

    return endpoint


async def _body(request: web.Request, *allowed: str) -> dict[str, Any]:
    try:
        found = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise RefusedError(400, "the body is not JSON") from error
    if not isinstance(found, dict):
        raise RefusedError(400, "the body must be a JSON object")
    if unknown := sorted(set(found) - set(allowed)):
        raise RefusedError(400, f"unknown properties: {', '.join(unknown)}")
    return found


def _text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise RefusedError(400, f"{name} must be a string")
    return value


async def _state(sandbox: Sandbox, request: web.Request) -> Any:
    return state_view(sandbox, calls=request.query.get("calls", "true") != "false")


async def _inboxes(sandbox: Sandbox, _request: web.Request) -> Any:
    return {"inboxes": {address: sandbox.post.counts(address) for address in sandbox.post.addresses()}}


async def _inbox(sandbox: Sandbox, request: web.Request) -> Any:
    address = request.match_info["address"]
    items = sandbox.post.items(address)
    return {"address": address, "items": [inbox_item(item) for item in items or ()]}


async def _respond(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(
        request, "address", "event_uid", "reference", "response", "comment", "propose", "sent_as", "delegate"
    )
    address = _text(body, "address")
    response = _text(body, "response")
    if response not in set(Response):
        raise RefusedError(400, f"response must be one of {', '.join(Response)}")
    sent_as = body.get("sent_as")
    if sent_as is not None and not (isinstance(sent_as, str) and is_address(sent_as)):
        raise RefusedError(400, "sent_as must be an address")
    given = Answer(
        response=Response(response),
        comment=_text(body, "comment", ""),
        proposed=_proposal(body.get("propose")),
        sent_as=sent_as,
    )
    part = find_calendar_mail(sandbox, address, _reference(body))
    delegate = body.get("delegate")
    if delegate is not None and not (isinstance(delegate, str) and is_address(delegate) and part is not None):
        raise RefusedError(400, "delegate must be an address, and the invitation a calendar mail")
    if part is not None:
        answer_by_mail(sandbox, address, part, given, delegate)
        return {"event_uid": part.uid, "mailbox": part.organiser, "response": response}
    mailbox, event = find_invitation(sandbox, address, _reference(body))
    answer(sandbox, mailbox, event, address, given)
    return {"event_uid": event.uid, "mailbox": mailbox.address, "response": response}


async def _mail(sandbox: Sandbox, request: web.Request) -> Any:
    """Anybody sends any bytes to a mailbox of this tenant; ``authenticated`` false: in somebody else's name."""
    body = await _body(request, "mailbox", "mime", "authenticated")
    found = sandbox.hosted(_text(body, "mailbox"))
    if found is None:
        raise RefusedError(404, "no such mailbox")
    try:
        raw = base64.b64decode(_text(body, "mime"), validate=True)
    except ValueError as error:
        raise RefusedError(400, "mime must be base64") from error
    authenticated = body.get("authenticated", True) is not False
    return {"id": arrive(sandbox, found, raw, authenticated=authenticated).ids.immutable}


def _reference(body: dict[str, Any]) -> str:
    reference = _text(body, "event_uid", "") or _text(body, "reference", "")
    if not reference:
        raise RefusedError(400, "event_uid or reference must be given")
    return reference


def _proposal(value: Any) -> tuple[Moment, Moment] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"start", "end"}:
        raise RefusedError(400, "propose needs start and end, each with dateTime and timeZone")
    return read_moment(value["start"], "propose/start"), read_moment(value["end"], "propose/end")


async def _forward(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "address", "event_uid", "reference", "to")
    address = _text(body, "address")
    mailbox, event = find_invitation(sandbox, address, _reference(body))
    forward(sandbox, mailbox, event, address, _text(body, "to"))
    return {"event_uid": event.uid}


async def _planned(sandbox: Sandbox, _request: web.Request) -> Any:
    return {"faults": sandbox.faults.waiting()}


async def _plan(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "operation", "kind", "times", "skip", "seconds", "status", "retry_after", "code")
    try:
        sandbox.faults.plan(read_fault(body))
    except ValueError as error:
        raise RefusedError(400, str(error)) from error
    return {"faults": sandbox.faults.waiting()}


async def _unplan(sandbox: Sandbox, _request: web.Request) -> Any:
    sandbox.faults.clear()
    return {"faults": []}


async def _leave_to_chance(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "seed", "rate", "faults")
    try:
        sandbox.faults.leave_to(read_chance(body))
    except ValueError as error:
        raise RefusedError(400, str(error)) from error
    return {}


async def _lifecycle(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "event", "subscription_id")
    event = _text(body, "event")
    if event not in LIFECYCLE:
        raise RefusedError(400, f"event must be one of {', '.join(LIFECYCLE)}")
    wanted = body.get("subscription_id")
    now = sandbox.clock.now()
    chosen: list[Subscription] = [
        held for held in sandbox.subscriptions.active(now) if wanted is None or held.id == wanted
    ]
    for held in chosen:
        if event == "subscriptionRemoved":
            sandbox.subscriptions.remove(held)
        sandbox.notifier.lifecycle(held, event)
    return {"subscriptions": [held.id for held in chosen]}


async def _resync(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "mailbox")
    found = sandbox.hosted(_text(body, "mailbox"))
    if found is None:
        raise RefusedError(404, "no such mailbox")
    found.sync_generation += 1
    return {"mailbox": found.address}


async def _mailbox(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "address", "denied")
    found = sandbox.hosted(_text(body, "address"))
    if found is None:
        raise RefusedError(404, "no such mailbox")
    denied = body.get("denied")
    if not isinstance(denied, bool):
        raise RefusedError(400, "denied must be true or false")
    found.denied = denied
    return {"address": found.address, "denied": denied}


async def _teams(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "mailbox", "allowed", "settings", "reports")
    found, settings = sandbox.hosted(_text(body, "mailbox")), body.get("settings", {})
    if found is None:
        raise RefusedError(404, "no such mailbox")
    if not isinstance(settings, dict) or not set(settings) <= set(found.teams):
        raise RefusedError(400, f"settings may hold {', '.join(found.teams)}")
    found.teams |= settings
    found.teams_allowed = body.get("allowed", True) is True
    found.reports_allowed = body.get("reports", True) is True
    return {"mailbox": found.address, "settings": found.teams}


async def _attendance(sandbox: Sandbox, request: web.Request) -> Any:
    """One session of an online meeting is over: who was in it, and when."""
    body = await _body(request, "mailbox", "reference", "joined")
    found, reference = sandbox.hosted(_text(body, "mailbox")), _text(body, "reference")
    if found is None:
        raise RefusedError(404, "no such mailbox")
    online = [each for each in found.calendar.live() if each.join_url is not None]
    wanted = [each for each in online if reference == each.uid or reference in each.values["subject"]]
    if len(wanted) != 1:
        raise RefusedError(404, "the mailbox has no one online meeting with this reference")
    try:
        report = read_report(online_id(wanted[0]), body.get("joined"))
    except ValueError as error:
        raise RefusedError(400, str(error)) from error
    found.reports.append(report)
    return {"report": report.id, "participants": len(report.people)}


async def _person(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "address", "internal")
    address, internal = _text(body, "address"), body.get("internal", True)
    if not is_address(address) or not isinstance(internal, bool):
        raise RefusedError(400, "address must be an address, and internal true or false")
    if internal:
        sandbox.people.add(address.casefold())
    else:
        sandbox.people.discard(address.casefold())
    return {"address": address, "internal": internal}


async def _appointments(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "address", "appointments", "error")
    address = _text(body, "address")
    if not is_address(address):
        raise RefusedError(400, "address must be an address")
    # Whoever has a calendar here belongs to the tenant.
    sandbox.people.add(address.casefold())
    if "appointments" in body:
        sandbox.diaries.keep(address, read_appointments(body["appointments"]))
    sandbox.diaries.refuse(address, _text(body, "error", ""))
    return {"address": address, "appointments": len(sandbox.diaries.of(address, sandbox.mailboxes))}


async def _clock(sandbox: Sandbox, request: web.Request) -> Any:
    body = await _body(request, "at")
    wanted = body.get("at")
    try:
        at = None if wanted is None else datetime.fromisoformat(_text(body, "at"))
    except ValueError as error:
        raise RefusedError(400, "at must be an instant in ISO 8601, or null") from error
    if at is not None and at.tzinfo is None:
        raise RefusedError(400, "at must carry a UTC offset")
    sandbox.clock.pin(at)
    return {"now": graph_instant(sandbox.clock.now())}


async def _revoke(sandbox: Sandbox, _request: web.Request) -> Any:
    sandbox.tokens.revoke_all()
    return {}


async def _rotate(sandbox: Sandbox, _request: web.Request) -> Any:
    if sandbox.sign_ins is None:
        raise RefusedError(409, "nobody signs in at this sandbox: its configuration has no sign_in")
    sandbox.sign_ins.rotate_keys()
    return {"rotated": True}


async def _reset(sandbox: Sandbox, _request: web.Request) -> Any:
    sandbox.reset()
    return {}
