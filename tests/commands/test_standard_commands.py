"""``convene report standard``, ``codebook`` and ``dip-sample``, over meetings that took place."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.commands.commands_world import Convene

MONTH = ("--from", "2026-12-01", "--to", "2026-12-31", "-p", "lewisham")
DAY = ("--from", "2026-12-01", "--to", "2026-12-01", "-p", "lewisham")


def test_the_table_names_each_measure_its_denominator_and_what_is_not_recorded(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    told = convene.run("report", "standard", *MONTH)
    assert "Agencies that came, by agency role" in told.stdout
    assert "Out of: places the policy required" in told.stdout
    assert "Reports in time, by agency role" in told.stdout
    reports = told.stdout.split("Reports in time, by agency role")[1].split("Out of")[0]
    assert "not set" in next(line for line in reports.splitlines() if "social w" in line)
    assert "1 meeting, 1 child, 1 case;" in told.stdout


def test_the_csv_and_the_json_have_the_same_figures(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    printed = convene.run("report", "standard", *MONTH, "--format", "csv").stdout_bytes.decode()
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    told = convene.json("report", "standard", *MONTH)
    lines = [line for table in told["tables"] for line in (*table["lines"], table["total"])]
    assert [(row["key"], row["n"], row["of"]) for row in rows] == [
        (line["key"], str(line["n"]), str(line["of"])) for line in lines
    ]


def test_attendance_is_the_figure_of_the_attendance_report(convene: Convene, held: str) -> None:
    for role, outcome in (("social_worker", "attended"), ("lcpp", "represented"), ("school", "no_answer")):
        convene.run("attendance", "record", held, "-p", "lewisham", "--role", role, "--outcome", outcome)
    standard = convene.json("report", "standard", *MONTH)
    table = next(each for each in standard["tables"] if (each["measure"], each["split"]) == ("attendance", "agency"))
    attendance = convene.json("report", "attendance", *MONTH)
    assert (table["total"]["n"], table["total"]["of"]) == (attendance["overall"]["n"], attendance["overall"]["of"])
    assert [(line["key"], line["n"], line["of"]) for line in table["lines"] if line["of"]] == [
        (line["key"], line["n"], line["of"]) for line in attendance["lines"] if line["of"]
    ]


def test_the_publishable_report_of_one_meeting_shows_nothing_of_it(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    told = convene.json("report", "standard", *MONTH, "--publishable")
    assert told["totals"]["meetings"] is None
    lines = [line for table in told["tables"] for line in (*table["lines"], table["total"])]
    assert all(line["hidden"] for line in lines if line["of"] != 0)


def test_a_filter_by_circumstance_is_one_of_the_list(convene: Convene, held: str) -> None:
    counted = convene.json("report", "standard", *MONTH, "--circumstance", "neglect")
    assert counted["totals"]["meetings"] == 1
    assert convene.json("report", "standard", *MONTH, "--circumstance", "online_images")["totals"]["meetings"] == 0
    assert "is no circumstance" in convene.run("report", "standard", *MONTH, "--circumstance", "rain", code=2).stderr


def test_the_codebook_is_printed_without_any_settings(bare: Convene) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "codebook.md").read_text(encoding="utf-8")
    assert bare.run("report", "codebook").stdout == page.rstrip("\n") + "\n"


def test_a_sample_is_drawn_from_a_period_that_is_over_only(convene: Convene, held: str) -> None:
    refused = convene.run("report", "dip-sample", *DAY, "--size", "5", "--seed", "s", code=2)
    assert "a period that is over" in refused.stderr
    convene.turn_clock(days=1)
    drawn = convene.json("report", "dip-sample", *DAY, "--size", "5", "--seed", "s")
    assert [row["reference"] for row in drawn["rows"]] == [held]
    assert drawn["frame"] == 1


def test_what_happens_later_changes_no_earlier_sample(convene: Convene) -> None:
    references = [convene.take_in(f"S47-{number}")["meeting_reference"] for number in range(6)]
    convene.turn_clock(days=1)
    asked = ("report", "dip-sample", *DAY, "--size", "3", "--seed", "Q4")
    before = convene.json(*asked)
    convene.run("meeting", "cancel", references[0], "--reason", "already_held", "-p", "lewisham")
    convene.run("meeting", "move", references[1], "-p", "lewisham", "--start", "2026-12-04T10:00")
    convene.run("attendance", "record", references[2], "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    convene.take_in("S47-late", wishes={"start": "2026-12-03T14:00:00+00:00", "minutes": 60})
    convene.turn_clock(days=5)
    after = convene.json(*asked)
    assert before["frame"] == after["frame"] == 6
    assert (after["seal"], after["strata"]) == (before["seal"], before["strata"])
    assert [row["reference"] for row in after["rows"]] == [row["reference"] for row in before["rows"]]


def test_the_reviewer_s_sheet_has_the_system_s_verdicts_and_empty_cells(convene: Convene, held: str) -> None:
    convene.turn_clock(days=1)
    sheet = convene.run("report", "dip-sample", *DAY, "--size", "5", "--seed", "s", "--format", "csv")
    row = next(csv.DictReader(io.StringIO(sheet.stdout_bytes.decode(), newline="")))
    assert (row["reference"], row["system_quorum"], row["reviewer_quorum"]) == (held, "not_set", "")
    assert "Seal: " in sheet.stderr
    assert "Seal: " in convene.run("report", "dip-sample", *DAY, "--size", "5", "--seed", "s").stdout


@pytest.mark.parametrize(("option", "value"), [("--by", "week"), ("--seed", " "), ("--size", "0")])
def test_a_draw_that_cannot_be_is_refused(convene: Convene, option: str, value: str) -> None:
    convene.run("report", "dip-sample", *DAY, "--size", "5", "--seed", "s", option, value, code=2)


def test_the_page_has_every_table_of_the_report(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    page = convene.run("report", "standard", *MONTH, "--format", "html", "--age-band", "5-17").stdout
    told = convene.json("report", "standard", *MONTH)
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == page.count("<caption") == len(told["tables"])
    assert "Only meetings about a child of the age band 5-17." in page


def reviewed_sheet(convene: Convene, **cells: str) -> str:
    sheet = convene.run("report", "dip-sample", *DAY, "--size", "5", "--seed", "s", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(sheet.stdout_bytes.decode(), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows({**row, **cells} for row in rows)
    return convene.file("sheet.csv", out.getvalue())


def test_a_filled_in_sheet_tells_how_far_reviewer_and_system_agree(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "apologies")
    convene.turn_clock(days=1)
    sheet = reviewed_sheet(convene, reviewer_every_agency_came="No", reviewer_quorum="yes")
    drawn = ("report", "dip-sample", *DAY, "--size", "5", "--seed", "s")
    told = {each["verdict"]: each for each in convene.json(*drawn, "--reviewed", sheet)["agreement"]}
    assert (told["every_agency_came"]["rate"]["n"], told["every_agency_came"]["rate"]["of"]) == (1, 1)
    assert (told["quorum"]["rate"]["of"], told["quorum"]["system_cannot_say"]) == (0, 1)
    assert told["every_notice_kept"]["not_reviewed"] == 1
    assert "every agency came" in convene.run(*drawn, "--reviewed", sheet).stdout


def test_a_sheet_that_is_not_of_this_sample_is_refused(convene: Convene, held: str) -> None:
    convene.turn_clock(days=1)
    drawn = ("report", "dip-sample", *DAY, "--size", "5", "--seed", "s", "--reviewed")
    assert "not those of this sample" in refused(convene, *drawn, reviewed_sheet(convene, reference="CV-OTHER"))
    assert "write yes, no or nothing" in refused(convene, *drawn, reviewed_sheet(convene, reviewer_quorum="maybe"))
    assert "lacks the columns" in refused(convene, *drawn, convene.file("short.csv", f"reference\n{held}\n"))
    assert "not UTF-8" in refused(convene, *drawn, convene.file("odd.csv", b"\xff\xfe"))


def refused(convene: Convene, *arguments: str) -> str:
    return convene.run(*arguments, code=2).stderr


def test_a_reviewer_s_verdicts_are_kept_from_the_sheet_and_one_by_one_with_the_agreement(
    convene: Convene, held: str
) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "apologies")
    convene.turn_clock(days=1)
    drawn = ("report", "dip-sample", *DAY, "--size", "5", "--seed", "s")
    sheet = reviewed_sheet(convene, reviewer_every_agency_came="no", reviewer_quorum="yes")
    for _ in range(2):
        seal = convene.json(*drawn, "--reviewed", sheet, "--keep")["seal"]
    (kept,) = convene.json("report", "dip-reviews", "-p", "lewisham")
    assert (kept["seal"], kept["verdicts"], kept["seed"]) == (seal, 2, "s")
    about = ("report", "dip-verdict", held, "-p", "lewisham", "--seal", seal[:12], "--question", "every_agency_came")
    assert "as it was said before" in convene.run(*about, "--verdict", "no").stdout
    found = convene.json("report", "dip-reviews", seal, "-p", "lewisham")
    told = {each["verdict"]: each for each in found["agreement"]}
    assert (told["every_agency_came"]["rate"]["n"], told["every_agency_came"]["rate"]["of"]) == (1, 1)
    assert told["every_agency_came"]["rate"]["low"] < 100
    assert (told["quorum"]["system_cannot_say"], told["in_time"]["not_reviewed"]) == (1, 1)
    convene.run(*about, "--verdict", "yes")
    again = convene.json("report", "dip-reviews", seal, "-p", "lewisham")
    assert {each["verdict"]: each["rate"]["n"] for each in again["agreement"]}["every_agency_came"] == 0
    said = {each["question"]: (each["verdict"], each["system_said"]) for each in again["verdicts"]}
    assert said == {"every_agency_came": (True, "no"), "quorum": (True, "not_set")}
    assert "kept under a seal" in refused(convene, "report", "dip-reviews", "ffff", "-p", "lewisham")


def test_a_restricted_case_is_sampled_and_reviewed_only_before_the_people_named_for_it(
    convene: Convene, held: str
) -> None:
    convene.run("meeting", "restrict", held, "-p", "lewisham", "--reason", "a colleague's child", "--by", "manager")
    convene.turn_clock(days=1)
    drawn = ("report", "dip-sample", *DAY, "--size", "5", "--seed", "s", "--keep")
    mine = convene.json(*drawn, "--reviewer", "manager")
    others = convene.json(*drawn, "--reviewer", "somebody")
    assert [row["reference"] for row in mine["rows"]] == [held]
    assert (others["rows"], others["withheld"], others["seal"]) == ([], 1, mine["seal"])
    assert held not in str(others)
    verdict = ("report", "dip-verdict", held, "-p", "lewisham", "--seal", mine["seal"], "--question", "quorum",
               "--verdict", "yes", "--by")  # fmt: skip
    assert "not a meeting of this sample" in refused(convene, *verdict, "somebody")
    convene.run(*verdict, "manager")
    told = convene.json("report", "dip-reviews", mine["seal"], "-p", "lewisham", "--by", "somebody")
    assert (told["verdicts"], told["withheld"]) == ([], 1)
    assert held not in str(told)
