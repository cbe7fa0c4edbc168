"""Opening decisions and minutes: whoever opens them has proved who they are before, and the opening is the receipt.

An agency opens its part and no other; absent agencies too. What staff read for themselves is kept as well, and is
no agency's receipt. Nothing is handed back before receipts and audit are committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState
from service.domain.papers import NEEDS_REASON, Kind, Opener, Paper, Proof, current, out, part_of
from service.domain.roles import words as role_words
from service.store.changes import audit, meetings
from service.store.changes import papers as changes
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.papers import PaperPlace, paper_places, papers_of
from service.workflow.disclosing import must_not_hear
from service.workflow.errors import BadWordsError, CannotOpenError, NoSuchMeetingError
from service.workflow.identity import reason_said, words_of_papers
from service.workflow.papers import PlaceNamed, place_named
from service.workflow.ports import Services

_OPENED = {Kind.DECISION: audit.Action.DECISION_OPENED, Kind.MINUTES: audit.Action.MINUTES_OPENED}
_WHAT = {Kind.DECISION: "decisions", Kind.MINUTES: "minutes"}
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class OpenedPaper:
    """One paper as it was read. It may say who a child is: it is shown to whoever opened it, and kept nowhere."""

    number: int
    text: str
    issued_at: datetime | None


async def open_papers(
    services: Services,
    partnership: str,
    reference: str,
    kind: Kind,
    opener: Opener,
    place: PlaceNamed | None = None,
    *,
    actor: str,
) -> tuple[OpenedPaper, ...]:
    """Open an agency's part of the decisions or minutes for somebody who has proved who they are.

    Without a place it is one of our staff (``Proof.STAFF``), who sees all of them and drafts too.

    Raises:
        NoSuchMeetingError: also for somebody who may be tied to the case, or is not who was named for the place.
        NoSuchRequirementError, NoReasonError, ErasedError, SealError
        BadWordsError: nobody is named.
        CannotOpenError: the agency must not be told, cannot be called back, or there is nothing for it.
    """
    now = services.now()
    name, reason = _who(opener, of_agency=place is not None)
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        at = await _place(conn, partnership, meeting, opener, place)
        receipt = {
            "partnership_id": partnership,
            "meeting_id": meeting.id,
            "requirement_id": at.id if at else None,
            "opener": name,
            "proof": str(opener.proof),
            "reason": reason,
            "opened_at": now,
            "opened_by": actor,
        }
        refused = at is not None and await must_not_hear(conn, services, partnership, meeting, at.id, name, actor=actor)
        opened = () if refused else await _read(conn, services, meeting, kind, at, receipt)
    if refused:
        raise NoSuchMeetingError(reference)
    return opened


async def _read(
    conn: AsyncConnection,
    services: Services,
    meeting: LockedMeeting,
    kind: Kind,
    at: PaperPlace | None,
    receipt: dict[str, Any],
) -> tuple[OpenedPaper, ...]:
    partnership, now, actor = receipt["partnership_id"], receipt["opened_at"], receipt["opened_by"]
    papers = _part(await papers_of(conn, partnership, meeting.id), kind, at)
    ids = [paper.id for paper in papers]
    texts = await words_of_papers(conn, services.keyring, partnership, meeting.request_id, ids)
    await changes.add_receipts(conn, [{**receipt, "id": new_id(now), "paper_id": paper_id} for paper_id in ids])
    # Who and why stay in the receipts: a hash chain could never forget a name in them.
    data: dict[str, Any] = {
        "requirement": str(at.id) if at else None,
        "papers": [str(paper_id) for paper_id in ids],
        "proof": receipt["proof"],
    }
    await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, _OPENED[kind], data)])
    return tuple(OpenedPaper(paper.number, texts[paper.id], paper.issued_at) for paper in papers)


def _who(opener: Opener, *, of_agency: bool) -> tuple[str, str]:
    if of_agency != (opener.proof is not Proof.STAFF):
        raise CannotOpenError("An agency opens its part by its own proof or by a call back, and staff by their own.")
    name = opener.name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadWordsError("Say who opens it, by name.")
    return name, reason_said(opener.reason) if opener.proof in NEEDS_REASON else ""


async def _place(
    conn: AsyncConnection, partnership: str, meeting: LockedMeeting, opener: Opener, named: PlaceNamed | None
) -> PaperPlace | None:
    if named is None:
        return None
    if meeting.state is MeetingState.CANCELLED:
        raise CannotOpenError("The meeting was cancelled.")
    place = place_named(await paper_places(conn, partnership, meeting.id), named)
    if place.state == "stopped":
        raise CannotOpenError(f"This agency's shared inbox must not be told: {role_words(place.role)}.")
    if opener.proof is Proof.CALL_BACK and not place.phone:
        raise CannotOpenError(f"The directory has no number to call back: {role_words(place.role)}.")
    return place


def _part(papers: Sequence[Paper], kind: Kind, place: PaperPlace | None) -> tuple[Paper, ...]:
    found = current(papers, kind) if place is None else part_of(out(papers, kind), place.id)
    if not found:
        whose = "of this meeting" if place is None else f"of this meeting for: {role_words(place.role)}"
        raise CannotOpenError(f"There are no {_WHAT[kind]} {whose}.")
    return found
