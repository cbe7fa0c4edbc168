"""An evidence bundle shows every byte that changes, and says where."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.bundle import LATER_PARTS, PARTS, Heading, digest, frozen_message, link, written
from service.domain.bundle_check import MOST_TOLD, BundleCheck, check
from service.domain.chain import GENESIS, canonical, hash_of

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
MEETING, REQUEST = UUID(int=1), UUID(int=2)
TOKEN = "A" * 60
CONTENT = {"pack": {"id": "lewisham"}, "rules": ["C01"]}
POLICY = digest(canonical(CONTENT))


def audit_rows(count: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    previous = GENESIS
    for number in range(1, count + 1):
        row: dict[str, Any] = {
            "id": UUID(int=100 + number),
            "partnership_id": "lewisham",
            "chain": str(MEETING),
            "number": number,
            "meeting_id": MEETING,
            "at": NINE + timedelta(minutes=number),
            "actor": "scheduler",
            "action": "outlook:message:sent",
            "data": {"version": number, "words": "é – 1"},
            "previous": previous,
        }
        row["hash"] = previous = hash_of(row)
        rows.append(row)
    return rows


def a_record() -> dict[str, list[dict[str, Any]]]:
    letter = f"Dear desk, answer at https://convene.example/r/{TOKEN} by noon".encode()
    return {
        "request": [{"id": REQUEST, "facts": {"case": {"urgency": "standard"}}}],
        "meeting": [{"id": MEETING, "request_id": REQUEST, "reference": "CV-7K3Q-9XHD", "policy_hash": POLICY}],
        "policy": [{"hash": POLICY, "content": CONTENT}],
        "messages": [
            {"id": UUID(int=50), "role": "gp"} | frozen_message(letter),
            {"id": UUID(int=51), "role": None} | frozen_message(b"\xff\xfe"),
            {"id": UUID(int=52), "role": "school"} | frozen_message(None),
        ],
        "answers": [{"id": UUID(int=60), "answer": "yes", "sealed_comment": b"\x00\x01"}],
        "audit": audit_rows(4),
    }


def written_with(**changes: Any) -> bytes:
    return written(Heading("lewisham", "CV-7K3Q-9XHD", NINE, "command:amy"), a_record() | changes)


BUNDLE = written_with()
LINES = BUNDLE.splitlines(keepends=True)


def sentences(found: BundleCheck) -> str:
    return "\n".join(each.sentence for each in found.differences)


def linked_anew(lines: list[tuple[str, Any]]) -> bytes:
    """A whole file by somebody who knows how a bundle is made: every link, count and hash fits."""
    parts: dict[str, list[Any]] = {name: [] for name in PARTS}
    for part, row in lines:
        parts[part].append(row)
    return written(Heading("lewisham", "CV-7K3Q-9XHD", NINE, "command:amy"), parts)


def rows_of(bundle: bytes) -> list[tuple[str, Any]]:
    read = [json.loads(line) for line in bundle.splitlines()]
    return [(each["part"], each["row"]) for each in read if each["part"] in PARTS]


def test_a_bundle_as_it_was_written_holds() -> None:
    found = check(BUNDLE)
    assert found.holds, sentences(found)
    assert found.sha256 == digest(BUNDLE)
    assert found.manifest["reference"] == "CV-7K3Q-9XHD"
    assert [part["part"] for part in found.manifest["parts"]] == list(PARTS)


def test_the_same_record_gives_the_same_bytes() -> None:
    assert written_with() == BUNDLE
    assert linked_anew(rows_of(BUNDLE)) == BUNDLE


@given(place=st.integers(0, len(BUNDLE) - 1), other=st.integers(1, 255))
def test_any_single_changed_byte_is_found_in_its_line(place: int, other: int) -> None:
    changed = bytearray(BUNDLE)
    changed[place] ^= other
    found = check(bytes(changed))
    assert not found.holds
    assert any(
        each.first is not None and each.last is not None and each.first <= place <= each.last
        for each in found.differences
    ), sentences(found)


def test_every_byte_counts() -> None:
    for place in range(len(BUNDLE)):
        assert not check(BUNDLE[:place] + bytes([BUNDLE[place] ^ 1]) + BUNDLE[place + 1 :]).holds, place


def _as_an_earlier_version_wrote_it(without: frozenset[str] = LATER_PARTS) -> bytes:
    """The bundle without the parts that came later, linked as that version would have."""
    read = [json.loads(line) for line in LINES]
    manifest = read[0]["row"]
    manifest["parts"] = [each for each in manifest["parts"] if each["part"] not in without]
    lines = [("manifest", manifest)] + [(each["part"], each["row"]) for each in read[1:-1]]
    lines.append(("end", {"lines": len(lines) + 1}))
    previous, written_lines = "0" * 64, []
    for number, (part, row) in enumerate(lines, 1):
        body = b'"n":%d,"part":"%s","row":%s}' % (number, part.encode(), canonical(row))
        previous = link(previous, body)
        written_lines.append(b'{"link":"%s",%s\n' % (previous.encode(), body))
    return b"".join(written_lines)


def test_a_bundle_of_an_earlier_version_still_holds_and_one_with_any_other_part_missing_does_not() -> None:
    found = check(_as_an_earlier_version_wrote_it())
    assert found.holds, sentences(found)
    for name in set(PARTS) - LATER_PARTS:
        assert not check(_as_an_earlier_version_wrote_it(frozenset({name}))).holds, name


@given(length=st.integers(0, len(BUNDLE) - 1))
def test_a_bundle_cut_off_anywhere_is_found(length: int) -> None:
    found = check(BUNDLE[:length])
    assert "end was cut off" in sentences(found)


@given(place=st.integers(0, len(BUNDLE)), more=st.binary(min_size=1, max_size=20))
def test_bytes_put_in_anywhere_are_found(place: int, more: bytes) -> None:
    assert not check(BUNDLE[:place] + more + BUNDLE[place:]).holds


@given(order=st.permutations(range(len(LINES))))
def test_lines_in_another_order_are_found(order: list[int]) -> None:
    shuffled = b"".join(LINES[place] for place in order)
    assert check(shuffled).holds == (order == list(range(len(LINES))))


@given(place=st.integers(0, len(LINES) - 1))
def test_a_line_taken_out_is_found_where_it_stood(place: int) -> None:
    found = check(b"".join(LINES[:place] + LINES[place + 1 :]))
    assert not found.holds
    if 0 < place < len(LINES) - 1:
        assert f"line {place + 1} " in found.differences[0].sentence
        assert f"says it is line {place + 2}" in found.differences[0].sentence


def test_a_changed_row_is_the_only_line_that_is_named() -> None:
    place = next(number for number, line in enumerate(LINES) if b'"answer":"yes"' in line)
    changed = [*LINES[:place], LINES[place].replace(b'"yes"', b'"noo"'), *LINES[place + 1 :]]
    found = check(b"".join(changed))
    first = sum(len(line) for line in LINES[:place])
    assert [each.sentence for each in found.differences] == [
        f"line {place + 1} (part 'answers', bytes {first} to {first + len(LINES[place]) - 1}) was changed",
        "part 'answers' is not what the manifest says: its bytes give another SHA-256",
    ]


def test_a_line_linked_in_by_somebody_who_can_hash_is_still_not_in_the_manifest() -> None:
    body = b'"n":%d,"part":"tasks","row":{"id":"x"}}' % len(LINES)
    before = json.loads(LINES[-2])["link"]
    added = b'{"link":"%s",%s\n' % (link(before, body).encode(), body)
    assert "part 'tasks' has 1 rows, and the manifest says 0" in sentences(check(b"".join([*LINES[:-1], added])))


def test_lines_after_the_end_are_found() -> None:
    assert "stands after the end of the bundle" in sentences(check(BUNDLE + LINES[-1]))
    assert not check(BUNDLE + b"\n").holds


def test_a_file_of_another_format_says_so() -> None:
    other = BUNDLE.replace(b"convene-bundle/1", b"convene-bundle/2")
    assert "its format is 'convene-bundle/2'; this version reads 'convene-bundle/1'" in sentences(check(other))


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\n",
        b"\x00",
        b"PK\x03\x04",
        b"{}\n",
        b"[" * 5000,
        b'{"link":"' + b"0" * 64 + b'","n":' + b"[" * 9000 + b"\n",
    ],
)
def test_what_is_no_bundle_is_refused_without_an_error(rubbish: bytes) -> None:
    found = check(rubbish)
    assert not found.holds
    assert found.manifest == {}


def test_no_more_is_told_than_a_person_reads() -> None:
    assert len(check(b"\n" * 1000).differences) == MOST_TOLD


def test_an_audit_event_that_was_rewritten_in_a_bundle_linked_anew_is_found() -> None:
    rows = rows_of(BUNDLE)
    for part, row in rows:
        if part == "audit" and row["number"] == 3:
            row["actor"] = "staff:somebody else"
    assert sentences(check(linked_anew(rows))) == ("part 'audit', row 3: event 3 was changed, its hash does not hold")


@pytest.mark.parametrize(
    ("part", "row", "told"),
    [
        ("policy", {"hash": POLICY, "content": {"rules": []}}, "the policy's content does not give its hash"),
        ("policy", {"hash": digest(canonical({})), "content": {}}, "it is not the policy that planned the meeting"),
        (
            "meeting",
            {"id": MEETING, "request_id": REQUEST, "reference": "CV-0", "policy_hash": POLICY},
            "manifest names",
        ),
        ("request", {"id": UUID(int=9)}, "it is not the request the meeting was planned for"),
        ("audit", {"number": 2}, "event 1 is missing"),
        ("audit", {"number": "1"}, "event 1 is missing"),
        ("audit", {"number": 1}, "has a row that does not read as one of its rows"),
        ("messages", {"id": "m", "sent": "x", "sha256": "0", "sha256_as_sent": "0", "links_taken_out": 0}, "SHA-256"),
        ("messages", {"id": "m", "sent": 7}, "does not read as one of its rows"),
    ],
)
def test_a_part_that_does_not_agree_with_the_record_is_named(part: str, row: dict[str, Any], told: str) -> None:
    said = sentences(check(written_with(**{part: [row]})))
    assert told in said
    assert repr(part) in said


def test_a_message_that_was_changed_without_a_link_taken_out_is_found() -> None:
    row = {
        "id": UUID(int=51),
        "sent": "x",
        "sha256": digest(b"x"),
        "sha256_as_sent": digest(b"y"),
        "links_taken_out": 0,
    }
    assert "no link was taken out, yet it is not what was sent" in sentences(check(written_with(messages=[row])))


def test_a_personal_link_does_not_travel_and_the_manifest_says_so() -> None:
    assert TOKEN.encode() not in BUNDLE
    (taken,) = check(BUNDLE).manifest["links_taken_out"]
    sent = f"Dear desk, answer at https://convene.example/r/{TOKEN} by noon".encode()
    assert taken == {"message": str(UUID(int=50)), "links": 1, "sha256_as_sent": digest(sent)}
    assert b"https://convene.example/r/LINK-TAKEN-OUT by noon" in BUNDLE


def test_a_part_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="secrets"):
        written(Heading("lewisham", "CV-7K3Q-9XHD", NINE, "x"), {"secrets": []})
