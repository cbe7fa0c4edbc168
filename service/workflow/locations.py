"""Where a family must not be found: recording which agency knows it already, and so may be told where to come."""

from __future__ import annotations

from typing import Any

from service.store.changes import audit, binding, meetings
from service.workflow.bind import place_meant
from service.workflow.errors import NoSuchMeetingError
from service.workflow.identity import reason_said
from service.workflow.ports import Services
from service.workflow.safe_route import StoppedPlace


async def record_location_held(
    services: Services,
    partnership: str,
    reference: str,
    place: StoppedPlace,
    *,
    reason: str,
    actor: str,
    held: bool = True,
) -> None:
    """An agency knows already where the family is, or does not after all. Only what leaves from now on follows it.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError, NoReasonError
        CannotInviteError: several places are in that role, and nothing tells them apart.
    """
    why, now = reason_said(reason), services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        places = await binding.places_in_role(conn, partnership, meeting.id, place.role)
        meant = place_meant(places, place.role, place.slot, place.child, state="wanted")
        await binding.set_location_held(conn, partnership, meant.requirement_id, actor if held else None)
        data: dict[str, Any] = {"requirement": str(meant.requirement_id), "held": held, "reason": why}
        event = audit.Event(partnership, meeting.id, now, actor, audit.Action.LOCATION_RECORDED, data)
        await audit.append(conn, [event])
