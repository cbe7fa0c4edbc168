"""The quorum of one meeting, by the policy that planned it: by the answers so far, or by who came once it was held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import Answer
from service.domain.attendance import Outcome, present
from service.domain.forecast import Forecast, Place, forecast, with_a_no
from service.domain.quorum import RULES
from service.store.changes.binding import TOLD
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.workflow.errors import NoSuchMeetingError, NoSuchRequirementError
from service.workflow.policy import policy_of
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Standing:
    """A meeting's quorum. ``came``: counted by attendance. ``strategy``: the meeting may go on without a quorum."""

    reference: str
    forecast: Forecast
    came: bool
    strategy: bool


async def standing(services: Services, partnership: str, reference: str, if_no: Collection[str] = ()) -> Standing:
    """How the quorum stands, or how it would if the agencies of the roles ``if_no`` said no. Changes nothing.

    Raises:
        NoSuchMeetingError, NotReadyError
        NoSuchRequirementError: a role of ``if_no`` is not asked to this meeting.
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        return await standing_of(services, conn, partnership, meeting, if_no)


async def standing_of(
    services: Services, conn: AsyncConnection, partnership: str, meeting: MeetingView, if_no: Collection[str] = ()
) -> Standing:
    """The same for a meeting that has been read. Raises as ``standing`` does."""
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    kind = policy.meeting_type(meeting.meeting_type)
    came = meeting.state == "held"
    sitting = meeting.last_recorded_sitting
    asked = [agency for agency in meeting.agencies if agency.state != "withdrawn"]
    places = tuple(Place(agency.role, agency.level == "core", _said(agency, sitting, came=came)) for agency in asked)
    for role in if_no:
        if role not in {place.role for place in places}:
            raise NoSuchRequirementError(role)
        places = with_a_no(places, role)
    places = (*places, *(_gone(agency, sitting) for agency in meeting.agencies if _was_core(agency)))
    rule = RULES[kind.quorum.rule] if kind.quorum.rule else None
    found = forecast(rule, places, policy.role_groups, kind.minimum_partners)
    return Standing(meeting.reference, found, came, kind.id.startswith("strategy"))


def _was_core(agency: AgencyLine) -> bool:
    """Whether an agency that had to come is out of the meeting since it was recorded whether it came."""
    return agency.state == "withdrawn" and agency.level == "core" and agency.recorded


def _gone(agency: AgencyLine, sitting: int) -> Place:
    """Who was taken out by the chair is not there any more; who was shut out afterwards was there as it is recorded."""
    shut_out = agency.slot.startswith(TOLD)
    return Place(agency.role, core=True, answer=_said(agency, sitting, came=True) if shut_out else Answer.NO)


def _said(agency: AgencyLine, sitting: int, *, came: bool) -> Answer | None:
    """The agency's answer; once the meeting was held, whether it came, as the answer that means the same.

    A meeting that was adjourned is judged by the last sitting that is recorded: it adjourns to get its quorum.
    """
    if came:
        recorded = agency.at(sitting)
        was_there = recorded is not None and present(Outcome(recorded.outcome))
        return Answer.YES if was_there else Answer.NO
    if agency.answer is None:
        # A place that must not be told, or that nobody's inbox fills, says nothing by itself.
        return Answer.NO if agency.state == "stopped" else None
    return Answer(agency.answer.answer)
