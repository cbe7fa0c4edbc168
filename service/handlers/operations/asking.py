"""Asking for a meeting, planning it anew, and finding the time."""

from __future__ import annotations

from service.handlers import api_answers, api_bodies, api_clashes, api_replan, api_slots
from service.handlers.operations.shape import ACT, MEETING, OF_MEETING, READ, Operation
from service.handlers.schemas import MeetingRequestBody

ASKING: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/api/v1/meeting-requests",
        "sendMeetingRequest",
        "Ask for a meeting",
        api_answers.RequestTaken,
        201,
        MeetingRequestBody,
        ("key",),
        (400, 401, 403, 409, 413, 415, 422, 503),
        {"Location": "The request.", "Idempotency-Replayed": "true when this key was answered before."},
    ),
    Operation(
        "GET",
        "/api/v1/meeting-requests/{id}",
        "getMeetingRequest",
        "One request, without its identities",
        api_answers.RequestShown,
        parameters=("id", "partnership"),
        problems=READ,
    ),
    Operation(
        "GET",
        "/api/v1/clashes",
        "clashes",
        "Where desks and chairs are asked for by too many meetings at once, and what would clear most",
        api_clashes.ClashesShown,
        parameters=("partnership", "days"),
        problems=(400, 401, 403, 503),
    ),
    Operation(
        "GET",
        f"{MEETING}/slots",
        "findTime",
        "The best starts, why each is good, who cannot make it, and what to give up when none fits",
        api_slots.SlotsShown,
        parameters=(*OF_MEETING, "minutes"),
        problems=(400, 401, 403, 404, 409, 503),
    ),
    Operation(
        "POST",
        "/api/v1/slots",
        "findTimeForRequest",
        "The best starts for a request as it would be sent; nothing of it is kept",
        api_slots.TimesFound,
        body=MeetingRequestBody,
        parameters=("minutes",),
        problems=(400, 401, 403, 413, 415, 422, 503),
    ),
    Operation(
        "POST",
        f"{MEETING}/slots/hold",
        "holdTime",
        "Keep a seat at every desk of the meeting for a quarter of an hour; nobody is invited",
        api_slots.SlotHeld,
        body=api_bodies.HoldBody,
        parameters=OF_MEETING,
        problems=ACT,
    ),
    Operation(
        "GET",
        f"{MEETING}/replan",
        "lookAtReplan",
        "What the policy in force would change about who must come; changes nothing",
        api_replan.ReplanShown,
        parameters=OF_MEETING,
        problems=(400, 401, 403, 404, 409, 422, 503),
    ),
    Operation(
        "POST",
        f"{MEETING}/replan",
        "replanMeeting",
        "Correct or add facts and plan the meeting anew; with dry_run, only show the difference",
        api_replan.ReplanShown,
        body=api_replan.ReplanBody,
        parameters=OF_MEETING,
        problems=ACT,
    ),
    Operation(
        "GET",
        "/api/v1/needs-a-person",
        "listNeedsAPerson",
        "Deliveries that could not be understood",
        api_answers.HeldItems,
        problems=(400, 401, 403, 503),
    ),
)
