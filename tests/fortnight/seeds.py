"""Many fortnights in one town, each judged by the checker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.fortnight.checker import check
from tests.fortnight.history import live_through
from tests.fortnight.script import write_script
from tests.fortnight.town import Town


def meetings_of(seed: int) -> int:
    """How many meetings a fortnight of the test run has, one or two: small enough for fifty in about a minute."""
    return 1 + seed // 2 % 2


async def judged(town: Town, seed: int, meetings: int, *, outages: bool = True) -> tuple[dict[str, Any], list[str]]:
    """One fortnight's history, and what must never happen and did."""
    history = await live_through(town, write_script(seed, meetings, outages=outages))
    return history, [f"never {found.never}: {found.words}" for found in check(history)]


async def all_hold(town: Town, seeds: Iterable[int]) -> None:
    """Live through each seed's fortnight. Raises AssertionError with the seed and what happened."""
    for seed in seeds:
        history, found = await judged(town, seed, meetings_of(seed))
        assert not found, f"{told(seed, meetings_of(seed), found)}\n{history['counts']}"


def told(seed: int, meetings: int, found: Iterable[str]) -> str:
    """What to print of a seed that failed, with how to live through it again."""
    return "\n".join([f"seed {seed} (again: make soak SEED={seed} SIZE={meetings})", *found])


def keep(history: dict[str, Any], folder: Path) -> Path:
    """Write a history where somebody can read it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fortnight-{history['seed']}.json"
    path.write_text(json.dumps(history, indent=1), encoding="utf-8")
    return path
