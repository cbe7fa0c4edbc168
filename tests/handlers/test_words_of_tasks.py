"""What is to be done, in words for whoever has only the pages: no command, no file of ours, and a link to where it is
done; and the same of what is said beside a field when something cannot be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import service.scheduler
import service.workflow
from service.commands.hints import INSTEAD_HINTS, TASK_HINTS
from service.handlers.task_pages import TASK_PAGES
from service.store.changes import tasks
from service.web.wording import TASK_WORDS
from service.workflow.errors import Instead
from service.workflow.held import hold_item
from service.workflow.tasks import TaskKind, task_row
from tests.handlers.every_page import EVERY_ROLE
from tests.handlers.house import MONDAY, House
from tests.handlers.test_any_form_any_text import JARGON, in_plain_words

MODULES = sorted(
    file for package in (service.workflow, service.scheduler) for file in Path(package.__path__[0]).glob("*.py")
)


def sentences(file: Path) -> Iterator[str]:
    """Every text of a module that somebody may be shown, the fixed parts of one joined; docstrings are for us."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    ours = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in ours:
            yield node.value


@pytest.mark.parametrize("file", MODULES, ids=lambda file: f"{file.parent.name}.{file.stem}")
def test_no_sentence_of_the_service_names_a_command_or_a_file_of_ours(file: Path) -> None:
    found = [
        said for said in sentences(file) if re.search(r"\bconvene [a-z]|\bdocs/|dead letter", said) and " " in said
    ]
    assert found == []


async def every_task(house: House, reference: str) -> None:
    """One open task of each kind, with the sentence its kind begins with, about one agency of a meeting."""
    (meeting,) = await house.rows("SELECT id FROM meetings WHERE reference = :reference", reference=reference)
    place = await house.requirement(reference, "school_nurse")
    held: dict[str, Any] = {
        "door": "webhook:eclipse",
        "delivery_id": "d",
        "kind": "request",
        "problem": "No date.",
        "body": b"{}",
    }
    await hold_item(house.services, "lewisham", **held)
    async with house.engine.begin() as conn:
        for kind in TaskKind:
            if kind is not TaskKind.NEEDS_A_PERSON:
                about: dict[str, Any] = {"meeting_id": meeting["id"], "requirement_id": place, "about": "words"}
                detail = f"Do what is due for {kind.value.upper()}."
                row = task_row(partnership="lewisham", kind=kind, detail=detail, now=MONDAY, **about)
                await tasks.open_once(conn, [row])


async def test_every_kind_of_task_is_in_plain_words_and_leads_to_the_page_where_it_is_done(house: House) -> None:
    await house.sign_in(*EVERY_ROLE)
    reference = await house.confirmed()
    await every_task(house, reference)
    here = f"/lewisham/meetings/{reference}"
    paths = ("/lewisham/worklist?whose=all", "/lewisham/worklist?whose=all&tasks=2", "/lewisham/handover", here)
    shown = [(path, await (await house.client.get(path)).text()) for path in paths]
    for path, page in shown:
        in_plain_words(path, page)
    board = unescape(shown[0][1] + shown[1][1])
    for kind in TaskKind:
        assert TASK_WORDS[kind] in board, kind
        assert f">{TASK_PAGES[kind].words}<" in board, kind
    to_do = unescape(shown[-1][1]).split('id="to-do"')[1].split('id="happened"')[0]
    links = set(re.findall(r'class="govuk-link" href="([^"]+)"', to_do))
    assert len(links) > 12
    for link in links:
        assert (await house.client.get(link)).status != 404, link


async def test_a_task_s_link_is_shown_to_those_who_may_open_its_page(house: House) -> None:
    await house.sign_in(*EVERY_ROLE)
    reference = await house.confirmed()
    await every_task(house, reference)
    await house.sign_in("auditor")
    # Two pages of tasks: those that are due at one time come in any order.
    boards = [await house.client.get(f"/lewisham/worklist?whose=all&tasks={page}") for page in (1, 2)]
    board = unescape("".join([await each.text() for each in boards]))
    meeting = unescape(await (await house.client.get(f"/lewisham/meetings/{reference}")).text())
    for page in (board, meeting):
        assert "/calls" in page
        assert "/short-notice" not in page
        assert "/operations" not in page


def test_every_kind_has_its_page_and_its_command() -> None:
    kinds = {str(kind) for kind in TaskKind}
    assert set(TASK_PAGES) == set(TASK_HINTS) == kinds
    assert set(INSTEAD_HINTS) == {str(each) for each in Instead}
    assert all("convene " in hint for hint in INSTEAD_HINTS.values())
    assert not [each for each in TASK_PAGES.values() if JARGON.search(each.words)]
