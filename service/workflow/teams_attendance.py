"""What Teams says of who was there becomes a proposal for each agency whose address it names; nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.teams_attendance import AGAIN_AFTER, TeamsProposal, next_read
from service.store.chain import JSON
from service.store.changes import answers, audit, meetings
from service.store.changes import teams_attendance as changes
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.queries.teams_attendance import OverMeeting, ReadSoFar, read_so_far, teams_proposals
from service.workflow.errors import NoSuchMeetingError
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Reported:
    """What the reports of one sitting say: by address in lower case, when it first came and for how long.

    ``unknown`` counts those without an address.
    """

    sessions: int
    stays: Mapping[str, tuple[datetime, int]]
    unknown: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """What Teams proposes of a meeting. ``recorded``: the places somebody has recorded already."""

    proposals: tuple[TeamsProposal, ...]
    recorded: frozenset[tuple[str, str]]
    read: ReadSoFar | None


async def propose(
    services: Services,
    partnership: str,
    over: OverMeeting,
    said: Reported | None,
    *,
    actor: str,
    why: str | None = None,
) -> int:
    """Keep what a read brought, and when to read again; returns how many proposals are new or changed.

    ``said`` None: there is no such online meeting, or nothing usable was said (``why``). Addresses that are no
    agency's are counted and forgotten. Read twice, it is one proposal.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        if await meetings.lock_meeting_by_id(conn, partnership, over.meeting_id) is None:
            return 0
        matched, events = frozenset[str](), list[audit.Event]()
        if said is not None:
            matched, events = await _matched(conn, partnership, over, said, now, actor)
        following = next_read(over.ends_at, now)
        read = _row(over, now, following, why)
        if said is not None:
            strangers = said.unknown + len(set(said.stays) - matched)
            read |= {"sessions": said.sessions, "unknown": strangers, "read_at": now}
        await changes.put_read(conn, partnership, read)
        await audit.append(conn, events)
    return len(events)


async def _matched(
    conn: AsyncConnection, partnership: str, over: OverMeeting, said: Reported, now: datetime, actor: str
) -> tuple[frozenset[str], list[audit.Event]]:
    """Keep a proposal for each agency whose address is named; the addresses that were an agency's, and what is new."""
    matched, events = set[str](), list[audit.Event]()
    before = await changes.proposed(conn, partnership, over.meeting_id, over.sitting)
    for place in await answers.places_of(conn, partnership, over.meeting_id):
        address = (place.address or "").casefold()
        stay = said.stays.get(address)
        if stay is None:
            continue
        matched.add(address)
        if before.get(place.id) == stay:
            continue
        about = {"meeting_id": over.meeting_id, "requirement_id": place.id, "sitting": over.sitting}
        row = {"id": new_id(now), **about, "joined_at": stay[0], "seconds": stay[1], "read_at": now}
        await changes.put_proposal(conn, partnership, row)
        data: dict[str, JSON] = {"requirement": str(place.id), "sitting": over.sitting, "outcome": "attended"}
        data |= {"how": "teams", "seconds": stay[1]}
        events.append(audit.Event(partnership, over.meeting_id, now, actor, audit.Action.ATTENDANCE_PROPOSED, data))
    return frozenset(matched), events


async def not_answered(services: Services, partnership: str, over: OverMeeting, why: str) -> None:
    """Graph gave no answer: the same step again, soon."""
    now = services.now()
    async with services.engine.begin() as conn:
        await changes.put_read(conn, partnership, _row(over, now, now + AGAIN_AFTER, why))


async def refused(services: Services, partnership: str, mailbox_id: UUID, at: datetime | None) -> None:
    """The application may not read reports of this mailbox's meetings (since ``at``), or may again (None)."""
    async with services.engine.begin() as conn:
        await changes.refused(conn, partnership, mailbox_id, at)


async def proposals_of(services: Services, partnership: str, reference: str, sitting: int = 1) -> Proposed:
    """What Teams proposes of a meeting's sitting, and how far the reading has come. Nothing of one there is not.

    Raises:
        NoSuchMeetingError
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        proposals = await teams_proposals(conn, partnership, meeting.id, sitting)
        read = await read_so_far(conn, partnership, meeting.id, sitting)
    recorded = {
        (each.role, each.slot)
        for each in meeting.agencies
        if (line := each.at(sitting)) is not None and line.state != "proposed"
    }
    return Proposed(tuple(proposals.values()), frozenset(recorded), read)


def _row(over: OverMeeting, now: datetime, following: datetime | None, why: str | None) -> dict[str, object]:
    return {
        "id": new_id(now),
        "meeting_id": over.meeting_id,
        "event_id": over.event_id,
        "sitting": over.sitting,
        "state": "done" if following is None else "waiting",
        "next_try_at": following,
        "last_error": why,
    }
