"""The API's acts upon a meeting: confirm, move, cancel, an answer by phone, adjourning, attendance."""

from __future__ import annotations

import hashlib
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from service.domain.answers import Answer
from service.domain.references import normalise
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_answers import (
    AnswerRecorded,
    AttendanceConfirmed,
    AttendanceRecorded,
    Links,
    MeetingChanged,
    ShortNoticeExplained,
    SittingAdded,
    respond,
)
from service.handlers.api_bodies import AnswerBody, AttendanceBody, CancelBody, ShortNoticeBody, SittingBody, TimeBody
from service.handlers.bodies import read_json
from service.handlers.idempotency import key_of
from service.handlers.keys import DOORS, SERVICES
from service.handlers.problems import Fault, refuse
from service.handlers.reading import read_or_refuse
from service.workflow import attend, meetings, reply, short_notice, sittings

Body = TypeVar("Body", bound=BaseModel)


def reference_of(request: web.Request) -> str:
    """The meeting's reference in the path, as it is written.

    Raises:
        ProblemError: 404 for what cannot be a reference: its check character finds a slip of the pen.
    """
    reference = normalise(request.match_info["reference"])
    if reference is None:
        raise refuse(404, "no_such_meeting", "There is no such meeting in this partnership. Check the reference.")
    return reference


async def body_of(request: web.Request, model: type[Body]) -> Body:
    """The request's body as this model. Raises ProblemError: 400, 413, 415 or 422, as ``read_or_refuse`` does."""
    return read_or_refuse(model, await read_json(request, request.app[DOORS].body_limit))


def _changed(changed: meetings.MeetingChanged) -> web.Response:
    return respond(
        MeetingChanged(
            meeting_reference=changed.reference,
            version=changed.version,
            state=str(changed.state),
            links=Links(meeting=f"/api/v1/meetings/{changed.reference}"),
        )
    )


async def confirm(request: web.Request) -> web.Response:
    """POST …/confirm: give a planned meeting its time; its invitations leave at once."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, TimeBody)
    return _changed(
        await meetings.confirm_meeting(
            request.app[SERVICES],
            partnership,
            reference,
            body.to_workflow(),
            actor=actor_of(request),
            seen_version=body.version,
        )
    )


async def move(request: web.Request) -> web.Response:
    """POST …/move: a confirmed meeting gets another time; every agency is told and asked again."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, TimeBody)
    return _changed(
        await meetings.move_meeting(
            request.app[SERVICES],
            partnership,
            reference,
            body.to_workflow(),
            actor=actor_of(request),
            seen_version=body.version,
        )
    )


async def cancel(request: web.Request) -> web.Response:
    """POST …/cancel: the meeting is called off; agencies are told and nobody is chased any more."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, CancelBody)
    return _changed(
        await meetings.cancel_meeting(
            request.app[SERVICES],
            partnership,
            reference,
            reason=body.reason,
            actor=actor_of(request),
            seen_version=body.version,
        )
    )


async def explain_short_notice(request: web.Request) -> web.Response:
    """POST …/short-notice: why an agency gets less notice than it is owed. It can be said again."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ShortNoticeBody)
    explained = await short_notice.explain_short_notice(
        request.app[SERVICES], partnership, reference, code=body.code, text=body.reason, actor=actor_of(request)
    )
    return respond(ShortNoticeExplained(meeting_reference=explained.reference, words=explained.words))


async def answer(request: web.Request) -> web.Response:
    """POST …/answers: an answer somebody gave by phone, typed in. The same answer sent twice is one."""
    partnership, reference = partnership_of(request), reference_of(request)
    services = request.app[SERVICES]
    body = await body_of(request, AnswerBody)
    if body.proposed_start is not None and body.answer != Answer.ANOTHER_TIME:
        fault = Fault("/proposed_start", "Leave this out unless the answer is another_time.")
        raise refuse(422, "wrong_shape", "The body was read, but it is not what this address takes.", [fault])
    given = reply.GivenAnswer(
        answer=Answer(body.answer),
        way=body.way,
        answered_at=body.answered_at or services.now(),
        natural_key=_natural_key(request, body),
        role=body.role,
        slot=body.slot,
        version=body.version,
        given_by=body.given_by,
        reason=body.reason,
        comment=body.comment,
        proposed_start=body.proposed_start,
    )
    recorded = await reply.record_answer(services, partnership, reference, given, actor=actor_of(request))
    answered = AnswerRecorded(answer=body.answer, words=recorded.words, counted=recorded.counted, new=recorded.new)
    return respond(answered, 201)


def _natural_key(request: web.Request, body: AnswerBody) -> str:
    """What makes an answer sent twice one: the sender's key, or else the whole of what was said."""
    key = key_of(request, needed=False)
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:32]
    return f"{actor_of(request)}:{hashlib.sha256(key.encode()).hexdigest()[:32] if key else digest}"


async def record_attendance(request: web.Request) -> web.Response:
    """POST …/attendance: record or correct who came."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, AttendanceBody)
    rows = [row.to_workflow() for row in body.agencies]
    recorded = await attend.record_attendance(
        request.app[SERVICES], partnership, reference, rows, actor=actor_of(request), sitting=body.sitting
    )
    return respond(
        AttendanceRecorded(meeting_reference=reference, recorded=recorded.recorded, missing=list(recorded.missing))
    )


async def adjourn(request: web.Request) -> web.Response:
    """POST …/sittings: a meeting that has begun sits again; a sitting still to come gets another time."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, SittingBody)
    found = await sittings.adjourn(
        request.app[SERVICES],
        partnership,
        reference,
        start=body.start,
        minutes=body.minutes,
        because=body.because,
        actor=actor_of(request),
    )
    return respond(
        SittingAdded(
            meeting_reference=found.reference, sitting=found.number, starts_at=found.starts_at, ends_at=found.ends_at
        ),
        201,
    )


async def confirm_attendance(request: web.Request) -> web.Response:
    """POST …/attendance/confirm: the chair stands by what is recorded."""
    partnership, reference = partnership_of(request), reference_of(request)
    confirmed = await attend.confirm_attendance(request.app[SERVICES], partnership, reference, actor=actor_of(request))
    return respond(AttendanceConfirmed(meeting_reference=reference, confirmed=confirmed))
