"""What the API's description says of each operation. A test holds it against the table of routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from service.domain.attendance import Denominator
from service.domain.facts import CIRCUMSTANCES, AgeBand
from service.handlers import (
    api_answers,
    api_bodies,
    api_family,
    api_identity,
    api_medical,
    api_meetings,
    api_outcome,
    api_papers,
    api_quorum,
    api_replan,
    api_slots,
)
from service.handlers.schemas import TEAM, MeetingRequestBody
from service.handlers.standard_report import XLSX
from service.workflow.report import By


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file instead of JSON: its content type, and what it is."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its answer when it goes well, and the statuses of its problems."""

    method: str
    path: str
    id: str
    summary: str
    answer: type[BaseModel] | File
    status: int = 200
    body: type[BaseModel] | None = None
    parameters: tuple[str, ...] = ("partnership",)
    problems: tuple[int, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()


def _parameter(name: str, where: str, description: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": where, "description": description, "required": required, "schema": schema}


_TEXT: dict[str, Any] = {"type": "string"}
_YES_NO: dict[str, Any] = {"type": "string", "enum": ["yes", "no"]}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}

PARAMETERS: Mapping[str, dict[str, Any]] = {
    "partnership": _parameter(
        "partnership", "query", "Which partnership; needed unless the client has exactly one.", _TEXT, required=False
    ),
    "reference": _parameter(
        "reference", "path", "The meeting's reference, such as CV-7K3Q-9XHD.", _TEXT, required=True
    ),
    "id": _parameter("id", "path", "The request's id.", {"type": "string", "format": "uuid"}, required=True),
    "key": _parameter(
        "Idempotency-Key",
        "header",
        "New for each request; the same when the same request is sent again.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
        required=True,
    ),
    "optional_key": _parameter(
        "Idempotency-Key",
        "header",
        "The same when the same answer is sent again; without it the content decides.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
        required=False,
    ),
    "from": _parameter("from", "query", "First London day; this month's first if left out.", _DAY, required=False),
    "to": _parameter("to", "query", "Last London day, counted too; today if left out.", _DAY, required=False),
    "by": _parameter(
        "by", "query", "What a line stands for.", {"type": "string", "enum": [str(by) for by in By]}, required=False
    ),
    "denominator": _parameter(
        "denominator",
        "query",
        "Out of what a percentage is counted.",
        {"type": "string", "enum": [str(each) for each in Denominator]},
        required=False,
    ),
    "if_no": _parameter(
        "if_no", "query", "A role: the quorum as it would stand if this agency said no.", _TEXT, required=False
    ),
    "minutes": _parameter(
        "minutes",
        "query",
        "How long it lasts; as long as it is now, or an hour, if left out.",
        {"type": "integer", "minimum": api_slots.SHORTEST_MINUTES, "maximum": api_slots.LONGEST_MINUTES},
        required=False,
    ),
    "format": _parameter(
        "format", "query", "JSON, or a CSV file.", {"type": "string", "enum": ["json", "csv"]}, required=False
    ),
    "any_format": _parameter(
        "format",
        "query",
        "JSON, or a file.",
        {"type": "string", "enum": ["json", "csv", "xlsx", "html"]},
        required=False,
    ),
    "circumstance": _parameter(
        "circumstance",
        "query",
        "Only meetings whose request named it.",
        {"type": "string", "enum": sorted(CIRCUMSTANCES)},
        required=False,
    ),
    "age_band": _parameter(
        "age_band",
        "query",
        "Only meetings about a child of it.",
        {"type": "string", "enum": [str(band) for band in AgeBand]},
        required=False,
    ),
    "unborn": _parameter(
        "unborn", "query", "Only meetings about an unborn child, or about none.", _YES_NO, required=False
    ),
    "team": _parameter(
        "team", "query", "Only this team's cases.", {"type": "string", "pattern": f"^{TEAM.pattern}$"}, required=False
    ),
    "publishable": _parameter("publishable", "query", "Hide numbers under 5.", _YES_NO, required=False),
}

_READ = (400, 401, 403, 404, 503)
_ACT = (400, 401, 403, 404, 409, 413, 415, 422, 503)
_MEETING = "/api/v1/meetings/{reference}"
_OF_MEETING = ("reference", "partnership")

DESCRIBED: tuple[Operation, ...] = (
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
        problems=_READ,
    ),
    Operation(
        "GET",
        "/api/v1/meetings",
        "listMeetings",
        "Meetings that still need somebody, and those held in the last 31 days",
        api_meetings.MeetingList,
        problems=_READ,
    ),
    Operation(
        "GET",
        _MEETING,
        "getMeeting",
        "One meeting, agency by agency",
        api_meetings.MeetingShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "GET",
        f"{_MEETING}/quorum",
        "getQuorum",
        "Whether enough are coming, which answers would change that, and what one no would cost",
        api_quorum.QuorumShown,
        parameters=(*_OF_MEETING, "if_no"),
        problems=_READ,
    ),
    Operation(
        "GET",
        f"{_MEETING}/medical",
        "getMedical",
        "The medical a meeting decided on, and who came to it",
        api_medical.MedicalShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/medical",
        "decideMedical",
        "Say whether a medical is needed, or when it is",
        api_medical.MedicalShown,
        body=api_medical.MedicalBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/medical/attendance",
        "recordMedicalAttendance",
        "Record or correct who came to the medical",
        api_medical.MedicalShown,
        body=api_medical.MedicalAttendanceBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/family",
        "getFamily",
        "The parents of a conference, how each is reached and how they come",
        api_family.FamilyShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/family",
        "arrangeFamily",
        "Arrange how the parents of a conference come; whoever can be told is told",
        api_family.FamilyShown,
        body=api_family.FamilyBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/slots",
        "findTime",
        "The best starts, why each is good, who cannot make it, and what to give up when none fits",
        api_slots.SlotsShown,
        parameters=(*_OF_MEETING, "minutes"),
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
        f"{_MEETING}/slots/hold",
        "holdTime",
        "Keep a seat at every desk of the meeting for a quarter of an hour; nobody is invited",
        api_slots.SlotHeld,
        body=api_bodies.HoldBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/calendar-file",
        "getCalendarFile",
        "The meeting for a calendar, without saying who it is about",
        File("text/calendar", "An iCalendar file (RFC 5545); a later one of the same meeting replaces it."),
        parameters=_OF_MEETING,
        problems=(*_READ, 409),
    ),
    Operation(
        "POST",
        f"{_MEETING}/quorum",
        "goOnWithoutQuorum",
        "Say why a meeting goes on without its quorum",
        api_quorum.QuorumShown,
        body=api_bodies.WithoutQuorumBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/replan",
        "lookAtReplan",
        "What the policy in force would change about who must come; changes nothing",
        api_replan.ReplanShown,
        parameters=_OF_MEETING,
        problems=(400, 401, 403, 404, 409, 422, 503),
    ),
    Operation(
        "POST",
        f"{_MEETING}/replan",
        "replanMeeting",
        "Correct or add facts and plan the meeting anew; with dry_run, only show the difference",
        api_replan.ReplanShown,
        body=api_replan.ReplanBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/stand-down",
        "standDown",
        "Call a conference off because its quorum is not met, where the policy says so",
        api_quorum.StoodDownShown,
        body=api_bodies.StandDownBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/confirm",
        "confirmMeeting",
        "Give a planned meeting its time; invitations leave at once",
        api_answers.MeetingChanged,
        body=api_bodies.TimeBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/move",
        "moveMeeting",
        "Move a confirmed meeting; every agency is told and asked again",
        api_answers.MeetingChanged,
        body=api_bodies.TimeBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/cancel",
        "cancelMeeting",
        "Call a meeting off",
        api_answers.MeetingChanged,
        body=api_bodies.CancelBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/short-notice",
        "explainShortNotice",
        "Say why an agency gets less notice than it is owed",
        api_answers.ShortNoticeExplained,
        body=api_bodies.ShortNoticeBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/identity",
        "openIdentity",
        "Tell somebody of an agency who the meeting is about: only whom its rules need",
        api_identity.IdentityOpened,
        body=api_identity.IdentityBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/stop",
        "stopPlace",
        "Tell an agency's shared inbox nothing more; a task asks for a person and a safe route",
        api_answers.PlaceChanged,
        body=api_bodies.PlaceBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/person",
        "namePerson",
        "Name who comes for an agency whose shared inbox must not be told, by a route of their own",
        api_answers.PlaceChanged,
        body=api_bodies.NamedPersonBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/answers",
        "recordAnswer",
        "Type in an answer given by phone",
        api_answers.AnswerRecorded,
        201,
        api_bodies.AnswerBody,
        (*_OF_MEETING, "optional_key"),
        _ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/outcome",
        "getOutcome",
        "What a meeting came to",
        api_outcome.OutcomeShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/outcome",
        "recordOutcome",
        "Record or correct what a meeting came to",
        api_outcome.OutcomeShown,
        body=api_outcome.OutcomeBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/actions",
        "listActions",
        "The actions a meeting agreed",
        api_outcome.ActionsShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/actions",
        "agreeAction",
        "Keep an action that a meeting agreed",
        api_outcome.ActionsShown,
        201,
        body=api_outcome.ActionBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/actions/close",
        "closeAction",
        "Mark an action done, or dropped",
        api_outcome.ActionsShown,
        body=api_outcome.CloseActionBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "GET",
        f"{_MEETING}/reports",
        "listReports",
        "The written reports that came in, and by when they are due",
        api_outcome.ReportsShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/reports",
        "receiveReport",
        "Keep when an agency's written report came in",
        api_outcome.ReportsShown,
        body=api_outcome.ReportBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/sittings",
        "adjournMeeting",
        "Adjourn a meeting that has begun: it sits again, with an attendance of its own",
        api_answers.SittingAdded,
        201,
        api_bodies.SittingBody,
        _OF_MEETING,
        _ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/attendance",
        "recordAttendance",
        "Record or correct who came",
        api_answers.AttendanceRecorded,
        body=api_bodies.AttendanceBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/attendance/confirm",
        "confirmAttendance",
        "The chair stands by what is recorded",
        api_answers.AttendanceConfirmed,
        parameters=_OF_MEETING,
        problems=(400, 401, 403, 404, 409, 422, 503),
    ),
    Operation(
        "GET",
        f"{_MEETING}/decisions",
        "getDecisions",
        "The decisions by number, without their words, and which agencies have opened them",
        api_papers.PapersShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/decisions",
        "agreeDecisions",
        "What the chair agrees; its words are sealed, and every agency may open its part at once",
        api_papers.PapersAgreed,
        body=api_papers.PapersBody,
        parameters=_OF_MEETING,
        problems=(*_ACT, 410),
    ),
    Operation(
        "POST",
        f"{_MEETING}/decisions/open",
        "openDecisions",
        "Read an agency its part, after calling it back; the opening is its receipt",
        api_papers.PapersOpened,
        body=api_papers.OpenBody,
        parameters=_OF_MEETING,
        problems=(*_ACT, 410),
    ),
    Operation(
        "GET",
        f"{_MEETING}/minutes",
        "getMinutes",
        "The minutes by number, without their words, and which agencies have opened them",
        api_papers.PapersShown,
        parameters=_OF_MEETING,
        problems=_READ,
    ),
    Operation(
        "POST",
        f"{_MEETING}/minutes",
        "agreeMinutes",
        "Parts of the minutes as the chair agrees them; agencies see them once they are issued",
        api_papers.PapersAgreed,
        body=api_papers.PapersBody,
        parameters=_OF_MEETING,
        problems=(*_ACT, 410),
    ),
    Operation(
        "POST",
        f"{_MEETING}/minutes/issue",
        "issueMinutes",
        "Issue every agreed part of the minutes",
        api_papers.MinutesIssued,
        body=api_papers.IssueBody,
        parameters=_OF_MEETING,
        problems=_ACT,
    ),
    Operation(
        "POST",
        f"{_MEETING}/minutes/open",
        "openMinutes",
        "Read an agency its part of the minutes, after calling it back; the opening is its receipt",
        api_papers.PapersOpened,
        body=api_papers.OpenBody,
        parameters=_OF_MEETING,
        problems=(*_ACT, 410),
    ),
    Operation(
        "GET",
        "/api/v1/reports/attendance",
        "attendanceReport",
        "Attendance with its denominator, n and likely range",
        api_answers.AttendanceReport,
        parameters=("partnership", "from", "to", "by", "denominator", "format"),
        problems=(400, 401, 403, 422, 503),
        also=("text/csv",),
    ),
    Operation(
        "GET",
        "/api/v1/reports/standard",
        "standardReport",
        "The agreed standard: every measure with its denominator, n and likely range",
        api_answers.StandardReportShown,
        parameters=(
            "partnership",
            "from",
            "to",
            "circumstance",
            "age_band",
            "unborn",
            "team",
            "publishable",
            "any_format",
        ),
        problems=(400, 401, 403, 422, 503),
        also=("text/csv", "text/html", XLSX),
    ),
    Operation(
        "GET",
        "/api/v1/reports/places",
        "placeRows",
        "The rows the standard is counted from: one for each agency at each meeting",
        File("text/csv", "CSV, streamed. The codebook defines its columns."),
        parameters=("partnership", "from", "to", "circumstance", "age_band", "unborn", "team"),
        problems=(400, 401, 403, 422, 503),
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
