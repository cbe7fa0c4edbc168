"""From the rows of a merged pack to the values of ``service.domain.policy``: one function for each kind of row."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from service.domain.clock_starts import ClockStart
from service.domain.facts import FACTS, Urgency
from service.domain.family import CONFERENCES
from service.domain.policy import (
    ARRANGEMENTS,
    EVERY_TRACK,
    SEPARATE_TRACKS,
    ByUrgency,
    Confidence,
    Effect,
    Figure,
    Flags,
    FrontDoor,
    Level,
    MeetingType,
    Mode,
    Note,
    Provenance,
    QuorumChoice,
    Rule,
    SeenElsewhere,
    StandDown,
    StandDownWhen,
    Strength,
    Team,
    Yardstick,
)
from service.domain.quorum import RULES
from service.domain.roles import GROUPS, ROLES
from service.domain.spans import Span, Unit
from service.policies.rows import UNSET, Row
from service.policies.whens import read_when

CHILD_PROTECTION = "child_protection"
FLAGS: tuple[str, ...] = tuple(Flags.__dataclass_fields__)
FIGURES_BY_URGENCY = ("deadline", "notice_standard", "notice_minimum")
FIGURES = ("called_after", "report_due", "minutes_due")

_ANY = "any"
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_URGENCIES = (_ANY, *(str(urgency) for urgency in Urgency))
_NO_LENGTHS = frozenset({Unit.ASAP, Unit.GESTATION_WEEK})
Value = TypeVar("Value")


def rule(row: Row, meeting_types: Collection[str] | None, teams: Collection[str] | None = None) -> Rule:
    """One rule. ``meeting_types`` and ``teams`` are those of the merged pack, None while a pack is read alone.

    Raises:
        PolicyRefused: as the sentence says.
    """
    row.take("id")
    row.switch("replaces")
    separate = row.text("separate") if row.has("separate") else None
    if separate is not None and meeting_types is not None:
        row.check_word(separate, (*meeting_types, *SEPARATE_TRACKS), "separate")
    exclude = row.switch("exclude")
    team = row.text("team") if row.has("team") else None
    if team is not None and teams is not None:
        row.check_word(team, teams, "team")
    found = Rule(
        id=row.where,
        pack=row.text("pack"),
        track=row.text("track", CHILD_PROTECTION),
        when=read_when(row, meeting_types),
        effect=Effect.SEPARATE if separate else Effect.EXCLUDE if exclude else Effect.INVITE,
        invite=row.words("invite", ROLES),
        invite_from=_roles_fact(row),
        level=row.choice("level", Level),
        reason=row.text("reason"),
        strength=row.choice("strength", Strength),
        provenance=row.provenance(),
        needs_flag=row.word("needs_flag", FLAGS) if row.has("needs_flag") else None,
        separate=separate,
        asks=row.words("asks", ARRANGEMENTS),
        report_accepted=row.switch("report_accepted"),
        note=row.text("note") if row.has("note") else "",
        team=team,
    )
    row.done()
    if not (found.invite or found.invite_from or found.separate or found.asks or found.team):
        row.refuse("this rule invites nobody, opens no meeting, asks for nothing and names no team")
    return found


def _roles_fact(row: Row) -> str | None:
    if not row.has("invite_from"):
        return None
    return row.word("invite_from", [fact for fact in FACTS if fact.endswith(("_role", "_roles"))])


def meeting_type(row: Row, unset: Figure, ladders: Collection[str], types: Collection[str]) -> MeetingType:
    """One whole meeting type; figures it does not give are unset.

    Raises:
        PolicyRefused: as the sentence says.
    """
    parts = meeting_type_parts(row)
    for key in ("name", "clock", "modes", "ladder"):
        if key not in parts:
            row.refuse(f"a new meeting type needs {key!r}")
    for key, known in (("ladder", ladders), ("followed_by", types)):
        for named in parts.get(key, {}).values():
            row.check_word(named, known, key)
    clock, clock_provenance = parts["clock"]
    deadline = _figures(parts.get("deadline", {}), unset)
    for figure in (deadline.otherwise, *deadline.own.values()):
        _check_week(row, clock, figure.value)
    return MeetingType(
        id=row.where.removeprefix("meeting_types."),
        name=parts["name"],
        track=parts.get("track", CHILD_PROTECTION),
        clock=clock,
        clock_provenance=clock_provenance,
        deadline=deadline,
        notice_standard=_figures(parts.get("notice_standard", {}), unset),
        notice_minimum=_figures(parts.get("notice_minimum", {}), unset),
        called_after=parts.get("called_after", unset),
        report_due=parts.get("report_due", unset),
        minutes_due=parts.get("minutes_due", unset),
        quorum=parts.get("quorum", QuorumChoice(None, unset.provenance)),
        minimum_partners=parts.get("minimum_partners", ()),
        modes=_every(row, "modes", parts["modes"]),
        ladders=_every(row, "ladder", parts["ladder"]),
        followed_by={Urgency(key): value for key, value in parts.get("followed_by", {}).items()},
        or_earlier=parts.get("or_earlier", {}),
        stand_down=parts.get("stand_down"),
    )


def meeting_type_parts(row: Row) -> dict[str, Any]:
    """The parts of a meeting type this row gives, each checked by itself. A pack that extends another gives some."""
    readers: dict[str, Callable[[], object]] = {
        "name": lambda: row.text("name"),
        "track": lambda: row.text("track"),
        "clock": lambda: _clock(row.row("clock")),
        "quorum": lambda: _quorum(row.row("quorum")),
        "stand_down": lambda: _stand_down(row.row("stand_down")),
        "minimum_partners": lambda: row.words("minimum_partners", GROUPS),
        "modes": lambda: _by_urgency(row.row("modes"), _modes),
        "ladder": lambda: _by_urgency(row.row("ladder"), lambda inner, key: inner.text(key)),
        "followed_by": lambda: _by_urgency(row.row("followed_by"), lambda inner, key: inner.text(key)),
        "or_earlier": lambda: _or_earlier(row.row("or_earlier")),
        **{key: _figure_reader(row, key) for key in FIGURES_BY_URGENCY},
        **{key: _single_reader(row, key) for key in FIGURES},
    }
    parts: dict[str, Any] = {key: read() for key, read in readers.items() if row.has(key)}
    row.done()
    if _ANY in parts.get("followed_by", {}):
        row.refuse("'followed_by' names an urgency, not any: which one is held in two stages?")
    if parts.get("track") == EVERY_TRACK:
        row.refuse(f"a meeting type is on one track: {EVERY_TRACK!r} is for rules")
    return parts


def _figure_reader(row: Row, key: str) -> Callable[[], object]:
    read = _any_figure if key == "deadline" else length
    return lambda: _by_urgency(row.row(key), lambda inner, urgency: read(inner.row(urgency)))


def _single_reader(row: Row, key: str) -> Callable[[], object]:
    return lambda: length(row.row(key))


def _any_figure(row: Row) -> Figure:
    return row.figure()


def length(row: Row) -> Figure:
    """A figure that can be counted on from an instant, or back from one.

    Raises:
        PolicyRefused: "as soon as possible", or a week of a pregnancy.
    """
    figure = row.figure()
    if figure.value is not None and figure.value.unit in _NO_LENGTHS:
        row.refuse(f"{str(figure.value)!r} may only be a deadline")
    return figure


def _or_earlier(row: Row) -> dict[ClockStart, Figure]:
    """Further deadlines, each under the clock it counts from."""
    found: dict[ClockStart, Figure] = {}
    for key in row.names:
        row.check_word(key, [str(start) for start in ClockStart], "or_earlier")
        inner = row.row(key)
        figure = inner.figure()
        if figure.value is not None and figure.value.unit is Unit.ASAP:
            inner.refuse(f"{str(figure.value)!r} has no last instant that could be the earlier one")
        _check_week(inner, ClockStart(key), figure.value)
        found[ClockStart(key)] = figure
    return found


def _check_week(row: Row, clock: ClockStart, span: Span | None) -> None:
    """A week of pregnancy counts from the expected delivery date, and from nothing else; nor does anything else."""
    of_pregnancy = span is not None and span.unit is Unit.GESTATION_WEEK
    if span is not None and of_pregnancy is not (clock is ClockStart.EXPECTED_DELIVERY):
        row.refuse("a week of the pregnancy, and nothing else, is counted from the expected delivery date")


def _by_urgency(row: Row, read: Callable[[Row, str], Value]) -> dict[str, Value]:
    for key in row.names:
        row.check_word(key, _URGENCIES, "urgency")
    return {key: read(row, key) for key in row.names}


def _figures(given: Mapping[str, Figure], unset: Figure) -> ByUrgency:
    own = {Urgency(key): figure for key, figure in given.items() if key != _ANY}
    return ByUrgency(given.get(_ANY, unset), own)


def _every(row: Row, key: str, given: Mapping[str, Value]) -> dict[Urgency, Value]:
    """One value for each urgency, "any" filling the gaps."""
    if _ANY not in given and len(given) < len(Urgency):
        row.refuse(f"{key!r} must say what holds for any urgency")
    return {urgency: given.get(str(urgency), given.get(_ANY, next(iter(given.values())))) for urgency in Urgency}


def _modes(row: Row, key: str) -> tuple[Mode, ...]:
    found = tuple(Mode(word) for word in row.words(key, [str(mode) for mode in Mode]))
    if not found:
        row.refuse(f"{key!r} must name at least one way to meet")
    return found


def _clock(row: Row) -> tuple[ClockStart, Provenance]:
    found = (row.choice("start", ClockStart), row.provenance())
    row.done()
    return found


def _quorum(row: Row) -> QuorumChoice:
    chosen = row.word("rule", (UNSET, *RULES))
    found = QuorumChoice(None if chosen == UNSET else chosen, row.provenance())
    row.done()
    return found


def _stand_down(row: Row) -> StandDown:
    """When a conference may be called off because too few came. A strategy meeting goes on: safety comes first."""
    conference = row.where.split(".")[1] in CONFERENCES
    chosen = row.word("when", (UNSET, *map(str, StandDownWhen)))
    if not conference and chosen != StandDownWhen.NEVER:
        row.refuse("only a conference may be stood down: any other meeting goes on with whoever is there")
    again = length(row.row("again_within")) if row.has("again_within") else None
    if again is not None and chosen != StandDownWhen.QUORUM_NOT_MET:
        row.refuse(f"'again_within' says what follows a conference that was stood down, and 'when' is {chosen!r}")
    if again is not None and again.value is not None and again.value.unit is Unit.SAME_DAY:
        row.refuse("'again_within' must be later than the day itself: write hours or days")
    provenance = row.provenance()
    found = StandDown(
        None if chosen == UNSET else StandDownWhen(chosen),
        again or Figure(None, provenance),
        row.switch("not_twice"),
        provenance,
    )
    row.done()
    return found


def seen_elsewhere(row: Row, types: Collection[str]) -> SeenElsewhere:
    """A neighbour's figure, in words: never a value."""
    others = ("notice", "quorum", "stand_down", "clock", "modes", "participants", "attendance")
    about = (*FIGURES_BY_URGENCY, *FIGURES, *others)
    found = SeenElsewhere(
        meeting_type=row.word("meeting_type", (*types, *SEPARATE_TRACKS)),
        about=row.word("about", about),
        place=row.text("place"),
        words=row.text("words"),
        source=row.text("source"),
        confidence=row.choice("confidence", Confidence),
    )
    row.done()
    return found


