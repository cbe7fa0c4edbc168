"""Problem documents (RFC 9457): one shape for everything that goes wrong at a door that speaks JSON.

A problem never repeats what was sent: its sentences are ours, its pointers lead to the place in the sender's own body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import asyncpg
from aiohttp import web
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.domain.desks import IMMEDIATE_RISK, OVERRIDES
from service.domain.meetings import IllegalMoveError
from service.domain.policy import UnknownMeetingTypeError
from service.domain.working_time import CalendarTooShortError
from service.handlers.keys import CORRELATION
from service.workflow import errors as workflow

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a body: a JSON pointer (RFC 6901) to it, and a sentence that says what would mend it."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for a program (``code``) and for a person (``title``, ``detail``)."""

    status: int
    code: str
    detail: str
    errors: tuple[Fault, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name of the status."""
        return HTTPStatus(self.status).phrase


class ProblemError(Exception):
    """Raised by a handler to answer with a problem; caught by the middleware ``answer_problems``."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def refuse(status: int, code: str, detail: str, errors: Sequence[Fault] = (), **headers: str) -> ProblemError:
    """The error to raise. Header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ProblemError(Problem(status, code, detail, tuple(errors), headers=named))


_WORKFLOW: Mapping[type[workflow.WorkflowError], tuple[int, str]] = {
    workflow.NoSuchMeetingError: (404, "no_such_meeting"),
    workflow.NoSuchRowError: (404, "no_such_row"),
    workflow.NoSuchRequirementError: (404, "no_such_agency"),
    workflow.NoSuchDraftError: (404, "no_such_draft"),
    workflow.NoSuchPersonError: (404, "no_such_person"),
    workflow.NoSuchTaskError: (404, "no_such_task"),
    workflow.NoSuchHeldItemError: (404, "no_such_held_item"),
    workflow.NoSuchAddressError: (404, "no_such_address"),
    workflow.NoSuchInboxError: (404, "no_such_inbox"),
    workflow.BadInboxError: (422, "bad_inbox"),
    workflow.CannotSendSecurelyError: (409, "no_secure_mail"),
    workflow.NotVouchedError: (422, "not_vouched"),
    workflow.NoReasonError: (422, "no_reason"),
    workflow.ErasedError: (410, "erased"),
    workflow.CannotOpenError: (409, "cannot_open"),
    workflow.CannotAdoptError: (409, "cannot_adopt"),
    workflow.BadWordsError: (422, "bad_words"),
    workflow.NoSuchMailError: (404, "no_such_mail"),
    workflow.NoSuchDisagreementError: (404, "no_such_disagreement"),
    workflow.CannotInviteError: (422, "cannot_invite"),
    workflow.CannotCallError: (409, "cannot_call"),
    workflow.CannotFollowUpError: (409, "cannot_follow_up"),
    workflow.NotOpenError: (409, "not_open"),
    workflow.BadChairError: (409, "bad_chair"),
    workflow.BadReaderError: (422, "bad_reader"),
    workflow.NoNameError: (422, "no_name"),
    workflow.CannotSendCodeError: (409, "no_code_now"),
    workflow.PolicyDraftRefusedError: (422, "policy_draft_refused"),
    workflow.NameRefusedError: (422, "not_taken_down"),
    workflow.NotAConferenceError: (409, "not_a_conference"),
    workflow.NoSuchParentError: (404, "no_such_parent"),
    workflow.BadRouteError: (422, "bad_route"),
    workflow.KeyReusedError: (422, "key_reused"),
    workflow.AlreadyKnownError: (409, "already_known"),
    workflow.BadTimeError: (422, "bad_time"),
    workflow.BadVenueError: (422, "bad_venue"),
    workflow.BadReasonError: (422, "bad_reason"),
    workflow.BadFactsError: (422, "bad_facts"),
    workflow.CannotReplanError: (409, "cannot_replan"),
    workflow.DifferentNowError: (409, "different_now"),
    workflow.DesksFullError: (409, "desk_full"),
    workflow.PartlyGivenError: (409, "partly_given"),
    workflow.BadAttendanceError: (422, "bad_attendance"),
    workflow.BadOutcomeError: (422, "bad_outcome"),
    workflow.NoSuchActionError: (404, "no_such_action"),
    workflow.NoSuchSittingError: (404, "no_such_sitting"),
    workflow.CannotStandDownError: (409, "cannot_stand_down"),
    workflow.NoTimeYetError: (409, "no_time_yet"),
    workflow.NotReadyError: (503, "not_ready"),
    workflow.ChangedMeanwhileError: (409, "changed_meanwhile"),
    workflow.LinkBrokenError: (404, "link_broken"),
    workflow.LinkExpiredError: (410, "link_expired"),
}

_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read."),
    401: ("not_signed_in", "Say who you are."),
    403: ("not_allowed", "This client may not do that."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method. The Allow header lists those it takes."),
    411: ("length_required", "Send a Content-Length."),
    413: ("too_large", "The body is larger than this service takes."),
    415: ("wrong_content_type", "Send application/json in UTF-8."),
    417: ("expectation_failed", "This service does not meet that expectation."),
    500: ("unexpected", "Something went wrong here. It has been recorded under the correlation id; try again."),
    503: ("not_ready", "The service cannot do this just now. Try again in a moment."),
}

_LATER = {"Retry-After": "30"}
# The database is away or overrun: the sender keeps its request and tries again, so nothing is lost. Without Redis
# nobody can be told apart, so the pages wait for it; the doors for programs do not need it.
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError, OSError, asyncpg.PostgresError, RedisError)
# PostgreSQL's classes: connection, rolled back for another's sake, resources, not in a state, operator, system.
_PASSING_STATES = frozenset({"08", "40", "53", "55", "57", "58"})


def problem_of(error: Exception) -> Problem | None:
    """The problem an error stands for; None for one that nobody expected."""
    found: Problem | None = None
    if isinstance(error, ProblemError):
        found = error.problem
    elif isinstance(error, workflow.WorkflowError):
        found = _of_workflow(error)
    elif isinstance(error, web.HTTPException):
        found = _of_http(error)
    elif isinstance(error, web.RequestPayloadError):
        found = Problem(400, "bad_request", "The body did not arrive whole or is not encoded as it says.")
    elif _is_away(error):
        found = Problem(503, *_WORDS[503], headers=_LATER)
    else:
        found = _of_domain(error)
    return found


def _is_away(error: Exception) -> bool:
    """Whether the database is away, overrun or shutting down, so that the same call may well work in a moment."""
    if isinstance(error, _AWAY):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return error.connection_invalidated or state[:2] in _PASSING_STATES


def _of_workflow(error: workflow.WorkflowError) -> Problem:
    status, code = _WORKFLOW.get(type(error), (409, "refused"))
    more: dict[str, Any] = {}
    if isinstance(error, workflow.AlreadyKnownError):
        more = {"meeting_reference": error.meeting_reference}
    elif isinstance(error, workflow.DesksFullError):
        more = _full_desks(error)
    elif isinstance(error, workflow.PartlyGivenError):
        more = {"stand": list(error.stand), "failed": error.failed}
    return Problem(status, code, str(error), more=more, headers=_LATER if status == 503 else {})


def _full_desks(error: workflow.DesksFullError) -> dict[str, Any]:
    """Which desks, when else, and what to send for holding it then all the same."""
    return {
        "full_desks": [{"role": desk.role, "name": desk.name, "capacity": desk.capacity} for desk in error.full],
        "next_best": [
            {"start": each.start.isoformat(), "end": each.end.isoformat(), "words": each.words}
            for each in error.next_best
        ],
        "desk_override": IMMEDIATE_RISK if error.immediate else None,
        "desk_overrides": dict(OVERRIDES),
    }


def _of_domain(error: Exception) -> Problem | None:
    match error:
        case IllegalMoveError():
            return Problem(409, "illegal_move", f"{str(error).capitalize()}.")
        case UnknownMeetingTypeError():
            return Problem(422, "unknown_meeting_type", "This partnership's policy has no such meeting type.")
        case CalendarTooShortError():
            return Problem(422, "calendar_too_short", f"{str(error).capitalize()}.")
        case _:
            return None


def _of_http(error: web.HTTPException) -> Problem:
    code, detail = _WORDS.get(error.status, ("refused", HTTPStatus(error.status).description or "Refused."))
    kept = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Problem(error.status, code, detail, headers=kept)


def unexpected() -> Problem:
    """The problem shown for an error nobody expected: no detail of it leaves the house."""
    code, detail = _WORDS[500]
    return Problem(500, code, detail)


def problem_response(problem: Problem, request: web.Request) -> web.Response:
    """The document itself, with the correlation id under which the log holds the rest."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "correlation_id": request.get(CORRELATION, ""),
        **problem.more,
    }
    if problem.errors:
        document["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in problem.errors]
    return web.Response(
        body=json.dumps(document).encode(),
        status=problem.status,
        content_type=PROBLEM_JSON,
        headers=dict(problem.headers),
    )
