"""The webhook door: a delivery is believed, then understood or kept whole for a person. Nothing believed is lost."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum

from aiohttp import web

from service.domain.policy import UnknownMeetingTypeError
from service.domain.working_time import CalendarTooShortError
from service.handlers.api_answers import stored
from service.handlers.bodies import is_json, read_body
from service.handlers.keys import DOORS, SERVICES, WebhookSource
from service.handlers.logs import Log, log
from service.handlers.metrics import METRICS
from service.handlers.problems import ProblemError, problem_of, refuse
from service.handlers.reading import BodyRefusedError, NotJsonError, ReadRequest, UnknownTypeError, read_delivery
from service.handlers.signatures import Refusal, SignatureRefusedError, Tolerance, check_signature
from service.workflow.deliveries import Delivery
from service.workflow.errors import NotReadyError, WorkflowError
from service.workflow.held import count_refusal, hold_item
from service.workflow.receive import receive_request


class HeldKind(StrEnum):
    """Why a believed delivery waits for a person."""

    NOT_JSON = "not_json"
    CONTENT_TYPE = "wrong_content_type"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_SHAPE = "wrong_shape"
    OTHER_PARTNERSHIP = "other_partnership"
    REFUSED = "refused"
    UNEXPECTED = "unexpected"


class _HoldError(Exception):
    """Raised inside this module for a delivery that must be kept for a person."""

    def __init__(self, kind: HeldKind, problem: str) -> None:
        super().__init__(problem)
        self.kind = kind
        self.problem = problem


async def receive_delivery(request: web.Request) -> web.Response:
    """POST /webhooks/{source}: 202 with the answer, or 202 with the reference under which it waits for a person."""
    name = request.match_info["source"]
    source = request.app[DOORS].webhook_sources.get(name)
    if source is None:
        raise refuse(404, "unknown_source", "No system is known under this address.")
    door = f"webhook:{name}"
    body, delivery_id = await _believed(request, source, door)
    try:
        answer = await _taken_in(request, source, door, delivery_id, body)
    except _HoldError as held:
        answer = await _kept(request, source, door, delivery_id, body, held)
    else:
        request.app[METRICS].deliveries.labels("accepted").inc()
    return stored(answer, 202)


async def _believed(request: web.Request, source: WebhookSource, door: str) -> tuple[bytes, str]:
    """The body and the delivery's id, once a signature fits."""
    services, doors = request.app[SERVICES], request.app[DOORS]
    tolerance = Tolerance(timedelta(seconds=doors.past_tolerance_s), timedelta(seconds=doors.future_tolerance_s))
    try:
        body = await read_body(request, doors.body_limit)
        return body, check_signature(request.headers, body, source.keys, now=services.real_now(), tolerance=tolerance)
    except SignatureRefusedError as refused:
        await _count(request, source, door, refused.reason)
        raise refuse(401, "not_signed", "The signature, its time or its headers do not fit.") from None
    except ProblemError as problem:
        if problem.problem.status == 413:
            await _count(request, source, door, Refusal.TOO_LARGE)
        raise


async def _count(request: web.Request, source: WebhookSource, door: str, reason: Refusal) -> None:
    request.app[METRICS].deliveries.labels(f"refused_{reason}").inc()
    log.warning(Log.REFUSED, door=door, reason=str(reason))
    try:
        await count_refusal(request.app[SERVICES], source.partnership, door=door, reason=str(reason))
    except Exception as error:  # noqa: BLE001 - a count that cannot be written must not turn a 401 into a 500
        log.error(Log.COUNT_LOST, door=door, error=type(error).__name__)


def _read(request: web.Request, source: WebhookSource, body: bytes) -> ReadRequest:
    if not is_json(request):
        raise _HoldError(HeldKind.CONTENT_TYPE, "The delivery does not say that it is JSON in UTF-8.")
    try:
        read = read_delivery(body, request.app[SERVICES].now())
    except NotJsonError:
        raise _HoldError(HeldKind.NOT_JSON, "The delivery is not JSON in UTF-8.") from None
    except UnknownTypeError:
        raise _HoldError(HeldKind.UNKNOWN_TYPE, "The delivery is of a type this service does not take in.") from None
    except BodyRefusedError as refused:
        raise _HoldError(HeldKind.WRONG_SHAPE, refused.sentence()) from None
    if read.request.partnership != source.partnership:
        raise _HoldError(HeldKind.OTHER_PARTNERSHIP, "The request names a partnership this source does not send for.")
    return read


async def _taken_in(
    request: web.Request, source: WebhookSource, door: str, delivery_id: str, body: bytes
) -> dict[str, object]:
    read = _read(request, source, body)
    delivery = Delivery(door=door, key=delivery_id, fingerprint=read.fingerprint, actor=door)
    try:
        return (await receive_request(request.app[SERVICES], read.request, delivery)).answer
    except NotReadyError:
        # Ours to mend, and soon: the sender keeps its delivery and tries again, instead of a person typing it in.
        raise
    except (WorkflowError, UnknownMeetingTypeError, CalendarTooShortError) as error:
        problem = problem_of(error)
        raise _HoldError(HeldKind.REFUSED, problem.detail if problem else "The request was refused.") from error
    except Exception as error:
        problem = problem_of(error)
        if problem is not None and problem.status == 503:
            # The database is away: the sender keeps its delivery and tries again.
            raise
        log.error(Log.FAILED, door=door, error=type(error).__name__)
        raise _HoldError(HeldKind.UNEXPECTED, "The request could not be planned. Tell the administrator.") from error


async def _kept(
    request: web.Request, source: WebhookSource, door: str, delivery_id: str, body: bytes, held: _HoldError
) -> dict[str, object]:
    # The same id may come with two bodies, and neither may be lost: so the body's digest is part of the key.
    key = f"{delivery_id}.{hashlib.sha256(body).hexdigest()[:16]}"
    reference = await hold_item(
        request.app[SERVICES],
        source.partnership,
        door=door,
        delivery_id=key,
        kind=str(held.kind),
        problem=held.problem,
        body=body,
    )
    request.app[METRICS].deliveries.labels(f"held_{held.kind}").inc()
    log.warning(Log.HELD, door=door, kind=str(held.kind), reference=reference)
    return {"state": "needs_a_person", "reference": reference, "problem": held.problem}
