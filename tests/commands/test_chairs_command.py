"""``convene chairs`` and ``convene meeting chair``."""

from __future__ import annotations

from tests.commands.commands_world import DIRECTORIES, Convene

ROTA = '[[chair]]\nname = "Ada Okafor"\n\n[[chair]]\nname = "Ben Castle"\n'


def test_the_rota_is_imported_listed_and_finds_a_substitute(convene: Convene) -> None:
    convene.run("directory", "import", str(DIRECTORIES / "lewisham.csv"), "-p", "lewisham")
    file, ours = convene.file("chairs.toml", ROTA), ("-p", "lewisham")
    assert "2 chairs are on the rota" in convene.run("chairs", "import", file, *ours).stdout
    reference = convene.take_in("CHAIR-1", chair="Ada Okafor")["meeting_reference"]
    assert "Ada Okafor" in convene.run("chairs", "list", *ours).stdout
    days = ("--from", "2026-12-01", "--to", "2026-12-01")
    gone = convene.run("chairs", "away", "Ada Okafor", *days, *ours).stdout
    assert f"{reference}, Tuesday 1 December 2026, 2pm: Ben Castle" in gone
    changed = convene.run("meeting", "chair", reference, "--reason", "she is ill", *ours).stdout
    assert "is chaired by Ben Castle; before: Ada Okafor" in changed
    bad = convene.file("bad.toml", '[[chair]]\nname = ""')
    assert "chair 1: name" in convene.run("chairs", "import", bad, *ours, code=2).stderr
