"""The caseload of each team, as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.caseload import InHand, TeamLoad, team_loads
from service.policies.explain import team_words
from service.store.queries.caseload import OpenMeeting, open_meetings
from service.store.queries.readable import Reader
from service.workflow.ports import Services

NO_TEAM = "no team named"


@dataclass(frozen=True, slots=True)
class Caseload:
    """Counts by team and the meetings behind them. ``names`` has the words of every team among them."""

    at: datetime
    loads: tuple[TeamLoad, ...]
    meetings: tuple[OpenMeeting, ...]
    names: dict[str, str]


async def caseload_of(
    services: Services, partnership: str, *, team: str | None = None, reader: Reader | None = None
) -> Caseload:
    """The caseload of one partnership, or of one of its teams (by its slug), as this reader may know it."""
    async with services.engine.connect() as conn:
        found = await open_meetings(conn, partnership, reader)
    wanted = tuple(meeting for meeting in found if team is None or meeting.team == team)
    now = services.now()
    loads = team_loads((_in_hand(meeting) for meeting in wanted), now)
    policy = services.policies.get(partnership)
    names = {load.team: (team_words(policy, load.team) if policy else load.team) or NO_TEAM for load in loads}
    return Caseload(now, loads, wanted, names)


def _in_hand(meeting: OpenMeeting) -> InHand:
    return InHand(
        team=meeting.team or "",
        case=meeting.case_ref,
        children=meeting.children,
        state=meeting.state,
        starts_at=meeting.starts_at,
        deadline_at=meeting.deadline_at,
        open_tasks=meeting.open_tasks,
    )
