"""The calendar file of a meeting, for whoever cannot or will not take the Outlook invitation. Changes nothing."""

from __future__ import annotations

from service.domain.calendar_file import CalendarFacts, calendar_file
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.queries.partnerships import Partnership, partnership_by_id
from service.workflow.errors import NoSuchMeetingError, NoTimeYetError
from service.workflow.ports import Services


async def file_of(services: Services, partnership: str, reference: str, *, withdrawn: bool = False) -> bytes:
    """The file's bytes as the meeting stands; ``withdrawn``: as it stands for an agency that is no longer asked.

    Raises:
        NoSuchMeetingError: also for another partnership's meeting.
        NoTimeYetError: a meeting without a time has no place in a calendar.
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        home = await partnership_by_id(conn, partnership)
    if meeting is None or home is None:
        raise NoSuchMeetingError(reference)
    return calendar_file(_facts(meeting, home, withdrawn=withdrawn), services.now())


def _facts(meeting: MeetingView, home: Partnership, *, withdrawn: bool) -> CalendarFacts:
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
        cancelled=withdrawn or meeting.state == "cancelled",
    )
