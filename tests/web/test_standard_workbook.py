"""The workbook: numbers are numbers, and nothing in it can run, whatever a cell says."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from service.web.standard_workbook import standard_workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", '=HYPERLINK("https://away.example")', "{=1}", "https://away.example")


def sheet_of(rows: list[tuple[object, ...]]) -> tuple[ET.Element, dict[str, str]]:
    book = zipfile.ZipFile(io.BytesIO(standard_workbook(["About"], ("a", "b"), rows, date(2026, 12, 31))))
    parts = {name: book.read(name).decode() for name in book.namelist()}
    return ET.fromstring(parts["xl/worksheets/sheet1.xml"]), parts  # noqa: S314 - our own text


@pytest.mark.parametrize("cell", HOSTILE)
def test_nothing_a_cell_says_becomes_a_formula_or_a_link(cell: str) -> None:
    sheet, parts = sheet_of([(cell, 1)])
    assert not list(sheet.iter(f"{MAIN}f"))
    assert not list(sheet.iter(f"{MAIN}hyperlink"))
    assert not [name for name in parts if "external" in name or name.endswith("sheet1.xml.rels")]
    first = next(each for each in sheet.iter(f"{MAIN}c") if each.attrib["r"] == "A2")
    assert first.attrib["t"] == "s"


def test_a_number_is_a_number_and_nothing_is_nothing() -> None:
    sheet, _ = sheet_of([(12.5, ""), (0, 7)])
    cells = {each.attrib["r"]: each for each in sheet.iter(f"{MAIN}c")}
    assert cells["A2"].findtext(f"{MAIN}v") == "12.5"
    assert "B2" not in cells
    assert cells["A3"].findtext(f"{MAIN}v") == "0"


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        standard_workbook([], ("a", "b"), [("alone",)], date(2026, 12, 31))


def test_the_same_figures_give_the_same_bytes() -> None:
    made = [standard_workbook(["About"], ("a",), [("x",)], date(2026, 12, 31)) for _ in range(2)]
    assert made[0] == made[1]
