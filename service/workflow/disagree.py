"""Dissent and refused requests: written down under seal, and taken up the partnership's own ladder.

An agency dissents from a decision, asked for a strategy meeting and was refused (then there may be no meeting at all),
or refused to come or to give information. Each stands at a stage with a task; when the stage's time runs out it goes to
the next. Where the partnership has set no time a person takes it further; where it has no ladder, the task says so.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.disagreeing import KIND_WORDS, Disagreement, Kind, Rung, first_rung, rung, settle_by
from service.domain.london import words
from service.domain.papers import Kind as PaperKind
from service.domain.papers import out
from service.domain.roles import ROLES
from service.domain.roles import words as role_words
from service.store.changes import audit, meetings, tasks
from service.store.changes import disagreements as changes
from service.store.changes.disagreements import LockedDisagreement
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.disagreements import disagreements_of, disagreements_without_meeting, open_disagreements
from service.store.queries.papers import PaperPlace, paper_places, papers_of
from service.store.sealing import DataKey, KeyErased, seal
from service.workflow.errors import (
    BadReasonError,
    ErasedError,
    NoSuchDisagreementError,
    NoSuchMeetingError,
    NoSuchRequirementError,
    NotReadyError,
)
from service.workflow.identity import reason_said, words_of_disagreement
from service.workflow.papers import PlaceNamed, key_of, place_named, words_said
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.tasks import LCPP, TaskKind, task_row

_ALONE = frozenset({Kind.REFUSED_MEETING})


@dataclass(frozen=True, slots=True)
class DisagreementGiven:
    """A disagreement in the words of whoever raises it. ``decision`` is the number of the decision dissented from."""

    kind: Kind
    place: PlaceNamed
    text: str
    decision: int | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of it. ``new`` False: the same was written down before."""

    id: UUID
    rung: Rung
    new: bool


@dataclass(frozen=True, slots=True)
class _About:
    meeting: LockedMeeting | None
    place: PaperPlace | None
    paper_id: UUID | None
    key: DataKey


async def raise_disagreement(
    services: Services, partnership: str, reference: str | None, given: DisagreementGiven, *, actor: str
) -> Raised:
    """Write one down and put it at the ladder's first stage. The same words twice about one meeting are one.

    ``reference`` None: an agency asked for a strategy meeting and was refused, so there is none.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError, BadWordsError, ErasedError, NotReadyError
        BadReasonError: a dissent that names no decision there is, or a refusal that needs a meeting and has none.
    """
    now, said = services.now(), words_said(given.text)
    async with services.engine.begin() as conn:
        about = await _about(services, conn, partnership, reference, given)
        policy_hash = about.meeting.policy_hash if about.meeting else _current_hash(services, partnership)
        ladder = (await policy_of(services, conn, partnership, policy_hash)).escalation
        at = first_rung(ladder, now, services.calendar)
        row = _row(partnership, given, about, said, now, actor) | {
            "policy_hash": policy_hash,
            "stage": at.number,
            "stage_to": at.to,
            "stage_due_at": at.due_at,
            "settle_by": settle_by(ladder, now, services.calendar),
        }
        if not await changes.add(conn, row):
            known = await changes.id_of(conn, partnership, row["fingerprint"])
            return Raised(known or row["id"], at, new=False)
        meeting_id = row["meeting_id"]
        await tasks.open_once(conn, [_task(partnership, row["id"], meeting_id, given.kind, given.place.role, at, now)])
        data: dict[str, Any] = {
            "disagreement": str(row["id"]),
            "kind": str(given.kind),
            "requirement": str(about.place.id) if about.place else None,
            "stage": at.number,
        }
        await audit.append(
            conn, [audit.Event(partnership, meeting_id, now, actor, audit.Action.DISAGREEMENT_RAISED, data)]
        )
    return Raised(row["id"], at, new=True)


async def _about(
    services: Services, conn: AsyncConnection, partnership: str, reference: str | None, given: DisagreementGiven
) -> _About:
    if reference is None:
        if given.kind not in _ALONE:
            raise BadReasonError("Only a refused request for a strategy meeting stands without a meeting. Name one.")
        if given.place.role not in ROLES:
            raise NoSuchRequirementError(given.place.role)
        return _About(None, None, None, services.keyring.new_data_key())
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    key = await key_of(services, conn, partnership, meeting)
    place = place_named(await paper_places(conn, partnership, meeting.id), given.place)
    paper_id = None
    if given.kind is Kind.DISSENT:
        decisions = out(await papers_of(conn, partnership, meeting.id), PaperKind.DECISION)
        paper_id = next((paper.id for paper in decisions if paper.number == given.decision), None)
        if paper_id is None:
            raise BadReasonError("Say by its number from which decision the agency dissents; the list has them.")
    return _About(meeting, place, paper_id, key)


def _current_hash(services: Services, partnership: str) -> str:
    policy = services.policies.get(partnership)
    if policy is None:
        raise NotReadyError(f"{partnership} has no policy. Set its pack in CONVENE_PARTNERSHIPS.")
    return policy.content_hash


