"""The only caller that unseals. Every opening is audited in the same transaction.

In this first cut the one opening is the machine's own: the words that must not leave, held against the exact bytes
about to go out. People open identities on pages that come with sign-in.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries import sealed
from service.store.sealing import KeyErased, Keyring, unseal

# One or two letters are in every text; a name that short is no proof of a leak and cannot be searched for.
_SHORTEST = 3


@dataclass(frozen=True, slots=True, repr=False)
class ForbiddenWords:
    """What must not leave, folded for comparison. Never printed, logged or stored.

    ``names`` are single words of names. Many are ordinary words too (May, Grace, Young), and our own wording is the
    same in every message, so they are looked for only in the free text a request brought along, such as a venue.
    """

    phrases: frozenset[str]
    names: frozenset[str]
    digits: frozenset[str]

    def found_in(self, outgoing: bytes, free_text: str = "") -> bool:
        """Whether they stand in the bytes, also written with other case, accents, spacing, separators or escapes."""
        text = re.sub(
            r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), outgoing.decode("utf-8", errors="replace")
        )
        folded, free = f" {_fold(unescape(text))} ", f" {_fold(free_text)} "
        if any(f" {phrase} " in folded for phrase in self.phrases):
            return True
        if any(f" {name} " in free for name in self.names):
            return True
        numbers = re.sub(r"(?<=\d)[\s\-./](?=\d)", "", text)
        return any(digits in numbers for digits in self.digits)


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", kept))


def _dates(iso: str) -> Iterable[str]:
    if not iso:
        return
    day = date.fromisoformat(iso)
    yield from (f"{day:%d%m%Y}", f"{day:%Y%m%d}")
    yield from (f"{day.day} {day:%B} {day.year}", f"{day:%d} {day:%B} {day.year}", f"{day.day} {day:%b} {day.year}")


def forbidden(identities: Iterable[dict[str, Any]]) -> ForbiddenWords:
    """The words of some opened identities. An address counts whole: "Green Road" alone would refuse many a venue."""
    phrases: set[str] = set()
    names: set[str] = set()
    digits: set[str] = set()
    for identity in identities:
        for name in (identity.get("name", ""), *identity.get("names", ()), *identity.get("aliases", ())):
            words = _fold(name).split()
            names.update(word for word in words if len(word) >= _SHORTEST)
            if len(words) > 1:
                phrases.update((" ".join(words), " ".join([words[-1], *words[:-1]])))
        if address := _fold(identity.get("address", "")):
            phrases.add(address)
        for key in ("birth_date", "expected_delivery_date"):
            for written in _dates(identity.get(key, "")):
                if written.isdigit():
                    digits.add(written)
                else:
                    phrases.add(_fold(written))
        if number := re.sub(r"\D", "", identity.get("nhs_number", "")):
            digits.add(number)
    return ForbiddenWords(frozenset(phrases), frozenset(names), frozenset(digits))


async def forbidden_words(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID
) -> ForbiddenWords:
    """Open a request's identities for the leak check. The caller audits it together with what it then sends.

    Raises:
        SealError: a sealed value cannot be read; then nothing may be sent.
    """
    held = await sealed.of_request(conn, partnership, request_id)
    try:
        key = keyring.open_data_key(held.key_id, held.wrapped_key)
    except KeyErased:
        # The identities are gone, so none can leak.
        return ForbiddenWords(frozenset(), frozenset(), frozenset())
    opened = [json.loads(unseal(key, row.table, row.id, "sealed_identity", row.sealed)) for row in held.rows]
    return forbidden(opened)
