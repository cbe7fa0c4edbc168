"""``convene report monthly`` and ``annual``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.commands.commands_world import Convene

DECEMBER = ("report", "monthly", "--month", "2026-12", "-p", "lewisham")


def test_the_month_is_told_under_three_questions_and_counts_what_the_standard_counts(
    convene: Convene, held: str
) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    told = convene.run(*DECEMBER).stdout
    for words in ("How much did we do?", "How well did we do it?", "What difference did it make?", "December 2026"):
        assert words in told
    assert "This period is not over" in told
    pack = convene.json(*DECEMBER)
    standard = convene.json("report", "standard", "--from", "2026-12-01", "--to", "2026-12-31", "-p", "lewisham")
    own = {(table["measure"], table["split"]): table for part in pack["questions"] for table in part["tables"]}
    both = [table for table in standard["tables"] if (table["measure"], table["split"]) in own]
    assert len(both) == len(own) > 10
    assert all(own[table["measure"], table["split"]] == table for table in both)


def test_the_list_of_meetings_is_written_beside_it_and_never_beside_the_one_to_publish(
    convene: Convene, held: str, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    pack = json.loads(convene.run(*DECEMBER, "--rows", str(rows), "--json").stdout)
    (row,) = csv.DictReader(io.StringIO(rows.read_text(encoding="utf-8"), newline=""))
    assert (row["reference"], pack["rows_counted"]) == (held, 1)
    refused = convene.run(*DECEMBER, "--publishable", "--rows", str(rows), code=2)
    assert "not to be published" in refused.stderr
    nowhere = convene.run(*DECEMBER, "--rows", str(tmp_path / "no" / "rows.csv"), code=2)
    assert "cannot be written" in nowhere.stderr


def test_a_year_is_told_as_a_file_and_as_rows(convene: Convene, held: str) -> None:
    year = ("report", "annual", "--year", "2026-27", "-p", "lewisham")
    page = convene.run(*year, "--format", "html").stdout
    assert "April 2026 to March 2027" in page
    printed = convene.run(*year, "--format", "csv").stdout_bytes.decode()
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert {row["kind"] for row in rows} == {"annual"}
    assert {row["measure"] for row in rows} >= {"attendance", "meetings_by_type", "strategy_to_icpc"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("monthly", "--month", "2026-13"), "is no month"),
        (("monthly", "--month", "2027-05"), "May 2027 has not begun"),
        (("annual", "--year", "2025-27"), "so write 2025-26"),
        (("annual", "--year", "2026"), "is no year"),
    ],
    ids=["no month", "to come", "two years", "one year"],
)
def test_a_period_that_cannot_be_is_refused_in_a_sentence(
    convene: Convene, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = convene.run("report", *arguments, "-p", "lewisham", code=2).stderr
    assert sentence in " ".join(refused.replace("│", " ").split())
