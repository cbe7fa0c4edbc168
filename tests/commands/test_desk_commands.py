"""Desks that several inboxes share: described in a file, asked by two partnerships, and shown as counts only."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.commands.commands_world import Convene

POLICE = "police_child_protection"
DESK = """
[[desk]]
name = "Joint police desk"
seats = 1
surgery = "Tue/Thu 09:30-12:00"
travel_minutes = 30
away = [{ from = 2026-12-03, to = 2026-12-03 }]
inboxes = [
  { partnership = "lewisham", role = "police_child_protection", address = "POLICE_LEWISHAM" },
  { partnership = "wirral", role = "police_child_protection", address = "POLICE_WIRRAL" },
]
"""


def desk_file(convene: Convene, text: str = DESK) -> str:
    for partnership in ("lewisham", "wirral"):
        text = text.replace(f"POLICE_{partnership.upper()}", f"duty.desk@police.{partnership}.example")
    return convene.file("desks.toml", text)


def taken(convene: Convene, partnership: str) -> dict[str, object]:
    desks = convene.json("desk", "list", "-p", partnership, "--days", "30")["desks"]
    return dict(next(each for each in desks if POLICE in each["roles"]))


def test_a_desk_of_two_partnerships_is_described_once_and_shown_to_each_as_counts(convene: Convene) -> None:
    reference = str(convene.take_in(wishes={})["meeting_reference"])
    convene.run("meeting", "confirm", reference, "--start", "2026-12-08T10:00", "-p", "lewisham")
    path = desk_file(convene)
    dry = convene.json("desk", "import", path, "-p", "wirral", "--dry-run")
    assert (dry["added"], dry["reseated"]) == (["Joint police desk"], 0)
    done = convene.json("desk", "import", path, "-p", "wirral", "--by", "amy")
    assert (done["added"], done["reseated"], done["overbooked"]) == (["Joint police desk"], 1, 0)
    again = convene.json("desk", "import", path, "-p", "wirral")
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], 1)
    ours, theirs = taken(convene, "lewisham"), taken(convene, "wirral")
    assert (ours["name"], ours["ours"], ours["all_taken"]) == ("Joint police desk", 1, 1)
    assert (theirs["name"], theirs["ours"], theirs["all_taken"]) == ("Joint police desk", 0, 1)
    assert reference not in convene.run("desk", "list", "-p", "wirral").stdout
    assert "no desk was asked for more" in convene.run("desk", "list", "-p", "lewisham").stdout


def test_the_search_keeps_to_the_desk_s_surgeries_and_leave(convene: Convene) -> None:
    convene.run("desk", "import", desk_file(convene), "-p", "lewisham")
    reference = str(convene.take_in(wishes={})["meeting_reference"])
    found = convene.json("meeting", "slots", reference, "-p", "lewisham", "--count", "4", "--minutes", "150")
    with_police = [
        each["start"][:16] for each in found["slots"] if POLICE in {coming["role"] for coming in each["coming"]}
    ]
    # Tuesday 1 December has begun already at nine; Thursday 3 December it is away.
    assert with_police[:1] == ["2026-12-01T09:30"]
    away = [each for each in found["slots"] if each["start"].startswith("2026-12-03")]
    assert all(POLICE in {cannot["role"] for cannot in each["cannot_come"]} for each in away)


def test_a_desk_with_fewer_seats_than_its_inboxes_had_meetings_keeps_who_said_so(convene: Convene) -> None:
    path = desk_file(convene)
    for number in (1, 2):
        reference = str(convene.take_in(f"S47-{number}", wishes={})["meeting_reference"])
        extra = ["--desk-override", "desk_agreed"] if number == 2 else []
        convene.run("meeting", "confirm", reference, "--start", "2026-12-08T10:00", "-p", "lewisham", *extra)
    done = convene.json("desk", "import", path, "-p", "lewisham")
    assert (done["reseated"], done["overbooked"]) == (2, 1)
    said = convene.run("desk", "list", "-p", "lewisham").stdout
    assert "because the desk has agreed to come all the same" in " ".join(said.split())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("seats = 1", "seats = 0"), "desks.toml, desk 1: seats: give a whole number from 1 to 99."),
        (("seats = 1", "seats = true"), "seats: give a whole number"),
        (("seats = 1", "chairs = 1"), "chairs is not known; a desk has: away, inboxes, name, seats"),
        (('"Tue/Thu 09:30-12:00"', '"Tue 25:00-26:00"'), "desk 1: surgery: "),
        (("to = 2026-12-03", "to = 2026-12-02"), "away: from and to are days without quotes, in order."),
        (("from = 2026-12-03", 'from = "2026-12-03"'), "away: from and to are days without quotes"),
        (("police_child_protection", "police"), "'police' is no role"),
        (("[[desk]]", "[[table]]"), "The file holds [[desk]] tables and nothing else."),
        (("name =", "name"), "This is not TOML"),
        (("POLICE_WIRRAL", "nobody@wirral.example"), "the directory of wirral has no nobody@wirral.example"),
        (("POLICE_WIRRAL", "POLICE_LEWISHAM"), "the directory of wirral has no"),
    ],
)
def test_a_bad_file_is_refused_whole_with_what_would_mend_it(
    convene: Convene, change: Iterable[str], sentence: str
) -> None:
    old, new = change
    said = convene.run("desk", "import", desk_file(convene, DESK.replace(old, new)), "-p", "lewisham", code=2).stderr
    assert sentence in said
    assert "nothing was imported" in said
    assert "Traceback" not in said
