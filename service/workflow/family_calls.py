"""Telling the parents of a conference: the rows of one version of its time.

A parent whose safe route is e-mail gets a message of its own through the outbox, never a place on the event. Every
other route is a task for an officer. Nobody is told before the route is known and, of several parents, before the
chair has chosen how they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.family import ROUTE_WORDS, Route, Sharing, Tied, may_come, parents
from service.domain.london import words
from service.domain.requests import MeetingRequest
from service.store.changes import family as changes
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.family import ParentRow, parents_of, sharing_of
from service.workflow.calling import CANCELLED_AT, Call, Row, outbox_row, sequence_of
from service.workflow.tasks import LCPP, TaskKind, task_row


def stream_of_parent(family_id: UUID) -> str:
    """The stream in which everything one parent is told about one conference is kept in order."""
    return f"family:{family_id}"


def is_ready(parent: ParentRow, wanted: Sequence[ParentRow], sharing: str | None) -> bool:
    """Whether this parent can be told now: a route is known, and with other parents how and when each comes."""
    if parent.state != "wanted" or parent.route is None:
        return False
    if len(wanted) < 2 or sharing == Sharing.JOINT:
        return True
    return sharing == Sharing.SPLIT and parent.comes_at is not None


def family_rows(
    request: MeetingRequest, people: Sequence[Mapping[str, Any]], meeting: Row, now: datetime
) -> tuple[list[Row], list[Row]]:
    """The parents of a conference that has just been asked for, and the officer's task to arrange how they come.

    Nothing for any other kind of meeting: a parent is never invited to a strategy meeting.
    """
    if not may_come(str(meeting["meeting_type"])):
        return [], []
    ids = {row["ref"]: row["id"] for row in people}
    tied = [Tied(one.ref, frozenset(flag for tie in one.ties for flag in tie.flags)) for one in request.people]
    rows: list[Row] = [
        {
            "id": new_id(now),
            "partnership_id": meeting["partnership_id"],
            "meeting_id": meeting["id"],
            "person_id": ids[person.ref],
            "state": "stopped" if stopped else "wanted",
            "stopped_because": str(stopped) if stopped else None,
            "created_at": now,
        }
        for person, stopped in parents(tied)
    ]
    wanted = any(row["state"] == "wanted" for row in rows)
    return rows, [arrange_task(str(meeting["partnership_id"]), meeting["id"], now)] if wanted else []


def arrange_task(partnership: str, meeting_id: UUID, now: datetime, *, version: int = 0) -> Row:
    """What must be found out before a parent can be told."""
    return task_row(
        partnership=partnership,
        kind=TaskKind.INVITE_FAMILY,
        detail="Find a safe way to reach each parent, offer an advocate, ask about an interpreter. "
        "With several parents, the chair says whether they come together or apart.",
        now=now,
        meeting_id=meeting_id,
        about=str(version),
        owner=LCPP,
    )


async def tell_parents(
    conn: AsyncConnection, call: Call, told: Sequence[ParentRow], *, about: str = "invitation"
) -> tuple[list[Row], list[Row]]:
    """The intents and tasks that tell these parents, each of whom is ready. ``about`` may be ``cancellation``."""
    intents: list[Row] = []
    tasks: list[Row] = []
    for parent in told:
        stream = stream_of_parent(parent.id)
        nth = await changes.messages_at(conn, call.partnership, stream, call.version)
        within = CANCELLED_AT if about == "cancellation" else nth
        if parent.route == Route.EMAIL:
            place = sequence_of(call.version, within)
            detail = {"about": about}
            intents.append(outbox_row(call, "family_message", stream, place, family_id=parent.id, detail=detail))
        else:
            tasks.append(_by_hand(call, parent, about))
        if parent.interpreter and about == "invitation":
            tasks.append(_interpreter(call, parent))
    return intents, tasks


def _by_hand(call: Call, parent: ParentRow, about: str) -> Row:
    comes = words(parent.comes_at or call.starts_at)
    off = about == "cancellation"
    said = "the conference is off" if off else f"they are asked to come {comes}; give them the leaflet"
    return task_row(
        partnership=call.partnership,
        kind=TaskKind.TELL_PARENT,
        detail=f"Tell {parent.person} ({parent.relation}) {ROUTE_WORDS[str(parent.route)]}: {said}.",
        now=call.now,
        meeting_id=call.meeting_id,
        about=f"{call.version}:{parent.id}:{about}:{call.now.isoformat()}",
        due_at=call.starts_at,
    )


def _interpreter(call: Call, parent: ParentRow) -> Row:
    return task_row(
        partnership=call.partnership,
        kind=TaskKind.BOOK_INTERPRETER,
        detail=f"Book an interpreter ({parent.interpreter}) for {parent.person}, {words(call.starts_at)}.",
        now=call.now,
        meeting_id=call.meeting_id,
        about=f"{call.version}:{parent.id}:{call.now.isoformat()}",
        due_at=call.starts_at,
    )


async def tell_of_time(
    conn: AsyncConnection, call: Call, meeting: LockedMeeting, *, moving: bool
) -> tuple[list[Row], list[Row]]:
    """The parents' part in a confirmation or a move. Times of their own are forgotten with the time they were in."""
    if not may_come(meeting.meeting_type):
        return [], []
    sharing = await sharing_of(conn, call.partnership, meeting.id)
    if moving and sharing == Sharing.SPLIT:
        await changes.forget_times(conn, call.partnership, meeting.id)
    everyone = await parents_of(conn, call.partnership, meeting.id)
    wanted = [parent for parent in everyone if parent.state == "wanted"]
    ready = [parent for parent in wanted if is_ready(parent, wanted, sharing)]
    intents, tasks = await tell_parents(conn, call, ready)
    if moving and len(ready) < len(wanted):
        tasks.append(arrange_task(call.partnership, meeting.id, call.now, version=call.version))
    return intents, tasks


async def tell_it_is_off(conn: AsyncConnection, call: Call, meeting: LockedMeeting) -> tuple[list[Row], list[Row]]:
    """A word to each parent that may have been told. What each really was told of is looked at when it would leave."""
    if not may_come(meeting.meeting_type):
        return [], []
    sharing = await sharing_of(conn, call.partnership, meeting.id)
    everyone = await parents_of(conn, call.partnership, meeting.id)
    wanted = [parent for parent in everyone if parent.state == "wanted"]
    ready = [parent for parent in wanted if is_ready(parent, wanted, sharing)]
    return await tell_parents(conn, call, ready, about="cancellation")
