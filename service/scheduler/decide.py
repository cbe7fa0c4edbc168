"""What becomes of an intent when its turn comes: the act to do now, or the reason it is not done. Pure.

The state is what was re-read at this moment. A row may be older than its meeting: then it does what is right now, or
nothing, because a newer row of its stream carries the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.answers import Answer
from service.domain.chasing import ChaseTo, Silence, reason_not_to_send
from service.domain.meetings import MeetingState, under_way
from service.scheduler.told import facts_mark
from service.store.changes.outbox import Claimed
from service.store.queries.sending import AgencyNow, MeetingNow


class Act(StrEnum):
    """What leaves the house."""

    CREATE_EVENT = "create_event"
    UPDATE_EVENT = "update_event"
    UPDATE_GUESTS = "update_guests"
    CANCEL_EVENT = "cancel_event"
    INVITATION = "invitation"
    MOVED = "moved"
    CANCELLATION = "cancellation"
    WITHDRAWAL = "withdrawal"
    CHASE = "chase"
    ENTRY = "entry"
    JOIN_NOW = "join_now"
    ENTRY_OFF = "entry_off"
    CODE = "code"
    SECURE = "secure"
    FAMILY_INVITATION = "family_invitation"
    FAMILY_MOVED = "family_moved"
    FAMILY_OFF = "family_off"


class NotSent(StrEnum):
    """Why an intent is closed without anything leaving. Chases have reasons of their own (``Silence``)."""

    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    ALREADY_CARRIED = "already_carried"
    NEVER_MADE = "never_made"
    NEVER_TOLD = "never_told"
    WITHDRAWN = "withdrawn"
    STARTED = "started"
    NO_GUESTS = "no_guests"
    RUN_OUT = "run_out"
    NOT_ALLOWED = "not_allowed"
    ALREADY_KNOWN = "already_known"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Decision:
    """Either an act or a reason; never both, never neither."""

    act: Act | None = None
    because: str | None = None


def _do(act: Act) -> Decision:
    return Decision(act=act)


def _not(because: NotSent | Silence) -> Decision:
    return Decision(because=str(because))


def decide_event(row: Claimed, meeting: MeetingNow, now: datetime) -> Decision:
    """An intent about the calendar event."""
    made = meeting.graph_id is not None
    if row.kind == "cancel_event":
        if not made and not meeting.maybe_made:
            return _not(NotSent.NEVER_MADE)
        return _not(NotSent.ALREADY_CARRIED) if meeting.event_state == "cancelled" else _do(Act.CANCEL_EVENT)
    if MeetingState.CANCELLED in {meeting.state, meeting.event_state}:
        return _not(NotSent.CANCELLED)
    if row.overtaken or meeting.event_state == "replaced":
        return _not(NotSent.SUPERSEDED)
    if made and row.detail.get("about") in {"restore", "guests"}:
        return _decide_part(row, meeting)
    if meeting.handed_version >= row.version:
        return _not(NotSent.ALREADY_CARRIED)
    if not made:
        # Whatever version this row belongs to, the event is made as the meeting is now.
        return _not(NotSent.STARTED) if _over(meeting, now) else _do(Act.CREATE_EVENT)
    return _not(NotSent.SUPERSEDED) if row.version < meeting.version else _do(Act.UPDATE_EVENT)


def _decide_part(row: Claimed, meeting: MeetingNow) -> Decision:
    """An intent about a part of an event that stands."""
    if row.detail.get("about") == "guests":
        # The list is rendered whole from the directory as it is now, so the newest such row carries all changes.
        return _do(Act.UPDATE_GUESTS)
    # A newer time is carried by its own row; what else was to be put back, the next morning finds again.
    return _not(NotSent.SUPERSEDED) if row.version < meeting.version else _do(Act.UPDATE_EVENT)


def decide_frozen(row: Claimed, meeting: MeetingNow, now: datetime) -> Decision:
    """An intent about the event that was tried before: asked about as it is now, like one that never was.

    Its bytes were frozen so that a try after a lost reply is the same request to Graph, not so that anybody hears what
    is no longer meant: whoever must not be told since, a time that is past, a meeting that was called off. Only a
    cancellation that has begun stays meant.
    """
    return _do(Act.CANCEL_EVENT) if row.detail["act"] == Act.CANCEL_EVENT else decide_event(row, meeting, now)


def may_have_left(row: Claimed, because: str | None) -> bool:
    """Whether an earlier try of an intent that is not meant any more may have done what the records must tell of, or
    what must be undone. A guest list is rendered whole by the next, and a cancellation ends all that was changed."""
    if row.frozen is None or row.overtaken:
        return False
    if row.requirement_id is not None or row.family_id is not None:
        return True
    if row.detail["act"] == Act.UPDATE_EVENT:
        return because == NotSent.SUPERSEDED
    return row.detail["act"] != Act.UPDATE_GUESTS and because != NotSent.ALREADY_CARRIED


def _over(meeting: MeetingNow, now: datetime) -> bool:
    """Whether an invitation would be to the past. During the meeting its join link is still worth having."""
    return meeting.ends_at is not None and now >= meeting.ends_at


def decide_message(
    row: Claimed, meeting: MeetingNow, agency: AgencyNow, now: datetime, *, entry_carried: bool = False
) -> Decision:
    """An intent to tell one agency of the meeting's time, or that it is called off. ``entry_carried``: its calendar
    holds the entry of this version already, sent by mail."""
    if row.detail.get("about") == "cancellation":
        return _do(Act.CANCELLATION) if agency.told_version else _not(NotSent.NEVER_TOLD)
    if meeting.state == MeetingState.CANCELLED:
        return _not(NotSent.CANCELLED)
    match row.detail.get("about"):
        case "withdrawal":
            return _decide_withdrawal(row, meeting, agency, now)
        case "join_now":
            return _decide_join(row, meeting, agency, now)
        case _:
            return _decide_asking(row, meeting, agency, now, entry_carried=entry_carried)


def _decide_asking(
    row: Claimed, meeting: MeetingNow, agency: AgencyNow, now: datetime, *, entry_carried: bool
) -> Decision:
    """An intent to ask one agency to the meeting's time."""
    to_calendar = row.detail.get("about") == "channel"
    if row.version != meeting.version or (to_calendar and agency.channel != "calendar_mail"):
        return _not(NotSent.SUPERSEDED)
    if agency.state != "wanted":
        return _not(NotSent.WITHDRAWN)
    if meeting.starts_at is None or now >= meeting.starts_at:
        return _not(NotSent.STARTED)
    if to_calendar:
        return _not(NotSent.ALREADY_CARRIED) if entry_carried else _do(Act.ENTRY)
    if agency.told_version and _knows(row, meeting, agency):
        return _not(NotSent.ALREADY_KNOWN)
    return _do(Act.MOVED if agency.told_version else Act.INVITATION)


