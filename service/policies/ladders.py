"""The two ladders of a pack: how a silent agency is chased, and how professionals who disagree take it further."""

from __future__ import annotations

from service.domain.chasing import ChaseTo
from service.domain.policy import ChaseStep, Escalation, EscalationStage, Figure, Ladder
from service.domain.spans import Unit
from service.policies import shapes
from service.policies.rows import Row

# A ladder counts back from the start in the units of one day's work; a chase three months ahead is no chase.
_CHASE_UNITS = (Unit.MINUTES, Unit.HOURS, Unit.WORKING_HOURS, Unit.WORKING_DAYS)


def ladder(row: Row) -> Ladder:
    """One chase ladder, its steps earliest first.

    Raises:
        PolicyRefused: a step without a length, or no step at all.
    """
    steps = tuple(_step(number, step) for number, step in enumerate(row.rows("steps"), 1))
    if not steps:
        row.refuse("a ladder needs at least one step")
    found = Ladder(row.where.removeprefix("ladders."), steps, row.switch("round_the_clock"), row.provenance())
    row.done()
    return found


def _step(number: int, row: Row) -> ChaseStep:
    before = row.span("before")
    if before is None or not before.amount or before.unit not in _CHASE_UNITS:
        row.refuse("'before' must say how long before the start, in minutes, hours, working hours or working days")
    step = ChaseStep(number, before, row.choice("to", ChaseTo), row.text("words"))
    row.done()
    return step


def check_escalation(row: Row) -> None:
    """Check an escalation ladder by itself; a pack may give none.

    Raises:
        PolicyRefused: as ``escalation``.
    """
    if row.names:
        _escalation(row)


def escalation(row: Row, unset: Figure) -> Escalation:
    """The escalation ladder of a merged pack; without one, no stage and nothing set.

    Raises:
        PolicyRefused: a stage without a person, or a ladder without stages.
    """
    return _escalation(row) if row.names else Escalation((), unset, unset.provenance)


def _escalation(row: Row) -> Escalation:
    stages = tuple(
        EscalationStage(number, stage.text("to"), shapes.length(stage))
        for number, stage in enumerate(row.rows("stages"), 1)
    )
    if not stages:
        row.refuse("an escalation ladder needs at least one stage")
    found = Escalation(stages, shapes.length(row.row("resolve_within")), row.provenance())
    row.done()
    return found
