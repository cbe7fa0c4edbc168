"""What may be published beside other publications: no figure may give away, by subtraction, what another one hides.

Two neighbours are reckoned with. The months a report consists of, each published with its own small numbers hidden,
with the calendar quarters they make up. And, where a report is narrowed, every wider one: not narrowed, or by some of
its conditions only. Where what is left after subtracting is small, or of few meetings, the figure is hidden as well.
The codebook says what is not reckoned with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields

from service.domain.measures import CaseShare
from service.domain.questions import LeftOut, Split
from service.domain.standard import Line, Table, Totals, counted, publishable, publishable_totals
from service.domain.suppression import SMALLEST_SHOWN, Counted, is_small, left_over, together

_Key = tuple[str, Split | None, str]
_Tables = Iterable[Table]


def published(
    tables: Sequence[Table], months: Mapping[str, _Tables], rests: Iterable[_Tables] = ()
) -> tuple[Table, ...]:
    """The tables as they may be published beside their months and beside wider reports.

    Args:
        tables: those of the report, nothing hidden.
        months: those of each month it consists of, by "2026-04".
        rests: for each wider report what it counts and this one does not (``rest_of``).
    """
    by_month = {month: _lines(each) for month, each in months.items()}
    in_addition = [_lines(each) for each in rests]
    return tuple(_published(table, by_month, in_addition) for table in tables)


def _lines(tables: _Tables) -> dict[_Key, Line]:
    return {(table.measure.id, table.split, line.key): line for table in tables for line in (*table.lines, table.total)}


_Lines = Mapping[_Key, Line]


def _published(table: Table, months: Mapping[str, _Lines], rests: Sequence[_Lines]) -> Table:
    gone, silent = set(), {}
    for line in (*table.lines, table.total):
        key = table.measure.id, table.split, line.key
        parts = {month: lines[key] for month, lines in months.items() if key in lines}
        more = [lines[key] for lines in rests if key in lines]
        if any(counted(each).tells for each in more) or _left_by_months(parts):
            gone.add(line.key)
        silent[line.key] = frozenset(_left_out_that_tells(line, parts.values(), more))
    return publishable(table, gone, silent)


def _left_out_that_tells(line: Line, months: Collection[Line], rests: Iterable[Line]) -> Iterator[LeftOut]:
    """Why units are left out: the reasons whose number would give away one of a month, or of a wider report."""
    for why in line.left_out:
        few = sum(number for each in months if is_small(number := each.left_out.get(why) or 0))
        if is_small(few) or any(is_small(each.left_out.get(why) or 0) for each in rests):
            yield why


def _left_by_months(months: Mapping[str, Line]) -> bool:
    """Whether a whole would give away what its months hide, or its months and the quarters they make up."""
    parts = {month: counted(line) for month, line in months.items()}
    if left_over(parts.values()):
        return True
    quarters: defaultdict[str, list[Counted]] = defaultdict(list)
    for month, part in parts.items():
        quarters[f"{month[:4]}-{(int(month[5:7]) - 1) // 3}"].append(part)
    hidden = [part for quarter in quarters.values() if _hidden(quarter) for part in quarter if part.tells]
    return bool(hidden) and together(hidden).tells


def _hidden(quarter: Sequence[Counted]) -> bool:
    # A quarter that shows its figure tells what its hidden months come to; one that hides it tells nothing.
    return left_over(quarter) or together(quarter).tells


def rest_of(narrow: _Tables, wide: _Tables, rest: _Tables) -> tuple[Table, ...]:
    """What a wider report counts in addition: the tables of its other meetings, and of cases the difference itself.

    A case may have meetings in both, so those of the other meetings alone are not what subtracting leaves.
    """
    narrower = {table.measure.id: counted(table.total) for table in narrow}
    wider = {table.measure.id: counted(table.total) for table in wide}
    return tuple(
        _of_cases(table, narrower[table.measure.id], wider[table.measure.id])
        if isinstance(table.measure, CaseShare)
        else table
        for table in rest
    )


def _of_cases(table: Table, narrow: Counted, wide: Counted) -> Table:
    more, more_of = wide.n - narrow.n, wide.of - narrow.of
    # Where more meetings make fewer cases of a kind, the difference tells as much.
    few = min(filter(is_small, map(abs, (more, more_of, more_of - more))), default=0)
    return Table(table.measure, None, (), Line.of(table.total.key, few, few, SMALLEST_SHOWN))


def published_totals(report: Totals, months: Sequence[Totals], rests: Sequence[Totals] = ()) -> Totals:
    """The totals, likewise. Cases and children may stand in several months, so theirs cannot be subtracted by month."""
    shown = publishable_totals(report)
    hidden = {each.name for each in fields(Totals) for rest in rests if is_small(getattr(rest, each.name) or 0)}
    for name in ("meetings", "cancelled"):
        few = sum(count for month in months if (count := getattr(month, name)) and is_small(count))
        if is_small(few):
            hidden.add(name)
    told = {each.name: getattr(shown, each.name) for each in fields(Totals)}
    return Totals(**{name: None if name in hidden else count for name, count in told.items()})