def _knows(row: Claimed, meeting: MeetingNow, agency: AgencyNow) -> bool:
    """Whether the meeting was moved away and back before the agency heard of it: all it was told still holds. One that
    has answered is told all the same, because its answer no longer counts; and so is one whose calendar showed the
    other time meanwhile."""
    same = agency.told_facts is not None and agency.told_facts == facts_mark(meeting, agency)
    return same and row.detail.get("about") != "entry_replaced" and not agency.told_otherwise


def _decide_join(row: Claimed, meeting: MeetingNow, agency: AgencyNow, now: datetime) -> Decision:
    """How to join is worth sending only while the sitting it is for goes on, to an agency that was brought in and still
    is."""
    if row.version != meeting.version:
        return _not(NotSent.SUPERSEDED)
    if agency.state != "joined":
        return _not(NotSent.WITHDRAWN)
    sits = under_way(*(sitting_of(row) or (meeting.starts_at, meeting.ends_at)), now)
    return _do(Act.JOIN_NOW) if sits else _not(NotSent.OVER)


def sitting_of(row: Claimed) -> tuple[datetime, datetime] | None:
    """The further sitting an intent is for, as its start and end; None: the first one."""
    if "sits_from" not in row.detail:
        return None
    return datetime.fromisoformat(str(row.detail["sits_from"])), datetime.fromisoformat(str(row.detail["sits_until"]))


