"""Restricted cases: named people only. Whoever must know all the same breaks the glass: with a reason, for a few hours,
and with an alarm that somebody else hears.

Restricting a case hides its meetings from people, never from the service: agencies are asked, chased and told as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.changes import audit, meetings, restricting, tasks
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.readable import Access, Reader, access_to, may_read_meeting
from service.workflow.errors import BadReaderError, Instead, NoSuchMeetingError
from service.workflow.identity import reason_said
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row

GLASS_LASTS = timedelta(hours=4)
"""How long a broken glass lets somebody in. Ours; no procedure states one."""
MANAGER = "team manager, children's social care"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a case is restricted, and who is named for it, kept out of it, or let in for a while."""

    reference: str
    restricted: bool
    people: tuple[Access, ...]


async def standing(services: Services, partnership: str, reference: str) -> Standing:
    """Who may know of a case. Raises NoSuchMeetingError."""
    async with services.engine.begin() as conn:
        await _locked(conn, partnership, reference)
        restricted, people = await access_to(conn, partnership, reference)
    return Standing(reference, restricted, tuple(people))


async def restrict_case(
    services: Services, partnership: str, reference: str, readers: Sequence[str], *, reason: str, actor: str
) -> Standing:
    """Only the people named may know of the case from now on; whoever restricts it is among them.

    Said again it names more people and takes nobody away.

    Raises:
        NoSuchMeetingError, NoReasonError
        BadReaderError: somebody is not named as the audit names people.
    """
    why, named = reason_said(reason), [_checked(reader) for reader in dict.fromkeys([actor, *readers])]
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        await restricting.restrict(conn, partnership, meeting.request_id, by=actor, now=services.now())
        _, there = await access_to(conn, partnership, reference)
        known = {each.reader for each in there if each.kind == "named"}
        for reader in named:
            if reader not in known:
                await restricting.add(conn, _access(services, partnership, meeting, reader, "named", why, actor))
        data: dict[str, Any] = {"readers": named}
        await _audited(services, conn, partnership, meeting, audit.Action.CASE_RESTRICTED, data, actor)
    return await standing(services, partnership, reference)


async def open_case(services: Services, partnership: str, reference: str, *, reason: str, actor: str) -> Standing:
    """The case is restricted no more. Whoever is kept out stays out. Raises NoSuchMeetingError, NoReasonError."""
    reason_said(reason)
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        if await restricting.open_up(conn, partnership, meeting.request_id):
            await _audited(services, conn, partnership, meeting, audit.Action.CASE_OPENED_UP, {}, actor)
    return await standing(services, partnership, reference)


async def keep_out(
    services: Services, partnership: str, reference: str, reader: str, *, reason: str, actor: str
) -> Standing:
    """Somebody of ours, who is tied to the case or must not know of it, loses its meetings: from lists, search, counts.

    Raises:
        NoSuchMeetingError, NoReasonError, BadReaderError
    """
    why, who = reason_said(reason), _checked(reader)
    if who == actor:
        raise BadReaderError("Nobody keeps themself out. Ask somebody else to.")
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        now = services.now()
        for kind in ("named", "break_glass", "kept_out"):
            await restricting.end(conn, partnership, meeting.request_id, who, kind, now)
        await restricting.add(conn, _access(services, partnership, meeting, who, "kept_out", why, actor))
        await _audited(services, conn, partnership, meeting, audit.Action.READER_KEPT_OUT, {"reader": who}, actor)
    return await standing(services, partnership, reference)


async def let_in_again(
    services: Services, partnership: str, reference: str, reader: str, *, reason: str, actor: str
) -> Standing:
    """Somebody is kept out no more. Raises NoSuchMeetingError, NoReasonError, BadReaderError."""
    reason_said(reason)
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        if not await restricting.end(conn, partnership, meeting.request_id, reader, "kept_out", services.now()):
            raise BadReaderError("Nobody of that name is kept out of this case.")
        await _audited(services, conn, partnership, meeting, audit.Action.READER_LET_IN, {"reader": reader}, actor)
    return await standing(services, partnership, reference)


async def break_glass(services: Services, partnership: str, reference: str, *, reason: str, actor: str) -> datetime:
    """Somebody must know of a restricted case now. They may for ``GLASS_LASTS``, and a manager has a task to ask them
    why; returns when it ends. Where they may know of it anyway nothing is broken.

    Raises:
        NoReasonError
        NoSuchMeetingError: there is none, or they are kept out of it; then too a manager hears of it.
    """
    why, now = reason_said(reason), services.now()
    until, refused = now + GLASS_LASTS, False
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        if await may_read_meeting(conn, partnership, reference, Reader(actor, now)):
            return until
        _, there = await access_to(conn, partnership, reference)
        refused = any(each.reader == actor and each.kind == "kept_out" for each in there)
        if not refused:
            values = _access(services, partnership, meeting, actor, "break_glass", why, actor)
            await restricting.add(conn, values | {"until": until})
        data: dict[str, Any] = {"refused": refused, "until": until.isoformat()}
        await _audited(services, conn, partnership, meeting, audit.Action.GLASS_BROKEN, data, actor)
        await tasks.open_once(conn, [_alarm(partnership, meeting, now, refused=refused)])
    if refused:
        raise NoSuchMeetingError(reference)
    return until


def _alarm(partnership: str, meeting: LockedMeeting, now: datetime, *, refused: bool) -> dict[str, Any]:
    what = "tried to break the glass of this case and was kept out" if refused else "broke the glass of this case"
    return task_row(
        partnership=partnership,
        kind=TaskKind.GLASS_BROKEN,
        detail=f"Ask why: somebody who is not named for it {what}. Who, and the reason they gave, "
        "is under “Who may know of it”.",
        now=now,
        meeting_id=meeting.id,
        about=str(new_id(now)),
        due_at=now,
        owner=MANAGER,
    )


async def _locked(conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    return meeting


def _checked(reader: str) -> str:
    kind, colon, name = reader.partition(":")
    if kind not in {"staff", "api", "command"} or not colon or not name or len(reader) > 200:
        raise BadReaderError(
            "Name people as the audit does: staff:ID, api:NAME or command:NAME.", instead=Instead.LIST_STAFF
        )
    return reader


def _access(
    services: Services, partnership: str, meeting: LockedMeeting, reader: str, kind: str, reason: str, actor: str
) -> dict[str, Any]:
    now = services.now()
    return {
        "id": new_id(now),
        "partnership_id": partnership,
        "request_id": meeting.request_id,
        "reader": reader,
        "kind": kind,
        "named_by": actor,
        "reason": reason,
        "since": now,
        "until": None,
        "ended_at": None,
    }


async def _audited(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    action: audit.Action,
    data: dict[str, Any],
    actor: str,
) -> None:
    await audit.append(conn, [audit.Event(partnership, meeting.id, services.now(), actor, action, data)])
