"""Whose work something is: what of the worklist needs an officer, a chair, a manager, the emergency duty team.

It narrows one tab and hides nothing: everybody's work is one press away, and every meeting stands in some tab of
everybody. Whoever only reads is shown all of it, because none of it is theirs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.domain.night import EMERGENCY_DUTY
from service.domain.staff import StaffRole, role_words_of
from service.web.worklist import Due, MeetingFacts

# The owners that tasks are opened with. Anything else, such as the administrator's, an officer sees to or passes on.
OWNERS: Mapping[str, StaffRole] = {
    "business support officer": StaffRole.OFFICER,
    "lead child protection practitioner": StaffRole.CHAIR,
    "team manager, children's social care": StaffRole.MANAGER,
    EMERGENCY_DUTY: StaffRole.EMERGENCY_DUTY,
}
WORKING = frozenset(OWNERS.values())

_PUT_OFF, _LATE, _NOW, _AFTER_DEADLINE, _AT_RISK = -1, 0, 1, 2, 4


@dataclass(frozen=True, slots=True)
class Duties:
    """For whom the worklist is narrowed: their working roles, and when offices open again (None while they are open).

    Without roles nothing is left out. ``chairs`` are the names under which a chair chairs meetings; then what is a
    chair's is theirs where the meeting has such a name or none. Without names it is every chair's work.
    """

    roles: frozenset[StaffRole] = frozenset()
    night_until: datetime | None = None
    chairs: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def words(self) -> str:
        """The roles in plain words; empty where nothing is left out."""
        said = role_words_of(self.roles)
        return f"{said}; of what is a chair’s, your own meetings and those without a chair" if self.chairs else said

    def task(self, owner: str, due_at: datetime | None, now: datetime, chair: str = "") -> bool:
        """Whether somebody with these roles is to do a task of a meeting with this chair ("" for none). An overdue one
        is its manager's too."""
        role = OWNERS.get(owner, StaffRole.OFFICER)
        if not self.roles or (role in self.roles and (role is not StaffRole.CHAIR or self._chairs(chair))):
            return True
        if StaffRole.MANAGER in self.roles and due_at is not None and due_at <= now:
            return True
        return self._tonight(due_at)

    def meeting(self, meeting: MeetingFacts, due: Due, now: datetime) -> bool:
        """Whether a meeting needs somebody with these roles, by what is due for it or by one of its tasks."""
        # A task whose owner is not known here is everybody's.
        if meeting.open_tasks > len(meeting.tasks):
            return True
        for mark in meeting.tasks:
            if self.task(mark.owner, mark.due_at, now, meeting.chair):
                return True
        if due.rank > _AT_RISK and not meeting.to_confirm:
            return False
        begun = meeting.state in {"confirmed", "held"} and meeting.starts_at is not None and meeting.starts_at <= now
        needing = self.roles or WORKING
        if not self._chairs(meeting.chair):
            needing -= {StaffRole.CHAIR}
        if StaffRole.CHAIR in needing and meeting.to_confirm:
            return True
        return due.rank <= _AT_RISK and not begun and bool(needing & self._for(meeting, due))

    def held(self) -> bool:
        """Whether deliveries that nobody understood are theirs to see to."""
        return not self.roles or StaffRole.OFFICER in self.roles or self._at_night

    def _chairs(self, chair: str) -> bool:
        return not self.chairs or not chair or chair in self.chairs

    @property
    def _at_night(self) -> bool:
        return StaffRole.EMERGENCY_DUTY in self.roles and self.night_until is not None

    def _tonight(self, at: datetime | None) -> bool:
        return self._at_night and at is not None and self.night_until is not None and at <= self.night_until

    def _for(self, meeting: MeetingFacts, due: Due) -> frozenset[StaffRole]:
        """Who sees to a meeting at risk: the officer always; the chair and the manager where its time is lost."""
        found = {StaffRole.OFFICER}
        if due.rank == _PUT_OFF:
            found |= {StaffRole.CHAIR, StaffRole.MANAGER}
        if due.rank in {_LATE, _AFTER_DEADLINE}:
            found.add(StaffRole.MANAGER)
        if self._at_night and (due.rank <= _NOW or self._tonight(meeting.starts_at or meeting.deadline_at)):
            found.add(StaffRole.EMERGENCY_DUTY)
        return frozenset(found)


EVERYTHING = Duties()


def duties_of(roles: Iterable[StaffRole], night_until: datetime | None, chairs: frozenset[str] = frozenset()) -> Duties:
    """What is shown to somebody with these roles at first: nothing is left out for whoever has no working one.

    ``chairs``: the names under which they chair meetings, where that is known.
    """
    working = WORKING & frozenset(roles)
    night = night_until if StaffRole.EMERGENCY_DUTY in working else None
    return Duties(working, night, chairs if StaffRole.CHAIR in working else frozenset())
