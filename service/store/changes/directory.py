"""Writes of the directory: an import is compared with what is there, and each difference has its audit event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes.audit import Event, append
from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.queries.directory import Inbox, directory
from service.store.tables import inboxes, partnerships

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One inbox as an import gives it. Role, place and address say which it is; the rest may change."""

    role: str
    name: str
    address: str
    phone: str
    hours: str
    place: str = ""
    escalation_name: str = ""
    escalation_address: str = ""
    escalation_phone: str = ""
    capacity: int = 1
    channel: str = "outlook"
    active: bool = True

    @property
    def key(self) -> Key:
        """Which inbox of its partnership it is."""
        return (self.role, self.place, self.address)


@dataclass(frozen=True, slots=True)
class DirectoryDiff:
    """What an import would do. ``changed`` pairs what is there with what is wanted; ``retired`` are left out of it."""

    added: tuple[InboxEntry, ...]
    changed: tuple[tuple[Inbox, InboxEntry], ...]
    retired: tuple[Inbox, ...]
    unchanged: int


_CHANGEABLE = tuple(field.name for field in fields(InboxEntry) if field.name not in {"role", "place", "address"})


def compare(there: Iterable[Inbox], wanted: Sequence[InboxEntry], *, retire_missing: bool = False) -> DirectoryDiff:
    """Compare an import with the directory. With ``retire_missing``, active inboxes it does not name are retired.

    An inbox of the same role, place and name under a new address takes the old one's place, which is retired always:
    nothing may go to an address that is no longer right.

    Raises:
        ValueError: the import names one inbox twice.
    """
    known = {(inbox.role, inbox.place, inbox.address): inbox for inbox in there}
    by_key = {entry.key: entry for entry in wanted}
    if len(by_key) < len(wanted):
        raise ValueError("the same role, place and address stands in the import twice")
    changed = tuple(
        (known[key], entry) for key, entry in by_key.items() if key in known and _differences(known[key], entry)
    )
    missing = [inbox for key, inbox in known.items() if key not in by_key and inbox.active]
    added = tuple(entry for key, entry in by_key.items() if key not in known)
    moved = {(entry.role, entry.place, entry.name) for entry in added}
    return DirectoryDiff(
        added=added,
        changed=changed,
        retired=tuple(inbox for inbox in missing if retire_missing or (inbox.role, inbox.place, inbox.name) in moved),
        unchanged=sum(key in known for key in by_key) - len(changed),
    )


async def put_inboxes(
    conn: AsyncConnection,
    partnership: str,
    wanted: Sequence[InboxEntry],
    *,
    by: str,
    now: datetime,
    retire_missing: bool = False,
) -> DirectoryDiff:
    """Make the directory what the import says, and tell what that changed. Two imports at once follow one another.

    Raises:
        ValueError: as ``compare``.
    """
    await conn.execute(select(partnerships.c.id).where(partnerships.c.id == partnership).with_for_update())
    diff = compare(await directory(conn, partnership), wanted, retire_missing=retire_missing)
    new_rows = [
        {"id": new_id(now), "partnership_id": partnership, "updated_at": now, **asdict(entry)} for entry in diff.added
    ]
    await write_rows(conn, [(inboxes, new_rows)])
    await _update(conn, partnership, [(inbox.id, _values(entry)) for inbox, entry in diff.changed], now)
    await _update(conn, partnership, [(inbox.id, _values(inbox) | {"active": False}) for inbox in diff.retired], now)
    await append(conn, _events(partnership, diff, new_rows, by, now))
    return diff


async def retire(conn: AsyncConnection, partnership: str, inbox: Inbox, *, by: str, now: datetime) -> None:
    """Use one inbox no more, and tell so."""
    await _update(conn, partnership, [(inbox.id, _values(inbox) | {"active": False})], now)
    await append(conn, _events(partnership, DirectoryDiff((), (), (inbox,), 0), [], by, now))


async def _update(
    conn: AsyncConnection, partnership: str, rows: Sequence[tuple[UUID, dict[str, Any]]], now: datetime
) -> None:
    if not rows:
        return
    statement = (
        update(inboxes)
        .where(inboxes.c.partnership_id == partnership, inboxes.c.id == bindparam("which"))
        .values({name: bindparam(f"new_{name}") for name in _CHANGEABLE} | {"updated_at": now})
    )
    await conn.execute(
        statement,
        [{"which": which} | {f"new_{name}": value for name, value in values.items()} for which, values in rows],
    )


def _values(source: Inbox | InboxEntry) -> dict[str, Any]:
    return {name: getattr(source, name) for name in _CHANGEABLE}


def _differences(inbox: Inbox, entry: InboxEntry) -> dict[str, dict[str, Any]]:
    before, after = _values(inbox), _values(entry)
    return {name: {"before": before[name], "after": after[name]} for name in _CHANGEABLE if before[name] != after[name]}


def _events(
    partnership: str, diff: DirectoryDiff, new_rows: Sequence[dict[str, Any]], by: str, now: datetime
) -> list[Event]:
    told: list[tuple[Action, dict[str, Any]]] = [
        (Action.INBOX_ADDED, {"inbox": str(row["id"]), **asdict(entry)})
        for row, entry in zip(new_rows, diff.added, strict=True)
    ]
    told.extend(
        (Action.INBOX_CHANGED, {"inbox": str(inbox.id), "role": inbox.role, "fields": _differences(inbox, entry)})
        for inbox, entry in diff.changed
    )
    told.extend((Action.INBOX_RETIRED, {"inbox": str(inbox.id), "role": inbox.role}) for inbox in diff.retired)
    return [Event(partnership, None, now, by, action, data) for action, data in told]
