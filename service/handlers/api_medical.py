"""GET and POST …/medical, and POST …/medical/attendance: the medical that a meeting decides on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.medical import AtMedical
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Instant, Line, Strict, Words, listed, one_of
from service.handlers.keys import SERVICES
from service.workflow.medical import Medical, MedicalGiven, decide_medical, medical_at, record_medical

_WhoLabel = Annotated[str, AfterValidator(one_of("person at a medical", AtMedical)), listed(AtMedical)]
_Code = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)+$", max_length=60)]


class MedicalBody(Strict):
    """Whether a medical is needed (with a reason where not), and when and where it is. Words without names."""

    needed: bool | None = None
    reason_code: _Code | None = None
    reason: Words = ""
    starts_at: Instant | None = None
    place: Line = ""


class CameBody(Strict):
    """Whether one person came to the medical."""

    who: _WhoLabel
    came: bool


class MedicalAttendanceBody(Strict):
    """Who came to the medical, and who did not."""

    people: Annotated[tuple[CameBody, ...], Field(min_length=1, max_length=10)]


class CameShown(Answer):
    """One person's attendance at the medical."""

    who: str
    came: bool
    recorded_by: str
    recorded_at: datetime


class MedicalShown(Answer):
    """A meeting's medical; its attendance is its own and no part of the meeting's."""

    meeting_reference: str
    state: str | None = Field(description="null: nobody has decided; not_needed, wanted, booked or held")
    reason_code: str | None
    reason: str | None
    decided_by: str | None
    starts_at: datetime | None
    place: str
    came: list[CameShown]


def _shown(medical: Medical) -> MedicalShown:
    row = medical.row
    return MedicalShown(
        meeting_reference=medical.reference,
        state=row.state if row else None,
        reason_code=row.reason_code if row else None,
        reason=row.reason if row else None,
        decided_by=row.decided_by if row else None,
        starts_at=row.starts_at if row else None,
        place=row.place if row else "",
        came=[CameShown.model_validate(each, from_attributes=True) for each in medical.came],
    )


async def show(request: web.Request) -> web.Response:
    """GET …/medical: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    return respond(_shown(await medical_at(request.app[SERVICES], partnership, reference)))


async def decide(request: web.Request) -> web.Response:
    """POST …/medical: decide, book or move."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, MedicalBody)
    given = MedicalGiven(body.needed, body.reason_code, body.reason, body.starts_at, body.place)
    services = request.app[SERVICES]
    return respond(_shown(await decide_medical(services, partnership, reference, given, actor=actor_of(request))))


async def record(request: web.Request) -> web.Response:
    """POST …/medical/attendance: who came; said again, it is corrected."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, MedicalAttendanceBody)
    came = {AtMedical(each.who): each.came for each in body.people}
    services = request.app[SERVICES]
    return respond(_shown(await record_medical(services, partnership, reference, came, actor=actor_of(request))))
