"""A team's caseload, counted: what the group that works the cases has in hand, and what of it waits.

Counts only: a reader who may see figures and no cases (an independent scrutineer) reads the same lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InHand:
    """One open meeting as the count needs it. ``case`` ties the meetings of one case together and is never shown."""

    team: str
    case: str
    children: int
    state: str
    starts_at: datetime | None
    deadline_at: datetime | None
    open_tasks: int


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """One team. ``untimed`` meetings have no time yet; ``late`` ones have none and their latest start has passed;
    ``over`` ones have taken place or were called off and still leave something to do."""

    team: str
    cases: int
    children: int
    meetings: int
    untimed: int
    late: int
    over: int
    open_tasks: int


def team_loads(meetings: Iterable[InHand], now: datetime) -> tuple[TeamLoad, ...]:
    """One line for each team, by its slug; an empty slug stands for meetings that no rule gave to a team.

    A case with two meetings in one team is one case; its children are counted once, at the most any of them has.
    """
    by_team: dict[str, list[InHand]] = {}
    for meeting in meetings:
        by_team.setdefault(meeting.team, []).append(meeting)
    return tuple(_load(team, by_team[team], now) for team in sorted(by_team))


def _load(team: str, held: list[InHand], now: datetime) -> TeamLoad:
    children: dict[str, int] = {}
    for meeting in held:
        children[meeting.case] = max(children.get(meeting.case, 0), meeting.children)
    untimed = [meeting for meeting in held if meeting.state == "planned"]
    return TeamLoad(
        team=team,
        cases=len(children),
        children=sum(children.values()),
        meetings=len(held),
        untimed=len(untimed),
        late=sum(meeting.deadline_at is not None and meeting.deadline_at < now for meeting in untimed),
        over=sum(meeting.state in {"held", "cancelled"} for meeting in held),
        open_tasks=sum(meeting.open_tasks for meeting in held),
    )
