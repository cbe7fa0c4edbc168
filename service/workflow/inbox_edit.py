"""Changing one inbox of the directory: what anybody may know holds at once, a new address waits to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from service.store.changes import address_checks
from service.store.changes.directory import InboxEntry, put_inboxes, retire
from service.store.queries import address_checks as reads
from service.store.queries.directory import Inbox, inboxes_for
from service.workflow import new_addresses
from service.workflow.directory import import_inboxes
from service.workflow.directory_file import COLUMNS, read_row
from service.workflow.errors import BadInboxError, ChangedMeanwhileError, NoSuchInboxError
from service.workflow.ports import Services
from service.workflow.withholding import PHONE, NewAddress, withhold

CHANGEABLE = tuple(column for column in COLUMNS if column not in {"role", "place"})
"""What of an inbox can be changed here; whose job it does says which inbox it is."""


@dataclass(frozen=True, slots=True)
class InboxChanged:
    """What a change did. ``fields`` hold at once; ``to_confirm`` are the new addresses that wait."""

    inbox_id: UUID
    fields: tuple[str, ...]
    to_confirm: tuple[NewAddress, ...]


async def change_inbox(
    services: Services,
    partnership: str,
    inbox_id: UUID,
    changes: Mapping[str, str],
    *,
    actor: str,
    seen: datetime | None = None,
) -> InboxChanged:
    """Change some columns of one inbox, read as an import reads them. ``seen``: when it was last changed, as it
    was looked at.

    Raises:
        NoSuchInboxError: the directory has none of this id in use.
        BadInboxError: a sentence for each column that cannot be so.
        ChangedMeanwhileError: somebody else has changed it since ``seen``.
    """
    async with services.engine.begin() as conn:
        await address_checks.hold_directory(conn, partnership)
        there = await inboxes_for(conn, partnership)
        stands = next((each for each in there if each.id == inbox_id), None)
        if stands is None:
            raise NoSuchInboxError(str(inbox_id))
        if seen is not None and stands.updated_at != seen:
            raise ChangedMeanwhileError
        wanted = _read(stands, changes, there)
        # Under a new name and a new address at once it is still the same inbox.
        known = replace(wanted, name=stands.name)
        held, waiting = withhold([stands], [known], await reads.proved(conn, partnership))
        entries = [replace(each, name=wanted.name) for each in held]
        diff = await put_inboxes(conn, partnership, entries, by=actor, now=services.now())
        await new_addresses.keep(services, conn, partnership, waiting, actor=actor)
    if diff.changed:
        await new_addresses.go_over(services, partnership, actor=actor)
    fields = tuple(
        name for was, entry in diff.changed for name in CHANGEABLE if getattr(was, name) != getattr(entry, name)
    )
    return InboxChanged(inbox_id, fields, tuple(waiting))


async def add_inbox(services: Services, partnership: str, cells: Mapping[str, str], *, actor: str) -> bool:
    """Put one more inbox into the directory, read as a row of a file is; the meetings that lacked it ask it. Returns
    whether a new address of it waits to be confirmed.

    Raises:
        BadInboxError: a sentence for each column that cannot be so.
    """
    entry = read_row(cells)
    if not isinstance(entry, InboxEntry):
        raise BadInboxError({problem.column: problem.sentence for problem in entry})
    async with services.engine.connect() as conn:
        there = [each for each in await inboxes_for(conn, partnership) if _same_job(each, entry)]
    problems = {}
    if any(each.name.casefold() == entry.name.casefold() for each in there):
        problems["name"] = "This agency has an inbox of this name already. Change that one."
    if entry.address and any(each.address == entry.address for each in there):
        problems["address"] = "Another inbox of this agency has this address."
    if problems:
        raise BadInboxError(problems)
    done = await import_inboxes(services, partnership, [entry], dry_run=False, actor=actor)
    await new_addresses.go_over(services, partnership, actor=actor)
    return bool(done.to_confirm)


def _same_job(inbox: Inbox, entry: InboxEntry) -> bool:
    return (inbox.role, inbox.place) == (entry.role, entry.place)


async def retire_inbox(services: Services, partnership: str, inbox_id: UUID, *, actor: str, seen: datetime) -> None:
    """Use an inbox no more: the meetings to come take their places back from it. ``seen``: when it was last changed,
    as it was looked at.

    Raises:
        NoSuchInboxError: the directory has none of this id in use.
        ChangedMeanwhileError: somebody else has changed it since ``seen``.
    """
    async with services.engine.begin() as conn:
        await address_checks.hold_directory(conn, partnership)
        stands = next((each for each in await inboxes_for(conn, partnership) if each.id == inbox_id), None)
        if stands is None:
            raise NoSuchInboxError(str(inbox_id))
        if stands.updated_at != seen:
            raise ChangedMeanwhileError
        await retire(conn, partnership, stands, by=actor, now=services.now())
    await new_addresses.go_over(services, partnership, actor=actor)


def _read(stands: Inbox, changes: Mapping[str, str], there: Sequence[Inbox]) -> InboxEntry:
    cells = {column: str(getattr(stands, column)) for column in COLUMNS}
    cells |= {name: said for name, said in changes.items() if name in CHANGEABLE}
    by_phone = cells["channel"].strip().casefold() == PHONE
    typed = cells["address"].strip()
    if by_phone:
        cells["address"] = stands.address
    found = read_row(cells)
    problems = {} if isinstance(found, InboxEntry) else {problem.column: problem.sentence for problem in found}
    if by_phone and typed and typed.casefold() != stands.address.casefold():
        problems["address"] = "An inbox that is asked by phone is sent nothing. Choose another way to ask it as well."
    if isinstance(found, InboxEntry):
        taken = {each.address for each in there if (each.role, each.place) == (stands.role, stands.place)}
        if found.address != stands.address and found.address in taken:
            problems["address"] = "Another inbox of this agency has this address."
    if problems or not isinstance(found, InboxEntry):
        raise BadInboxError(problems)
    return found
