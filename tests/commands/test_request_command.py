"""``convene request``: a request in a file, taken in once."""

import pytest

from tests.commands.commands_world import Convene


def test_a_request_is_taken_in_with_its_agencies(convene: Convene) -> None:
    taken = convene.take_in()
    assert taken["state"] == "confirmed"
    assert taken["replayed"] is False
    roles = {each["role"]: each["state"] for each in taken["agencies"]}
    assert roles["police_child_protection"] == roles["school"] == "wanted"


def test_the_same_file_again_is_the_same_request(convene: Convene) -> None:
    file = convene.request()
    first = convene.json("request", file)
    again = convene.run("request", file, "--json")
    assert f'"{first["meeting_reference"]}"' in again.stdout
    assert "taken in before" in again.stderr


def test_a_key_used_for_another_request_is_refused(convene: Convene) -> None:
    convene.run("request", convene.request("S47-1"), "--key", "k-1")
    said = convene.run("request", convene.request("S47-2"), "--key", "k-1", code=2).stderr
    assert "used before with another request" in said


def test_changed_content_under_a_known_reference_names_the_meeting(convene: Convene) -> None:
    reference = convene.take_in()["meeting_reference"]
    said = convene.run("request", convene.request(urgency="immediate"), code=1).stderr
    assert reference in said


def test_a_person_reads_reference_agencies_and_what_is_left_to_do(convene: Convene) -> None:
    said = convene.run("request", convene.request(wishes={})).stdout
    assert "Meeting CV-" in said
    assert "school (designated safeguarding lead)" in said
    assert "To do: choose a time" in said
    assert "Quill" not in said


def test_a_request_for_a_partnership_that_is_not_served_is_refused(convene: Convene) -> None:
    assert "lewisham, wirral" in convene.run("request", convene.request(partnership="kent"), code=2).stderr


@pytest.mark.parametrize("key", ['with"quote', "x" * 201, "sp ace", "ünï"])
def test_a_key_the_api_would_not_take_is_refused_here_too(convene: Convene, key: str) -> None:
    assert "--key" in convene.run("request", convene.request(), "--key", key, code=2).stderr


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://meetings.lewisham.example", "must be https"),
        ("https://amy:pw@meetings.lewisham.example", "user name"),
        ("meetings", "absolute"),
        ("", "needs --url"),
    ],
)
def test_a_key_travels_to_no_unsafe_address(bare: Convene, url: str, sentence: str) -> None:
    token = bare.file("token", "a-key")
    arguments = ("--via", "api", "--url", url, "--token-file", token)
    assert sentence in bare.run("request", bare.request(), *arguments, code=2).stderr


def test_a_service_that_does_not_answer_ends_with_3(bare: Convene) -> None:
    token = bare.file("token", "a-key")
    arguments = ("--via", "api", "--url", "http://127.0.0.1:1", "--token-file", token)
    assert "cannot be reached" in bare.run("request", bare.request(), *arguments, code=3).stderr
