"""The standard report as one HTML file that needs nothing else: each chart with its table beside it, and no script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from service.domain.questions import LEFT_OUT_WORDS, SPLIT_WORDS, Split
from service.domain.standard import Line, Table
from service.web.charts import Bar, interval_chart

KeyWords = Callable[[Split | None, str], str]

_STYLE = """
body { font-family: arial, sans-serif; color: #0b0c0c; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; padding: 0.5rem 0; }
th, td { text-align: left; border-bottom: 1px solid #b1b4b6; padding: 0.4rem 1rem 0.4rem 0; vertical-align: top; }
td.number { text-align: right; white-space: nowrap; }
svg { width: 100%; height: auto; }
"""
_HEAD_CELL = '<th scope="col" class="govuk-table__header">'
_COLUMNS = ("n", "of", "percent", "likely range (95%)")


def standard_page(heading: str, said: Sequence[str], tables: Sequence[Table], words: KeyWords) -> str:
    """The whole document. ``said`` are the sentences under the heading, ``words`` puts a line's key in words."""
    return document(heading, said, standard_sections(tables, words))


def document(heading: str, said: Sequence[str], body: str) -> str:
    """One HTML file out of its heading, its sentences and a body that is HTML already."""
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en-GB">',
            f'<head><meta charset="utf-8"><title>{escape(heading)}</title><style>{_STYLE}</style></head>',
            f"<body><main><h1>{escape(heading)}</h1>",
            *(f"<p>{escape(sentence)}</p>" for sentence in said),
            body,
            "</main></body></html>\n",
        )
    )


def standard_sections(tables: Sequence[Table], words: KeyWords, chart_href: str = "") -> str:
    """A section for each table: its chart, the table itself and its trend. Escaped; ids are ``part-N``, ``chart-N``.

    ``chart_href``: where each chart can be saved as a picture, its number added to it; empty in a file.
    """
    return "\n".join(
        line
        for number, table in enumerate(tables, start=1)
        for line in table_section(number, table, words, f"{chart_href}{number}" if chart_href else "")
    )


def chart_of(number: int, table: Table, words: KeyWords) -> str:
    """The chart of a table as SVG."""
    lines = (*table.lines, table.total)
    bars = [Bar(words(table.split, line.key), line.rate) for line in lines]
    return interval_chart(f"chart-{number}", table_title(table), bars)


def picture_link(href: str, title: str) -> str:
    """The link that saves one chart, by its address."""
    about = f'<span class="govuk-visually-hidden">: {escape(title)}</span>'
    link = f'<a class="govuk-link" href="{escape(href)}" download>Save this chart as a picture (SVG){about}</a>'
    return f'<p class="govuk-body">{link}</p>'


def table_section(number: int, table: Table, words: KeyWords, chart_href: str = "") -> Iterator[str]:
    """One table with its chart before it, as HTML line by line. ``number`` is unique on its page."""
    title = table_title(table)
    lines = (*table.lines, table.total)
    out_of = f"{table.measure.numerator.capitalize()}, out of: {table.measure.denominator}."
    yield f'<section aria-labelledby="part-{number}">'
    yield f'<h2 class="govuk-heading-m" id="part-{number}">{escape(title)}</h2>'
    yield f'<p class="govuk-body">{escape(out_of)}</p>'
    yield chart_of(number, table, words)
    if chart_href:
        yield picture_link(chart_href, title)
    # A narrow screen scrolls the table sideways, and by keyboard too, instead of the whole page.
    yield f'<div class="convene-table-scroll" role="region" aria-label="{escape(title)}" tabindex="0">'
    yield f'<table class="govuk-table"><caption class="govuk-table__caption">{escape(title)}</caption><thead><tr>'
    yield f"{_HEAD_CELL}which</th>"
    yield "".join(f"{_HEAD_CELL}{column}</th>" for column in _COLUMNS)
    yield f"{_HEAD_CELL}left out</th></tr></thead><tbody>"
    yield from (_row(words(table.split, line.key), line) for line in lines)
    yield "</tbody></table></div>"
    if table.trend:
        yield '<ul class="govuk-list govuk-list--bullet">'
        for step in table.trend:
            before, after = words(Split.MONTH, step.before), words(Split.MONTH, step.after)
            yield f"<li>{escape(before)} to {escape(after)}: {step.change}</li>"
        yield "</ul>"
    yield "</section>"


def table_title(table: Table) -> str:
    """A table in words: "Agencies that came, by agency role"."""
    # What the parts are is in the measure's own words: "Why meetings were cancelled".
    split = f", {SPLIT_WORDS[table.split]}" if table.split and table.split is not Split.PART else ""
    return f"{table.measure.words.capitalize()}{split}"


def _row(told: str, line: Line) -> str:
    rate = line.rate
    if rate is None:
        figures = ["hidden"] * len(_COLUMNS)
    elif line.not_set:
        figures = ["", "", "not set", ""]
    elif rate.percent is None or rate.low is None or rate.high is None:
        figures = [str(rate.n), str(rate.of), "", ""]
    else:
        figures = [str(rate.n), str(rate.of), f"{rate.percent:.1f}%", f"{rate.low:.1f}% to {rate.high:.1f}%"]
    cells = "".join(
        f'<td class="govuk-table__cell govuk-table__cell--numeric number">{figure}</td>' for figure in figures
    )
    left_out = "; ".join(
        f"{'hidden' if count is None else count}: {LEFT_OUT_WORDS[why]}" for why, count in line.left_out.items()
    )
    return (
        f'<tr class="govuk-table__row"><th scope="row" class="govuk-table__header">{escape(told)}</th>'
        f'{cells}<td class="govuk-table__cell">{escape(left_out)}</td></tr>'
    )
