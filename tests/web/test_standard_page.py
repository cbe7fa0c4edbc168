"""The report's page: a chart with its words and its table beside it, nothing that runs, and well-formed."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from service.domain.measures import EVERY_MEASURE
from service.domain.questions import LeftOut, Split
from service.domain.rates import Rate, rate_of
from service.domain.standard import Line, Table
from service.domain.trend import steps
from service.web.charts import Bar, interval_chart, rate_words
from service.web.standard_page import standard_page

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script> & sons'
MEASURE = EVERY_MEASURE[0]


def page() -> str:
    lines = (
        Line("2026-10", rate_of(14, 40), {}, 20),
        Line("2026-11", None, {LeftOut.CANCELLED: None}, 0),
        Line("2026-12", rate_of(0, 0), {LeftOut.NOT_RECORDED: 7}, 0),
    )
    trend = steps([(line.key, line.rate) for line in lines])
    table = Table(MEASURE, Split.MONTH, lines, Line("all", rate_of(14, 40), {}, 20), trend)
    return standard_page(HOSTILE, ["Numbers under 5 are hidden."], [table, table], lambda _, key: f"{key} {HOSTILE}")


def test_a_bar_runs_from_nought_to_its_percentage_and_its_whisker_over_the_interval() -> None:
    root = ET.fromstring(interval_chart("c", "Came", [Bar("GP", rate_of(19, 20))]))  # noqa: S314 - our own text
    bar = root.find(f"{SVG}rect")
    assert bar is not None
    assert float(bar.attrib["x"]) == pytest.approx(20)
    assert float(bar.attrib["width"]) == pytest.approx(640 * 0.95, abs=0.1)
    whisker = [line for line in root.iter(f"{SVG}line") if line.attrib["y1"] == line.attrib["y2"] == "45"]
    low, high = rate_of(19, 20).low, rate_of(19, 20).high
    assert low is not None
    assert high is not None
    assert float(whisker[0].attrib["x1"]) == pytest.approx(20 + 6.4 * low, abs=0.1)
    assert float(whisker[0].attrib["x2"]) == pytest.approx(20 + 6.4 * high, abs=0.1)


FIGURES = {
    "a figure": (rate_of(19, 20), "19 of 20, 95.0%, likely 76.4% to 99.1%"),
    "hidden": (None, "hidden"),
    "of nothing": (rate_of(0, 0), "nothing to count"),
}


@pytest.mark.parametrize(("rate", "told"), FIGURES.values(), ids=FIGURES.keys())
def test_a_chart_says_in_words_what_it_shows(rate: Rate | None, told: str) -> None:
    assert rate_words(rate) == told
    root = ET.fromstring(interval_chart("c", "Came", [Bar("GP", rate)]))  # noqa: S314 - our own text
    assert root.attrib["role"] == "img"
    named = [root.find(f"{SVG}{part}") for part in ("title", "desc")]
    assert [part.attrib["id"] for part in named if part is not None] == root.attrib["aria-labelledby"].split()
    assert [part.text for part in named if part is not None] == ["Came", f"GP: {told}"]


def test_nothing_hostile_and_nothing_that_runs_gets_into_the_page() -> None:
    written = page()
    assert "<script" not in written
    assert " style=" not in written
    assert not re.search(r"\son\w+=", written)


def test_the_page_has_one_heading_and_a_table_with_a_caption_for_each_chart() -> None:
    written = page()
    assert written.count("<h1>") == 1
    assert written.count("<svg") == written.count("<table") == written.count("<caption") == 2
    ids = re.findall(r' id="([^"]+)"', written)
    assert len(ids) == len(set(ids))
    assert "no clear change" not in written
    assert "nothing to compare" in written
    assert written.count("hidden") >= 4


def test_a_label_that_is_longer_than_the_chart_is_wide_goes_on_in_the_next_line() -> None:
    words = (
        "Agencies that took part, where that means: it attended, was represented, or sent written information instead"
    )
    chart = interval_chart("c", "Took part", [Bar(words, rate_of(1, 9)), Bar("Police", rate_of(8, 9))])
    labels = re.findall(r'<text x="24" y="(\d+)"[^>]*>([^<]+)<', chart)
    assert [text for _, text in labels][-1] == "Police: 88.9% of 9"
    assert " ".join(text for _, text in labels[:-1]) == f"{words}: 11.1% of 9"
    assert max(len(text) for _, text in labels) <= 78
    assert [int(at) for at, _ in labels] == [28, 48, 100]
