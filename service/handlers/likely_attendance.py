"""What makes an attendance likely: answers, calls and what Teams says. Nothing of it is ticked unless somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from service.domain.attendance import How, Outcome
from service.domain.teams_attendance import TeamsProposal, proposal_words
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.web.attendance_form import AttendancePage, AttendanceRow, values_of

# What an answer before the meeting makes likely; an officer still says so, because an answer is no attendance.
_LIKELY = {
    "yes": Outcome.ATTENDED,
    "deputy": Outcome.REPRESENTED,
    "report": Outcome.REPORT_ONLY,
    "no": Outcome.APOLOGIES,
}


def proposing(row: AttendanceRow, agency: AgencyLine, teams: Mapping[UUID, TeamsProposal]) -> AttendanceRow:
    """The row with what Teams says of its agency, where nobody has recorded anything yet."""
    said = teams.get(agency.requirement_id)
    if said is None or row.was:
        return row
    if row.proposed:
        # Who joined was written down by an officer who spoke with them: that says more than an address does.
        return replace(row, stands=f"{row.stands} {proposal_words(said.seconds)}")
    # Whoever announced a deputy was there through it: the address is the agency's, the person its deputy.
    deputy = agency.answer is not None and agency.answer.answer == "deputy"
    came = Outcome.REPRESENTED if deputy else Outcome.ATTENDED
    stands = f"{row.stands} {proposal_words(said.seconds)}".strip()
    return replace(row, stands=stands, proposed=values_of(came, how=How.TEAMS))


def with_proposals(page: AttendancePage) -> AttendancePage:
    """The rows nothing is recorded for, with what was proposed ticked: somebody asked for that."""
    said = "Ticked from what was proposed; not saved yet."
    rows = tuple(
        replace(row, values=row.proposed, stands=f"{row.stands} {said}".strip()) if row.proposed else row
        for row in page.rows
    )
    return replace(page, rows=rows)


def from_answers(rows: Sequence[AttendanceRow], meeting: MeetingView) -> tuple[AttendanceRow, ...]:
    """The rows nothing is recorded for, with what each agency said it would do ticked."""
    said = {agency.requirement_id.hex: agency.answer for agency in meeting.agencies}
    filled = []
    for row in rows:
        answer = said.get(row.key)
        likely = _LIKELY.get(answer.answer) if answer and not row.values else None
        if answer is not None and likely is not None:
            instead = {"deputy_words": answer.reason[:200]} if likely is Outcome.REPRESENTED else {}
            values = {**values_of(likely), **instead}
            stands = f"{row.stands} Ticked from its answer; not saved yet.".strip()
            filled.append(replace(row, values=values, stands=stands))
        else:
            filled.append(row)
    return tuple(filled)