def note(row: Row, types: Collection[str]) -> Note:
    """Something the procedure says that is no figure."""
    found = Note(row.word("meeting_type", types), row.text("words"), row.provenance())
    row.done()
    return found


def yardstick(row: Row) -> Yardstick:
    """A published series, shown beside ours."""
    points: list[tuple[str, float]] = []
    for point in row.rows("points"):
        percent = point.take("percent")
        if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
            point.refuse("'percent' must be a number from 0 to 100")
        points.append((point.text("at"), float(percent)))
        point.done()
    found = Yardstick(row.text("id"), row.text("words"), tuple(points), row.text("caution"), row.provenance())
    row.done()
    return found


def team(row: Row) -> Team:
    """A standing team or group of the partnership."""
    found = Team(
        id=row.where.removeprefix("teams."),
        name=row.text("name"),
        does=row.text("does"),
        meets=row.text("meets") if row.has("meets") else "",
        provenance=row.provenance(),
    )
    row.done()
    return found


def front_door(row: Row) -> FrontDoor | None:
    """Where requests start; None for an empty table."""
    if not row.names:
        return None
    found = FrontDoor(row.text("name"), row.provenance())
    row.done()
    return found


def flags(row: Row) -> Flags:
    """The local switches; those not given are off."""
    found = Flags(**{name: row.switch(name) for name in FLAGS})
    row.done()
    return found


def role_groups(row: Row) -> dict[str, str]:
    """Role to agency group as this pack counts them: a group's slug, or the role's own to count it by itself."""
    for role in row.names:
        row.check_word(role, ROLES, "role_groups")
    groups = {role: row.word(role, (*GROUPS, role)) for role in row.names}
    row.done()
    return groups


def reasons(row: Row) -> dict[str, str]:
    """Why notice may be cut short, or no medical is needed, by code.

    Its underscores tell a code from free words, in figures too.
    """
    for code in row.names:
        if not _CODE.fullmatch(code):
            row.refuse(f"{code!r} is no code: write two or more lower-case words with underscores (late_request)")
    found = {code: row.text(code) for code in row.names}
    row.done()
    return found
