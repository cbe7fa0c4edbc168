"""POST …/identity: who the meeting is about, for somebody of an agency who has proved it to an officer.

Not a GET: what is opened is written down, and must stand in no cache and no address.
"""

from __future__ import annotations

from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.papers import Proof
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import NeededLine, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow.disclosing import Asker, OpenedMeeting, open_for_agency

# By a code or at its desk an agency opens it itself: this door is for staff who phoned the directory's number.
_PROOFS = (Proof.CALL_BACK,)
_ProofLabel = Annotated[str, AfterValidator(one_of("proof", _PROOFS)), listed(_PROOFS)]


class IdentityBody(Strict):
    """Who asks, for which agency, why, and how they proved it. ``slot`` tells two agencies of one role apart."""

    role: RoleLabel
    slot: ShortLine = ""
    name: Annotated[ShortLine, Field(min_length=1)]
    reason: NeededLine
    proof: _ProofLabel = "call_back"


class ChildOpened(Answer):
    """One child the agency may know of."""

    ref: str
    age_band: str
    identity: dict[str, Any]


class TieOpened(Answer):
    """What a person is to one of these children."""

    child: str
    flags: list[str]


class PersonOpened(Answer):
    """One person tied to one of these children."""

    ref: str
    relation: str
    ties: list[TieOpened]
    identity: dict[str, Any]


class IdentityOpened(Answer):
    """Whom this agency's rules need, and nobody else."""

    meeting_reference: str
    role: str
    children: list[ChildOpened]
    people: list[PersonOpened]


async def open_identity(request: web.Request) -> web.Response:
    """The people of the meeting that this agency's rules need. A refusal is that of a reference nobody knows."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, IdentityBody)
    asker = Asker(body.name, body.role, body.reason, Proof(body.proof), body.slot)
    opened = await open_for_agency(request.app[SERVICES], partnership, reference, asker, actor=actor_of(request))
    answer = respond(_shown(opened))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _shown(opened: OpenedMeeting) -> IdentityOpened:
    return IdentityOpened(
        meeting_reference=opened.reference,
        role=opened.role,
        children=[
            ChildOpened(ref=each.ref, age_band=each.age_band, identity=each.identity) for each in opened.children
        ],
        people=[
            PersonOpened(
                ref=each.ref,
                relation=each.relation,
                ties=[TieOpened(child=child, flags=sorted(flags)) for child, flags in each.ties.items()],
                identity=each.identity,
            )
            for each in opened.people
        ],
    )
