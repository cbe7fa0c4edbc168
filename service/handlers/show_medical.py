"""A meeting's medical in sentences, for its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.domain.london import words
from service.domain.medical import AT_MEDICAL_WORDS, AtMedical, MedicalState
from service.store.queries.medical import MedicalAttendance, MedicalRow

_STATES = {
    MedicalState.NOT_NEEDED: "No medical is needed",
    MedicalState.WANTED: "A medical is needed and has no time yet.",
    MedicalState.BOOKED: "A medical is booked",
    MedicalState.HELD: "The medical took place",
}


def medical_sentences(row: MedicalRow | None, came: Sequence[MedicalAttendance]) -> tuple[str, ...]:
    """What was decided, when it is, and who came to it; nothing while nobody has decided."""
    return () if row is None else tuple(_sentences(row, came))


def _sentences(row: MedicalRow, came: Sequence[MedicalAttendance]) -> Iterator[str]:
    state = MedicalState(row.state)
    if state is MedicalState.NOT_NEEDED:
        yield f"{_STATES[state]}: {row.reason}"
    elif row.starts_at is not None:
        yield f"{_STATES[state]}: {words(row.starts_at)}{f', {row.place}' if row.place else ''}."
    else:
        yield _STATES[state]
    for each in came:
        who = AT_MEDICAL_WORDS[AtMedical(each.who)]
        yield f"{who[:1].upper()}{who[1:]} {'came' if each.came else 'did not come'}."
