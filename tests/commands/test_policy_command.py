"""``convene policy`` needs no database and no settings."""

import json
from pathlib import Path

import pytest

from tests.commands.commands_world import DIRECTORIES, Convene

AT = ("--at", "2026-12-01T10:00")


def test_each_agency_is_explained_with_rule_source_and_notice(bare: Convene) -> None:
    told = bare.json("policy", "explain", bare.request(), *AT)
    school = next(agency for agency in told["agencies"] if agency["role"] == "school")
    assert school["level"] == "conditional"
    assert school["reasons"][0]["rule"] == "C07"
    assert school["reasons"][0]["source"]
    assert school["notice_standard"] == "not set by the partnership"
    assert told["at"] == "2026-12-01T10:00:00+00:00"
    assert told["policy"] == "lewisham"


def test_rules_that_stayed_silent_say_what_was_missing(bare: Convene) -> None:
    told = bare.json("policy", "explain", bare.request(), *AT)
    assert {row["rule"]: row["why"] for row in told["silent"]}["C05"] == "no child is unborn"


def test_the_clocks_are_told_with_deadline_and_start(bare: Convene) -> None:
    file = bare.request(meeting_type="icpc", initiating_sd_at="2026-11-27T14:00:00+00:00", wishes={})
    told = bare.json("policy", "explain", file, *AT)
    assert told["clock_starts_at"] == "2026-11-27T14:00:00+00:00"
    # 15 working days after Friday 27 November, the day after counting as 1.
    assert told["deadline_at"].startswith("2026-12-18")
    assert told["clocks"]["latest_lawful"] == told["deadline_at"]
    assert "police_child_protection" in told["clocks"]["notice_not_set"]


def test_another_pack_can_be_tried_on_the_same_request(bare: Convene) -> None:
    told = bare.json("policy", "explain", bare.request(), "--policy", "wirral", *AT)
    levels = {agency["role"]: agency["level"] for agency in told["agencies"]}
    assert levels["school"] == "core"
    assert "macpt_health_lead" not in levels


def test_a_pack_file_can_be_tried_before_it_is_published(bare: Convene) -> None:
    mine = bare.file(
        "mine.toml",
        '[pack]\nid = "mine"\nname = "Mine"\nversion = "1"\nextends = "wirral"\nowner = "us"\nreview_by = 2027-01-01\n',
    )
    assert bare.json("policy", "explain", bare.request(), "--policy", mine, *AT)["policy_name"] == "Mine"


def test_a_directory_file_adds_inboxes_and_their_hours(bare: Convene) -> None:
    directory = str(DIRECTORIES / "lewisham.csv")
    told = bare.json("policy", "explain", bare.request(), "--directory", directory, *AT)
    inboxes = {place["role"]: place["inbox"] for place in told["places"]}
    assert inboxes["school"] == "Ladywell Brook Primary School (example)"


def test_a_person_reads_the_same_in_tables(bare: Convene) -> None:
    said = bare.run("policy", "explain", bare.request(), *AT).stdout
    for words in ("Who must come", "not set by the partnership", "C07", "Rules that did not fire", "Deadline"):
        assert words in said
    assert "Quill" not in said


def test_a_webhook_body_is_read_as_well_as_a_bare_request(bare: Convene) -> None:
    request = Path(bare.request()).read_text(encoding="utf-8")
    hook = {"type": "meeting.requested", "timestamp": "2026-12-01T08:30:00Z", "data": json.loads(request)}
    assert bare.json("policy", "explain", bare.file("hook.json", hook), *AT)["policy"] == "lewisham"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "this is not JSON in UTF-8"),
        (b"\xff\xfe{}", "this is not JSON in UTF-8"),
        (b"[]", "Give an object here."),
        (b'{"type": "other", "timestamp": "2026-12-01T08:30:00Z", "data": {}}', "type is not meeting.requested"),
        (b"x" * 300_000, "larger than 256 KB"),
    ],
)
def test_a_file_that_is_no_request_is_refused_in_a_sentence(bare: Convene, content: bytes, sentence: str) -> None:
    refused = bare.run("policy", "explain", bare.file("bad.json", content), *AT, code=2)
    assert sentence in refused.stderr
    assert refused.stdout == ""


def test_every_fault_is_named_by_its_place_and_no_value_is_repeated(bare: Convene) -> None:
    children = [{"ref": "c1", "birth_date": "2017-02-29", "name": "Quill Unreal"}]
    said = bare.run("policy", "explain", bare.request(children=children, urgency="soonish"), *AT, code=2).stderr
    assert "/children/0/birth_date: There is no such date in the calendar." in said
    assert "/urgency" in said
    assert "Quill" not in said
    assert "2017" not in said


def test_a_meeting_type_the_pack_lacks_names_those_it_has(bare: Convene) -> None:
    said = bare.run("policy", "explain", bare.request(meeting_type="tea"), *AT, code=2).stderr
    assert "core_group_first, icpc, prebirth_icpc" in said


def test_a_partnership_without_a_pack_asks_for_one(bare: Convene) -> None:
    assert "--policy" in bare.run("policy", "explain", bare.request(partnership="kent"), *AT, code=2).stderr


def test_the_packaged_packs_hold(bare: Convene) -> None:
    told = bare.json("policy", "validate", "--on", "2026-12-01")
    assert told["ok"] is True
    assert {pack["pack"] for pack in told["packs"]} == {"national", "london", "lewisham", "wirral"}
    assert told["past_review"] == []


def test_figures_past_their_review_date_are_listed_once_and_do_not_fail(bare: Convene) -> None:
    late = bare.json("policy", "validate", "--on", "2031-01-01")["past_review"]
    assert late
    assert len(late) == len(set(late))
    assert any("Wirral Safeguarding Children Partnership" in line for line in late)


def test_a_bad_pack_is_refused_with_file_rule_and_sentence(bare: Convene) -> None:
    bad = bare.file(
        "bad.toml",
        '[pack]\nid = "bad"\nname = "Bad"\nversion = "1"\nextends = "national"\n'
        'owner = "us"\nreview_by = 2027-01-01\n\n[[rules]]\nid = "B01"\nwhen = "always"\n'
        'invite = ["polise"]\nlevel = "core"\nstrength = "must"\nreason = "r"\nsource = "s"\n'
        'confidence = "S"\n',
    )
    said = bare.run("policy", "validate", bad, code=1).stderr
    assert said.startswith("convene: bad.toml, B01: ")
    assert "polise" in said
    refused = bare.json("policy", "validate", bad, code=1)["refused"]
    assert [(each["file"], each["rule"]) for each in refused] == [("bad.toml", "B01")]
