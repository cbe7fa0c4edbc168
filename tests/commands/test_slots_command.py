"""``convene slots`` needs no database and no settings: a request, a directory and who is taken when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.commands_world import DIRECTORIES, Convene

AT = ("--at", "2026-12-01T10:00")
DIRECTORY = ("--directory", str(DIRECTORIES / "lewisham.csv"))


def known(bare: Convene, **parts: Any) -> tuple[str, str]:
    return "--availability", bare.file("availability.json", parts)


def test_the_best_start_comes_with_reasons_and_past_attendance(bare: Convene) -> None:
    police = {"history": [18, 20], "seats": [[["2026-12-01T10:00", "2026-12-01T12:00"]]]}
    file = known(bare, agencies={"police_child_protection": police}, chairs=[{"name": "the duty chair"}])
    told = bare.json("slots", bare.request(), *AT, *DIRECTORY, *file)
    first = told["slots"][0]
    assert first["start"] == "2026-12-01T12:00:00+00:00"
    assert {"role": "police_child_protection", "came": 18, "asked": 20} in first["coming"]
    assert first["chair"] == "the duty chair"
    assert "Quorum: not set by the partnership." in first["why"]
    assert told["give_up"] == []


def test_a_person_reads_the_same_in_sentences(bare: Convene) -> None:
    full = {"seats": [[["2026-12-01T00:00", "2026-12-31T00:00"]]]}
    file = known(bare, agencies={"police_child_protection": full})
    said = bare.run("slots", bare.request(), *AT, *DIRECTORY, *file, "--count", "1").stdout
    assert said.startswith("1. Tuesday 1 December 2026, 10:15am to 11:15am\n")
    assert "Cannot come: police child protection unit: another appointment." in said
    assert "required agencies" in said
    # At ten nobody could be told of a meeting at ten.
    assert "15 minutes are kept for everybody to be reached (not set by the partnership)." in said


def test_when_nothing_fits_it_says_what_to_give_up_and_exits_with_1(bare: Convene) -> None:
    away = {"name": "the only chair", "busy": [["2026-12-01T00:00", "2026-12-31T00:00"]]}
    told = bare.json("slots", bare.request(), *AT, *known(bare, chairs=[away]), code=1)
    assert told["slots"] == []
    assert told["give_up"][0]["words"] == "ask the only chair to move another appointment"
    said = bare.run("slots", bare.request(), *AT, *known(bare, chairs=[away]), code=1).stdout
    assert "least harm first" in said


def test_the_chairs_own_diary_is_the_diary_of_the_chairs_place(bare: Convene) -> None:
    morning = {"name": "first", "busy": [["2026-12-01T10:00", "2026-12-01T13:00"]]}
    told = bare.json("slots", bare.request(), *AT, *DIRECTORY, *known(bare, chairs=[morning]))
    assert told["slots"][0]["start"] == "2026-12-01T13:00:00+00:00"
    assert "lcpp" in {each["role"] for each in told["slots"][0]["coming"]}


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"agencies": {"polise": {}}}, "agencies/polise"),
        ({"agencies": {"gp": {"history": [3, 2]}}}, "agencies/gp/history"),
        ({"agencies": {"gp": {"seats": []}}}, "agencies/gp/seats"),
        ({"chairs": [{"name": "x", "hours": "whenever"}]}, "chairs/0/hours"),
        ({"chairs": [{"name": "x", "busy": [["2026-12-01T11:00", "2026-12-01T10:00"]]}]}, "chairs/0/busy/0"),
        ({"chairs": [{"name": "x", "busy": [["teatime", "2026-12-01T10:00"]]}]}, "chairs/0/busy/0/0"),
        ({"travel": 3}, "travel"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place_of_each_fault(
    bare: Convene, parts: dict[str, Any], place: str
) -> None:
    refused = bare.run("slots", bare.request(), *AT, *known(bare, **parts), code=2)
    assert f"availability.json, {place}: " in refused.stderr
    assert refused.stdout == ""


def test_a_meeting_in_the_records_is_searched_for_with_the_desks_other_meetings(convene: Convene) -> None:
    told = convene.take_in()
    found = convene.json("meeting", "slots", told["meeting_reference"], "-p", "lewisham")
    assert len(found["slots"]) == 3
    assert found["meeting_reference"] == told["meeting_reference"]
    said = convene.run("meeting", "slots", told["meeting_reference"], "-p", "lewisham", "--count", "1").stdout
    assert said.startswith("1. ")
    assert "required agencies; no past attendance is recorded." in said


def test_two_meetings_at_one_time_are_told_with_the_move_that_clears_most(convene: Convene) -> None:
    assert "No desk and no chair" in convene.run("meeting", "clashes", "-p", "lewisham").stdout
    first, second = convene.take_in("S47-1"), convene.take_in("S47-2")
    found = convene.json("meeting", "clashes", "-p", "lewisham", code=1)
    both = sorted([first["meeting_reference"], second["meeting_reference"]])
    assert {tuple(each["meetings"]) for each in found["clashes"]} == {tuple(both)}
    assert found["move"] in both
    assert found["clears"] == len(found["clashes"]) > 1
    said = convene.run("meeting", "clashes", "-p", "lewisham", code=1).stdout
    assert f"Moving {found['move']} clears {found['clears']}" in said


def test_a_request_is_searched_for_in_the_records_and_the_calendars_with_what_is_old_of_them(convene: Convene) -> None:
    taken = convene.take_in()
    request = convene.request("S47-2", wishes={}, chair="Priya Shah")
    plain = convene.json("slots", request, "--calendars")
    assert (len(plain["slots"]), plain["calendars"]) == (3, [])
    # The desks sit in the other meeting then.
    other = {"2026-12-01T14:00:00+00:00", "2026-12-01T14:30:00+00:00"}
    assert not other & {each["start"] for each in plain["slots"]}
    file = convene.file("calendars.toml", '[[chair]]\nname = "Priya Shah"\naddress = "priya.shah@lewisham.example"\n')
    convene.run("calendar", "import", file, "--partnership", "lewisham")
    (seen,) = convene.json("slots", request, "--calendars")["calendars"]
    assert (seen["kind"], seen["who"], seen["seen_at"]) == ("chair", "Priya Shah", None)
    assert seen["words"].startswith("The calendar of Priya Shah could not be read (")
    assert seen["words"] in convene.run("slots", request, "--calendars", "--count", "1").stdout
    assert convene.json("slots", request, "--calendars", "--minutes", "45")["slots"][0]["end"].endswith(":45:00+00:00")
    # Nothing of it was taken in, so it can be sent now.
    assert convene.json("request", request)["meeting_reference"] != taken["meeting_reference"]
    refused = convene.run("slots", request, "--calendars", *AT, code=2)
    assert "leave out --policy, --at, --directory, --availability and --days" in refused.stderr
