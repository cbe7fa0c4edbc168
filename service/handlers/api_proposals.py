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
from service.workflow.teams_attendance import proposals_of


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
    """What Teams proposes of a meeting's first sitting. ``unknown``: how many were there whom no agency's address
    matched; null until the reports have been read."""

    meeting_reference: str
    proposals: list[ProposedAttendance]
    unknown: int | None
    read_at: datetime | None
    next_read_at: datetime | None


async def show(request: web.Request) -> web.Response:
    """GET …/attendance/proposals: what Teams says. Changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    found = await proposals_of(request.app[SERVICES], partnership, reference)
    read = found.read
    return respond(
        AttendanceProposals(
            meeting_reference=reference,
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
