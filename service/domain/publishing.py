"""A year's figures that are published beside its months': no figure of the year may give away what a month hides.

Each month's pack hides its own small numbers. Who holds all of them and the year's figure knows, by subtraction, what
the hidden months come to together; where that is small, or of few meetings, the year's figure is hidden as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from service.domain.questions import Split
from service.domain.standard import Table, Totals, counted, publishable, publishable_totals
from service.domain.suppression import Counted, is_small, left_over

_Key = tuple[str, Split | None, str]


def published_year(year: Sequence[Table], months: Iterable[Sequence[Table]]) -> tuple[Table, ...]:
    """The year's tables as they may be published when each of its ``months`` is published too."""
    cells: defaultdict[_Key, list[Counted]] = defaultdict(list)
    for month in months:
        for table in month:
            for line in (*table.lines, table.total):
                cells[table.measure.id, table.split, line.key].append(counted(line))
    return tuple(publishable(table, frozenset(_giving_away(table, cells))) for table in year)


def _giving_away(table: Table, cells: Mapping[_Key, Sequence[Counted]]) -> Iterable[str]:
    for line in (*table.lines, table.total):
        if left_over(cells.get((table.measure.id, table.split, line.key), ())):
            yield line.key


def published_totals(year: Totals, months: Sequence[Totals]) -> Totals:
    """The year's totals, likewise. Cases and children may stand in several months, so theirs cannot be subtracted."""
    shown = publishable_totals(year)
    hidden = {
        name: sum(count for month in months if (count := getattr(month, name)) and is_small(count))
        for name in ("meetings", "cancelled")
    }
    told = {each.name: getattr(shown, each.name) for each in fields(Totals)}
    return Totals(**{name: None if is_small(hidden.get(name, 0)) else count for name, count in told.items()})
