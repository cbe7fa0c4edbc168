"""GET /api/v1/drift and POST …/drift: what was changed in Outlook, taking it over or putting it back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.desks import OVERRIDES
from service.domain.drift import DriftKind
from service.handlers.access import actor_of, partnership_of, reader_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.store.queries.drift import Drift
from service.web.drift_words import drift_sentence
from service.workflow import drift
from service.workflow.drift_guests import adopt_any

_ACTS = ("adopt", "restore")
_ActLabel = Annotated[str, AfterValidator(one_of("act", _ACTS)), listed(_ACTS)]
_OverrideLabel = Annotated[str, AfterValidator(one_of("reason", OVERRIDES)), listed(OVERRIDES)]


class DriftBody(Strict):
    """What is to be done. ``seen`` is the id of the difference that was looked at: another one is refused.

    ``adopt`` takes over a changed time or place, as a move, or changed guests as far as each may be told; a place that
    may name somebody is not kept, and cannot be taken over; ``restore`` puts
    everything that differs back.
    """

    do: _ActLabel
    seen: UUID | None = None
    desk_override: _OverrideLabel | None = None


class DriftShown(Answer):
    """One difference between an event in Outlook and our records. What somebody typed there is not kept."""

    id: str
    meeting_reference: str
    kind: str
    words: str
    version: int
    found_at: datetime
    starts_at: datetime | None = Field(description="of our meeting")
    outlook_starts_at: datetime | None
    outlook_ends_at: datetime | None
    missing: list[str] = Field(description="guests taken off the event")
    extra: list[str] = Field(description="guests put on it")


class DriftList(Answer):
    """Every open difference; the meeting that starts soonest first."""

    partnership: str
    drift: list[DriftShown]


class DriftDone(Answer):
    """What was done, and the meeting's version since."""

    meeting_reference: str
    done: str
    kinds: list[str]
    left: list[str] = Field(description="guests that could not be taken over and are put back, each with its reason")


def _shown(found: Drift) -> DriftShown:
    times = {
        name: datetime.fromisoformat(found.detail[name]) if name in found.detail else None
        for name in ("starts_at", "ends_at")
    }
    return DriftShown(
        id=str(found.id),
        meeting_reference=found.meeting_reference,
        kind=str(found.kind),
        words=drift_sentence(found.kind, found.detail),
        version=found.version,
        found_at=found.found_at,
        starts_at=found.starts_at,
        outlook_starts_at=times["starts_at"],
        outlook_ends_at=times["ends_at"],
        missing=list(found.detail.get("missing", ())),
        extra=list(found.detail.get("extra", ())),
    )


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/drift: changes nothing."""
    partnership = partnership_of(request)
    found = await drift.list_drifts(request.app[SERVICES], partnership, reader_of(request))
    return respond(DriftList(partnership=partnership, drift=[_shown(each) for each in found]))


async def settle(request: web.Request) -> web.Response:
    """POST …/drift: adopt a time, or restore the event."""
    partnership, reference = partnership_of(request), reference_of(request)
    body, services, actor = await body_of(request, DriftBody), request.app[SERVICES], actor_of(request)
    if body.do == "adopt":
        adopted = await adopt_any(
            services, partnership, reference, actor=actor, seen=body.seen, desk_override=body.desk_override
        )
        kinds: tuple[DriftKind, ...] = (adopted.kind,)
        left = list(adopted.left)
    else:
        kinds, left = await drift.restore(services, partnership, reference, actor=actor, seen=body.seen), []
    return respond(DriftDone(meeting_reference=reference, done=body.do, kinds=[str(kind) for kind in kinds], left=left))
