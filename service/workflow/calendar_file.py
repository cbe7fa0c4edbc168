"""The calendar file of a meeting, for whoever cannot or will not take the Outlook invitation. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.calendar_file import CalendarFacts, calendar_file
from service.store.queries.location import location_protected
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.queries.partnerships import Partnership, partnership_by_id
from service.workflow.errors import NoSuchMeetingError, NoTimeYetError
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class LastTold:
    """What an agency that is no longer asked was last told: the version, and when that was to start."""

    version: int
    starts_at: datetime


async def file_of(
    services: Services,
    partnership: str,
    reference: str,
    *,
    told: LastTold | None = None,
    holds_location: bool = False,
) -> bytes:
    """The file's bytes as the meeting stands; where a family must not be found, with its venue for whoever
    ``holds_location`` alone. With ``told``, those that take the entry away from an agency that is no
    longer asked, which learns nothing of a time given since.

    Raises:
        NoSuchMeetingError: also for another partnership's meeting.
        NoTimeYetError: a meeting without a time has no place in a calendar.
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        home = await partnership_by_id(conn, partnership)
        protected = meeting is not None and await location_protected(conn, partnership, meeting.request_id)
    if meeting is None or home is None:
        raise NoSuchMeetingError(reference)
    shown = replace(meeting, venue="") if protected and not holds_location else meeting
    facts = _facts(shown, home) if told is None else _withdrawn(meeting, home, told)
    return calendar_file(facts, services.now())


def _withdrawn(meeting: MeetingView, home: Partnership, told: LastTold) -> CalendarFacts:
    return CalendarFacts(
        meeting_id=meeting.id,
        reference=meeting.reference,
        version=told.version,
        starts_at=told.starts_at,
        # Any length takes the entry away; the real one may have changed since.
        ends_at=told.starts_at + timedelta(hours=1),
        mode="",
        venue="",
        join_url="",
        service_name=home.name,
        service_phone=home.service_phone,
        cancelled=True,
    )


def _facts(meeting: MeetingView, home: Partnership) -> CalendarFacts:
    if meeting.starts_at is None or meeting.ends_at is None:
        raise NoTimeYetError(meeting.reference)
    # The venue is free text. It went past the leak check with the event of this version, or it stays out.
    checked = meeting.event_state == "live" and meeting.event_version == meeting.version
    return CalendarFacts(
        meeting_id=meeting.id,
        reference=meeting.reference,
        version=meeting.version,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        mode=meeting.mode,
        venue=meeting.venue if checked else "",
        join_url=(meeting.join_url or "") if meeting.event_state == "live" else "",
        service_name=home.name,
        service_phone=home.service_phone,
        cancelled=meeting.state == "cancelled",
    )
