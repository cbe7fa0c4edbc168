"""The page about the records keeps up with the tables."""

import re
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Table

from service.domain.meetings import MOVES
from service.store.actions import Action
from service.store.tables import metadata

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "records.md").read_text(encoding="utf-8")


def states_of(table: Table) -> set[str]:
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and str(check.name).endswith(f"{table.name}_state_known"):
            return set(re.findall(r"'(\w+)'", str(check.sqltext)))
    return set()


@pytest.mark.parametrize("name", metadata.tables)
def test_every_table_has_its_row(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name, table in metadata.tables.items() if "state" in table.c])
def test_every_state_stands_in_the_table_of_its_moves(name: str) -> None:
    written = PAGE.split(f"| `{name}.state` |")[1].split("\n\n")[0]
    assert states_of(metadata.tables[name])
    assert states_of(metadata.tables[name]) <= set(re.findall(r"`(\w+)`", written))


def test_the_moves_of_a_meeting_are_those_of_the_rules() -> None:
    rows = PAGE.split("| `meetings.state` |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    written = {(old, new) for before, after, *_ in cells for old in words(before) for new in words(after)}
    assert written == {(str(old), str(new)) for old, allowed in MOVES.items() for new in allowed}


def words(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


@pytest.mark.parametrize("action", Action)
def test_every_action_s_source_and_last_word_are_on_the_page(action: Action) -> None:
    source, _, done = action.split(":")
    rows = " ".join(re.findall(rf"^\| `{source}` \|.*$", PAGE, re.MULTILINE))
    assert done.replace("_", " ") in rows
