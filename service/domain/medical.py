"""A child protection medical: whether one is needed, its own appointment, and who came to that.

It hangs on the meeting that decided it and is no meeting itself: nobody's attendance at the one is attendance at the
other. The attendance asked about is the child's, a parent's or carer's, the examining doctor's and the social worker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MedicalState(StrEnum):
    """Where a medical stands."""

    NOT_NEEDED = "not_needed"
    WANTED = "wanted"
    BOOKED = "booked"
    HELD = "held"


class AtMedical(StrEnum):
    """Whose attendance at the medical is recorded."""

    CHILD = "child"
    PARENT_OR_CARER = "parent_or_carer"
    EXAMINING_DOCTOR = "examining_doctor"
    SOCIAL_WORKER = "social_worker"


AT_MEDICAL_WORDS: Mapping[AtMedical, str] = {
    AtMedical.CHILD: "the child",
    AtMedical.PARENT_OR_CARER: "a parent or carer",
    AtMedical.EXAMINING_DOCTOR: "the examining doctor",
    AtMedical.SOCIAL_WORKER: "the social worker",
}

# Who must hear of the appointment: both work for agencies, and the family is told by the social worker.
TOLD: tuple[AtMedical, ...] = (AtMedical.EXAMINING_DOCTOR, AtMedical.SOCIAL_WORKER)


@dataclass(frozen=True, slots=True)
class MedicalStep:
    """A change somebody asks for, judged by ``refusal``."""

    needed: bool | None = None
    starts_at: datetime | None = None
    attended: bool = False


def refusal(state: MedicalState | None, booked_for: datetime | None, step: MedicalStep, now: datetime) -> str | None:
    """Why a step cannot be taken from here, in a sentence; None when it can. ``state`` None: nothing is decided yet."""
    if state is MedicalState.HELD and (step.needed is not None or step.starts_at is not None):
        return "The medical has taken place, so neither its decision nor its time can change."
    needed = step.needed if step.needed is not None else state not in {None, MedicalState.NOT_NEEDED}
    if step.starts_at is not None:
        if not needed:
            return "Say first that a medical is needed, then when it is."
        if step.starts_at <= now:
            return "The start is in the past. Choose a start that is still to come."
    if step.attended and (booked_for is None or booked_for > now):
        return "Record who came once the medical has started."
    return None


def state_after(state: MedicalState | None, step: MedicalStep) -> MedicalState:
    """Where the medical stands after a step that ``refusal`` lets pass."""
    if step.attended:
        return MedicalState.HELD
    if step.needed is False:
        return MedicalState.NOT_NEEDED
    if step.starts_at is not None:
        return MedicalState.BOOKED
    return MedicalState.WANTED if state in {None, MedicalState.NOT_NEEDED} else state
