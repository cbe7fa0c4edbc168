"""Checking an evidence bundle from its bytes alone: is it as it was written, and if not, where does it differ?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from service.domain.bundle import END, FORMAT, LATER_PARTS, MANIFEST, PARTS, digest, link, part_entry
from service.domain.bundle_record import record_problems
from service.domain.chain import GENESIS, canonical

MOST_TOLD: Final = 20
_LINE: Final = re.compile(rb'\{"link":"([0-9a-f]{64})",("n":.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a bundle is not as it was written. ``first`` and ``last`` are byte offsets, from 0, both counted.

    They are None for what concerns a whole part.
    """

    sentence: str
    line: int | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class BundleCheck:
    """What a check found. ``manifest`` is empty when line 1 cannot be read; at most ``MOST_TOLD`` differences."""

    sha256: str
    lines: int
    manifest: Mapping[str, Any]
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the bundle is whole and as it was written."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as it stands. ``body`` is None when it does not read as a line of a bundle."""

    number: int
    first: int
    raw: bytes
    link: str = ""
    body: bytes | None = None
    said: object = None
    part: Any = ""
    row: Any = None

    @property
    def where(self) -> str:
        place = f"part {self.part!r}, " if self.part in {*PARTS, MANIFEST, END} else ""
        return f"line {self.number} ({place}bytes {self.first} to {self.last})"

    @property
    def last(self) -> int:
        return self.first + len(self.raw) - 1

    def differs(self, how: str) -> Difference:
        return Difference(f"{self.where} {how}", self.number, self.first, self.last)


def check(bundle: bytes) -> BundleCheck:
    """Recompute everything a bundle says of itself: links, manifest, audit chain, policy hash, messages' hashes.

    Never raises for what the bytes hold.
    """
    lines = list(_lines(bundle))
    found = [*_broken_links(lines)]
    manifest = _manifest(lines)
    found += _against_manifest(lines, manifest) if manifest else []
    if not found:
        # What was linked anew after a change still has to agree with itself.
        found = [Difference(sentence) for sentence in record_problems(_rows(lines), manifest)]
    return BundleCheck(digest(bundle), len(lines), manifest, tuple(found[:MOST_TOLD]))


def _lines(bundle: bytes) -> Iterator[_Line]:
    first = 0
    for number, raw in enumerate(re.findall(rb"[^\n]*\n|[^\n]+", bundle), start=1):
        yield _read(number, first, raw)
        first += len(raw)


def _read(number: int, first: int, raw: bytes) -> _Line:
    found = _LINE.fullmatch(raw.removesuffix(b"\n"))
    if found is None or not raw.endswith(b"\n"):
        return _Line(number, first, raw)
    body = found[2]
    try:
        read = json.loads(b"{" + body)
        said, part, row = read["n"], read["part"], read["row"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return _Line(number, first, raw, found[1].decode(), body)
    return _Line(number, first, raw, found[1].decode(), body, said, part, row)


def _broken_links(lines: Sequence[_Line]) -> Iterator[Difference]:
    """Every line whose bytes do not give its link, and what is wrong with the order or the end."""
    # After a changed link the next line follows the link as it was, which is what that line's bytes still give.
    before = {GENESIS.hex()}
    for place, line in enumerate(lines):
        if line.body is None:
            cut = place == len(lines) - 1 and not line.raw.endswith(b"\n")
            yield line.differs("is cut off in its middle" if cut else "is no line of a bundle")
            before = set()
            continue
        given = {link(each, line.body) for each in before}
        if before and line.link not in given:
            yield line.differs(_how(line))
        before = given | {line.link}
    yield from _wrong_end(lines)


def _how(line: _Line) -> str:
    if isinstance(line.said, int) and 0 < line.said != line.number:
        return f"says it is line {line.said}: lines before it were taken out, put in or put in another order"
    return "was changed"


def _wrong_end(lines: Sequence[_Line]) -> Iterator[Difference]:
    ends = [line for line in lines if line.part == END]
    if not lines or not ends:
        yield Difference(f"the bundle ends after line {len(lines)} without its end line: its end was cut off")
    elif ends[0] is not lines[-1]:
        yield lines[ends[0].number].differs("stands after the end of the bundle")
    elif ends[0].row != {"lines": len(lines)}:
        yield ends[0].differs(f"does not say that the bundle has {len(lines)} lines")


def _manifest(lines: Sequence[_Line]) -> Mapping[str, Any]:
    row = lines[0].row if lines and lines[0].part == MANIFEST else None
    return row if isinstance(row, dict) else {}


def _rows(lines: Sequence[_Line]) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = {name: [] for name in PARTS}
    for line in lines[1:-1]:
        rows[line.part].append(line.row)
    return rows


def _against_manifest(lines: Sequence[_Line], manifest: Mapping[str, Any]) -> Iterator[Difference]:
    """Where the parts are not those the manifest names, in its order, with its counts and hashes."""
    if manifest.get("format") != FORMAT:
        yield Difference(f"its format is {manifest.get('format')!r}; this version reads {FORMAT!r}")
        return
    order = {name: place for place, name in enumerate(PARTS)}
    placed = [line for line in lines if line.body is not None and line.part not in {MANIFEST, END}]
    so_far = 0
    for line in placed:
        at = order.get(line.part, -1) if isinstance(line.part, str) else -1
        if at < 0:
            yield line.differs("belongs to no part of a bundle")
        elif at < so_far:
            yield line.differs("stands in another order than the bundle was written in")
        so_far = max(so_far, at)
    yield from _wrong_parts(placed, manifest.get("parts"))


def _wrong_parts(lines: Sequence[_Line], entries: object) -> Iterator[Difference]:
    said = {each["part"]: each for each in entries if "part" in each} if _is_list(entries) else {}
    if list(said) != [name for name in PARTS if name in said or name not in LATER_PARTS]:
        yield Difference("the manifest does not list the parts of a bundle")
        return
    for line in lines:
        if line.part in LATER_PARTS and line.part not in said:
            yield line.differs("belongs to no part that the manifest lists")
    for name, entry in said.items():
        found = part_entry(name, [canonical(line.row) for line in lines if line.part == name])
        if found["rows"] != entry.get("rows"):
            yield Difference(f"part {name!r} has {found['rows']} rows, and the manifest says {entry.get('rows')}")
        elif found != entry:
            yield Difference(f"part {name!r} is not what the manifest says: its bytes give another SHA-256")


def _is_list(entries: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(entries, list) and all(isinstance(each, dict) for each in entries)
