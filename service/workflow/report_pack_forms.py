"""A report pack as CSV rows, as a JSON document, and its list of counted meetings. The same figures in each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from service.domain.codebook import COLUMNS, PACK_COLUMNS
from service.domain.rates import Rate
from service.domain.standard import Table
from service.domain.three_questions import QUESTION_WORDS
from service.workflow.report import harmless, percent_text
from service.workflow.report_pack import Chapter, Compared, ReportPack
from service.workflow.standard_forms import cells_of, table_json


def pack_csv(pack: ReportPack) -> Iterator[str]:
    """The pack line by line as RFC 4180 has it (CRLF): the standard's fields, after the question each line answers.

    Only a line of a whole measure has the period before it beside it. No cell can be taken for a formula.
    """
    yield _csv_line((*PACK_COLUMNS, *COLUMNS))
    for chapter in pack.chapters:
        compared = {each.measure.id: each for each in chapter.compared}
        for table in chapter.tables:
            for line in (*table.lines, table.total):
                beside = compared.get(table.measure.id) if line is table.total else None
                head = (pack.period.kind, pack.period.key, chapter.question, *_beside(beside))
                yield _csv_line((*head, *cells_of(pack.report, table, line)))


def _beside(compared: Compared | None) -> tuple[object, ...]:
    if compared is None:
        return "", "", "", ""
    rate = compared.before
    figures = ("", "", "") if rate is None else (rate.n, rate.of, percent_text(rate.percent))
    return (*figures, compared.change)


def rows_csv(pack: ReportPack) -> Iterator[str]:
    """The meetings that were counted, each with the digest of what it was counted from."""
    yield _csv_line(("reference", "meeting_type", "starts_at", "cancelled", "digest"))
    for row in pack.rows:
        start = row.starts_at.isoformat() if row.starts_at else ""
        yield _csv_line((row.reference, row.meeting_type, start, "yes" if row.cancelled else "no", row.digest))


def _csv_line(cells: Iterable[object]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(harmless(cell) for cell in cells)
    return out.getvalue()


def pack_json(pack: ReportPack) -> dict[str, Any]:
    """The pack as one document. A hidden number is null, and so is a percentage of nothing."""
    report = pack.report
    return {
        "partnership": report.partnership,
        "kind": pack.period.kind,
        "period": pack.period.key,
        "first": report.first,
        "last": report.last,
        "before": {"period": pack.period.before.key, "totals": asdict(pack.before.totals)},
        "publishable": report.publishable,
        "totals": asdict(report.totals),
        "said": list(pack.said),
        "seal": pack.seal,
        "rows_counted": None if report.publishable else len(pack.rows),
        "questions": [_chapter(chapter) for chapter in pack.chapters],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "question": chapter.question,
        "words": QUESTION_WORDS[chapter.question],
        "compared": [
            {
                "measure": each.measure.id,
                "words": each.measure.words,
                "now": _rate(each.now),
                "before": _rate(each.before),
                "change": each.change,
            }
            for each in chapter.compared
        ],
        "tables": _tables(chapter.tables),
        "months": _tables(chapter.months),
    }


def _tables(tables: Iterable[Table]) -> list[dict[str, Any]]:
    return [table_json(table) for table in tables]


def _rate(rate: Rate | None) -> dict[str, Any] | None:
    return None if rate is None else asdict(rate)
