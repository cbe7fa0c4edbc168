"""The example directories, read as the demo's people know them: which address does which agency's job."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "directories"


@dataclass(frozen=True, slots=True)
class Desk:
    """One agency's inbox."""

    name: str
    address: str


def directory_file(partnership: str) -> Path:
    """The partnership's directory as the import command takes it."""
    return FOLDER / f"{partnership}.csv"


def desks(partnership: str) -> Mapping[tuple[str, str], Desk]:
    """Each role's desk, by role and place. Of several for one role the service takes the first by name; so do we."""
    with directory_file(partnership).open(encoding="utf-8-sig", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["name"])
    found: dict[tuple[str, str], Desk] = {}
    for row in rows:
        found.setdefault((row["role"], row.get("place") or ""), Desk(row["name"], row["address"]))
    return found
