"""What Teams says of who was there, for other systems. It proposes: recording it is a person's act."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aiohttp import web

from service.domain.teams_attendance import proposal_words
from service.handlers.access import partnership_of
from service.handlers.api_acts import reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.keys import SERVICES
from service.handlers.problems import refuse
from service.workflow.teams_attendance import proposals_of

MOST_SITTINGS = 100
_SITTINGS = frozenset(str(number) for number in range(1, MOST_SITTINGS + 1))


class ProposedAttendance(Answer):
    """One agency whose address Teams names. ``recorded``: somebody has recorded this agency already."""

    role: str
    slot: str
    outcome: Literal["attended"] = "attended"
    how: Literal["teams"] = "teams"
    joined_at: datetime
    seconds: int
    words: str
    recorded: bool


class AttendanceProposals(Answer):
    """What Teams proposes of one sitting of a meeting. ``unknown``: how many were there whom no agency's address
    matched; null until the reports have been read."""

    meeting_reference: str
    sitting: int
    proposals: list[ProposedAttendance]
    unknown: int | None
    read_at: datetime | None
    next_read_at: datetime | None


async def show(request: web.Request) -> web.Response:
    """GET …/attendance/proposals: what Teams says of one sitting, the first if none is named. Changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    said = request.query.getall("sitting", ["1"])
    if len(said) != 1 or said[0] not in _SITTINGS:
        raise refuse(400, "bad_query", f"Give sitting once, as a whole number from 1 to {MOST_SITTINGS}.")
    sitting = int(said[0])
    found = await proposals_of(request.app[SERVICES], partnership, reference, sitting)
    read = found.read
    return respond(
        AttendanceProposals(
            meeting_reference=reference,
            sitting=sitting,
            proposals=[
                ProposedAttendance(
                    role=each.role,
                    slot=each.slot,
                    joined_at=each.joined_at,
                    seconds=each.seconds,
                    words=proposal_words(each.seconds),
                    recorded=(each.role, each.slot) in found.recorded,
                )
                for each in found.proposals
            ],
            unknown=read.unknown if read and read.read_at else None,
            read_at=read.read_at if read else None,
            next_read_at=read.next_try_at if read else None,
        )
    )
