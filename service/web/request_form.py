"""The form that asks for a meeting: what was typed, as the API's own request, and its faults led back to the fields.

The form has no rules of its own beyond how people type days and times: one set of checks serves every door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES, DOORS, Urgency
from service.domain.london import local_date, to_local
from service.domain.roles import ROLES
from service.web.answer_form import clean_text
from service.web.typed_times import MINUTES_WANTED, meant_day, parse_day, parse_minutes, typed_moment
from service.web.wording import TYPED_HERE

MOST_CHILDREN, MOST_PEOPLE, MOST_EXCLUDED = 8, 10, 10
EXCLUDED = "excluded"
MORE: Mapping[str, int] = {"children": MOST_CHILDREN, "people": MOST_PEOPLE, EXCLUDED: MOST_EXCLUDED}
"""Of what there may be another block, and how many at most."""
SOURCE = TYPED_HERE
USUAL_MINUTES = 60
_LONGEST = 2000
_BLANK = "Enter "

TIES: Mapping[str, str] = {
    "lives_with": "lives with the child",
    "parental_responsibility": "has parental responsibility",
    "alleged_to_have_harmed": "is said to have harmed the child",
    "in_custody": "is in custody",
    "must_not_be_told": "must not be told of this meeting",
    "location_protected": "must not learn where the child is",
}
# Worked out from the birth date, so nobody is asked for it.
ASKED_FLAGS: Mapping[str, str] = {flag: words for flag, words in CHILD_FLAGS.items() if flag != "adolescent"}

_FIELD = re.compile(
    r"(meeting_type|urgency|case_ref|concern_day|concern_time|came_through|chair|mode|venue|minutes"
    r"|way|children|people|excluded|start_day|start_time|slot"
    r"|c[1-8]-(?:name|birth|due|nhs|address|school|nursery|flag-[a-z_]+)"
    r"|p(?:[1-9]|10)-(?:name|relation|works|child-[1-8]|tie-[a-z_]+)"
    r"|x(?:[1-9]|10)-(?:role|reason)|(?:circ|role)-[a-z_0-9]+)"
)


@dataclass(frozen=True, slots=True)
class RequestForm:
    """The form as it was sent, and a sentence for each field that is wrong; some wrong things have no field."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    general: tuple[str, ...] = ()

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary: those with a field link to it."""
        linked = [{"text": text, "href": f"#{name}"} for name, text in self.errors.items()]
        return linked + [{"text": text} for text in self.general]

    @property
    def children(self) -> range:
        """The numbers of the children's blocks that are shown."""
        return range(1, _count(self.values, "children", 1, MOST_CHILDREN) + 1)

    @property
    def people(self) -> range:
        """The numbers of the people's blocks that are shown."""
        return range(1, _count(self.values, "people", 2, MOST_PEOPLE) + 1)

    @property
    def excluded(self) -> range:
        """The numbers of the blocks for agencies that must not be told."""
        return range(1, _count(self.values, EXCLUDED, 2, MOST_EXCLUDED) + 1)


def _count(values: Mapping[str, str], name: str, least: int, most: int) -> int:
    said = values.get(name, "")
    return min(max(int(said), least), most) if said.isascii() and said.isdigit() and len(said) < 4 else least


def read_fields(sent: Mapping[str, str]) -> dict[str, str]:
    """The fields we know, cleaned of what pasted text brings along; empty ones are left out."""
    fields = {}
    for name, value in sent.items():
        if _FIELD.fullmatch(name):
            clean = clean_text(value, lines=name.endswith(("address", "reason")))[:_LONGEST]
            if clean:
                fields[name] = clean
    return fields


