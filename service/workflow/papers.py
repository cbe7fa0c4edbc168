"""Decisions and minutes: the chair agrees them, and their words are sealed under the request's key.

The same words pressed twice are one paper. A correction replaces a paper and keeps it; every agency then opens the new
one. What an agency may open, and whether it has, is ``service.domain.papers``; opening is ``workflow.opening``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState, check_move
from service.domain.minutes import MinutesClock, first_issued
from service.domain.papers import Kind, Opening, Paper, Receipt, current, out, receipt
from service.store.changes import answers, audit, meetings, tasks
from service.store.changes import papers as changes
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.queries.papers import PaperPlace, openings_of, paper_places, papers_of
from service.store.sealing import DataKey, KeyErased, seal
from service.workflow.errors import (
    BadTimeError,
    BadWordsError,
    CannotOpenError,
    ChangedMeanwhileError,
    ErasedError,
    NoSuchMeetingError,
    NoSuchRequirementError,
)
from service.workflow.minutes import ASKED
from service.workflow.ports import Services

LONGEST_WORDS = 20_000
_AGREED = {Kind.DECISION: audit.Action.DECISION_AGREED, Kind.MINUTES: audit.Action.MINUTES_AGREED}


@dataclass(frozen=True, slots=True)
class PlaceNamed:
    """An agency's place as a person names it. ``slot`` tells two agencies of one role apart."""

    role: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class PaperGiven:
    """A decision, or a part of the minutes, in the chair's words. ``replaces`` is the number of the one it corrects."""

    text: str
    concerns: tuple[PlaceNamed, ...] = ()
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """One paper that is agreed now. ``new``: it was not known before."""

    number: int
    new: bool


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """What one agency has opened of its part."""

    place: PaperPlace
    decisions: Receipt
    minutes: Receipt


@dataclass(frozen=True, slots=True)
class PapersStanding:
    """The current decisions and minutes of a meeting and who has opened them; drafts of minutes too."""

    reference: str
    meeting_id: UUID
    decisions: tuple[Paper, ...]
    minutes: tuple[Paper, ...]
    clock: MinutesClock
    places: tuple[PlaceStanding, ...]
    openings: tuple[Opening, ...]


