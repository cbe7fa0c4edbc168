"""Short notice stops no meeting: a named person says why, from the policy's list, or an officer is asked for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.domain.facts import Urgency
from service.domain.requests import Wishes
from service.workflow.errors import BadReasonError
from service.workflow.meetings import NewTime, confirm_meeting, move_meeting
from service.workflow.short_notice import explain_short_notice
from tests.journey.world import TUESDAY_NINE, World, a_request, reference_of

SOON = TUESDAY_NINE + timedelta(hours=3)
TASK = "SELECT state, detail, due_at FROM tasks WHERE kind = 'explain_short_notice' ORDER BY key"
KEPT = "SELECT short_notice_code, short_notice_reason, short_notice_by FROM meetings"


async def owe_a_day(world: World, role: str = "social_worker") -> None:
    """As if the partnership had published a day's notice for this agency; neither pilot has."""
    await world.change("UPDATE requirements SET notice_standard = 'hours:24' WHERE role = :role", role=role)


async def planned(world: World) -> str:
    reference = reference_of(await world.receive(a_request(wishes=Wishes())))
    await owe_a_day(world)
    return reference


async def test_a_short_time_without_a_reason_is_taken_and_an_officer_is_asked_why(small: World) -> None:
    reference = await planned(small)
    changed = await confirm_meeting(small.services, "lewisham", reference, NewTime(SOON), actor="officer")
    assert changed.state == "confirmed"
    (task,) = await small.rows(TASK)
    assert (task["state"], task["due_at"]) == ("open", SOON)
    assert task["detail"] == (
        "Say why notice is short. Less than it should be for: social worker, children's social care."
    )
    assert await small.one(KEPT) == dict.fromkeys(("short_notice_code", "short_notice_reason", "short_notice_by"))


async def test_a_code_and_a_sentence_by_a_named_person_leave_nothing_to_ask(small: World) -> None:
    reference = await planned(small)
    time = NewTime(SOON, short_notice_reason="home visit tonight", short_notice_code="risk_cannot_wait")
    await confirm_meeting(small.services, "lewisham", reference, time, actor="amy")
    assert await small.rows(TASK) == []
    assert await small.one(KEPT) == {
        "short_notice_code": "risk_cannot_wait",
        "short_notice_reason": "home visit tonight",
        "short_notice_by": "amy",
    }


@pytest.mark.parametrize(("text", "code"), [("tonight", None), (None, "late_request")])
async def test_half_a_reason_is_kept_and_still_asked_for(small: World, text: str | None, code: str | None) -> None:
    reference = await planned(small)
    half = NewTime(SOON, short_notice_reason=text, short_notice_code=code)
    await confirm_meeting(small.services, "lewisham", reference, half, actor="amy")
    assert [task["state"] for task in await small.rows(TASK)] == ["open"]
    assert (await small.one(KEPT))["short_notice_by"] == "amy"


async def test_explaining_it_later_closes_the_task_and_is_audited_without_its_words(small: World) -> None:
    reference = await planned(small)
    await confirm_meeting(small.services, "lewisham", reference, NewTime(SOON), actor="officer")
    said = await explain_short_notice(
        small.services, "lewisham", reference, code="late_request", text="it came at noon", actor="amy"
    )
    assert (said.words, said.task_closed) == ("the request reached us late", True)
    assert [task["state"] for task in await small.rows(TASK)] == ["done"]
    event = await small.one("SELECT actor, data FROM audit_events WHERE action = 'planning:short_notice:explained'")
    assert event == {"actor": "amy", "data": {"version": 1, "short_notice_code": "late_request"}}


async def test_a_new_time_forgets_the_old_reason_and_asks_again_only_if_it_is_short(small: World) -> None:
    reference = await planned(small)
    await confirm_meeting(small.services, "lewisham", reference, NewTime(SOON), actor="officer")
    await move_meeting(small.services, "lewisham", reference, NewTime(SOON + timedelta(hours=1)), actor="officer")
    assert [task["state"] for task in await small.rows(TASK)] == ["dropped", "open"]
    fair = NewTime(TUESDAY_NINE + timedelta(days=2))
    await move_meeting(small.services, "lewisham", reference, fair, actor="officer")
    assert [task["state"] for task in await small.rows(TASK)] == ["dropped", "dropped"]


async def test_exactly_the_notice_owed_is_not_short_and_a_minute_less_is(small: World) -> None:
    reference = await planned(small)
    now = small.services.now()
    await confirm_meeting(small.services, "lewisham", reference, NewTime(now + timedelta(hours=24)), actor="officer")
    assert await small.rows(TASK) == []
    less = NewTime(small.services.now() + timedelta(hours=24, minutes=-1))
    await move_meeting(small.services, "lewisham", reference, less, actor="officer")
    assert [task["state"] for task in await small.rows(TASK)] == ["open"]


async def test_notice_that_is_not_set_is_never_short(small: World) -> None:
    await small.receive(a_request(urgency=Urgency.IMMEDIATE, wishes=Wishes(start=TUESDAY_NINE + timedelta(minutes=20))))
    assert await small.rows(TASK) == []


@pytest.mark.parametrize(
    ("code", "text", "sentence"),
    [
        ("because", "x", "is one of: contact_is_near"),
        ("late_request", "  ", "a sentence of your own"),
    ],
)
async def test_a_reason_off_the_list_or_without_words_is_refused(
    small: World, code: str, text: str, sentence: str
) -> None:
    reference = await planned(small)
    await confirm_meeting(small.services, "lewisham", reference, NewTime(SOON), actor="officer")
    with pytest.raises(BadReasonError, match=sentence):
        await explain_short_notice(small.services, "lewisham", reference, code=code, text=text, actor="amy")
    assert [task["state"] for task in await small.rows(TASK)] == ["open"]


async def test_a_code_off_the_list_changes_no_time(small: World) -> None:
    reference = await planned(small)
    time = NewTime(SOON, short_notice_code="no_such_reason")
    with pytest.raises(BadReasonError):
        await confirm_meeting(small.services, "lewisham", reference, time, actor="officer")
    assert (await small.one("SELECT state FROM meetings"))["state"] == "planned"


async def test_a_meeting_without_a_time_has_no_notice_to_explain(small: World) -> None:
    reference = await planned(small)
    with pytest.raises(BadReasonError, match="has its time"):
        await explain_short_notice(small.services, "lewisham", reference, code="late_request", text="x", actor="amy")