def dated(fields: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The fields with "today" and "yesterday" as dates: in a draft kept overnight they would mean another day."""
    typed = fields.get("concern_day", "")
    if typed.lower() not in {"today", "yesterday"}:
        return dict(fields)
    day = meant_day(typed, local_date(now), past=True)
    return {**fields, "concern_day": f"{day.day}/{day.month}/{day.year}"} if day else dict(fields)


def with_another(fields: Mapping[str, str], what: str) -> dict[str, str]:
    """The fields with one more block of one of ``MORE``."""
    form = RequestForm(fields)
    shown = {"children": form.children, "people": form.people, EXCLUDED: form.excluded}[what]
    return {**fields, what: str(min(len(shown) + 1, MORE[what]))}


def body_of(
    fields: Mapping[str, str], partnership: str, source_ref: str, now: datetime, start: datetime | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The request as the API takes it, and what is wrong with the days and times by themselves.

    ``start`` is the aware instant that was chosen for the meeting; None leaves it open.
    """
    errors: dict[str, str] = {}
    today = local_date(now)
    form = RequestForm(fields)
    children = [number for number in form.children if number == 1 or _has(fields, f"c{number}-")]
    people = [number for number in form.people if fields.get(f"p{number}-name") or fields.get(f"p{number}-relation")]
    body: dict[str, Any] = {
        "partnership": partnership,
        "meeting_type": fields.get("meeting_type", ""),
        "source": SOURCE,
        "source_ref": source_ref,
        "case_ref": fields.get("case_ref", ""),
        "concern_recorded_at": _instant(fields, "concern", now, errors),
        "urgency": fields.get("urgency", ""),
        "children": [_child(fields, number, today, errors) for number in children],
        "people": [_person(fields, number, children) for number in people],
        "circumstances": _ticked(fields, "circ-", CIRCUMSTANCES),
        "involved_roles": _ticked(fields, "role-", ROLES),
        "exclusions": _exclusions(fields, errors),
        "came_through": fields.get("came_through", ""),
        "chair": fields.get("chair", ""),
        "wishes": _wishes(fields, start, errors),
    }
    asked = {"meeting_type": "Choose what kind of meeting it is", "urgency": "Choose how soon it must be"}
    errors |= {name: words for name, words in asked.items() if not fields.get(name)}
    if not fields.get("case_ref"):
        errors["case_ref"] = f"{_BLANK}the case's reference in your case system"
    for number in people:
        if not fields.get(f"p{number}-relation"):
            errors[f"p{number}-relation"] = f"{_BLANK}who this person is to the child, for example mother"
    return body, errors


def enough_to_plan(fields: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The same fields with stand-ins for what decides nothing about who must come: names, the case's reference, and
    when it was recorded, where that is not typed yet; where they meet and for how long is left out."""
    said = {name: value for name, value in fields.items() if value and name not in {"venue", "minutes"}}
    near = {"urgency": str(Urgency.STANDARD), "case_ref": "none"}
    if not said.get("concern_day") or not said.get("concern_time"):
        near |= {"concern_day": "today", "concern_time": f"{to_local(now):%H:%M}"}
        said.pop("concern_day", None)
        said.pop("concern_time", None)
    form = RequestForm(fields)
    children = [number for number in form.children if number == 1 or _has(said, f"c{number}-")]
    people = [number for number in form.people if _has(said, f"p{number}-")]
    near |= {f"c{number}-name": "not given" for number in children}
    near |= {f"p{number}-{name}": "not given" for number in people for name in ("name", "relation")}
    return near | said


def _has(fields: Mapping[str, str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in fields)


def _ticked(fields: Mapping[str, str], prefix: str, known: Iterable[str]) -> list[str]:
    return [each for each in known if fields.get(f"{prefix}{each}")]


def _instant(fields: Mapping[str, str], name: str, now: datetime, errors: dict[str, str]) -> str | None:
    """A day and a time as they are typed; the day without a year is the last such day, because it has been."""
    typed = typed_moment(fields.get(f"{name}_day", ""), fields.get(f"{name}_time", ""), now, past=True)
    errors |= typed.errors(f"{name}_day", f"{name}_time")
    return None if typed.instant is None else typed.instant.isoformat()


def _child(fields: Mapping[str, str], number: int, today: date, errors: dict[str, str]) -> dict[str, Any]:
    def said(name: str) -> str:
        return fields.get(f"c{number}-{name}", "")

    child: dict[str, Any] = {
        "ref": f"C{number}",
        "name": said("name"),
        "nhs_number": said("nhs"),
        "address": said("address"),
        "school_urn": said("school"),
        "early_years_urn": said("nursery").upper(),
        "flags": [flag for flag in ASKED_FLAGS if said(f"flag-{flag}")],
    }
    for name, key in (("birth", "birth_date"), ("due", "expected_delivery_date")):
        if typed := said(name):
            day = parse_day(typed, today)
            if day is None:
                errors[f"c{number}-{name}"] = f"{_BLANK}a date, like 4/5/2018"
            else:
                child[key] = day.isoformat()
    return child


def _person(fields: Mapping[str, str], number: int, children: list[int]) -> dict[str, Any]:
    def said(name: str) -> str:
        return fields.get(f"p{number}-{name}", "")

    flags = [flag for flag in TIES if said(f"tie-{flag}")]
    meant = [child for child in children if said(f"child-{child}")] or children
    return {
        "ref": f"P{number}",
        "relation": said("relation"),
        "names": [said("name")] if said("name") else [],
        "ties": [{"child_ref": f"C{child}", "flags": flags} for child in meant],
        "works_for_role": said("works"),
    }


def _exclusions(fields: Mapping[str, str], errors: dict[str, str]) -> list[dict[str, str]]:
    found = []
    for number in range(1, MOST_EXCLUDED + 1):
        role, reason = fields.get(f"x{number}-role", ""), fields.get(f"x{number}-reason", "")
        if not role and not reason:
            continue
        if not role:
            errors[f"x{number}-role"] = "Choose which agency must not be told"
        found.append({"role": role, "reason": reason})
    return found


def _wishes(fields: Mapping[str, str], start: datetime | None, errors: dict[str, str]) -> dict[str, Any]:
    typed = fields.get("minutes", "")
    minutes = parse_minutes(typed) if typed else USUAL_MINUTES
    if minutes is None:
        errors["minutes"] = MINUTES_WANTED
    wishes: dict[str, Any] = {
        "minutes": minutes or USUAL_MINUTES,
        "mode": fields.get("mode", "online"),
        "venue": fields.get("venue", ""),
    }
    return wishes if start is None else {**wishes, "start": start.isoformat()}


_POINTERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"/children/(\d+)/name"), "c{}-name"),
    (re.compile(r"/children/(\d+)/expected_delivery_date"), "c{}-due"),
    (re.compile(r"/children/(\d+)/nhs_number"), "c{}-nhs"),
    (re.compile(r"/children/(\d+)/address"), "c{}-address"),
    (re.compile(r"/children/(\d+)/school_urn"), "c{}-school"),
    (re.compile(r"/children/(\d+)/early_years_urn"), "c{}-nursery"),
    (re.compile(r"/children/(\d+)(?:/birth_date)?"), "c{}-birth"),
    (re.compile(r"/people/(\d+)/relation"), "p{}-relation"),
    (re.compile(r"/people/(\d+)/works_for_role"), "p{}-works"),
    (re.compile(r"/people/(\d+).*"), "p{}-name"),
    (re.compile(r"/exclusions/(\d+)/role"), "x{}-role"),
    (re.compile(r"/exclusions/(\d+).*"), "x{}-reason"),
    (re.compile(r"/concern_recorded_at()"), "concern_day"),
    (re.compile(r"/wishes/start()"), "start_day"),
    (re.compile(r"/wishes/(mode|venue|minutes)"), "{}"),
    (re.compile(r"/(meeting_type|urgency|case_ref|chair|came_through)"), "{}"),
)


def field_of(pointer: str, body: Mapping[str, Any]) -> str:
    """The field of the form that a fault of the body is about; empty where there is none."""
    for pattern, name in _POINTERS:
        if match := pattern.fullmatch(pointer):
            said = match[1]
            return name.format(_number(pointer, int(said), body) if said.isdigit() else said)
    return ""


def _number(pointer: str, index: int, body: Mapping[str, Any]) -> int:
    """The number of the block a list's entry came from: blocks left empty are not in the list."""
    kind = pointer.split("/")[1]
    entries = body.get(kind, [])
    ref = entries[index].get("ref", "") if index < len(entries) else ""
    return int(ref[1:]) if ref[1:].isdigit() else index + 1


def selectable(known: Mapping[str, str], chosen: str = "", first: str = "") -> list[dict[str, Any]]:
    """The items of a select list, as the macro takes them; ``first`` is the words of the empty choice."""
    items: list[dict[str, Any]] = [{"value": "", "text": first}] if first else []
    return items + [
        {"value": value, "text": text[:1].upper() + text[1:], "selected": value == chosen}
        for value, text in known.items()
    ]


URGENCIES: Mapping[str, str] = {
    str(Urgency.IMMEDIATE): "now: a child is at risk tonight",
    str(Urgency.STANDARD): "in the ordinary way",
    str(Urgency.PLANNED): "by arrangement, on a later day",
}
DOOR_WORDS: Mapping[str, str] = DOORS
