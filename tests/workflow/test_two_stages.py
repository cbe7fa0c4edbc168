"""A meeting held in two stages leaves the second one in front of a named person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from service.domain.facts import Urgency
from service.domain.requests import Child, MeetingRequest, derive_facts
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.workflow.plan import make_plan
from service.workflow.planned_rows import planned_rows

NOW = datetime(2026, 5, 22, 15, tzinfo=UTC)  # Friday


def tasks(partnership: str, meeting_type: str, urgency: Urgency) -> list[dict[str, Any]]:
    request = MeetingRequest(
        partnership, meeting_type, "source", "1", "case", NOW, urgency, (Child("c", birth_date=date(2012, 3, 4)),)
    )
    facts = derive_facts(request, NOW.date())
    plan = make_plan(load_pack(partnership), facts, {}, [], now=NOW, calendar=working_calendar(NOW.date()))
    rows = planned_rows(request, UUID(int=1), plan, NOW).tasks
    return [row for row in rows if row["kind"] == "separate_meeting"]


def test_an_urgent_lewisham_meeting_asks_for_the_follow_up_by_name() -> None:
    (task,) = tasks("lewisham", "strategy", Urgency.IMMEDIATE)

    assert task["owner"] == "lead child protection practitioner"
    assert task["detail"] == (
        "Arrange the follow-up strategy meeting that must follow this one: 5 working days from the discussion before it"
    )


@pytest.mark.parametrize(
    ("partnership", "meeting_type", "urgency"),
    [
        ("lewisham", "strategy", Urgency.STANDARD),
        ("lewisham", "strategy_followup", Urgency.IMMEDIATE),
        ("wirral", "strategy", Urgency.IMMEDIATE),
    ],
)
def test_a_meeting_in_one_stage_leaves_no_second_one(partnership: str, meeting_type: str, urgency: Urgency) -> None:
    assert tasks(partnership, meeting_type, urgency) == []
