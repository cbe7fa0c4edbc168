"""The report's figures and forms: reproducible, with their denominator, and harmless to a spreadsheet."""

import csv
import io
from datetime import date

import pytest

from service.domain.attendance import Denominator
from service.domain.rates import rate_of
from service.workflow.report import CSV_COLUMNS, By, Report, ReportLine, as_csv
from tests.commands.commands_world import Convene

DAYS = ("--from", "2026-12-01", "--to", "2026-12-31", "-p", "lewisham")


def report(*lines: ReportLine) -> Report:
    return Report(
        "lewisham",
        date(2026, 12, 1),
        date(2026, 12, 31),
        By.AGENCY,
        Denominator.REQUIRED,
        lines,
        ReportLine("all", "all together", rate_of(3, 4), 0, 0, 0, 0),
    )


def test_the_csv_has_a_header_its_lines_and_the_total() -> None:
    text = as_csv(report(ReportLine("gp", "GP practice", rate_of(93, 100), 2, 1, 4, 5)))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert rows[1] == [
        "lewisham",
        "2026-12-01",
        "2026-12-31",
        "agency",
        "required",
        "gp",
        "GP practice",
        "93",
        "100",
        "93.0",
        "86.3",
        "96.6",
        "2",
        "1",
        "4",
        "5",
    ]
    assert rows[2][5:9] == ["all", "all together", "3", "4"]
    assert text.count("\r\n") == 3
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x","y")'])
def test_no_cell_of_the_csv_is_a_formula(words: str) -> None:
    text = as_csv(report(ReportLine(words, words, rate_of(0, 0), 0, 0, 0, 0)))
    row = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert row[5] == row[6] == f"'{words}"


def test_a_rate_of_nothing_has_empty_cells_and_no_invented_zero() -> None:
    text = as_csv(report(ReportLine("gp", "GP practice", rate_of(0, 0), 0, 3, 0, 0)))
    assert list(csv.reader(io.StringIO(text, newline="")))[1][7:12] == ["0", "0", "", "", ""]


def test_a_meeting_called_off_is_counted_apart_even_before_its_time(convene: Convene) -> None:
    reference = convene.take_in()["meeting_reference"]
    convene.run("meeting", "cancel", reference, "--reason", "facts_now_clear", "-p", "lewisham")
    told = convene.json("report", "attendance", *DAYS)
    assert (told["overall"]["of"], told["overall"]["cancelled"], told["overall"]["not_recorded"]) == (0, 1, 0)


def test_a_meeting_still_to_come_is_not_waited_for(convene: Convene) -> None:
    convene.take_in()
    assert convene.json("report", "attendance", *DAYS)["lines"] == []
    convene.turn_clock(hours=6)
    waiting = convene.json("report", "attendance", *DAYS)["overall"]
    assert waiting["of"] == 0
    assert waiting["not_recorded"] > 0


@pytest.mark.parametrize("by", ["agency", "month", "group"])
@pytest.mark.parametrize("denominator", ["required", "invited", "all"])
def test_every_way_to_count_adds_up_to_its_total(convene: Convene, held: str, by: str, denominator: str) -> None:
    for role, outcome in (("social_worker", "attended"), ("lcpp", "represented"), ("school", "no_answer")):
        convene.run("attendance", "record", held, "-p", "lewisham", "--role", role, "--outcome", outcome)
    told = convene.json("report", "attendance", *DAYS, "--by", by, "--denominator", denominator)
    assert told["by"] == by
    assert sum(line["n"] for line in told["lines"]) == told["overall"]["n"]
    assert sum(line["of"] for line in told["lines"]) == told["overall"]["of"]


def test_months_and_groups_are_named_in_words(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    months = convene.json("report", "attendance", *DAYS, "--by", "month")["lines"]
    assert [(line["key"], line["words"]) for line in months] == [("2026-12", "December 2026")]
    groups = convene.json("report", "attendance", *DAYS, "--by", "group")["lines"]
    assert "children's social care" in {line["words"] for line in groups}


def test_the_csv_of_the_command_is_the_same_figures(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    printed = convene.run("report", "attendance", *DAYS, "--format", "csv").stdout_bytes.decode()
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    told = convene.json("report", "attendance", *DAYS)
    assert [(row["key"], row["n"]) for row in rows[:-1]] == [(line["key"], str(line["n"])) for line in told["lines"]]


def test_days_in_the_wrong_order_are_refused(convene: Convene) -> None:
    swapped = ("--from", "2026-12-31", "--to", "2026-12-01", "-p", "lewisham")
    assert "Swap them" in convene.run("report", "attendance", *swapped, code=2).stderr
