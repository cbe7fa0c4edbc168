"""What "participation" can mean: a named choice, each counted on its own, because no published figure says which.

Lewisham's health figure (35%, 62%, 95%, 93% by dip samples) is called participation and is not defined, so it can be
set beside none of these as if it were the same.
"""

from __future__ import annotations

from enum import StrEnum

from service.domain.attendance import Contribution, Outcome, present


class Participation(StrEnum):
    """One meaning of participation."""

    CAME = "came"
    CAME_OR_WROTE = "came_or_wrote"
    CONTRIBUTED = "contributed"
    CAME_AND_SPOKE = "came_and_spoke"


PARTICIPATION_WORDS: dict[Participation, str] = {
    Participation.CAME: "the agency attended or was represented, whatever it brought",
    Participation.CAME_OR_WROTE: "it attended, was represented, or sent written information instead",
    Participation.CONTRIBUTED: "it spoke from its records or sent information, whether or not it came",
    Participation.CAME_AND_SPOKE: "it attended or was represented, and spoke from its records",
}

_BROUGHT = frozenset({Contribution.SPOKE_FROM_RECORDS, Contribution.SENT_INFORMATION})


def participated(reading: Participation, outcome: Outcome, contribution: Contribution | None) -> bool | None:
    """Whether an agency took part, by one meaning; None where it came and nobody recorded what it brought.

    An agency recorded as having sent apologies or nothing, with no contribution beside it, brought nothing: a written
    report has an outcome of its own.
    """
    came = present(outcome)
    if reading is Participation.CAME:
        return came
    if contribution is None and outcome is Outcome.REPORT_ONLY:
        contribution = Contribution.SENT_INFORMATION
    if reading is Participation.CAME_OR_WROTE:
        return came or outcome is Outcome.REPORT_ONLY or contribution in _BROUGHT
    if contribution is None:
        return None if came else False
    if reading is Participation.CONTRIBUTED:
        return contribution in _BROUGHT
    return came and contribution is Contribution.SPOKE_FROM_RECORDS
