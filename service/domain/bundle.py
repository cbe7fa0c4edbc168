"""The evidence bundle: one file that holds the whole record of one meeting, and shows if a single byte of it changes.

JSON lines and not a ZIP: a ZIP has bytes that belong to no content (times, padding, a second directory), so a change
there would go unseen; here every byte of the file stands in a hash, a line is what a reader can be pointed to, and any
text tool opens it for the next thirty years.

Each line is ``{"link":"…","n":7,"part":"audit","row":{…}}``: ``link`` is the SHA-256 of the line before's link and of
the line's other bytes, as they stand. Line 1 is the manifest (the parts, their rows, lengths and hashes); the last line
is the end. A bundle has no secret in it: whoever can rewrite all of it can link it anew, so the SHA-256 of the whole
file stands in the meeting's audit, and is what a reader compares with.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from service.domain.chain import GENESIS, canonical, instant_text

FORMAT: Final = "convene-bundle/1"
MANIFEST: Final = "manifest"
END: Final = "end"
PARTS: Final = (
    "request",
    "children",
    "people",
    "meeting",
    "policy",
    "requirements",
    "events",
    "invitations",
    "messages",
    "answers",
    "calls",
    "not_held",
    "chases",
    "sittings",
    "attendance",
    "proposed_by_teams",
    "reports",
    "outcome",
    "actions",
    "papers",
    "receipts",
    "disagreements",
    "tasks",
    "audit",
)
"""The parts, in the order they stand in a bundle."""
LATER_PARTS: Final = frozenset(
    {"calls", "not_held", "papers", "receipts", "disagreements", "sittings", "proposed_by_teams", "reports", "outcome"}
    | {"actions"}
)
"""Parts that bundles of earlier versions do not have."""

Row = Mapping[str, Any]
Parts = Mapping[str, Sequence[Row]]

# A personal answer link lets its bearer answer for an agency. Tokens are base64url and never shorter than 50.
_LINK: Final = re.compile(rb"/r/[A-Za-z0-9_-]{40,}")
LINK_TAKEN_OUT: Final = b"/r/LINK-TAKEN-OUT"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a bundle is about. ``exported_at`` is an aware instant."""

    partnership: str
    reference: str
    exported_at: datetime
    exported_by: str


def plain(value: object) -> Any:
    """A value of a row as JSON has it: instants, days and ids as text, bytes as hexadecimal, all else as it is."""
    match value:
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {key: plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value


def frozen_message(frozen: bytes | None) -> dict[str, Any]:
    """The bytes that were sent, their personal links taken out, with the SHA-256 before and after.

    ``sent`` is text where the bytes are UTF-8, as all of ours are, else hexadecimal under ``sent_hex``.
    """
    if frozen is None:
        return {"sent": None}
    shown, links = _LINK.subn(LINK_TAKEN_OUT, frozen)
    hashes = {"links_taken_out": links, "sha256": digest(shown), "sha256_as_sent": digest(frozen)}
    try:
        return {"sent": shown.decode(), **hashes}
    except UnicodeDecodeError:
        return {"sent_hex": shown.hex(), **hashes}


def holds_link(bundle: bytes) -> bool:
    """Whether a personal answer link stands in the bytes."""
    return _LINK.search(bundle) is not None


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def written(heading: Heading, parts: Parts) -> bytes:
    """The bundle's bytes. The same heading and rows always give the same bytes.

    Raises:
        ValueError: a part that is not one of ``PARTS``.
    """
    if unknown := set(parts).difference(PARTS):
        raise ValueError(f"a bundle has no part {sorted(unknown)}")
    rows = {name: [plain(row) for row in parts.get(name, ())] for name in PARTS}
    lines: list[tuple[str, Any]] = [(MANIFEST, _manifest(heading, rows))]
    lines += [(name, row) for name in PARTS for row in rows[name]]
    lines.append((END, {"lines": len(lines) + 1}))
    return b"".join(_linked(lines))


def _linked(lines: Sequence[tuple[str, Any]]) -> Iterator[bytes]:
    previous = GENESIS.hex()
    for number, (part, row) in enumerate(lines, start=1):
        body = b'"n":%d,"part":"%s","row":%s}' % (number, part.encode(), canonical(row))
        previous = link(previous, body)
        yield b'{"link":"%s",%s\n' % (previous.encode(), body)


def link(previous: str, body: bytes) -> str:
    """The link of a line: SHA-256 over the link before it (zeros before line 1), in hex, and its other bytes."""
    return digest(previous.encode() + body)


def _manifest(heading: Heading, rows: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "partnership": heading.partnership,
        "reference": heading.reference,
        "exported_at": instant_text(heading.exported_at),
        "exported_by": heading.exported_by,
        "parts": [part_entry(name, [canonical(row) for row in rows[name]]) for name in PARTS],
        "left_out": [
            "identities: the request is here as derived facts, as the rules saw it",
            f"personal answer links in messages: each stands as {LINK_TAKEN_OUT.decode()}",
        ],
        "links_taken_out": redactions(rows["messages"]),
    }


def part_entry(name: str, rows: Sequence[bytes]) -> dict[str, Any]:
    """What the manifest says of a part: its rows, their bytes and the SHA-256 over them, a line feed after each."""
    content = b"".join(row + b"\n" for row in rows)
    return {"part": name, "rows": len(rows), "bytes": len(content), "sha256": digest(content)}


def redactions(messages: Sequence[Row]) -> list[dict[str, Any]]:
    """Which messages had a link taken out, with the SHA-256 of what was sent."""
    return [
        {"message": row["id"], "links": row["links_taken_out"], "sha256_as_sent": row["sha256_as_sent"]}
        for row in messages
        if row.get("links_taken_out")
    ]
