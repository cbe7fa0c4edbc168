"""The request's form one question to a page: which fields of the same form a question shows, and what comes after it.

Nothing is checked here that the form does not check: a question is the form's own fields, and no rule of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.facts import Urgency
from service.domain.london import to_local
from service.web.request_form import MOST_CHILDREN, MOST_PEOPLE, RequestForm

WAY, BY_STEPS = "way", "steps"
CHILDREN, PEOPLE = "children", "people"


@dataclass(frozen=True, slots=True)
class Step:
    """One question: its word in the address, its part of the request, its heading, and the fields it shows.

    ``block`` is the number of the child or person it is about, 0 for neither; ``needed`` that it cannot be left empty.
    """

    id: str
    section: str
    title: str
    fields: re.Pattern[str]
    needed: bool = False
    block: int = 0

    @property
    def lists(self) -> bool:
        """Whether it lists the children or the people, to add one more: it has no answer of its own."""
        return self.id in {CHILDREN, PEOPLE}

    @property
    def macro(self) -> str:
        """The name of the piece of the form that shows it."""
        return re.sub(r"-[0-9]+", "", self.id).replace("-", "_")

    @property
    def group(self) -> str:
        """The list of children or people it belongs to; empty for a question of its own."""
        return {"child": CHILDREN, "person": PEOPLE}.get(self.id.partition("-")[0], "") if self.block else ""

    def owns(self, name: str) -> bool:
        """Whether a field of the form is asked for here."""
        return self.fields.fullmatch(name) is not None


def _step(word: str, section: str, title: str, fields: str, *, needed: bool = False, block: int = 0) -> Step:
    return Step(word, section, title, re.compile(fields), needed, block)


_MEETING, _WHAT, _AGENCIES, _HOW = "The meeting", "What has happened", "The agencies", "How they meet"
_BEFORE = (
    _step("kind", _MEETING, "What kind of meeting is it?", "meeting_type", needed=True),
    _step("soon", _MEETING, "How soon must it be?", "urgency", needed=True),
    _step("case", _MEETING, "Which case is it?", "case_ref", needed=True),
    _step("concern", _MEETING, "When was the concern recorded?", "concern_(?:day|time)", needed=True),
    _step("door", _MEETING, "Which way did it come?", "came_through"),
)
_ANOTHER_CHILD = _step(CHILDREN, "The children", "The children this is about", CHILDREN)
_HAPPENED = _step("happened", _WHAT, "What has happened?", "circ-.+")
_ANOTHER_PERSON = _step(PEOPLE, "People around the child", "The people around the child", PEOPLE)
_AFTER = (
    _step("not-told", _AGENCIES, "Which agencies must not be told?", r"x\d+-.+"),
    _step("involved", _AGENCIES, "Which agencies already work with the family?", "role-.+"),
    _step("mode", _HOW, "How, where and for how long will they meet?", "mode|venue|minutes"),
    _step("chair", _HOW, "Who will chair?", "chair"),
)


def _of_child(number: int, *, alone: bool) -> tuple[Step, ...]:
    section, who = "The children", "the child" if alone else f"child {number}"
    return (
        _step(f"child-{number}", section, f"Who is {who}?", f"c{number}-(?:name|birth|due)", needed=True, block=number),
        _step(
            f"child-{number}-more",
            section,
            f"What else do you know of {who}?",
            f"c{number}-(?:nhs|address|school|nursery)",
            block=number,
        ),
        _step(f"child-{number}-true", section, f"Is any of this true of {who}?", f"c{number}-flag-.+", block=number),
    )


def _of_person(number: int) -> tuple[Step, ...]:
    section = "People around the child"
    return (
        _step(f"person-{number}", section, f"Who is person {number}?", f"p{number}-(?:name|relation)", block=number),
        _step(
            f"person-{number}-true",
            section,
            f"What is true of person {number}?",
            f"p{number}-(?:child-.+|tie-.+|works)",
            block=number,
        ),
    )


def filled(values: Mapping[str, str], kind: str) -> list[int]:
    """The numbers of the children ("c") or people ("p") of whom anything is typed."""
    most = MOST_CHILDREN if kind == "c" else MOST_PEOPLE
    return [n for n in range(1, most + 1) if any(name.startswith(f"{kind}{n}-") for name in values)]


def in_order(values: Mapping[str, str]) -> tuple[Step, ...]:
    """Every question of this request in the order in which it is asked."""
    children = sorted({1, *filled(values, "c")})
    return (
        *_BEFORE,
        *(step for number in children for step in _of_child(number, alone=len(children) == 1)),
        _ANOTHER_CHILD,
        _HAPPENED,
        *(step for number in filled(values, "p") for step in _of_person(number)),
        _ANOTHER_PERSON,
        *_AFTER,
    )


def step_named(word: str, values: Mapping[str, str]) -> Step | None:
    """The question with this word in its address, one about a child or person to be added too."""
    extra: tuple[Step, ...] = ()
    if match := re.fullmatch(r"(child|person)-([1-9]|10)(?:-(?:more|true))?", word):
        number = int(match[2])
        if match[1] == "child" and number <= MOST_CHILDREN:
            extra = _of_child(number, alone=False)
        elif match[1] == "person":
            extra = _of_person(number)
    return next((step for step in (*in_order(values), *extra) if step.id == word), None)


def after(step: Step, values: Mapping[str, str], *, to_check: bool) -> str:
    """The word of what is asked next; empty where it is time to check. ``to_check``: one answer was changed from
    there, and a child or person leads back through their list."""
    order = [each.id for each in in_order(values)]
    if step.id not in order:
        return step.group
    following = order[order.index(step.id) + 1 :]
    if not to_check:
        return following[0] if following else ""
    if not step.group:
        return ""
    same = [word for word in following[:1] if word.startswith(f"{step.id.partition('-')[0]}-{step.block}")]
    return same[0] if same else step.group


def before(step: Step, values: Mapping[str, str]) -> str:
    """The word of what was asked before it; empty for the first."""
    order = [each.id for each in in_order(values)]
    if step.id not in order:
        return step.group
    place = order.index(step.id)
    return order[place - 1] if place else ""


def answered(values: Mapping[str, str], step: Step, sent: Mapping[str, str]) -> dict[str, str]:
    """What was typed so far with this question answered anew: what it asks for and was left empty is empty again."""
    others = {name: value for name, value in values.items() if not step.owns(name)}
    fields = {**others, **{name: value for name, value in sent.items() if step.owns(name)}, WAY: BY_STEPS}
    # As many blocks as are filled, so that the whole form shows them all.
    least = {CHILDREN: max((1, *filled(fields, "c"))), PEOPLE: max((0, *filled(fields, "p")))}
    form = RequestForm(fields)
    shown = {CHILDREN: len(form.children), PEOPLE: len(form.people)}
    return {**fields, **{name: str(number) for name, number in least.items() if number > shown[name]}}


def without(fields: Mapping[str, str], step: Step, number: int) -> dict[str, str]:
    """The fields without one child or person, and without what ties anybody to that child."""
    kind = "c" if step.id == CHILDREN else "p"
    gone = re.compile(rf"{kind}{number}-.+" + (rf"|p[0-9]+-child-{number}" if kind == "c" else ""))
    return {name: value for name, value in fields.items() if not gone.fullmatch(name)}


def next_free(fields: Mapping[str, str], step: Step) -> str:
    """The word of the question about one more child or person; empty where there is no room for one."""
    kind, most, word = ("c", MOST_CHILDREN, "child") if step.id == CHILDREN else ("p", MOST_PEOPLE, "person")
    taken = filled(fields, kind)
    free = [number for number in range(1, most + 1) if number not in taken]
    return f"{word}-{free[0]}" if free else ""


def to_judge(fields: Mapping[str, str], step: Step, kinds: Iterable[str], now: datetime) -> dict[str, str]:
    """A whole request in which only this question's answer is the person's own, so that the form's checks can judge it
    before the other questions are answered. It is never kept."""
    number = step.block if step.group == CHILDREN else 1
    stand_in = {
        "meeting_type": next(iter(kinds), ""),
        "urgency": str(Urgency.STANDARD),
        "case_ref": "none",
        "concern_day": "today",
        "concern_time": f"{to_local(now):%H:%M}",
        "c1-name": "not given",
        "c1-birth": "1/1/2020",
        f"c{number}-name": "not given",
        f"c{number}-birth": "1/1/2020",
        CHILDREN: str(max((1, number, *filled(fields, "c")))),
        PEOPLE: str(MOST_PEOPLE),
    }
    if step.group == PEOPLE and any(name.startswith(f"p{step.block}-") for name in fields):
        stand_in |= {f"p{step.block}-name": "not given", f"p{step.block}-relation": "not given"}
    return {name: value for name, value in stand_in.items() if not step.owns(name)} | {
        name: value for name, value in fields.items() if step.owns(name)
    }


def is_answered(step: Step, values: Mapping[str, str]) -> bool:
    """Whether anything is typed or ticked for it."""
    return any(step.owns(name) for name in values)
