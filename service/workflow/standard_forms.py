"""The standard report as CSV rows and as a JSON document. The same figures, named as the codebook names them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from service.domain.bands import BAND_WORDS
from service.domain.codebook import COLUMNS
from service.domain.london import date_words
from service.domain.questions import LeftOut, Split
from service.domain.roles import words as role_words
from service.domain.standard import Filter, Line, Table
from service.workflow.meetings import CANCEL_REASONS, STOOD_DOWN
from service.workflow.report import harmless, month_words
from service.workflow.standard import SUBTRACTED, StandardReport

_PART_WORDS = {
    **BAND_WORDS,
    **CANCEL_REASONS,
    STOOD_DOWN: "a conference stood down for want of a quorum",
    "not_said": "no reason kept",
    "no_reason_given": "no reason given",
    "in_own_words": "a reason in free words, not shown",
    "no_answer": "no answer",
    "not_known": "not known",
}


def _opened(key: str) -> str:
    return _PART_WORDS.get(key) or key.replace("_", " ")


_WORDS: dict[Split | None, Callable[[str], str]] = {Split.AGENCY: role_words, Split.MONTH: month_words}


def key_words(split: Split | None, key: str) -> str:
    """A line's key in plain words."""
    return "all together" if key == "all" else _WORDS.get(split, _opened)(key)


def rows(report: StandardReport) -> Iterator[tuple[object, ...]]:
    """Every figure as a row with the codebook's columns, each table's total last, with the key "all"."""
    for table in report.tables:
        for line in (*table.lines, table.total):
            yield tuple(cells_of(report, table, line))


def cells_of(report: StandardReport, table: Table, line: Line) -> Iterator[object]:
    """One line of one table, in the order of the codebook's fields."""
    rate = line.rate
    only = report.filter
    yield from (report.partnership, report.first, report.last, "yes" if report.publishable else "no")
    unborn = {None: "", True: "yes", False: "no"}[only.unborn]
    yield from (only.circumstance or "", only.age_band or "", unborn, only.team or "")
    yield from (table.measure.id, table.measure.counts, table.split or "", line.key, key_words(table.split, line.key))
    if rate is None:
        yield from ("", "", "", "", "", "yes")
    else:
        yield from (rate.n, rate.of, *map(_rounded, (rate.percent, rate.low, rate.high)), "no")
    for why in LeftOut:
        count = line.left_out.get(why, 0)
        yield "" if count is None else count


def _rounded(percent: float | None) -> float | str:
    return "" if percent is None else round(percent, 1)


def csv_lines(report: StandardReport) -> Iterator[str]:
    """The report line by line as RFC 4180 has it (CRLF), each table's total last, with the key "all".

    No cell can be taken for a formula by a spreadsheet.
    """
    yield _csv_line(COLUMNS)
    yield from map(_csv_line, rows(report))


def _csv_line(cells: Iterable[object]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(harmless(cell) for cell in cells)
    return out.getvalue()


def as_json(report: StandardReport) -> dict[str, Any]:
    """The report as one document. A hidden number is null, and so is a percentage of nothing."""
    return {
        "partnership": report.partnership,
        "first": report.first,
        "last": report.last,
        "publishable": report.publishable,
        "filter": asdict(report.filter),
        "totals": asdict(report.totals),
        "tables": [table_json(table) for table in report.tables],
        "remarks": list(report.remarks),
        "not_recorded_yet": [{"measure": share.id, "words": share.words} for share in report.not_recorded_yet],
    }


def table_json(table: Table) -> dict[str, Any]:
    """One table as plain values."""
    measure = table.measure
    return {
        "measure": measure.id,
        "words": measure.words,
        "counts": measure.counts,
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "split": table.split,
        "lines": [_line(table, line) for line in table.lines],
        "total": _line(table, table.total),
        "trend": [asdict(step) for step in table.trend],
    }


def _line(table: Table, line: Line) -> dict[str, Any]:
    figures: dict[str, Any] = dict.fromkeys(("n", "of", "percent", "low", "high"))
    return {
        "key": line.key,
        "words": key_words(table.split, line.key),
        **(figures if line.rate is None else asdict(line.rate)),
        "hidden": line.rate is None,
        "left_out": dict(line.left_out),
    }


def only_words(only: Filter) -> list[str]:
    """What a report was narrowed to, as a sentence for each condition."""
    told = []
    if only.circumstance:
        told.append(f"Only meetings about: {only.circumstance.replace('_', ' ')}.")
    if only.age_band:
        told.append(f"Only meetings about a child of the age band {only.age_band}.")
    if only.unborn is not None:
        told.append(f"Only meetings about {'an' if only.unborn else 'no'} unborn child.")
    if only.team:
        told.append(f"Only cases of the team {only.team}.")
    return told


def heading(report: StandardReport) -> str:
    """The report's heading."""
    return f"The standard in {place_words(report.partnership)}, {period_words(report)}"


def place_words(partnership: str) -> str:
    """A partnership by its short name, as a heading says it: "Lewisham"."""
    return partnership.replace("_", " ").replace("-", " ").title()


def totals_words(report: StandardReport) -> str:
    """How many there were of everything, meetings and children apart, the cancelled ones apart from both."""
    totals = report.totals
    counts = (
        (totals.meetings, "meeting", "meetings"),
        (totals.children, "child", "children"),
        (totals.cases, "case", "cases"),
    )
    told = ", ".join(f"{_count(count)} {one if count == 1 else many}" for count, one, many in counts)
    off = totals.cancelled
    return f"{told}; cancelled and counted apart: {_count(off)} meeting{'' if off == 1 else 's'}"


def _count(count: int | None) -> str:
    return "under 5" if count is None else str(count)


def missing_words(report: StandardReport) -> list[str]:
    """A sentence for each measure that has no figure because nothing of it is recorded."""
    return [
        f"{measure.words.capitalize()}: nobody has recorded this for the period yet, so there is no figure."
        for measure in report.not_recorded_yet
    ]


def sentences(report: StandardReport) -> list[str]:
    """All that stands under the heading: totals, what the reader must know, what the report was narrowed to."""
    hidden = ["Numbers under 5 are hidden.", SUBTRACTED] if report.publishable else []
    return [totals_words(report), *report.remarks, *only_words(report.filter), *hidden, *missing_words(report)]


def period_words(report: StandardReport) -> str:
    """The period in words: "Tuesday 1 December 2026 to Thursday 31 December 2026"."""
    return f"{date_words(report.first)} to {date_words(report.last)}"
