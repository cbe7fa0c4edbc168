"""``convene directory``: an import is all or nothing, and a check finds whoever is missing."""

import csv
import io
from pathlib import Path

import pytest

from tests.commands.commands_world import DIRECTORIES, Convene

LEWISHAM = DIRECTORIES / "lewisham.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def write(convene: Convene, rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return convene.file("directory.csv", out.getvalue())


def test_a_dry_run_shows_what_would_change_and_changes_nothing(unprepared: Convene) -> None:
    unprepared.run("migrate")
    for _ in range(2):
        would = unprepared.json("directory", "import", str(LEWISHAM), "-p", "lewisham", "--dry-run")
        assert (len(would["added"]), would["changed"], would["unchanged"]) == (len(rows_of(LEWISHAM)), [], 0)
    assert unprepared.json("directory", "check", "-p", "lewisham", code=1)["ok"] is False


def test_importing_the_same_file_again_changes_nothing(convene: Convene) -> None:
    again = convene.json("directory", "import", str(LEWISHAM), "-p", "lewisham")
    assert (again["added"], again["changed"], again["retired"]) == ([], [], [])
    assert again["unchanged"] == len(rows_of(LEWISHAM))


def test_a_change_is_told_field_by_field_and_audited(convene: Convene) -> None:
    rows = rows_of(LEWISHAM)
    rows[0]["phone"] = "020 7946 0999"
    before = convene.json("audit", "verify", "-p", "lewisham")["events"]
    done = convene.json("directory", "import", write(convene, rows), "-p", "lewisham", "--by", "amy")
    (changed,) = done["changed"]
    assert changed["fields"] == {"phone": {"before": "020 7946 0101", "after": "020 7946 0999"}}
    assert convene.json("audit", "verify", "-p", "lewisham")["events"] == before + 1


def test_an_inbox_the_file_does_not_name_stays_unless_retiring_is_asked_for(convene: Convene) -> None:
    file = write(convene, rows_of(LEWISHAM)[1:])
    stays = convene.json("directory", "import", file, "-p", "lewisham")
    assert stays["retired"] == []
    assert [inbox["role"] for inbox in stays["not_in_file"]] == ["social_worker"]
    goes = convene.json("directory", "import", file, "-p", "lewisham", "--retire-missing")
    assert [inbox["role"] for inbox in goes["retired"]] == ["social_worker"]
    missing = convene.json("directory", "check", "-p", "lewisham", code=1)["findings"]
    assert (missing[0]["role"], missing[0]["level"]) == ("social_worker", "core")


def test_a_retired_inbox_comes_back_with_the_next_file(convene: Convene) -> None:
    convene.run("directory", "import", write(convene, rows_of(LEWISHAM)[1:]), "-p", "lewisham", "--retire-missing")
    (changed,) = convene.json("directory", "import", str(LEWISHAM), "-p", "lewisham")["changed"]
    assert changed["fields"] == {"active": {"before": False, "after": True}}


def test_one_bad_row_imports_nothing_and_names_every_fault(convene: Convene) -> None:
    rows = rows_of(LEWISHAM)
    rows[0]["phone"] = "020 7946 0999"
    rows[3]["address"] = "not an address"
    rows[5]["hours"] = "whenever"
    refused = convene.run("directory", "import", write(convene, rows), "-p", "lewisham", code=2)
    assert "directory.csv, row 5, address:" in refused.stderr
    assert "directory.csv, row 7, hours:" in refused.stderr
    assert "nothing was imported" in refused.stderr
    again = convene.json("directory", "import", str(LEWISHAM), "-p", "lewisham")
    assert again["changed"] == []


def test_each_partnership_has_its_own_directory(convene: Convene) -> None:
    known = ("--dry-run", "--known-because", "the same desks")
    done = convene.json("directory", "import", str(LEWISHAM), "-p", "wirral", *known)
    # The garrison has no address, so it is the same inbox in both files, under another phone number.
    assert len(done["added"]) == len(rows_of(LEWISHAM)) - 1
    assert [inbox["role"] for inbox in done["changed"]] == ["unit_welfare_officer"]


