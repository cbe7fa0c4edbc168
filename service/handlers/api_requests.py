"""The API's door for meeting requests."""

from __future__ import annotations

from aiohttp import web

from service.handlers.access import actor_of, allowed_partnership
from service.handlers.api_answers import stored
from service.handlers.bodies import read_json
from service.handlers.idempotency import REPLAYED_HEADER, key_of
from service.handlers.keys import DOORS, SERVICES
from service.handlers.reading import BodyRefusedError, NotJsonError, problem_of_reading, read_request
from service.workflow.deliveries import Delivery
from service.workflow.receive import receive_request


async def create(request: web.Request) -> web.Response:
    """POST /api/v1/meeting-requests: 201 with the answer; the same key and content again, the same answer."""
    services = request.app[SERVICES]
    key = key_of(request)
    raw = await read_json(request, request.app[DOORS].body_limit)
    try:
        read = read_request(raw, services.now())
    except (NotJsonError, BodyRefusedError) as error:
        raise problem_of_reading(error) from None
    allowed_partnership(request, read.request.partnership)
    actor = actor_of(request)
    delivery = Delivery(door=actor, key=key, fingerprint=read.fingerprint, actor=actor)
    received = await receive_request(services, read.request, delivery)
    headers = {REPLAYED_HEADER: "true"} if received.replayed else {}
    # The answer of a key that was cleared away long ago is no longer known; its request and meeting still are.
    if "request_id" in received.answer:
        headers["Location"] = f"/api/v1/meeting-requests/{received.answer['request_id']}"
    return stored(received.answer, 201, headers)
