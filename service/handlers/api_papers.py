"""The API's decisions and minutes: agree, issue, open, and who has opened. Only an opening says what they say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.papers import Kind, Opener, Proof
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Instant, LongWords, NeededLine, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel, RoleOrNone
from service.handlers.show_papers import papers_shown
from service.workflow.opening import open_papers
from service.workflow.papers import (
    PaperGiven,
    PlaceNamed,
    agree_papers,
    issue_minutes,
    standing,
)

# What a client may claim for its opener. Codes and desk sessions are proved to this service, never claimed.
_CLAIMED = (Proof.CALL_BACK, Proof.STAFF)
_ProofLabel = Annotated[str, AfterValidator(one_of("proof", _CLAIMED)), listed(_CLAIMED)]
_SECRET = {"Cache-Control": "no-store"}


class PlaceBody(Strict):
    """An agency's place. ``slot`` tells two agencies of one role apart."""

    role: RoleLabel
    slot: ShortLine = ""


class PaperBody(Strict):
    """A decision or a part of the minutes, in the chair's words, which are sealed.

    ``concerns`` left out: every agency may open it. ``replaces`` is the number of the one it corrects.
    """

    text: LongWords
    concerns: Annotated[tuple[PlaceBody, ...], Field(max_length=100)] = ()
    replaces: Annotated[int, Field(ge=1, le=100_000)] | None = None

    def to_workflow(self) -> PaperGiven:
        """The paper as the workflow takes it."""
        return PaperGiven(self.text, tuple(PlaceNamed(each.role, each.slot) for each in self.concerns), self.replaces)


class PapersBody(Strict):
    """What the chair agrees, in order. The same words sent twice are one."""

    papers: Annotated[tuple[PaperBody, ...], Field(min_length=1, max_length=50)]


class IssueBody(Strict):
    """When the minutes went out; now if left out."""

    at: Instant | None = None


class OpenBody(Strict):
    """Who opens, and how they proved who they are.

    ``call_back``: staff phoned the agency on the directory's number and read its part out; ``role`` says which agency.
    ``staff``: one of your own staff reads all of it; no ``role``.
    """

    proof: _ProofLabel
    name: NeededLine
    reason: NeededLine
    role: RoleOrNone = ""
    slot: ShortLine = ""


class PlaceShown(Answer):
    """An agency's place."""

    role: str
    slot: str


class PaperShown(Answer):
    """One paper without its words. ``concerns`` empty: every agency."""

    number: int
    agreed_by: str
    agreed_at: datetime
    issued_at: datetime | None
    concerns: list[PlaceShown]


class ReceiptShown(Answer):
    """What one agency has opened of its part. ``complete`` null: there is nothing for it to open."""

    role: str
    slot: str
    of: int
    opened: int
    complete: bool | None
    words: str
    opener: str | None
    proof: str | None
    opened_at: datetime | None


class PapersShown(Answer):
    """The current decisions or minutes of a meeting, and who has opened them."""

    meeting_reference: str
    kind: str
    due_at: datetime | None = Field(description="when minutes are due; null: not set by the partnership, or decisions")
    in_time: bool | None = Field(description="null: not out and not due yet, no day set, or decisions")
    papers: list[PaperShown]
    agencies: list[ReceiptShown]


class AgreedShown(Answer):
    """A paper that is agreed now. ``new`` false: the same words were agreed before."""

    number: int
    new: bool


class PapersAgreed(Answer):
    """What was agreed, in the order it was sent."""

    meeting_reference: str
    papers: list[AgreedShown]


class MinutesIssued(Answer):
    """The numbers of the parts that are issued by this call; empty when all were out already."""

    meeting_reference: str
    issued: list[int]


class OpenedShown(Answer):
    """One paper as it was read. It may say who a child is."""

    number: int
    text: str
    issued_at: datetime | None


class PapersOpened(Answer):
    """What was opened; the receipts are kept."""

    meeting_reference: str
    kind: str
    papers: list[OpenedShown]


def _kind(request: web.Request) -> Kind:
    return Kind.MINUTES if "/minutes" in request.path else Kind.DECISION


async def show(request: web.Request) -> web.Response:
    """GET …/decisions, …/minutes: what there is, by number, and who has opened it."""
    partnership, reference = partnership_of(request), reference_of(request)
    found = await standing(request.app[SERVICES], partnership, reference)
    kind = _kind(request)
    shown = papers_shown(found, kind, request.app[SERVICES].now())
    return respond(PapersShown.model_validate({"meeting_reference": reference, "kind": str(kind), **shown}))


async def agree(request: web.Request) -> web.Response:
    """POST …/decisions, …/minutes: what the chair agrees."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, PapersBody)
    given = [each.to_workflow() for each in body.papers]
    agreed = await agree_papers(
        request.app[SERVICES], partnership, reference, _kind(request), given, actor=actor_of(request)
    )
    shown = [AgreedShown(number=each.number, new=each.new) for each in agreed]
    return respond(PapersAgreed(meeting_reference=reference, papers=shown))


async def issue(request: web.Request) -> web.Response:
    """POST …/minutes/issue: every agreed part goes out."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, IssueBody)
    issued = await issue_minutes(request.app[SERVICES], partnership, reference, actor=actor_of(request), at=body.at)
    return respond(MinutesIssued(meeting_reference=reference, issued=list(issued)))


async def open_part(request: web.Request) -> web.Response:
    """POST …/decisions/open, …/minutes/open: an agency's part, read for it; the opening is its receipt."""
    partnership, reference, kind = partnership_of(request), reference_of(request), _kind(request)
    body = await body_of(request, OpenBody)
    opened = await open_papers(
        request.app[SERVICES],
        partnership,
        reference,
        kind,
        Opener(body.name, Proof(body.proof), body.reason),
        PlaceNamed(body.role, body.slot) if body.role else None,
        actor=actor_of(request),
    )
    papers = [OpenedShown(number=each.number, text=each.text, issued_at=each.issued_at) for each in opened]
    return respond(PapersOpened(meeting_reference=reference, kind=str(kind), papers=papers), headers=_SECRET)
