"""A report pack as HTML: under each of the three questions what stands beside the period before, then every table with
its chart. The same parts make the file that needs nothing else and the page of the service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from service.domain.rates import Rate
from service.domain.standard import Table
from service.domain.trend import Change
from service.web.charts import Bar, interval_chart, rate_words
from service.web.standard_page import KeyWords, chart_of, document, picture_link, table_section


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One measure of the period and of the one before it; None: hidden."""

    words: str
    now: Rate | None
    before: Rate | None
    change: Change


@dataclass(frozen=True, slots=True)
class PackChapter:
    """One question, with its figures. ``months`` are shown month by month after the others."""

    heading: str
    compared: Sequence[ComparedRow]
    tables: Sequence[Table]
    months: Sequence[Table]


@dataclass(frozen=True, slots=True)
class PackPage:
    """The whole pack in words: ``now`` and ``before`` name the two periods."""

    heading: str
    said: Sequence[str]
    now: str
    before: str
    chapters: Sequence[PackChapter]


def pack_file(page: PackPage, words: KeyWords) -> str:
    """The pack as one HTML file."""
    return document(page.heading, page.said, "\n".join(pack_parts(page, words)))


def pack_pictures(page: PackPage, words: KeyWords) -> dict[str, str]:
    """Each chart of the page as SVG, by the word that ``pack_parts`` names it with in its address."""
    found: dict[str, str] = {}
    number = 0
    for place, chapter in enumerate(page.chapters, start=1):
        if chapter.compared:
            found[f"beside-{place}"] = _beside(place, page, chapter.compared)
        for table in (*chapter.tables, *chapter.months):
            number += 1
            found[str(number)] = chart_of(number, table, words)
    return found


def pack_parts(page: PackPage, words: KeyWords, chart_href: str = "") -> Iterator[str]:
    """What stands under the heading and its sentences, as HTML.

    ``chart_href``: where each chart can be saved as a picture, its word added to it; empty in a file.
    """
    number = 0
    for place, chapter in enumerate(page.chapters, start=1):
        yield f'<section aria-labelledby="question-{place}">'
        yield f'<h2 class="govuk-heading-l" id="question-{place}">{escape(chapter.heading)}</h2>'
        yield from _compared(place, page, chapter.compared, chart_href)
        for table in chapter.tables:
            number += 1
            yield from table_section(number, table, words, f"{chart_href}{number}" if chart_href else "")
        if chapter.months:
            yield f'<h2 class="govuk-heading-m">{escape(chapter.heading)} The twelve months up to it</h2>'
        for table in chapter.months:
            number += 1
            yield from table_section(number, table, words, f"{chart_href}{number}" if chart_href else "")
        if not (chapter.compared or chapter.tables or chapter.months):
            yield '<p class="govuk-body">The service records nothing yet that would answer this.</p>'
        yield "</section>"


def _title(page: PackPage) -> str:
    return f"{page.now}, beside {page.before}"


def _beside(place: int, page: PackPage, rows: Sequence[ComparedRow]) -> str:
    bars = [
        bar
        for row in rows
        for bar in (Bar(f"{row.words}, {page.now}", row.now), Bar(f"{row.words}, {page.before}", row.before))
    ]
    return interval_chart(f"beside-{place}", _title(page), bars)


def _compared(place: int, page: PackPage, rows: Sequence[ComparedRow], chart_href: str) -> Iterator[str]:
    if not rows:
        return
    title = _title(page)
    yield _beside(place, page, rows)
    if chart_href:
        yield picture_link(f"{chart_href}beside-{place}", title)
    # A narrow screen scrolls the table sideways, and by keyboard too, instead of the whole page.
    yield f'<div class="convene-table-scroll" role="group" aria-label="{escape(title)}, table" tabindex="0">'
    yield f'<table class="govuk-table"><caption class="govuk-table__caption">{escape(title)}</caption><thead><tr>'
    heads = ("measure", page.now, page.before, "change")
    yield "".join(f'<th scope="col" class="govuk-table__header">{escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = (rate_words(row.now), rate_words(row.before), str(row.change))
        told = "".join(f'<td class="govuk-table__cell">{escape(cell)}</td>' for cell in cells)
        named = f'<th scope="row" class="govuk-table__header">{escape(row.words)}</th>'
        yield f'<tr class="govuk-table__row">{named}{told}</tr>'
    yield "</tbody></table></div>"
