"""The three questions a partnership asks of its own work, and which measure of the standard stands under which.

"How much did we do? How well did we do it? What difference did it make?" (Friedman, results-based accountability), as
the pilot partnerships' quality assurance asks them. No source assigns the measures: that is proposed by this service.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Question(StrEnum):
    """What a figure is an answer to, in the order a pack asks."""

    HOW_MUCH = "how_much"
    HOW_WELL = "how_well"
    WHAT_DIFFERENCE = "what_difference"


QUESTION_WORDS: Mapping[Question, str] = MappingProxyType(
    {
        Question.HOW_MUCH: "How much did we do?",
        Question.HOW_WELL: "How well did we do it?",
        Question.WHAT_DIFFERENCE: "What difference did it make?",
    }
)

_HOW_MUCH = (
    "meetings_by_type",
    "children_by_type",
    "cancelled",
    "cancelled_because",
    "answers",
    "chases",
    "medical_decided",
)
# Notice beside attendance is here because it shows what giving notice changes, not how much of it was given.
_WHAT_DIFFERENCE = ("strategy_to_s47", "s47_to_icpc", "strategy_to_icpc", "repeats", "attendance_by_notice")

ASSIGNED: Mapping[str, Question] = MappingProxyType(
    {
        **dict.fromkeys(_HOW_MUCH, Question.HOW_MUCH),
        **dict.fromkeys(_WHAT_DIFFERENCE, Question.WHAT_DIFFERENCE),
    }
)


def question_of(measure_id: str) -> Question:
    """Under which question a measure stands: how well, unless it is named for another."""
    return ASSIGNED.get(measure_id, Question.HOW_WELL)
