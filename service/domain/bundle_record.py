"""Whether the record inside a bundle agrees with itself: the audit chain, the policy's hash, the messages' hashes.

The links of a bundle can be made anew by whoever rewrites the whole file; these were made when each thing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.bundle import digest, redactions
from service.domain.chain import GENESIS, canonical, hash_of

Rows = Sequence[Mapping[str, Any]]
Record = Mapping[str, Rows]


def record_problems(record: Record, manifest: Mapping[str, Any]) -> list[str]:
    """Sentences about what does not agree, by part. ``record`` has the rows of each part as JSON gave them."""
    found: list[str] = []
    for part, problems in _CHECKS.items():
        try:
            found += problems(record, manifest)
        except (LookupError, TypeError, ValueError, AttributeError):
            found.append(f"part {part!r} has a row that does not read as one of its rows")
    return found


def _audit(record: Record, manifest: Mapping[str, Any]) -> Iterator[str]:
    meeting = record["meeting"][0]["id"]
    previous = GENESIS
    if not record["audit"]:
        yield "part 'audit' is empty: a meeting has at least the event of its planning"
    for number, row in enumerate(record["audit"], start=1):
        if row["number"] != number:
            yield f"part 'audit', row {number}: event {number} is missing"
            return
        if row["previous"] != previous.hex():
            yield f"part 'audit', row {number}: event {number} does not follow event {number - 1}"
            return
        if row["meeting_id"] != meeting or row["partnership_id"] != manifest["partnership"]:
            yield f"part 'audit', row {number}: event {number} belongs to another meeting"
        previous = hash_of({**row, "at": datetime.fromisoformat(row["at"]), "previous": previous})
        if row["hash"] != previous.hex():
            yield f"part 'audit', row {number}: event {number} was changed, its hash does not hold"
            return


def _policy(record: Record, _: Mapping[str, Any]) -> Iterator[str]:
    (version,) = record["policy"]
    if digest(canonical(version["content"])) != version["hash"]:
        yield "part 'policy': the policy's content does not give its hash"
    if record["meeting"][0]["policy_hash"] != version["hash"]:
        yield "part 'policy': it is not the policy that planned the meeting"


def _meeting(record: Record, manifest: Mapping[str, Any]) -> Iterator[str]:
    (meeting,), (request,) = record["meeting"], record["request"]
    if meeting["reference"] != manifest["reference"]:
        yield "part 'meeting': it is not the meeting that the manifest names"
    if meeting["request_id"] != request["id"]:
        yield "part 'request': it is not the request the meeting was planned for"


def _messages(record: Record, manifest: Mapping[str, Any]) -> Iterator[str]:
    for number, row in enumerate(record["messages"], start=1):
        shown = row["sent"].encode() if row.get("sent") is not None else None
        if "sent_hex" in row:
            shown = bytes.fromhex(row["sent_hex"])
        if shown is None:
            continue
        if digest(shown) != row["sha256"]:
            yield f"part 'messages', row {number}: what was sent does not give its SHA-256"
        if not row["links_taken_out"] and row["sha256"] != row["sha256_as_sent"]:
            yield f"part 'messages', row {number}: no link was taken out, yet it is not what was sent"
    if redactions(record["messages"]) != manifest["links_taken_out"]:
        yield "part 'messages': the manifest names other messages that had a link taken out"


_CHECKS: Mapping[str, Callable[[Record, Mapping[str, Any]], Iterator[str]]] = {
    "meeting": _meeting,
    "policy": _policy,
    "messages": _messages,
    "audit": _audit,
}
