"""``convene meeting decisions`` and ``convene meeting minutes``."""

from __future__ import annotations

from tests.commands.commands_world import Convene

WORDS = "Quill Unreal stays with the aunt"
WHO = ("--name", "Dana Okoro", "--reason", "asked for its decisions")


def test_a_decision_is_agreed_once_opened_and_listed_without_its_words(convene: Convene, held: str) -> None:
    file = convene.file("decision.txt", WORDS)
    agreed = ("meeting", "decisions", "agree", held, file, "-p", "lewisham", "--by", "chair")
    assert convene.run(*agreed).stdout == f"Decision 1 of meeting {held} is agreed.\n"
    assert "already" in convene.run(*agreed).stdout
    opened = convene.run("meeting", "decisions", "open", held, "--role", "lcpp", *WHO, "-p", "lewisham")
    assert opened.stdout == f"1. {WORDS}\n"
    listed = convene.run("meeting", "decisions", "list", held, "-p", "lewisham").stdout
    assert "agreed by chair, at the command line" in listed
    assert "opened by Dana Okoro" in listed
    assert "Quill" not in listed
    found = convene.json("meeting", "decisions", "list", held, "-p", "lewisham")
    assert {each["role"] for each in found["agencies"] if each["complete"]} == {"lcpp"}


def test_minutes_are_agreed_issued_and_read_by_staff(convene: Convene, held: str) -> None:
    file = convene.file("minutes.txt", "All met")
    convene.run("meeting", "minutes", "agree", held, file, "--for", "lcpp", "-p", "lewisham")
    assert "not issued yet" in convene.run("meeting", "minutes", "list", held, "-p", "lewisham").stdout
    assert "Issued: 1." in convene.run("meeting", "minutes", "issue", held, "-p", "lewisham").stdout
    assert convene.run("meeting", "minutes", "open", held, *WHO, "-p", "lewisham").stdout == "1. All met\n"


def test_a_refusal_is_a_sentence(convene: Convene, held: str) -> None:
    said = convene.run("meeting", "decisions", "open", held, "--role", "lcpp", *WHO, "-p", "lewisham", code=2).stderr
    assert "There are no decisions of this meeting for:" in said
    empty = convene.file("empty.txt", " ")
    said = convene.run("meeting", "decisions", "agree", held, empty, "-p", "lewisham", code=2).stderr
    assert "There are no words." in said
    broken = convene.file("broken.txt", b"\xff\xfe")
    said = convene.run("meeting", "decisions", "agree", held, broken, "-p", "lewisham", code=2).stderr
    assert "not text in UTF-8" in said


def test_a_dissent_is_raised_listed_read_taken_further_and_settled(convene: Convene, held: str) -> None:
    decision = convene.file("decision.txt", WORDS)
    convene.run("meeting", "decisions", "agree", held, decision, "-p", "lewisham")
    words = convene.file("dissent.txt", "Quill Unreal is not safe there")
    about = ("--kind", "dissent", "--role", "lcpp", "--decision", "1", "--meeting", held, "-p", "lewisham")
    raised = ("meeting", "dissent", "raise", words, *about)
    assert "has published no ladder" in convene.run(*raised).stdout
    assert "written down already" in convene.run(*raised).stdout
    (found,) = convene.json("meeting", "dissent", "list", "--meeting", held, "-p", "lewisham")
    listed = convene.run("meeting", "dissent", "list", "-p", "lewisham").stdout
    assert "dissent from a decision 1" in listed
    assert "Quill" not in listed
    read = convene.run("meeting", "dissent", "open", found["id"], "--reason", "to settle it", "-p", "lewisham")
    assert read.stdout == "Quill Unreal is not safe there\n"
    assert "no further stage" in convene.run("meeting", "dissent", "further", found["id"], "-p", "lewisham").stdout
    convene.run("meeting", "dissent", "settle", found["id"], convene.file("how.txt", "agreed"), "-p", "lewisham")
    assert "There is no disagreement." in convene.run("meeting", "dissent", "list", "-p", "lewisham").stdout


def test_a_refused_meeting_of_wirral_begins_with_the_practitioners_manager(convene: Convene) -> None:
    words = convene.file("refused.txt", "The school asked and was refused")
    about = ("--kind", "refused_meeting", "--role", "school", "-p", "wirral")
    assert "stage 1, the practitioners' manager" in convene.run("meeting", "dissent", "raise", words, *about).stdout
    refused = convene.run("meeting", "dissent", "raise", words, "--kind", "dissent", *about[2:], code=2)
    assert "stands without a meeting" in refused.stderr
