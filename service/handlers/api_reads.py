"""The API's reads: requests, meetings, what needs a person. Derived facts and references only."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from aiohttp import web

from service.handlers.access import partnership_of, reader_of
from service.handlers.api_acts import reference_of
from service.handlers.api_answers import HeldItems, HeldItemShown, RequestShown, respond
from service.handlers.api_meetings import MeetingList, MeetingShown, list_line, shown
from service.handlers.keys import SERVICES
from service.handlers.problems import refuse
from service.store.engine import snapshot
from service.store.queries.held import open_items
from service.store.queries.meeting import meeting_view
from service.store.queries.requests import request_by_id
from service.store.queries.worklist import worklist
from service.workflow.errors import NoSuchMeetingError

_HELD_FOR = timedelta(days=31)


async def meeting_request(request: web.Request) -> web.Response:
    """GET /api/v1/meeting-requests/{id}: one request, without its identities."""
    partnership = partnership_of(request)
    try:
        request_id = UUID(request.match_info["id"])
    except ValueError:
        raise refuse(404, "no_such_request", "There is no such request in this partnership.") from None
    async with request.app[SERVICES].engine.connect() as conn:
        found = await request_by_id(conn, partnership, reader_of(request), request_id)
    if found is None:
        raise refuse(404, "no_such_request", "There is no such request in this partnership.")
    return respond(
        RequestShown(
            request_id=str(found.id),
            source=found.source,
            source_ref=found.source_ref,
            case_ref=found.case_ref,
            meeting_type=found.meeting_type,
            urgency=found.urgency,
            concern_recorded_at=found.concern_recorded_at,
            received_at=found.received_at,
            facts=found.facts,
        )
    )


async def meeting_list(request: web.Request) -> web.Response:
    """GET /api/v1/meetings: those that still need somebody, and those held in the last 31 days."""
    partnership, services = partnership_of(request), request.app[SERVICES]
    async with snapshot(services.engine) as conn:
        rows = await worklist(conn, partnership, reader_of(request), held_since=services.now() - _HELD_FOR)
    return respond(MeetingList(partnership=partnership, meetings=[list_line(row) for row in rows]))


async def meeting(request: web.Request) -> web.Response:
    """GET /api/v1/meetings/{reference}: one meeting, agency by agency."""
    partnership, reference = partnership_of(request), reference_of(request)
    async with request.app[SERVICES].engine.connect() as conn:
        found = await meeting_view(conn, partnership, reference)
    if found is None:
        raise NoSuchMeetingError(reference)
    answer: MeetingShown = shown(found)
    return respond(answer)


async def needs_a_person(request: web.Request) -> web.Response:
    """GET /api/v1/needs-a-person: what could not be understood, oldest first; never what it holds."""
    partnership = partnership_of(request)
    async with request.app[SERVICES].engine.connect() as conn:
        items = await open_items(conn, partnership)
    return respond(
        HeldItems(
            items=[
                HeldItemShown(
                    reference=item.reference,
                    kind=item.kind,
                    door=item.door,
                    problem=item.problem,
                    received_at=item.received_at,
                    state=item.state,
                )
                for item in items
            ]
        )
    )