def test_a_partnership_that_is_not_in_the_database_asks_for_the_migration(unprepared: Convene) -> None:
    said = unprepared.run("directory", "import", str(LEWISHAM), "-p", "lewisham", code=3).stderr
    assert "convene migrate" in said


def test_a_file_that_is_not_there_is_refused(convene: Convene) -> None:
    assert "cannot be read" in convene.run("directory", "import", "nowhere.csv", "-p", "lewisham", code=2).stderr


def test_an_agency_that_gets_its_inbox_is_invited_to_the_meeting_that_lacked_it(convene: Convene) -> None:
    flags = [{"ref": "child-1", "birth_date": "2017-03-04", "school_urn": "900101", "flags": ["looked_after"]}]
    taken = convene.take_in(children=flags)
    assert {each["role"]: each["state"] for each in taken["agencies"]}["cla_nurse"] == "no_inbox"
    assert "no_inbox" in taken["tasks"]
    rows = rows_of(LEWISHAM)
    nurse = next(row for row in rows_of(DIRECTORIES / "wirral.csv") if row["role"] == "cla_nurse")
    known = ("--known-because", "read back by phone")
    done = convene.json("directory", "import", write(convene, [*rows, nurse]), "-p", "lewisham", *known)
    assert done["gaps_filled"] == 1
    assert convene.json("directory", "check", "-p", "lewisham")["findings"] == []


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"phone": "020 7946 0103", "address": "duty.desk@police.lewisham.example"}, "shared_address", 0),
        ({"name": "Another team", "address": "other.team@childrens.lewisham.example"}, "several_for_one", 0),
    ],
)
def test_what_may_be_meant_is_shown_and_is_no_fault(
    convene: Convene, change: dict[str, str], kind: str, code: int
) -> None:
    rows = rows_of(LEWISHAM)
    nurse = next(row for row in rows_of(DIRECTORIES / "wirral.csv") if row["role"] == "cla_nurse")
    convene.run("directory", "import", write(convene, [*rows, nurse, rows[0] | change]), "-p", "lewisham")
    found = convene.json("directory", "check", "-p", "lewisham", code=code)["findings"]
    assert kind in {finding["kind"] for finding in found}
    assert not any(finding["fault"] for finding in found)


def test_one_inbox_is_changed_and_its_new_address_waits_for_the_code(convene: Convene) -> None:
    listed = convene.json("directory", "list", "-p", "lewisham")["inboxes"]
    nurse = next(each for each in listed if each["role"] == "school_nurse")
    sets = ("--set", "address=nurses@lewisham.example", "--set", "capacity=3")
    done = convene.json("directory", "change", nurse["id"], *sets, "-p", "lewisham")
    assert (done["changed"], done["to_confirm"][0]["address"]) == (["capacity"], "nurses@lewisham.example")
    (waits,) = convene.json("directory", "unverified", "-p", "lewisham")["unverified"]
    assert (waits["call_back"], waits["mail"]) == (nurse["phone"], "waiting")
    convene.run("directory", "confirm", waits["id"], "AAA-AAA", "-p", "lewisham", code=1)
    convene.run("directory", "drop", waits["id"], "-p", "lewisham")
    assert (
        "no new address waits"
        in convene.run("directory", "confirm", waits["id"], "AAA-AAA", "-p", "lewisham", code=2).stderr.casefold()
    )
    assert "was confirmed" in convene.run("directory", "unverified", "-p", "lewisham").stdout
    for wrong in (("not-an-id", "capacity=2"), (nurse["id"], "role=police"), (nurse["id"], "hours=whenever")):
        convene.run("directory", "change", wrong[0], "--set", wrong[1], "-p", "lewisham", code=2)


def test_an_import_without_a_reason_says_how_many_addresses_wait(convene: Convene) -> None:
    rows = rows_of(LEWISHAM)
    rows[1]["address"] = "another.place@lewisham.example"
    done = convene.run("directory", "import", write(convene, rows), "-p", "lewisham")
    assert "1 new addresses are not used" in done.stderr
    assert convene.json("directory", "check", "-p", "lewisham", code=1)["ok"] is False
