"""An agency that nobody had asked, brought in while the meeting sat: it came, and had no notice to be kept."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import JOINED_LEVEL
from service.domain.roles import ROLES, nearest
from service.store.chain import JSON
from service.store.changes import attendance, audit
from service.store.changes.answers import Place
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.workflow.errors import BadAttendanceError
from service.workflow.policy import policy_of
from service.workflow.ports import Services

_BECAUSE = [
    {"rule": "joined", "reason": "It was brought in during the meeting.", "source": "the record of the meeting"}
]


async def place_of_joined(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    places: Sequence[Place],
    *,
    role: str,
    slot: str,
    actor: str,
) -> tuple[Place, list[audit.Event]]:
    """The place of such an agency, with the event of adding it; one that had joined already is found, not added twice.

    Raises:
        BadAttendanceError: no such role, or the agency was asked and has its place.
        NotReadyError: as ``policy_of``.
    """
    if role not in ROLES:
        near = nearest(role)
        raise BadAttendanceError(f"{role!r} is no agency role." + (f" The nearest is {near}." if near else ""))
    of_role = [place for place in places if place.role == role and slot in {"", place.slot}]
    for place in of_role:
        if place.state == "joined":
            return place, []
    if of_role:
        raise BadAttendanceError(
            f"The agency in the role {role!r} was asked to this meeting: record it without saying that it joined. "
            "A second one of that role needs a slot of its own."
        )
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    now = services.now()
    found = Place(new_id(now), role, slot or "joined", "joined", None)
    values = {
        "id": found.id,
        "meeting_id": meeting.id,
        "role": role,
        "slot": found.slot,
        "agency_group": policy.role_groups[role],
        "level": JOINED_LEVEL,
        "because": _BECAUSE,
        "children": [],
    }
    await attendance.add_joined(conn, partnership, values)
    data: dict[str, JSON] = {"requirement": str(found.id), "role": role, "joined": True}
    return found, [audit.Event(partnership, meeting.id, now, actor, audit.Action.REQUIREMENT_ADDED, data)]
