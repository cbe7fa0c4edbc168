"""A medical's steps: what may follow what, as a table, and that nothing is recorded of what has not happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.medical import MedicalState, MedicalStep, refusal, state_after

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=3), NOW - timedelta(hours=1)
WANTED, BOOKED, HELD = MedicalState.WANTED, MedicalState.BOOKED, MedicalState.HELD
NOT_NEEDED = MedicalState.NOT_NEEDED


@pytest.mark.parametrize(
    ("why", "state", "step", "after"),
    [
        ("needed, no time yet", None, MedicalStep(needed=True), WANTED),
        ("needed and booked at once", None, MedicalStep(needed=True, starts_at=LATER), BOOKED),
        ("not needed", None, MedicalStep(needed=False), NOT_NEEDED),
        ("needed after all", NOT_NEEDED, MedicalStep(needed=True), WANTED),
        ("booked", WANTED, MedicalStep(starts_at=LATER), BOOKED),
        ("moved", BOOKED, MedicalStep(starts_at=LATER), BOOKED),
        ("said again that it is needed", BOOKED, MedicalStep(needed=True), BOOKED),
        ("not needed after all", BOOKED, MedicalStep(needed=False), NOT_NEEDED),
    ],
)
def test_a_step_that_may_be_taken_leads_on(
    why: str, state: MedicalState | None, step: MedicalStep, after: MedicalState
) -> None:
    assert refusal(state, None, step, NOW) is None, why
    assert state_after(state, step) is after, why


@pytest.mark.parametrize(
    ("state", "booked_for", "step", "sentence"),
    [
        (None, None, MedicalStep(starts_at=LATER), "Say first that a medical is needed"),
        (NOT_NEEDED, None, MedicalStep(starts_at=LATER), "Say first that a medical is needed"),
        (WANTED, None, MedicalStep(needed=False, starts_at=LATER), "Say first that a medical is needed"),
        (WANTED, None, MedicalStep(starts_at=NOW), "in the past"),
        (HELD, EARLIER, MedicalStep(needed=False), "has taken place"),
        (HELD, EARLIER, MedicalStep(starts_at=LATER), "has taken place"),
        (BOOKED, LATER, MedicalStep(attended=True), "once the medical has started"),
        (WANTED, None, MedicalStep(attended=True), "once the medical has started"),
        (None, None, MedicalStep(attended=True), "once the medical has started"),
    ],
)
def test_a_step_that_may_not_is_refused_with_what_would_do(
    state: MedicalState | None, booked_for: datetime | None, step: MedicalStep, sentence: str
) -> None:
    assert sentence in (refusal(state, booked_for, step, NOW) or "")


def test_who_came_can_be_recorded_and_corrected_once_it_has_started() -> None:
    for state in (BOOKED, HELD):
        assert refusal(state, NOW, MedicalStep(attended=True), NOW) is None
        assert state_after(state, MedicalStep(attended=True)) is HELD