def decide_entry_off(row: Claimed, *, stands: bool) -> Decision:
    """An intent to take a calendar entry away that was sent by mail. ``stands``: it does, and nobody holds it. It is
    meant also for a meeting that is called off or over: the entry would stay in that calendar for good. Once its bytes
    are frozen the entry counts as gone."""
    if row.frozen is None and not stands:
        return _not(NotSent.ALREADY_CARRIED)
    return _do(Act.ENTRY_OFF)


def decide_code(row: Claimed, meeting: MeetingNow, agency: AgencyNow, real_now: datetime) -> Decision:
    """An intent to send a one-time code: of use only while it works, and only to an inbox that may still be told."""
    if meeting.state == MeetingState.CANCELLED:
        return _not(NotSent.CANCELLED)
    if agency.state != "wanted":
        return _not(NotSent.WITHDRAWN)
    if real_now >= datetime.fromisoformat(str(row.detail["until"])):
        return _not(NotSent.RUN_OUT)
    return _do(Act.CODE)


def decide_secure(meeting: MeetingNow, agency: AgencyNow, *, allowed: bool) -> Decision:
    """An intent to send who a meeting is about by secure mail. ``allowed``: it still is for this agency, and its
    address was confirmed. Asked at every try: what was frozen is not sent either once it is not."""
    if meeting.state == MeetingState.CANCELLED:
        return _not(NotSent.CANCELLED)
    if agency.state != "wanted":
        return _not(NotSent.WITHDRAWN)
    return _do(Act.SECURE) if allowed else _not(NotSent.NOT_ALLOWED)


def _decide_withdrawal(row: Claimed, meeting: MeetingNow, agency: AgencyNow, now: datetime) -> Decision:
    """An agency that heard of the meeting is told that it need not come; one that is asked again since is not."""
    if not agency.told_version:
        return _not(NotSent.NEVER_TOLD)
    if agency.state != "withdrawn":
        return _not(NotSent.SUPERSEDED)
    if row.detail.get("at_once") and under_way(meeting.starts_at, meeting.ends_at, now):
        # Somebody of it may be about to join: it is told while the meeting sits too.
        return _do(Act.WITHDRAWAL)
    if meeting.starts_at is None or now >= meeting.starts_at:
        return _not(NotSent.WITHDRAWN)
    return _do(Act.WITHDRAWAL)


def decide_chase(
    row: Claimed,
    meeting: MeetingNow,
    agency: AgencyNow,
    now: datetime,
    next_due_at: datetime | None = None,
    opens_at: datetime | None = None,
) -> Decision:
    """An intent to chase one agency. Never after an answer that closes the chase, a cancellation or the start; after
    an outage only the last of the steps that have come due, and not while the agency is closed (``opens_at``, as
    ``domain.chasing.waits_until``)."""
    silence = reason_not_to_send(
        meeting=MeetingState(meeting.state),
        version_now=meeting.version,
        version_planned=row.version,
        start=meeting.starts_at,
        now=now,
        answer=Answer(agency.answer) if agency.answer else None,
        withdrawn=agency.state == "withdrawn",
        excluded=agency.state == "stopped",
        has_address=bool(chase_address(str(row.detail.get("to")), agency)),
        next_due_at=next_due_at,
        opens_at=opens_at,
    )
    return _do(Act.CHASE) if silence is None else _not(silence)


def chase_address(to: str, agency: AgencyNow) -> str:
    """Where a step of the ladder goes. The duty desk is the inbox itself when no other is known."""
    if to == ChaseTo.MANAGER:
        return agency.escalation_address
    if to == ChaseTo.DUTY_DESK:
        return agency.escalation_address or agency.address
    return agency.address
