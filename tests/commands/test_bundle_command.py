"""``convene bundle``: written once, checked anywhere."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.commands.commands_world import Convene


def exported(convene: Convene, reference: str, name: str = "evidence.jsonl") -> Path:
    path = convene.folder / name
    told = convene.json("bundle", "export", reference, "-p", "lewisham", "--out", str(path), "--by", "amy")
    assert told == {
        "file": str(path),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    return path


def test_a_bundle_is_checked_on_a_machine_without_settings_or_database(convene: Convene, held: str) -> None:
    path = exported(convene, held)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-m", "service", "bundle", "verify", str(path), "--sha256", digest],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.defpath},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{held} of lewisham" in done.stdout
    assert "every byte is as it was written" in done.stdout


def test_only_who_exports_may_read_the_file_and_nothing_is_overwritten(convene: Convene, held: str) -> None:
    path = exported(convene, held)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    said = convene.run("bundle", "export", held, "-p", "lewisham", "--out", str(path), code=2).stderr
    assert said == f"convene: {path} exists already; an evidence bundle never overwrites a file.\n"
    assert path.read_bytes() == before


def test_a_changed_byte_is_named_with_its_line_part_and_bytes(convene: Convene, held: str) -> None:
    path = exported(convene, held)
    whole = path.read_bytes()
    place = whole.index(b"planning:meeting:planned")
    path.write_bytes(whole[:place] + b"P" + whole[place + 1 :])
    said = convene.run("bundle", "verify", str(path), code=1)
    assert "it is NOT as it was written" in said.stdout
    assert "(part 'audit', bytes " in said.stderr
    found = convene.json("bundle", "verify", str(path), code=1)
    assert found["holds"] is False
    assert found["differences"][0]["first_byte"] <= place <= found["differences"][0]["last_byte"]


def test_another_whole_bundle_is_not_taken_for_the_one_that_was_exported(convene: Convene, held: str) -> None:
    first, second = exported(convene, held), exported(convene, held, "again.jsonl")
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    said = convene.run("bundle", "verify", str(second), "--sha256", digest, code=1).stderr
    assert "this is not the file that was exported" in said
    assert convene.json("bundle", "verify", str(first), "--sha256", digest.upper())["is_the_exported_file"]


def test_a_meeting_that_is_not_there_leaves_no_file(convene: Convene, held: str) -> None:
    path = convene.folder / "none.jsonl"
    said = convene.run("bundle", "export", held, "-p", "wirral", "--out", str(path), code=2).stderr
    assert "There is no meeting" in said
    assert not path.exists()


def test_a_place_that_cannot_be_written_or_read_is_a_sentence(convene: Convene, held: str) -> None:
    nowhere = str(convene.folder / "no" / "such.jsonl")
    said = convene.run("bundle", "export", held, "-p", "lewisham", "--out", nowhere, code=2).stderr
    assert said == f"convene: {nowhere} cannot be written: No such file or directory.\n"
    said = convene.run("bundle", "verify", nowhere, code=2).stderr
    assert said == f"convene: {nowhere} cannot be read: No such file or directory.\n"


def test_a_file_that_is_no_bundle_is_told_so(bare: Convene) -> None:
    said = bare.run("bundle", "verify", bare.file("x.zip", b"PK\x03\x04\n"), code=1)
    assert "a bundle of nobody known" in said.stdout
    assert "line 1 (bytes 0 to 4) is no line of a bundle" in said.stderr
