"""Exporting the evidence of one meeting: read at one moment, checked for identities, audited, then handed out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.domain.bundle import Heading, digest, frozen_message, holds_link, written
from service.domain.bundle_check import check
from service.domain.forbidden_words import ForbiddenWords
from service.domain.london import local_date
from service.store.actions import Action
from service.store.chain import JSON
from service.store.changes.audit import Event, append, hold_chain
from service.store.queries import bundle
from service.store.sealing import SealError
from service.workflow.errors import NoSuchMeetingError, WorkflowError
from service.workflow.identity import forbidden_words
from service.workflow.ports import Services

Record = Mapping[str, Sequence[Mapping[str, Any]]]

_HASH = re.compile(r"[0-9a-f]{64}")
# Words that came from outside, where a single name would already say who somebody is.
_FREE = {
    "request": ("source_ref", "case_ref"),
    "children": ("ref",),
    "people": ("ref", "relation"),
    "meeting": ("venue", "short_notice_reason", "inquorate_reason", "cancelled_because", "chair_because"),
    "answers": ("reason",),
    "receipts": ("opener", "reason"),
    "sittings": ("because",),
    "actions": ("what",),
}
# Days that this service's own records name, in the data of the audit.
_OUR_DAYS = {"due_on"}
# The policy is the partnership's own published words, and nobody of a request stands in it.
_OURS = {"policy"}


class BundleRefusedError(WorkflowError):
    """The record of a meeting that must not leave the house, or does not hold; the sentence says which and where."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle's bytes with their SHA-256 in hexadecimal, which the meeting's audit keeps."""

    content: bytes
    sha256: str


async def export_bundle(services: Services, partnership: str, reference: str, *, actor: str) -> Exported:
    """The evidence bundle of one meeting. The export is audited in the transaction that read what it holds.

    Raises:
        NoSuchMeetingError: this partnership has no such meeting.
        BundleRefusedError: an identity stands in the record, or the record does not hold.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        of = await bundle.whose(conn, partnership, reference)
        if of is None:
            raise NoSuchMeetingError(reference)
        # Every change of the meeting ends with its event, so while we hold its chain the record stands still.
        await hold_chain(conn, partnership, of.meeting_id)
        record = await bundle.record_of(conn, partnership, of)
        try:
            words = await forbidden_words(conn, services.keyring, partnership, of.request_id)
        except SealError:
            raise BundleRefusedError(
                "The bundle was not written: the identities of the request cannot be opened to check that none leaves."
            ) from None
        if places := leaks(words, record):
            raise BundleRefusedError(
                f"The bundle was not written: somebody's name, birth date, address or number stands in {places[0]}."
            )
        content = _whole(written(Heading(partnership, reference, now, actor), _shown(record)))
        sha256 = digest(content)
        data: dict[str, JSON] = {"sha256": sha256, "bytes": len(content)}
        await append(conn, [Event(partnership, of.meeting_id, now, actor, Action.BUNDLE_EXPORTED, data)])
    return Exported(content, sha256)


def _shown(record: Record) -> dict[str, list[Mapping[str, Any]]]:
    shown = {part: list(rows) for part, rows in record.items()}
    shown["messages"] = [_message(row) for row in record["messages"]]
    return shown


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name != "frozen"}
    return kept | frozen_message(row["frozen"])


def _whole(content: bytes) -> bytes:
    if holds_link(content):
        raise BundleRefusedError("The bundle was not written: a personal answer link would stand in it.")
    found = check(content)
    if not found.holds:
        raise BundleRefusedError(
            f"The bundle was not written: the record does not hold. {found.differences[0].sentence}."
        )
    return content


def leaks(words: ForbiddenWords, record: Record) -> list[str]:
    """Which rows hold an identity, as "part 'messages', row 3". Days that are instants of the record say nothing."""
    said = frozenset(_days(record))
    found = []
    for part, rows in record.items():
        for number, row in enumerate(rows, start=1):
            free = " | ".join(str(row[name]) for name in _FREE.get(part, ()) if row[name])
            outgoing = row.get("frozen") or b""
            text = " | ".join(_texts(row)).encode()
            if part not in _OURS and (words.found_in(outgoing, free, said) or words.found_in(text, "", said)):
                found.append(f"part {part!r}, row {number}")
    return found


def _days(value: object) -> Iterator[date]:
    """The London days of every instant and of our own due days, so that a meeting on a birthday is no leak."""
    if isinstance(value, datetime):
        yield local_date(value)
    elif isinstance(value, date):
        yield value
    elif isinstance(value, str) and (instant := _instant(value)) is not None:
        yield local_date(instant)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            # The audit keeps a due day as text. A child may be born, or be due, on the day something is.
            yield from _days(date.fromisoformat(inner) if name in _OUR_DAYS and isinstance(inner, str) else inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _days(inner)


def _texts(value: object) -> Iterator[str]:
    """Every text but our own ids, hashes and instants."""
    if isinstance(value, str):
        if not _HASH.fullmatch(value) and not _is_id(value) and _instant(value) is None:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _instant(text: str) -> datetime | None:
    """An instant as our records write it; None for anything else, a day without a time among them."""
    try:
        found = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
