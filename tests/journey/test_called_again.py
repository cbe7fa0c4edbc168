"""A cancelled meeting is called again: every agency hears one clear message, and no event stands twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from service.domain.requests import Wishes
from service.workflow.call_again import call_again
from service.workflow.meetings import cancel_meeting
from tests.journey.world import POLICE, SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=7)


async def test_each_agency_is_told_once_which_meeting_the_new_one_replaces(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    old = reference_of(received)
    await world.settle()
    await world.says(SOCIAL_WORKER, received, "accept")
    await world.read()
    await cancel_meeting(world.services, "lewisham", old, reason="facts_now_clear", actor="staff:a")
    await world.settle()
    found = await call_again(world.services, "lewisham", old, actor="staff:a")
    await world.settle()
    for address in (SOCIAL_WORKER, POLICE.at("lewisham")):
        assert await world.delivered(address, found.reference) == Counter(invite=1, message=1)
        letters = await world.sandbox.control.inbox(address)
        (letter,) = [each for each in letters if each["kind"] == "message" and found.reference in each["subject"]]
        assert f"It takes the place of meeting {old}" in str(letter)
    assert await world.live_events() == 1
    answers = await world.rows(
        "SELECT a.id FROM answers a JOIN meetings m ON m.id = a.meeting_id WHERE m.reference = :r", r=found.reference
    )
    assert answers == []
    assert await world.chains_hold()