def _row(
    partnership: str, given: DisagreementGiven, about: _About, said: str, now: datetime, actor: str
) -> dict[str, Any]:
    own = about.meeting is None
    disagreement_id = new_id(now)
    told = [str(given.kind), given.place.role, given.place.slot, given.decision, said]
    # With a key of its own nothing tells that it is the same as another: each is one of its own.
    told.append(str(disagreement_id) if about.meeting is None else str(about.meeting.id))
    return {
        "id": disagreement_id,
        "partnership_id": partnership,
        "meeting_id": about.meeting.id if about.meeting else None,
        "requirement_id": about.place.id if about.place else None,
        "paper_id": about.paper_id,
        "kind": str(given.kind),
        "role": given.place.role,
        "key_id": about.key.key_id if own else None,
        "wrapped_key": about.key.wrapped if own else None,
        "sealed_words": seal(about.key, "disagreements", disagreement_id, "sealed_words", said.encode()),
        "fingerprint": hmac.digest(about.key.plain, json.dumps(told).encode(), hashlib.sha256),
        "state": "open",
        "raised_by": actor,
        "raised_at": now,
    }


def _task(
    partnership: str, disagreement_id: UUID, meeting_id: UUID | None, kind: Kind, role: str, at: Rung, now: datetime
) -> dict[str, Any]:
    what = f"{role_words(role)}, {KIND_WORDS[kind]}"
    if at.number == 0:
        detail = f"Settle it, or take it further: {what}. The partnership has published no ladder."
    else:
        by = f"by {words(at.due_at)}" if at.due_at else "the partnership has set no time for this stage"
        detail = f"Take it to {at.to} (stage {at.number}; {by}): {what}."
    return task_row(
        partnership=partnership,
        kind=TaskKind.DISAGREEMENT,
        detail=detail,
        now=now,
        meeting_id=meeting_id,
        about=f"{disagreement_id}:{at.number}",
        due_at=at.due_at,
        owner=LCPP,
    )


async def take_further(
    services: Services, partnership: str, disagreement_id: UUID, *, actor: str, only_if_run_out: bool = False
) -> Rung | None:
    """Take one to the next stage of its ladder; None when there is no further stage, or no time has run out.

    Raises:
        NoSuchDisagreementError: none is open under this id.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        found = await _open(conn, partnership, disagreement_id)
        if only_if_run_out and (found.stage_due_at is None or found.stage_due_at >= now):
            return None
        ladder = (await policy_of(services, conn, partnership, found.policy_hash)).escalation
        at = rung(ladder, found.stage + 1, now, services.calendar)
        if at is None:
            await changes.no_more_time(conn, partnership, disagreement_id)
            return None
        await changes.move_up(conn, partnership, disagreement_id, stage=at.number, to=at.to, due_at=at.due_at)
        await tasks.close_about(conn, partnership, disagreement_id, by=actor, now=now)
        task = _task(partnership, disagreement_id, found.meeting_id, Kind(found.kind), found.role, at, now)
        await tasks.open_once(conn, [task])
        data: dict[str, Any] = {"disagreement": str(disagreement_id), "stage": at.number}
        action = audit.Action.DISAGREEMENT_ESCALATED
        await audit.append(conn, [audit.Event(partnership, found.meeting_id, now, actor, action, data)])
    return at


async def settle_disagreement(
    services: Services, partnership: str, disagreement_id: UUID, outcome: str, *, actor: str
) -> None:
    """It is settled; how stands under seal, and its task is done.

    Raises:
        NoSuchDisagreementError, BadWordsError, ErasedError
    """
    now, said = services.now(), words_said(outcome)
    async with services.engine.begin() as conn:
        found = await _open(conn, partnership, disagreement_id)
        try:
            key = services.keyring.open_data_key(found.key_id, found.wrapped_key)
        except KeyErased:
            raise ErasedError from None
        sealed = seal(key, "disagreements", disagreement_id, "sealed_outcome", said.encode())
        await changes.settle(conn, partnership, disagreement_id, by=actor, now=now, sealed_outcome=sealed)
        await tasks.close_about(conn, partnership, disagreement_id, by=actor, now=now)
        data: dict[str, Any] = {"disagreement": str(disagreement_id), "stage": found.stage}
        action = audit.Action.DISAGREEMENT_SETTLED
        await audit.append(conn, [audit.Event(partnership, found.meeting_id, now, actor, action, data)])


async def read_disagreement(
    services: Services, partnership: str, disagreement_id: UUID, *, reason: str, actor: str
) -> str:
    """What one says, for a member of staff with a reason; handed back once the opening is audited.

    Raises:
        NoSuchDisagreementError, NoReasonError, ErasedError, SealError
    """
    now, why = services.now(), reason_said(reason)
    async with services.engine.begin() as conn:
        found = await changes.lock(conn, partnership, disagreement_id)
        if found is None:
            raise NoSuchDisagreementError(str(disagreement_id))
        said = words_of_disagreement(services.keyring, found)
        data: dict[str, Any] = {"disagreement": str(disagreement_id), "reason": why, "columns": ["sealed_words"]}
        action = audit.Action.DISAGREEMENT_OPENED
        await audit.append(conn, [audit.Event(partnership, found.meeting_id, now, actor, action, data)])
    return said


async def _open(conn: AsyncConnection, partnership: str, disagreement_id: UUID) -> LockedDisagreement:
    found = await changes.lock(conn, partnership, disagreement_id)
    if found is None or found.state != "open":
        raise NoSuchDisagreementError(str(disagreement_id))
    return found


async def list_without_meeting(services: Services, partnership: str) -> list[Disagreement]:
    """Refused requests for a meeting, for which there is none: open and settled."""
    async with services.engine.connect() as conn:
        return await disagreements_without_meeting(conn, partnership)


async def list_disagreements(services: Services, partnership: str, reference: str | None) -> list[Disagreement]:
    """Those about one meeting, or every open one of the partnership. Raises NoSuchMeetingError."""
    async with services.engine.begin() as conn:
        if reference is None:
            return await open_disagreements(conn, partnership)
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        return await disagreements_of(conn, partnership, meeting.id)
