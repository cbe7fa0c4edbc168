"""The standard report as a workbook (XLSX): the figures as numbers, what they mean, and what the reader must know.

Text is written as text: no cell is ever taken for a formula or made a link. The same report gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import xlsxwriter

from service.domain.measures import EVERY_MEASURE, Measure

_WIDEST = 60
_MEASURE_COLUMNS = ("measure", "words", "counts", "numerator", "denominator", "left out", "source")


def standard_workbook(
    about: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[object]], made_on: date
) -> bytes:
    """The file's bytes. ``about`` are its sentences, ``rows`` have ``columns``; ``made_on`` stands as its date.

    Raises:
        ValueError: a row has fewer or more cells than there are columns.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    # Otherwise the library would ask the machine for the time, and no two files would be the same.
    book.set_properties({"title": about[0] if about else "", "created": datetime.combine(made_on, time(0), UTC)})
    head = book.add_format({"bold": True})
    figures = book.add_worksheet("Figures")
    _fill(figures, head, columns, rows)
    _fill(book.add_worksheet("About"), head, ("About these figures",), ((sentence,) for sentence in about))
    _fill(book.add_worksheet("Codebook"), head, _MEASURE_COLUMNS, map(_measure_row, EVERY_MEASURE))
    book.close()
    return out.getvalue()


def _measure_row(measure: Measure) -> tuple[str, ...]:
    said = (measure.numerator, measure.denominator, measure.left_out, measure.source)
    return (measure.id, measure.words, str(measure.counts), *said)


def _fill(sheet: Any, head: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    widths = [len(column) for column in columns]
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, head)
    for number, row in enumerate(rows, start=1):
        for place, (cell, _) in enumerate(zip(row, columns, strict=True)):
            _write(sheet, number, place, cell)
            widths[place] = max(widths[place], len(str(cell)))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width + 2, _WIDEST))


def _write(sheet: Any, row: int, place: int, cell: object) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(row, place, cell)
    elif cell != "":
        sheet.write_string(row, place, str(cell))
