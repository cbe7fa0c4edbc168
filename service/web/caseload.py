"""What the caseload page shows: counts for every reader of figures, the meetings for who may read those."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One team's counts, in the order of ``COLUMNS``."""

    team: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One open meeting."""

    reference: str
    href: str
    team: str
    kind: str
    stands: str
    when: str
    open_tasks: int


COLUMNS = ("Cases", "Children", "Meetings", "No time yet", "Past the latest start", "Over, work left", "To do")


@dataclass(frozen=True, slots=True)
class CaseloadPage:
    """The whole page. ``meetings`` None: the reader sees figures only."""

    as_of: str
    columns: tuple[str, ...]
    loads: tuple[LoadRow, ...]
    meetings: tuple[MeetingRow, ...] | None
