"""Charts as SVG, made on the server: pure functions, no script, no style of the page's own needed.

Each has a title and a description that say in words what it shows, and stands beside the table of the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from service.domain.rates import Rate

_WIDTH, _LEFT, _RIGHT = 720, 20, 60
_ROW, _TOP, _AXIS = 52, 10, 30
# A label that is longer than the chart is wide goes on in the next line: so many letters of 16 pixels have room.
_LETTERS, _LINE = 78, 20
# GOV.UK's blue for the bar and its near-black for words and whiskers: each stands out against white by 4.5 to 1.
_BAR, _INK, _GRID = "#1d70b8", "#0b0c0c", "#b1b4b6"


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart. ``rate`` None: hidden; a rate without a percentage is one of nothing."""

    label: str
    rate: Rate | None


def interval_chart(chart_id: str, title: str, bars: Sequence[Bar]) -> str:
    """Horizontal bars from 0 to 100 percent, each with its 95% interval as a whisker.

    ``chart_id`` must be unique on its page and a plain word: the title's and description's ids are made from it.
    """
    tops = [_TOP]
    for bar in bars:
        tops.append(tops[-1] + _ROW + _LINE * (len(_lines(bar)) - 1))
    height = tops[-1] + _AXIS
    described = "; ".join(f"{bar.label}: {rate_words(bar.rate)}" for bar in bars) or "nothing to show"
    named = f'aria-labelledby="{chart_id}-title {chart_id}-desc"'
    font = 'font-family="arial, sans-serif" font-size="16"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {named} {font}>',
        f'<title id="{chart_id}-title">{escape(title)}</title>',
        f'<desc id="{chart_id}-desc">{escape(described)}</desc>',
        *_grid(height - _AXIS),
    ]
    for top, bar in zip(tops, bars, strict=False):
        parts += _bar(top, bar)
    return "".join((*parts, "</svg>"))


def rate_words(rate: Rate | None) -> str:
    """A figure in words: "19 of 20, 95.0%, likely 76.4% to 99.1%"."""
    if rate is None:
        return "hidden"
    if rate.percent is None or rate.low is None or rate.high is None:
        return "nothing to count"
    return f"{rate.n} of {rate.of}, {rate.percent:.1f}%, likely {rate.low:.1f}% to {rate.high:.1f}%"


def _across(percent: float) -> str:
    return f"{_LEFT + percent * (_WIDTH - _LEFT - _RIGHT) / 100:.1f}"


def _grid(bottom: int) -> list[str]:
    parts = []
    for percent in (0, 25, 50, 75, 100):
        at = _across(percent)
        parts.append(f'<line x1="{at}" y1="{_TOP}" x2="{at}" y2="{bottom}" stroke="{_GRID}"/>')
        parts.append(f'<text x="{at}" y="{bottom + 22}" fill="{_INK}" text-anchor="middle">{percent}%</text>')
    return parts


def _bar(top: int, bar: Bar) -> list[str]:
    lines, rate = _lines(bar), bar.rate
    parts = [
        f'<text x="{_LEFT + 4}" y="{top + 18 + _LINE * place}" fill="{_INK}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    ]
    if rate is None or rate.percent is None or rate.low is None or rate.high is None:
        return parts
    zero, end, low, high = (_across(each) for each in (0, rate.percent, rate.low, rate.high))
    top += _LINE * (len(lines) - 1)
    middle = top + 35
    width = float(end) - float(zero)
    whisker = f'stroke="{_INK}" stroke-width="2"'
    return [
        *parts,
        f'<rect x="{zero}" y="{top + 26}" width="{width:.1f}" height="18" fill="{_BAR}"/>',
        f'<line x1="{low}" y1="{middle}" x2="{high}" y2="{middle}" {whisker}/>',
        *(f'<line x1="{at}" y1="{top + 29}" x2="{at}" y2="{top + 41}" {whisker}/>' for at in (low, high)),
    ]


def _lines(bar: Bar) -> list[str]:
    return wrap(_label(bar), _LETTERS)


def _label(bar: Bar) -> str:
    if bar.rate is None:
        return f"{bar.label}: hidden"
    if bar.rate.percent is None:
        return f"{bar.label}: nothing to count"
    return f"{bar.label}: {bar.rate.percent:.1f}% of {bar.rate.of}"
