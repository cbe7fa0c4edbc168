"""Who came for an agency, sitting by sitting, in the words of a meeting's page."""

from __future__ import annotations

from collections.abc import Iterable

from service.domain.attendance import DEPUTY_WORDS, OUTCOME_WORDS, Deputy, Outcome
from service.domain.london import words
from service.store.queries.meeting_lines import AgencyLine, AttendanceLine, SittingLine

_CONTRIBUTION = {
    "spoke_from_records": "spoke from its records",
    "sent_information": "sent information",
    "none": "brought nothing",
}
_HOW = {"in_person": "in person", "teams": "by Teams", "phone": "by phone"}
_SENIOR = {None: "", True: "could decide for the agency", False: "could not decide for the agency"}
_SURE = {"confirmed": "confirmed by the chair", "proposed": "proposed, not recorded yet"}


def attendance_lines(agency: AgencyLine) -> tuple[str, ...]:
    """One line for each sitting that is recorded; the first sitting's stands even where it is not."""
    first = attendance_words(agency.attendance) if agency.attendance else OUTCOME_WORDS[None]
    later = tuple(f"Sitting {line.sitting}: {attendance_words(line)}" for line in agency.later)
    return later if agency.state == "joined" and agency.attendance is None else (first, *later)


def attendance_words(line: AttendanceLine) -> str:
    """Who came, how, who instead, what they brought, and whether the chair has confirmed it."""
    parts = [
        OUTCOME_WORDS[Outcome(line.outcome)],
        DEPUTY_WORDS[Deputy(line.deputy)] if line.deputy else "",
        "named in sealed words" if line.deputy_named else "",
        _HOW.get(line.how or "", ""),
        _SENIOR[line.seniority_confirmed],
        _CONTRIBUTION.get(line.contribution or "", ""),
    ]
    whole = ", ".join(part for part in parts if part)
    return f"{whole} ({_SURE.get(line.state, 'not confirmed yet')})"


def sitting_sentences(sittings: Iterable[SittingLine]) -> tuple[str, ...]:
    """When an adjourned meeting sits again, and why."""
    return tuple(
        f"Sitting {each.number}: {words(each.starts_at)}. Adjourned because: {each.because}" for each in sittings
    )
