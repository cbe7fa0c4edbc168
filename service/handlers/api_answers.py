"""What the API answers with: models, so that the description of the API and its answers cannot part ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """An answer of ours: nothing in it identifies a child or a family."""

    model_config = ConfigDict(frozen=True)


class Links(Answer):
    """Where to go next."""

    meeting: str


class PlannedAgency(Answer):
    """One agency a request calls for, and whether it can be reached."""

    role: str
    level: str
    state: str = Field(description="wanted; no_inbox or stopped: a person has a task to reach it")


class RequestTaken(Answer):
    """A request that was taken in: its meeting, the agencies it calls for, and what people must do."""

    request_id: str
    meeting_reference: str
    state: str
    agencies: list[PlannedAgency]
    tasks: list[str]
    links: Links


class RequestShown(Answer):
    """A request without its identities: derived facts only."""

    request_id: str
    source: str
    source_ref: str
    case_ref: str
    meeting_type: str
    urgency: str
    concern_recorded_at: datetime
    received_at: datetime
    facts: dict[str, Any]


class MeetingChanged(Answer):
    """What a change led to."""

    meeting_reference: str
    version: int
    state: str
    links: Links


class PlaceChanged(Answer):
    """One agency's place after an act upon it."""

    meeting_reference: str
    role: str
    state: str


class AgencyAddedShown(PlaceChanged):
    """An agency that was asked as well. ``short_notice``: the start gives it less notice than it is owed."""

    inbox: str = Field(description="whose inbox is asked; empty where the directory has none and a task asks for one")
    short_notice: bool


class ShortNoticeExplained(Answer):
    """What short notice was put down to, in the policy's words."""

    meeting_reference: str
    words: str


class AnswerRecorded(Answer):
    """What became of an answer. ``counted``: it is about the current invitation; ``new``: it was not known before."""

    answer: str
    words: str
    counted: bool
    new: bool


class AttendanceRecorded(Answer):
    """How many agencies were recorded, and which roles still have nothing."""

    meeting_reference: str
    recorded: int
    missing: list[str]


class SittingAdded(Answer):
    """The sitting a meeting was adjourned to; 2 is the first after the meeting itself."""

    meeting_reference: str
    sitting: int
    starts_at: datetime
    ends_at: datetime


class AttendanceConfirmed(Answer):
    """How many rows the chair confirmed."""

    meeting_reference: str
    confirmed: int


class HeldItemShown(Answer):
    """A delivery that waits for a person. Its body stays sealed."""

    reference: str
    kind: str
    door: str
    problem: str
    received_at: datetime
    state: str


class HeldItems(Answer):
    """What waits for a person, oldest first."""

    items: list[HeldItemShown]


class ReportLine(Answer):
    """One line of the attendance report. Percentages are 0 to 100; ``low`` and ``high`` are the 95% likely range."""

    key: str
    words: str
    n: int
    of: int
    percent: float | None
    low: float | None
    high: float | None
    cancelled: int
    not_recorded: int
    report_only: int
    not_confirmed: int = Field(description="counted in n and of, though the chair has not confirmed them yet")


class AttendanceReport(Answer):
    """Attendance with its denominator named. ``first`` and ``last`` are London days, both counted."""

    partnership: str
    first: date
    last: date
    by: str
    denominator: str
    lines: list[ReportLine]
    overall: ReportLine


class StandardFilter(Answer):
    """What a report was narrowed to; null: not narrowed."""

    circumstance: str | None
    age_band: str | None
    unborn: bool | None
    team: str | None


class StandardTotals(Answer):
    """How many there were; null: a number under 5 in the publishable variant."""

    meetings: int | None
    cancelled: int | None
    cases: int | None
    children: int | None


class StandardLine(Answer):
    """One figure. All numbers are null where ``hidden``; the percentage and its range also where ``of`` is 0."""

    key: str
    words: str
    n: int | None
    of: int | None
    percent: float | None
    low: float | None
    high: float | None
    hidden: bool
    left_out: dict[str, int | None]


class StandardStep(Answer):
    """Two months beside each other; a change is named only where their 95% ranges have nothing in common."""

    before: str
    after: str
    change: str


class StandardTable(Answer):
    """One measure by one split. The codebook defines both."""

    measure: str
    words: str
    counts: str
    numerator: str
    denominator: str
    split: str | None
    lines: list[StandardLine]
    total: StandardLine
    trend: list[StandardStep]


class NotRecordedYet(Answer):
    """An agreed measure for which the service records nothing."""

    measure: str
    words: str


class StandardReportShown(Answer):
    """The agreed standard over the London days ``first`` to ``last``, both counted. ``remarks`` tell of the period.

    ``not_recorded_yet`` are the measures without a figure because nobody has recorded what they count.
    """

    partnership: str
    first: date
    last: date
    publishable: bool
    filter: StandardFilter
    totals: StandardTotals
    remarks: list[str]
    tables: list[StandardTable]
    not_recorded_yet: list[NotRecordedYet]


class FaultShown(Answer):
    """One thing wrong in a body."""

    pointer: str
    detail: str


class ProblemShown(BaseModel):
    """A problem document (RFC 9457). It never repeats what was sent."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    errors: list[FaultShown] = []


def respond(answer: Answer, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as JSON."""
    return web.Response(
        body=answer.model_dump_json().encode(), status=status, content_type="application/json", headers=headers
    )


def stored(answer: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer that is kept and given again: its fields in one order, so that the bytes are the same each time."""
    body = json.dumps(answer, sort_keys=True, ensure_ascii=False).encode()
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
