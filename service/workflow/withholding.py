"""What of a directory holds at once, and which addresses wait until somebody who reads them has said so. Pure.

An address that is in use stays in use, whatever else of its inbox changes. A new one waits: beside the old address of
the same inbox, which is used until then; without an old one the inbox is asked by phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from service.domain.new_addresses import AddressField
from service.store.changes.directory import InboxEntry, Key
from service.store.queries.directory import Inbox

PHONE = "phone"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """One address that waits. ``key`` says which inbox it is for; ``known_phone`` stood there before."""

    key: Key
    field: AddressField
    address: str
    channel: str = ""
    known_phone: str = ""


def withhold(
    there: Iterable[Inbox], wanted: Sequence[InboxEntry], proved: set[tuple[UUID, str]]
) -> tuple[list[InboxEntry], list[NewAddress]]:
    """The entries as they can hold at once, and the addresses that wait. ``proved``: confirmed before, by inbox."""
    known: dict[Key, Inbox] = {(each.role, each.place, each.address): each for each in there}
    named = {entry.key for entry in wanted}
    by_name = {
        (each.role, each.place, each.name): each for key, each in known.items() if each.active and key not in named
    }
    entries: list[InboxEntry] = []
    waiting: list[NewAddress] = []
    for entry in wanted:
        inbox = known.get(entry.key)
        old = None if inbox else by_name.pop((entry.role, entry.place, entry.name), None)
        held, new = _one(entry, inbox, old, proved)
        entries.append(held)
        waiting.extend(new)
    return entries, waiting


def _one(
    entry: InboxEntry, inbox: Inbox | None, old: Inbox | None, proved: set[tuple[UUID, str]]
) -> tuple[InboxEntry, list[NewAddress]]:
    before, waiting = inbox or old, list[NewAddress]()
    phone = before.phone if before else ""
    held = entry
    if _by_mail(entry) and not _in_use(inbox, proved):
        stays = old or entry
        held = replace(held, address=stays.address, channel=old.channel if old else PHONE)
        waiting.append(NewAddress(held.key, AddressField.ADDRESS, entry.address, entry.channel, phone))
    duty = entry.escalation_address
    if duty and not _duty_in_use(before, duty, proved):
        held = replace(held, escalation_address=before.escalation_address if before and before.active else "")
        # The duty desk's own number, where the directory had one before.
        known_phone = (before.escalation_phone or phone) if before else ""
        waiting.append(NewAddress(held.key, AddressField.ESCALATION, duty, known_phone=known_phone))
    return held, waiting


def _by_mail(entry: InboxEntry) -> bool:
    return entry.active and entry.channel != PHONE and bool(entry.address)


def _in_use(inbox: Inbox | None, proved: set[tuple[UUID, str]]) -> bool:
    if inbox is None:
        return False
    return (inbox.active and inbox.channel != PHONE) or (inbox.id, inbox.address) in proved


def _duty_in_use(before: Inbox | None, duty: str, proved: set[tuple[UUID, str]]) -> bool:
    if before is None:
        return False
    return (before.active and before.escalation_address == duty) or (before.id, duty) in proved
