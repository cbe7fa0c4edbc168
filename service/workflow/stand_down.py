"""Standing a conference down because too few came: where the pack says so, by a named person with a reason.

Only conferences. A strategy meeting is never stood down: it goes on with whoever is there, because safety comes first.
What is stood down is cancelled, counted under a reason of its own, and held again: the lead child protection
practitioner has a task to call it, by the day the pack gives.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.deadlines import due
from service.domain.family import CONFERENCES
from service.domain.policy import MeetingType, Policy, StandDown, StandDownWhen
from service.domain.quorum import RULES, quorum
from service.store.changes import audit, meetings, tasks
from service.store.changes.meetings import LockedMeeting
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.queries.stood_down import stood_down_before
from service.workflow.errors import (
    BadReasonError,
    CannotStandDownError,
    Instead,
    NoSuchMeetingError,
    NoSuchRequirementError,
)
from service.workflow.meetings import STOOD_DOWN, call_off
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.quorum import standing_of
from service.workflow.tasks import LCPP, TaskKind, task_row


@dataclass(frozen=True, slots=True)
class StoodDown:
    """A conference that was stood down: whom it lacked, and by when it must be held (None: the pack sets no time)."""

    reference: str
    missing: tuple[str, ...]
    again_by: datetime | None


async def stand_down(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str, came: Collection[str] = ()
) -> StoodDown:
    """Call a conference off because its quorum is not met. ``came``: the roles that are there, once it has begun.

    Before it begins the answers count, and only where they can no longer make the quorum.

    Raises:
        NoSuchMeetingError, NotReadyError, CalendarTooShortError
        CannotStandDownError: not a conference, not by this policy, not in this state, or its quorum can be met.
        NoSuchRequirementError: a role of ``came`` is not asked to it.
        BadReasonError: no words.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        view = await meeting_view(conn, partnership, reference)
        if meeting is None or view is None:
            raise NoSuchMeetingError(reference)
        if not reason.strip():
            raise BadReasonError("Say in a sentence why the conference is stood down, without names.")
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        kind = policy.meeting_type(meeting.meeting_type)
        rule = _allowed(kind, meeting)
        before = await stood_down_before(conn, partnership, view.case_ref, sorted(CONFERENCES), meeting.id)
        if rule.not_twice and before:
            raise CannotStandDownError(
                "The last conference of this case was stood down too, and the policy allows that once only. Go on with "
                "those who are there and say why.",
                instead=Instead.GO_ON,
            )
        missing = await _missing(services, conn, partnership, view, policy, came)
        again_by = due(now, rule.again_within.value, services.calendar) if rule.again_within.value else None
        rows = await call_off(services, conn, partnership, meeting, reason=STOOD_DOWN, actor=actor)
        # The words stay in the meeting's row: a hash chain could never forget a name in them.
        await meetings.go_on_without_quorum(conn, partnership, meeting.id, reason=reason.strip(), by=actor)
        task = task_row(
            partnership=partnership,
            kind=TaskKind.HOLD_AGAIN,
            detail="Call the conference again, or agree an interim plan: it was stood down for want of a quorum.",
            now=now,
            meeting_id=meeting.id,
            due_at=again_by,
            owner=LCPP,
        )
        await tasks.open_once(conn, [task], by=actor)
        data = {"missing": list(missing), "came": sorted(came), "again_by": again_by.isoformat() if again_by else None}
        event = audit.Event(partnership, meeting.id, now, actor, audit.Action.MEETING_STOOD_DOWN, data)
        await audit.append(conn, [event])
    await services.wake.outbox(rows)
    return StoodDown(reference, missing, again_by)


def _allowed(kind: MeetingType, meeting: LockedMeeting) -> StandDown:
    """The pack's rule, where it lets this meeting be stood down."""
    rule = kind.stand_down
    if kind.id not in CONFERENCES:
        raise CannotStandDownError(
            "Only a conference can be stood down. This meeting goes on with whoever is there, because safety comes "
            "first. Say why.",
            instead=Instead.GO_ON,
        )
    if meeting.state != "confirmed":
        raise CannotStandDownError(
            f"This conference is {meeting.state}. Only one that has its time, and at which nobody's attendance is "
            "recorded yet, can be stood down."
        )
    if rule is None or rule.when is None:
        raise CannotStandDownError(
            "When a conference may be stood down is not set by the partnership. The chair may go on and say why, or "
            "the conference can be moved. A policy owner sets it under [meeting_types."
            f"{kind.id}.stand_down]."
        )
    if rule.when is StandDownWhen.NEVER:
        raise CannotStandDownError(
            "This partnership's policy says that a conference is never stood down. Go on with those who are there and "
            "say why.",
            instead=Instead.GO_ON,
        )
    return rule


async def _missing(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    view: MeetingView,
    policy: Policy,
    came: Collection[str],
) -> tuple[str, ...]:
    """Whom the quorum lacks, by who is there, or by the answers.

    Raises:
        CannotStandDownError: it is met, may still be met, or is not set.
    """
    standing = await standing_of(services, conn, partnership, view)
    if standing.forecast.quorum.met is None:
        raise CannotStandDownError("The partnership has set no quorum for this conference, so none can be wanting.")
    begun = view.starts_at is not None and services.now() >= view.starts_at
    if begun and came:
        return _by_who_came(view, policy, came)
    if came:
        raise CannotStandDownError("The conference has not begun, so nobody can have come yet. Leave out who came.")
    goal = standing.forecast.quorum
    if goal.met:
        raise CannotStandDownError("Enough agencies have said that they come, so the conference has its quorum.")
    if not begun and not goal.out_of_reach:
        raise CannotStandDownError(
            "The quorum can still be met by answers to come. Wait for them, or move it.", instead=Instead.MOVE
        )
    return goal.missing


def _by_who_came(view: MeetingView, policy: Policy, came: Collection[str]) -> tuple[str, ...]:
    asked = {agency.role: agency for agency in view.agencies if agency.state != "withdrawn"}
    for role in came:
        if role not in asked:
            raise NoSuchRequirementError(role)
    choice = policy.meeting_type(view.meeting_type).quorum.rule
    core = [role for role, agency in asked.items() if agency.level == "core"]
    found = quorum(RULES[choice] if choice else None, came, policy.role_groups, core)
    if found.met:
        raise CannotStandDownError("Those who are there make the quorum, so the conference goes on.")
    return found.missing
