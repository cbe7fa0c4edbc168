"""``convene meeting calls``: the list, a mark, and whom the calls reached."""

from __future__ import annotations

from tests.commands.commands_world import DIRECTORIES, Convene


def test_an_officer_marks_calls_and_opens_whom_they_reached(convene: Convene) -> None:
    convene.run("directory", "import", str(DIRECTORIES / "lewisham.csv"), "-p", "lewisham")
    reference = convene.take_in("NOW-1", urgency="immediate", wishes={})["meeting_reference"]
    where = ("meeting", "calls", reference, "-p", "lewisham")
    listed = convene.json(*where)
    police = next(each for each in listed["agencies"] if each["role"] == "police_child_protection")
    assert police["phone"]
    assert "Whom to phone for" in convene.run(*where).stdout
    mark = (*where, "--role", "police_child_protection", "--outcome")
    assert "no answer" in convene.run(*mark, "no_answer").stdout
    said = convene.run(*mark, "joined", "--spoke-to", "Sgt Dana Whitlock", "--at", "2026-12-01T08:59").stdout
    assert f"The discussion of {reference} has begun by phone." in said
    again = convene.run(*mark, "joined", "--spoke-to", "Sgt Dana Whitlock", "--at", "2026-12-01T08:59").stdout
    assert "marked already" in again
    assert "Whitlock" in convene.run(*where, "--whom", "--reason", "the chair asks").stdout
    assert convene.run(*where, "--whom", code=2).stderr
    assert "--role and --outcome" in convene.run(*where, "--role", "gp", code=2).stderr


def test_the_night_is_handed_over_from_the_command_line(convene: Convene) -> None:
    convene.run("directory", "import", str(DIRECTORIES / "lewisham.csv"), "-p", "lewisham")
    convene.turn_clock(hours=14)
    reference = convene.take_in("NIGHT-1", urgency="immediate", wishes={})["meeting_reference"]
    where = ("handover", "-p", "lewisham")
    assert [each["reference"] for each in convene.json(*where)["meetings"]] == [reference]
    assert "to do (emergency duty team)" in convene.run(*where).stdout
    assert "Handed over by" in convene.run(*where, "--done", "--by", "Noor").stdout
    assert convene.json(*where)["meetings"] == []


def test_a_meeting_that_could_not_be_held_is_kept_from_the_command_line(convene: Convene) -> None:
    convene.run("directory", "import", str(DIRECTORIES / "lewisham.csv"), "-p", "lewisham")
    reference = convene.take_in("LATER-1", urgency="immediate", wishes={})["meeting_reference"]
    where = ("meeting", "not-held", reference, "-p", "lewisham")
    assert "no such day is kept" in convene.run(*where).stdout
    assert "--decided" in convene.run(*where, "--because", "nobody_answered", code=2).stderr
    protects = convene.file("protects.txt", "Quill stays with his aunt.")
    said = convene.run(*where, "--because", "nobody_answered", "--decided", "team_manager", "--protects", protects)
    assert "Decided by the team manager" in said.stdout
    assert len(convene.json(*where)["days"]) == 1
    assert "aunt" in convene.run(*where, "--what", "--reason", "the morning asks").stdout


def test_a_time_the_police_agreed_to_is_fixed_from_the_command_line(convene: Convene) -> None:
    convene.run("directory", "import", str(DIRECTORIES / "lewisham.csv"), "-p", "lewisham")
    reference = convene.take_in("AGREED-1", wishes={})["meeting_reference"]
    fixed = ("meeting", "confirm", reference, "-p", "lewisham", "--start", "2026-12-02T10:00")
    police = ("--agreed-with", "police_child_protection")
    assert "--agreed-by" in convene.run(*fixed, *police, code=2).stderr
    assert (
        "confirmed" in convene.run(*fixed, *police, "--agreed-by", "DS Vale", "--agreed-at", "2026-12-01T08:50").stdout
    )
    listed = convene.json("meeting", "calls", reference, "-p", "lewisham")["agencies"]
    assert [each["role"] for each in listed if each["calls"]] == ["police_child_protection"]