async def started(services: Services, conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    """Lock a meeting that has started and was not cancelled.

    Raises:
        NoSuchMeetingError, IllegalMoveError, BadTimeError
    """
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    if meeting.state is not MeetingState.HELD:
        check_move(meeting.state, MeetingState.HELD)
    if meeting.starts_at is None or meeting.starts_at > services.now():
        raise BadTimeError("The meeting has not started. What it decides can be written down once it has.")
    return meeting


async def key_of(services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> DataKey:
    """The request's data key. Raises ErasedError."""
    key_id, wrapped = await answers.data_key_of(conn, partnership, meeting.request_id)
    try:
        return services.keyring.open_data_key(key_id, wrapped)
    except KeyErased:
        raise ErasedError from None


def words_said(text: str) -> str:
    """Words as they are kept. Raises BadWordsError."""
    said = text.strip()
    if not said:
        raise BadWordsError("There are no words. Write what was agreed.")
    if len(said) > LONGEST_WORDS:
        raise BadWordsError(f"These words are longer than {LONGEST_WORDS} characters. Give them in parts.")
    return said


def place_named(places: Sequence[PaperPlace], named: PlaceNamed) -> PaperPlace:
    """The one place that is meant. Raises NoSuchRequirementError."""
    fits = [place for place in places if place.role == named.role and named.slot in {"", place.slot}]
    if len(fits) != 1:
        raise NoSuchRequirementError(named.role)
    return fits[0]


async def agree_papers(
    services: Services, partnership: str, reference: str, kind: Kind, given: Sequence[PaperGiven], *, actor: str
) -> tuple[Agreed, ...]:
    """The chair agrees decisions, or parts of the minutes, in the order given. Decisions are out at once.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError, IllegalMoveError, BadTimeError, BadWordsError, ErasedError
        ChangedMeanwhileError: a paper to be replaced is not there, or was replaced already.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await started(services, conn, partnership, reference)
        desk = _Desk(
            partnership,
            meeting,
            kind,
            await key_of(services, conn, partnership, meeting),
            await paper_places(conn, partnership, meeting.id),
            await papers_of(conn, partnership, meeting.id),
            dict(await changes.fingerprints_of(conn, partnership, meeting.id, kind)),
        )
        agreed = tuple(desk.take(each, actor, now) for each in given)
        await changes.add_papers(conn, desk.rows)
        await audit.append(conn, [_agreed_event(desk, row, actor, now) for row in desk.rows])
    return agreed


class _Desk:
    """Takes papers in one by one, under the meeting's lock."""

    def __init__(
        self,
        partnership: str,
        meeting: LockedMeeting,
        kind: Kind,
        key: DataKey,
        places: Sequence[PaperPlace],
        papers: Sequence[Paper],
        known: dict[bytes, tuple[UUID, int]],
    ) -> None:
        self.partnership, self.meeting, self.kind = partnership, meeting, kind
        self._key, self._places, self._known = key, places, known
        self._current = {paper.number: paper.id for paper in current(papers, kind)}
        self._last = max((paper.number for paper in papers if paper.kind is kind), default=0)
        self._ids = {paper.number: paper.id for paper in papers if paper.kind is kind}
        self.rows: list[dict[str, Any]] = []

    def take(self, given: PaperGiven, actor: str, now: datetime) -> Agreed:
        """One paper: known already, or a new row."""
        said = words_said(given.text)
        concerns = sorted({place_named(self._places, named).id for named in given.concerns})
        fingerprint = self._fingerprint(said, concerns, given.replaces)
        if fingerprint in self._known:
            return Agreed(self._known[fingerprint][1], new=False)
        if given.replaces is not None and self._current.pop(given.replaces, None) is None:
            raise ChangedMeanwhileError
        paper_id, self._last = new_id(now), self._last + 1
        self._known[fingerprint] = (paper_id, self._last)
        self._current[self._last] = self._ids[self._last] = paper_id
        out_at = now if self.kind is Kind.DECISION else None
        self.rows.append(
            {
                "id": paper_id,
                "partnership_id": self.partnership,
                "meeting_id": self.meeting.id,
                "kind": str(self.kind),
                "number": self._last,
                "concerns": concerns,
                "sealed_text": seal(self._key, "papers", paper_id, "sealed_text", said.encode()),
                "fingerprint": fingerprint,
                "replaces_id": self._ids[given.replaces] if given.replaces is not None else None,
                "agreed_by": actor,
                "agreed_at": now,
                "issued_by": actor if out_at else None,
                "issued_at": out_at,
            }
        )
        return Agreed(self._last, new=True)

    def _fingerprint(self, said: str, concerns: Sequence[UUID], replaces: int | None) -> bytes:
        about = json.dumps([str(self.kind), str(self.meeting.id), [str(place) for place in concerns], replaces, said])
        return hmac.digest(self._key.plain, about.encode(), hashlib.sha256)


def _agreed_event(desk: _Desk, row: dict[str, Any], actor: str, now: datetime) -> audit.Event:
    replaces = row["replaces_id"]
    data: dict[str, Any] = {
        "paper": str(row["id"]),
        "number": row["number"],
        "concerns": [str(place) for place in row["concerns"]],
        "replaces": str(replaces) if replaces else None,
    }
    return audit.Event(desk.partnership, desk.meeting.id, now, actor, _AGREED[desk.kind], data)


async def issue_minutes(
    services: Services, partnership: str, reference: str, *, actor: str, at: datetime | None = None
) -> tuple[int, ...]:
    """Issue every part of the minutes that is agreed and not out yet; returns their numbers. Pressed twice, once done.

    ``at`` is when they went out, for minutes typed in later; now if left out.

    Raises:
        NoSuchMeetingError, IllegalMoveError
        BadTimeError: the meeting has not started, or ``at`` is before it or in the future.
        CannotOpenError: there are no minutes to issue.
    """
    now = services.now()
    issued_at = at or now
    async with services.engine.begin() as conn:
        meeting = await started(services, conn, partnership, reference)
        if issued_at > now or (meeting.starts_at is not None and issued_at < meeting.starts_at):
            raise BadTimeError("Minutes go out after the meeting started, and not in the future.")
        papers = current(await papers_of(conn, partnership, meeting.id), Kind.MINUTES)
        if not papers:
            raise CannotOpenError("There are no minutes of this meeting yet. The chair agrees them first.")
        await tasks.close_kinds(conn, partnership, meeting.id, ASKED, by=actor, now=now)
        waiting = [paper for paper in papers if paper.issued_at is None]
        await changes.issue(conn, partnership, [paper.id for paper in waiting], by=actor, at=issued_at)
        data: dict[str, Any] = {"papers": [str(paper.id) for paper in waiting], "issued_at": issued_at.isoformat()}
        if waiting:
            event = audit.Event(partnership, meeting.id, now, actor, audit.Action.MINUTES_ISSUED, data)
            await audit.append(conn, [event])
    return tuple(paper.number for paper in waiting)


async def standing(services: Services, partnership: str, reference: str) -> PapersStanding:
    """What was decided, by number only, and who has opened it. Raises NoSuchMeetingError."""
    async with services.engine.connect() as conn:
        found = await meeting_view(conn, partnership, reference)
        if found is None:
            raise NoSuchMeetingError(reference)
        return await standing_of(conn, partnership, found)


async def standing_of(conn: AsyncConnection, partnership: str, meeting: MeetingView) -> PapersStanding:
    """As ``standing``, of a meeting that was read already."""
    papers = await papers_of(conn, partnership, meeting.id)
    openings = await openings_of(conn, partnership, meeting.id)
    decisions, minutes = out(papers, Kind.DECISION), out(papers, Kind.MINUTES)
    places = await paper_places(conn, partnership, meeting.id)
    return PapersStanding(
        meeting.reference,
        meeting.id,
        decisions,
        current(papers, Kind.MINUTES),
        MinutesClock(meeting.minutes_due_at, first_issued(papers)),
        tuple(
            PlaceStanding(place, receipt(decisions, openings, place.id), receipt(minutes, openings, place.id))
            for place in places
        ),
        tuple(openings),
    )
