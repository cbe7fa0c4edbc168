"""What the one-question pages of a request and their list show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.web.request_form import RequestForm
from service.web.request_pages import Unfinished, WhoPanel
from service.web.request_steps import CHILDREN, Step, filled, in_order, is_answered, next_free

# Where the question's own words are the page's heading.
_ALONE = frozenset({"kind", "soon", "door", "child_true", "happened", "involved"})


@dataclass(frozen=True, slots=True)
class Listed:
    """One child or person in their list."""

    key: str
    name: str
    href: str
    number: int


@dataclass(frozen=True, slots=True)
class StepPage:
    """One question: where its answer goes, where Back leads, how far along it is; who must come by what is answered.

    ``begins`` is the id that its draft will have, where it begins one; ``who_href`` is where the script asks.
    """

    step: Step
    caption: str
    action: str
    back_href: str
    listed: tuple[Listed, ...] = ()
    add: str = ""
    who: WhoPanel = field(default_factory=WhoPanel)
    begins: str = ""
    who_href: str = ""
    unfinished: Unfinished | None = None

    @property
    def title(self) -> str:
        """The question."""
        return self.step.title

    @property
    def macro(self) -> str:
        """The piece of the form that shows it."""
        return self.step.macro

    @property
    def block(self) -> int:
        """The child or person it is about."""
        return self.step.block

    @property
    def alone(self) -> bool:
        """Whether the question's own words are the heading already."""
        return self.step.macro in _ALONE

    @property
    def none(self) -> str:
        """What an empty list says."""
        return "Nobody is named yet. You can go on without."


@dataclass(frozen=True, slots=True)
class TaskSection:
    """One part of the request, with its questions as the task list takes them."""

    id: str
    title: str
    items: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class TasksPage:
    """Every question with how it stands, and what comes next."""

    back: Mapping[str, str]
    page_href: str
    sections: tuple[TaskSection, ...]
    progress: str
    go_text: str
    go_href: str
    who: WhoPanel
    errors: list[dict[str, str]] = field(default_factory=list)
    unfinished: Unfinished | None = None


def caption(step: Step, values: Mapping[str, str]) -> str:
    """How far along a question is: "The meeting, question 2 of 15"."""
    order = [each.id for each in in_order(values)]
    return f"{step.section}, question {order.index(step.id) + 1} of {len(order)}" if step.id in order else step.section


def listed(step: Step, form: RequestForm, href: str, query: str) -> tuple[tuple[Listed, ...], str]:
    """The children or people so far, and the words of the button that adds one ("" where there is no room)."""
    if not step.lists:
        return (), ""
    kind, word = ("c", "child") if step.id == CHILDREN else ("p", "person")
    names = {number: form.values.get(f"{kind}{number}-name", "") for number in filled(form.values, kind)}
    rows = tuple(
        Listed(f"{word.title()} {number}", name, f"{href}/{word}-{number}{query}", number)
        for number, name in names.items()
    )
    return rows, f"Add {'another' if rows else 'a'} {word}" if next_free(form.values, step) else ""


def sections(values: Mapping[str, str], wrong: Mapping[str, bool], href: str) -> tuple[TaskSection, ...]:
    """The task list. ``wrong`` says of each question whether what is typed for it cannot be taken."""
    found: dict[str, list[dict[str, Any]]] = {}
    for step in in_order(values):
        status = {"text": _number(step, values)} if step.lists else _status(step, values, wrong)
        item = {"title": {"text": step.title}, "href": f"{href}/{step.id}", "status": status}
        found.setdefault(step.section, []).append(item)
    return tuple(TaskSection(f"part-{n}", title, items) for n, (title, items) in enumerate(found.items(), 1))


def _number(step: Step, values: Mapping[str, str]) -> str:
    number = len(filled(values, "c" if step.id == CHILDREN else "p"))
    return f"{number} named" if number else "Nobody yet"


def _status(step: Step, values: Mapping[str, str], wrong: Mapping[str, bool]) -> dict[str, Any]:
    if not is_answered(step, values):
        return {"tag": {"text": "To do", "classes": "govuk-tag--blue"}} if step.needed else {"text": "Optional"}
    if wrong[step.id]:
        return {"tag": {"text": "There is a problem", "classes": "govuk-tag--red"}}
    return {"text": "Completed"}
