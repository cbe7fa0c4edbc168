"""``convene policy replay``: a draft on past requests, and not a byte of the database changed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from service.settings import load
from service.store.tables import metadata
from tests.commands.commands_world import Convene
from tests.domain.test_replay_tally import HOUSING, NOTICE, PACK

DAYS = ("--from", "2026-12-01", "--to", "2026-12-31", "-p", "lewisham")


def every_row() -> dict[str, Any]:
    """All that the database holds, by table."""

    async def read() -> dict[str, Any]:
        engine = create_async_engine(load().database_url.get_secret_value())
        async with engine.connect() as conn:
            found = {}
            for name in metadata.tables:
                rows = await conn.execute(text(f'SELECT t::text FROM "{name}" t ORDER BY 1'))  # noqa: S608
                found[name] = list(rows.scalars())
        await engine.dispose()
        return found

    return asyncio.run(read())


@pytest.fixture
def three(convene: Convene) -> Convene:
    """Three requests of Lewisham's, the last with a parent's drug use."""
    convene.take_in("S47-1")
    convene.take_in("S47-2")
    convene.take_in("S47-3", circumstances=["parental_substance_misuse"])
    return convene


def test_a_replay_counts_what_a_draft_adds_and_changes_nothing(three: Convene) -> None:
    draft = three.file("draft.toml", PACK + HOUSING + NOTICE)
    before = every_row()
    found = three.json("policy", "replay", "--policy", draft, *DAYS)
    assert every_row() == before
    assert (found["meetings"], found["meetings_changed"]) == (3, 3)
    assert found["lines"] == [{"week": "2026-11-30", "role": "housing", "added": 3, "removed": 0}]
    assert (found["invitations_added"], found["invitations_removed"]) == (3, 0)
    assert found["missing_partners"]["before"] == found["missing_partners"]["after"]
    # No worker has run, so nothing was handed over: there is no notice yet, and no breach to speak of.
    assert found["notice"]["before"] == {"breaches": None, "kept": 0, "not_set": 0}
    assert found["quorum"]["before"] == {"missed": None, "met": 0, "if_added_come": 0, "not_set": 0}


def test_the_pack_that_planned_changes_nothing(three: Convene) -> None:
    lewisham = str(Path("service/policies/lewisham.toml").resolve())
    found = three.json("policy", "replay", "--policy", lewisham, *DAYS)
    assert (found["meetings"], found["meetings_changed"], found["lines"]) == (3, 0, [])


def test_a_person_reads_a_table_and_sentences(three: Convene) -> None:
    draft = three.file("draft.toml", PACK + HOUSING)
    said = three.run("policy", "replay", "--policy", draft, *DAYS)
    assert "week from" in said.stdout
    assert "3 meetings, 3 with other agencies under the draft." in said.stdout
    assert "Notice under the draft: not set by the partnership" in said.stdout
    assert "Quorum under the draft, if the same came again: not set by the partnership (0 meetings)" in said.stdout
    assert "taken to have been asked with the meeting's first invitation" in said.stderr


def test_another_partnerships_requests_and_other_days_are_left_out(three: Convene) -> None:
    draft = three.file("draft.toml", PACK + HOUSING)
    other_days = ("--from", "2026-11-01", "--to", "2026-11-30", "-p", "lewisham")
    assert three.json("policy", "replay", "--policy", draft, *other_days)["meetings"] == 0
    elsewhere = ("--from", "2026-12-01", "--to", "2026-12-01", "-p", "wirral")
    assert three.json("policy", "replay", "--policy", draft, *elsewhere)["meetings"] == 0


@pytest.mark.parametrize(
    ("body", "days", "told"),
    [
        (PACK + HOUSING, ("--from", "2026-12-02", "--to", "2026-12-01"), "The period ends on 2026-12-01, before"),
        (PACK + HOUSING.replace("housing", "hosing"), ("--from", "2026-12-01", "--to", "2026-12-01"), "X01"),
        ("[pack", ("--from", "2026-12-01", "--to", "2026-12-01"), "draft.toml"),
    ],
    ids=["reversed", "unknown role", "no toml"],
)
def test_a_bad_draft_or_period_gets_a_sentence(convene: Convene, body: str, days: tuple[str, ...], told: str) -> None:
    draft = convene.file("draft.toml", body)
    said = convene.run("policy", "replay", "--policy", draft, *days, "-p", "lewisham", code=2).stderr
    assert told in said
    assert "Traceback" not in said


def test_a_draft_that_is_not_there_gets_a_sentence(convene: Convene) -> None:
    said = convene.run("policy", "replay", "--policy", "nowhere.toml", *DAYS, code=2).stderr
    assert "nowhere.toml" in said
