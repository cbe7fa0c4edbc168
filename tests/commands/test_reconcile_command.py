"""``convene report reconcile``: a list from the case system, with its own headings, beside what was held here."""

from __future__ import annotations

import csv
import io

import pytest

from tests.commands.commands_world import Convene

PERIOD = ("--from", "2026-12-01", "--to", "2026-12-31", "-p", "lewisham")
HEAD = (
    "Child Unique ID,Gender,Date of Birth,Strategy discussion initiating Section 47 Enquiry Start Date,"
    "Was an Initial Child Protection Conference deemed unnecessary?,Date of Initial Child Protection Conference\r\n"
)


def a_list(convene: Convene, *rows: str, head: str = HEAD) -> str:
    return convene.file("list5.csv", "\ufeff" + head + "".join(f"{row}\r\n" for row in rows))


def child_of(convene: Convene) -> str:
    told = convene.json("report", "reconcile", a_list(convene), *PERIOD, code=1)
    return str(told["findings"][0]["child"])


def test_a_list_that_agrees_exits_with_0(convene: Convene, held: str) -> None:
    same = a_list(convene, f"{child_of(convene)},F,04/05/2018,01/12/2026,Yes,")
    told = convene.json("report", "reconcile", same, *PERIOD)
    assert [(each["found"], each["row"], each["reference"]) for each in told["findings"]] == [("matches", 2, held)]


def test_what_is_missing_on_either_side_is_told_row_by_row(convene: Convene, held: str) -> None:
    other = a_list(convene, "P-unknown,M,04/05/2018,2026-12-02,No,2026-12-20", ",,,,,")
    rows = list(
        csv.DictReader(
            io.StringIO(
                convene.run("report", "reconcile", other, *PERIOD, "--format", "csv", code=1).stdout_bytes.decode(),
                newline="",
            )
        )
    )
    assert [(row["found"], row["row"], row["meeting_reference"]) for row in rows] == [
        ("child_not_known_here", "2", ""),
        ("not_in_list", "", held),
    ]
    shown = convene.run("report", "reconcile", other, *PERIOD, code=1)
    assert "1: no request to this service named the child." in shown.stdout


def test_nothing_of_the_list_but_days_comes_out_again(convene: Convene, held: str) -> None:
    told = convene.run("report", "reconcile", a_list(convene, "P-unknown,M,04/05/2018,2026-12-02,No,"), *PERIOD, code=1)
    for word in ("P-unknown", "04/05/2018", "2018-05-04"):
        assert word not in told.stdout + told.stderr


BAD = {
    "a missing heading": ("Child Unique ID,Gender\r\n", "P-1,F", "lacks: Strategy discussion initiating"),
    "a day that is none": (HEAD, "P-1,F,,31/02/2026,,", "Row 2: Strategy discussion initiating"),
    "a row without a child": (HEAD, ",F,,01/12/2026,,", "Row 2 has no usable Child Unique ID"),
}


@pytest.mark.parametrize(("head", "row", "told"), BAD.values(), ids=BAD.keys())
def test_a_list_that_cannot_be_read_is_refused_by_row_and_column(
    convene: Convene, head: str, row: str, told: str
) -> None:
    refused = convene.run("report", "reconcile", a_list(convene, row, head=head), *PERIOD, code=2)
    assert told in refused.stderr
    assert "31/02" not in refused.stderr


def test_a_file_that_is_no_text_and_a_reversed_period_are_refused(convene: Convene) -> None:
    odd = convene.file("odd.csv", b"\xff\xfe")
    assert "not UTF-8" in convene.run("report", "reconcile", odd, *PERIOD, code=2).stderr
    backwards = ("--from", "2026-12-31", "--to", "2026-12-01", "-p", "lewisham")
    assert "Swap them" in convene.run("report", "reconcile", a_list(convene), *backwards, code=2).stderr


def test_what_rests_on_a_restricted_case_is_counted_apart_for_whoever_is_not_named_for_it(
    convene: Convene, held: str
) -> None:
    same = a_list(convene, f"{child_of(convene)},F,04/05/2018,01/12/2026,Yes,", "P-unknown,M,,2026-12-02,No,")
    convene.run("meeting", "restrict", held, "-p", "lewisham", "--reason", "a colleague's child", "--by", "manager")
    asked = ("report", "reconcile", same, *PERIOD, "--by")
    mine = convene.json(*asked, "manager", code=1)
    assert ([each["row"] for each in mine["findings"]], mine["withheld"]) == ([2, 3], 0)
    others = convene.run(*asked, "somebody", "--json", code=1)
    assert held not in others.stdout
    told = convene.json(*asked, "somebody", code=1)
    assert ([each["row"] for each in told["findings"]], told["withheld"]) == ([3], 1)
    assert "rest on restricted cases" in others.stderr
