"""One meeting with everything its page shows, in nine short queries whatever the number of its agencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Text, Uuid, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.queries.meeting_lines import (
    AgencyLine,
    AnswerLine,
    AttendanceLine,
    CallLine,
    ChaseLine,
    ChildLine,
    InboxLine,
    InvitationLine,
    MeetingView,
    SittingLine,
)
from service.store.queries.tasks import Task, tasks_of

_LINKED = t.meetings.alias("linked")
_LEVELS = {"core": 0, "conditional": 1, "optional": 2}
# Every statement here is built once, for every page of a meeting: building the nine takes longer than answering them.
_PARTNERSHIP: Any = bindparam("partnership", type_=Text)
_MEETING: Any = bindparam("meeting_id", type_=Uuid)
# The partnership and the meeting, as the statements are given them.
_About = Mapping[str, Any]


async def meeting_view(conn: AsyncConnection, partnership: str, reference: str) -> MeetingView | None:
    """A meeting by its reference, or None when this partnership has no such meeting."""
    said = {"partnership": partnership, "reference": reference}
    head = (await conn.execute(_head(), said)).mappings().one_or_none()
    if head is None:
        return None
    about = {"partnership": partnership, "meeting_id": head["id"]}
    history = await _answers(conn, about)
    agencies = await _agencies(conn, about, head["version"], history)
    values = {name: value for name, value in head.items() if name != "facts"}
    return MeetingView(
        **values,
        circumstances=tuple(sorted(head["facts"].get("case", {}).get("circumstances", ()))),
        children=await _children(conn, partnership, head["request_id"]),
        agencies=agencies,
        unmatched=tuple(history.get(None, ())),
        open_tasks=tuple(Task(*row) for row in await conn.execute(_open_tasks(), about)),
        sittings=await _sittings(conn, about),
    )


@lru_cache(maxsize=1)
def _open_tasks() -> Select[Any]:
    c = t.tasks.c
    wanted = tasks_of(_PARTNERSHIP).where(c.meeting_id == _MEETING, c.state == "open")
    return wanted.order_by(c.due_at.asc().nulls_last(), c.created_at, c.id)


@lru_cache(maxsize=1)
def _head() -> Select[Any]:
    m, r, e = t.meetings.c, t.requests.c, t.calendar_events.c
    live = and_(e.meeting_id == m.id, e.partnership_id == _PARTNERSHIP)
    return (
        select(
            m.id,
            m.request_id,
            m.reference,
            r.case_ref,
            r.source,
            r.source_ref,
            m.meeting_type,
            r.urgency,
            r.concern_recorded_at,
            m.team,
            m.policy_hash,
            m.state,
            m.version,
            m.starts_at,
            m.ends_at,
            m.mode,
            m.venue,
            m.chair,
            m.chair_because,
            m.chair_by,
            m.deadline_at,
            m.earliest_fair_at,
            m.minutes_due_at,
            m.short_notice_reason,
            m.short_notice_code,
            m.short_notice_by,
            m.inquorate_reason,
            m.inquorate_by,
            m.cancelled_because,
            m.created_at,
            _LINKED.c.reference.label("linked_reference"),
            func.coalesce(e.state, "").label("event_state"),
            func.coalesce(e.handed_version, 0).label("event_version"),
            e.join_url,
            r.facts,
        )
        .select_from(
            t.meetings.join(t.requests, r.id == m.request_id)
            .outerjoin(_LINKED, _LINKED.c.id == m.linked_meeting_id)
            .outerjoin(t.calendar_events, live)
        )
        .where(m.partnership_id == _PARTNERSHIP, m.reference == bindparam("reference", type_=Text))
        # The newest event: an older one of the same meeting can only be a cancelled one.
        .order_by(e.id.desc())
        .limit(1)
    )


async def _children(conn: AsyncConnection, partnership: str, request_id: UUID) -> tuple[ChildLine, ...]:
    found = await conn.execute(_children_of(), {"partnership": partnership, "request_id": request_id})
    return tuple(ChildLine(*row) for row in found)


@lru_cache(maxsize=1)
def _children_of() -> Select[Any]:
    c = t.children.c
    own = c.request_id == bindparam("request_id", type_=Uuid)
    return select(c.ref, c.age_band).where(c.partnership_id == _PARTNERSHIP, own).order_by(c.ref)


@lru_cache(maxsize=8)
def _of_meeting(
    table: Table, line: type[Any], *in_order: str, by_place: bool = True, newest_first: bool = False
) -> Select[Any]:
    """The lines of one table about a meeting, with the place of each before it."""
    c = table.c
    place = [c.requirement_id] if by_place else []
    order = [c[name].desc() if newest_first else c[name] for name in in_order]
    wanted = select(*place, *_columns(line, c)).where(c.partnership_id == _PARTNERSHIP, c.meeting_id == _MEETING)
    return wanted.order_by(*order)


def _columns(line: type[Any], of: Any) -> list[ColumnElement[Any]]:
    return [of[field.name] for field in fields(line)]


async def _answers(conn: AsyncConnection, about: _About) -> Mapping[UUID | None, Sequence[AnswerLine]]:
    """Every answer by the place it was given for (None: no place was found), newest first."""
    found = await conn.execute(_of_meeting(t.answers, AnswerLine, "answered_at", "id", newest_first=True), about)
    by_place: dict[UUID | None, list[AnswerLine]] = defaultdict(list)
    for place, *values in found:
        by_place[place].append(AnswerLine(*values))
    return by_place


async def _chases(conn: AsyncConnection, about: _About) -> Mapping[UUID, Sequence[ChaseLine]]:
    found = await conn.execute(_of_meeting(t.chases, ChaseLine, "version", "step"), about)
    by_place: dict[UUID, list[ChaseLine]] = defaultdict(list)
    for place, *values in found:
        by_place[place].append(ChaseLine(*values))
    return by_place


async def _sittings(conn: AsyncConnection, about: _About) -> tuple[SittingLine, ...]:
    found = await conn.execute(_of_meeting(t.sittings, SittingLine, "number", by_place=False), about)
    return tuple(SittingLine(*row) for row in found)


async def _calls(conn: AsyncConnection, about: _About) -> Mapping[UUID, Sequence[CallLine]]:
    """By place, in the order they were made."""
    found = await conn.execute(_of_meeting(t.calls, CallLine, "called_at", "id"), about)
    by_place: dict[UUID, list[CallLine]] = defaultdict(list)
    for place, *values in found:
        by_place[place].append(CallLine(*values))
    return by_place


async def _attendances(conn: AsyncConnection, about: _About) -> Mapping[UUID, Mapping[int, AttendanceLine]]:
    """By place and sitting."""
    found = await conn.execute(_of_meeting(t.attendances, AttendanceLine, "sitting"), about)
    by_place: dict[UUID, dict[int, AttendanceLine]] = defaultdict(dict)
    for place, *values in found:
        line = AttendanceLine(*values)
        by_place[place][line.sitting] = line
    return by_place


async def _agencies(
    conn: AsyncConnection,
    about: _About,
    version: int,
    history: Mapping[UUID | None, Sequence[AnswerLine]],
) -> tuple[AgencyLine, ...]:
    """The places at the meeting, the core ones first."""
    chases = await _chases(conn, about)
    came = await _attendances(conn, about)
    called = await _calls(conn, about)
    lines = []
    for row in await conn.execute(_places(), about):
        parts = _Cut(row)
        place, role, slot, group, level, state, because, children, standard, minimum = parts.take(10)
        inbox, invitation = parts.line(InboxLine), parts.line(InvitationLine)
        sittings = came.get(place, {})
        said = tuple(history.get(place, ()))
        lines.append(
            AgencyLine(
                requirement_id=place,
                role=role,
                slot=slot,
                group=group,
                level=level,
                state=state,
                because=tuple(because),
                children=tuple(children),
                notice_standard=standard,
                notice_minimum=minimum,
                inbox=inbox,
                invitation=invitation,
                answer=next((answer for answer in said if answer.version == version), None),
                history=said,
                chases=tuple(chases.get(place, ())),
                attendance=sittings.get(1),
                later=tuple(line for number, line in sittings.items() if number > 1),
                calls=tuple(called.get(place, ())),
            )
        )
    return tuple(sorted(lines, key=lambda line: (_LEVELS[line.level], line.role, line.slot)))


@lru_cache(maxsize=1)
def _places() -> Select[Any]:
    r, v = t.requirements.c, t.invitations.c
    newest = (
        select(*_columns(InvitationLine, v))
        .where(v.requirement_id == r.id)
        .order_by(v.version.desc())
        .limit(1)
        .correlate(t.requirements)
        .lateral("newest")
    )
    place = (r.id, r.role, r.slot, r.agency_group, r.level, r.state, r.because, r.children)
    return (
        select(
            *place,
            r.notice_standard,
            r.notice_minimum,
            *_columns(InboxLine, t.inboxes.c),
            *_columns(InvitationLine, newest.c),
        )
        .select_from(
            t.requirements.outerjoin(t.inboxes, t.inboxes.c.id == r.inbox_id).outerjoin(
                newest, newest.c.version.is_not(None)
            )
        )
        .where(r.partnership_id == _PARTNERSHIP, r.meeting_id == _MEETING)
    )


class _Cut:
    """Cuts a joined row into its lines, from left to right. A line whose first column is null was not there."""

    def __init__(self, row: Sequence[Any]) -> None:
        self._left = list(row)

    def take(self, number: int) -> list[Any]:
        taken, self._left = self._left[:number], self._left[number:]
        return taken

    def line(self, kind: type[Any]) -> Any:
        values = self.take(len(fields(kind)))
        return None if values[0] is None else kind(*values)
