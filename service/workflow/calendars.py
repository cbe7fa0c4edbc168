"""The calendars a search may look into: which there are, and what is known of them now.

What was seen is kept a short while in the database, as stretches of time and nothing else. A calendar that cannot be
read stops nothing: what was seen of it within a day is used and its age is told; after that, standing hours are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from service.domain.calendars import (
    AHEAD,
    BELIEVED_FOR,
    FRESH_FOR,
    RESTS_FOR,
    Appointment,
    Kind,
    NotSeen,
    Seen,
    sentences,
)
from service.store.chain import JSON
from service.store.changes import audit
from service.store.changes import calendars as changes
from service.store.queries.calendars import CalendarRow, calendars_for, calendars_of
from service.store.queries.mailboxes import mailboxes_of
from service.store.queries.partnerships import partnership_by_id
from service.workflow.calendar_list import CalendarEntry
from service.workflow.errors import Instead, NotReadyError
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of the calendars a search asks for: agencies by address in lower case."""

    agencies: Mapping[str, Seen] = field(default_factory=dict)
    chair: Seen | None = None
    rooms: tuple[Seen, ...] = ()

    @property
    def all(self) -> tuple[Seen, ...]:
        """Every one of them, the chair first."""
        return (*((self.chair,) if self.chair else ()), *self.agencies.values(), *self.rooms)

    def told(self, now: datetime) -> tuple[str, ...]:
        """What must be said of them beside a suggestion: which are old and which could not be read."""
        return sentences(self.all, now)


async def look_into(
    services: Services, partnership: str, agencies: Mapping[str, str], chair: str, *, rooms: bool
) -> Looked:
    """What is known now of the calendars of some agencies (address to the agency in words), a chair and, where
    somebody has to go there, the rooms. Asks Outlook for what was not seen lately; never waits long and never fails
    for Outlook's sake.
    """
    now = services.now()
    addresses = {address.casefold(): words for address, words in agencies.items()}
    async with services.engine.connect() as conn:
        rows = await calendars_for(conn, partnership, addresses, chair)
    rows = [row for row in rows if rooms or row.kind != Kind.ROOM]
    due = [row for row in rows if _due(row, now)]
    if due:
        read = {row.id: row for row in await _read(services, partnership, due, now)}
        rows = [read.get(row.id, row) for row in rows]
    seen = [(row, _seen(row, addresses.get(row.address, row.name) or row.address, now)) for row in rows]
    return Looked(
        {row.address: each for row, each in seen if row.kind == Kind.AGENCY},
        next((each for row, each in seen if row.kind == Kind.CHAIR), None),
        tuple(each for row, each in seen if row.kind == Kind.ROOM),
    )


def _due(row: CalendarRow, now: datetime) -> bool:
    lately = row.problem is None and row.seen_at is not None and now - row.seen_at < FRESH_FOR
    rests = row.problem is not None and row.tried_at is not None and now - row.tried_at < RESTS_FOR
    return not lately and not rests


async def _read(services: Services, partnership: str, rows: Sequence[CalendarRow], now: datetime) -> list[CalendarRow]:
    """The same rows as they stand after asking Outlook, kept for the next search."""
    async with services.engine.connect() as conn:
        mailbox = next((each for each in await mailboxes_of(conn, partnership) if each.state == "active"), None)
    asked = sorted({row.address for row in rows})
    answers: Mapping[str, tuple[Appointment, ...] | NotSeen] = dict.fromkeys(asked, NotSeen.REFUSED)
    if mailbox is not None:
        answers = await services.calendars.read(mailbox.id, mailbox.address, asked, now, now + AHEAD)
    found: list[CalendarRow] = []
    async with services.engine.begin() as conn:
        for row in sorted(rows, key=lambda each: each.id):
            answer = answers[row.address]
            if isinstance(answer, NotSeen):
                await changes.keep_problem(conn, partnership, row.id, answer, now)
                found.append(replace(row, tried_at=now, problem=answer))
            else:
                await changes.keep_seen(conn, partnership, row.id, answer, now)
                found.append(replace(row, seen_at=now, appointments=answer, tried_at=now, problem=None))
    return found


def _seen(row: CalendarRow, who: str, now: datetime) -> Seen:
    if row.seen_at is None or now - row.seen_at > BELIEVED_FOR:
        return Seen(Kind(row.kind), who, problem=row.problem or NotSeen.AWAY)
    return Seen(Kind(row.kind), who, row.appointments, row.seen_at, row.problem)


@dataclass(frozen=True, slots=True)
class CalendarsListed:
    """What an import did, or with ``dry_run`` would do."""

    added: tuple[CalendarEntry, ...]
    removed: tuple[CalendarEntry, ...]
    unchanged: int


async def list_calendars(
    services: Services, partnership: str, entries: Sequence[CalendarEntry], *, dry_run: bool, actor: str
) -> CalendarsListed:
    """Make the calendars a partnership may ask Outlook for those of the entries, in one transaction with its audit.

    Raises:
        NotReadyError: the partnership is not in the database yet.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        if await partnership_by_id(conn, partnership, lock=True) is None:
            raise NotReadyError(f"{partnership} is not in the database yet.", instead=Instead.MIGRATE)
        there = {
            CalendarEntry(Kind(row.kind), row.name, row.address): row.id
            for row in await calendars_of(conn, partnership)
        }
        added = tuple(each for each in entries if each not in there)
        removed = tuple(each for each in there if each not in entries)
        done = CalendarsListed(added, removed, len(entries) - len(added))
        if dry_run or not (added or removed):
            return done
        await changes.remove_calendars(conn, partnership, [there[each] for each in removed])
        await changes.add_calendars(
            conn, partnership, [(str(each.kind), each.name, each.address) for each in added], now
        )
        # Whose they are stands in the table; the audit names nobody.
        data: dict[str, JSON] = {
            "added": _counts(added), "removed": _counts(removed), "there": len(entries),
        }  # fmt: skip
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.CALENDARS_LISTED, data)])
    return done


def _counts(entries: Sequence[CalendarEntry]) -> dict[str, JSON]:
    return {str(kind): sum(each.kind is kind for each in entries) for kind in Kind}


@dataclass(frozen=True, slots=True)
class CalendarShown:
    """One calendar as the list shows it."""

    id: UUID
    kind: str
    name: str
    address: str
    seen_at: datetime | None
    problem: str | None


async def calendars_shown(services: Services, partnership: str) -> tuple[CalendarShown, ...]:
    """The calendars of a partnership with when each was last seen. Asks Outlook nothing."""
    async with services.engine.connect() as conn:
        rows = await calendars_of(conn, partnership)
    return tuple(
        CalendarShown(row.id, row.kind, row.name, row.address, row.seen_at, row.problem.words if row.problem else None)
        for row in rows
    )
