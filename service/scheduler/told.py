"""What an agency knows of a meeting: when, how and where it is, as one short mark that two versions are compared by."""

from __future__ import annotations

import hashlib

from service.store.queries.sending import AgencyNow, MeetingNow


def venue(meeting: MeetingNow, agency: AgencyNow | None = None) -> str:
    """Where it is, for one agency; without one, for all of them at once. Where a family must not be found it is only
    for agencies recorded as knowing that already: whoever reads the others' mail might wait there."""
    holds = agency is not None and agency.holds_location
    return meeting.venue if holds or not meeting.location_protected else ""


def facts_mark(meeting: MeetingNow, agency: AgencyNow) -> str:
    """A mark of all that a message tells this agency of the meeting's time and place: 64 hexadecimal digits.

    Two versions with one mark read the same. A digest, because a venue is in none of our records of what was sent.
    """
    times = (meeting.starts_at, meeting.ends_at, meeting.sitting_before_at, meeting.sitting_after_at)
    said = [each.isoformat() if each else "" for each in times] + [meeting.mode, venue(meeting, agency)]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
