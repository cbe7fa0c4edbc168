"""A simulated quarter (``service.domain.simulation``): does the ranking gain quorum and cost no lawfulness?"""

from __future__ import annotations

from bench.figures import Verdict, show
from service.domain.simulation import FIRST, WEEKS, Outcome, Way, simulate
from service.policies.holidays import working_calendar


def run() -> list[Verdict]:
    """Print the quarters side by side, and judge that the ranking gains quorum and costs no lawfulness."""
    held = simulate(1, WEEKS, working_calendar(FIRST))
    number = held[Way.RANKED].meetings
    show(f"A simulated quarter of {number} meetings", ("", *held), rows_of(list(held.values())))
    plain, ranked = held[Way.AFTER_NOTICE], held[Way.RANKED]
    better = ranked.quorum_met > plain.quorum_met and ranked.in_time >= plain.in_time
    gained = f"{ranked.quorum_met} over {plain.quorum_met}"
    return [Verdict("quorum, ranked over first after notice", gained, "more, none later", better)]


def rows_of(held: list[Outcome]) -> list[tuple[str, ...]]:
    """One row for each figure."""
    counts = {
        "quorum met (rule Q1)": [each.quorum_met for each in held],
        "police came": [each.police_came for each in held],
        "notice kept for everybody": [each.notice_kept for each in held],
        "held in time": [each.in_time for each in held],
    }
    number = held[0].meetings
    rows = [(name, *(f"{count} of {number} ({100 * count / number:.0f}%)" for count in each))
            for name, each in counts.items()]  # fmt: skip
    return [*rows, ("police desk: most of ours on one day", *(str(each.police_most) for each in held))]
