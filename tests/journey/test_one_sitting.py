"""Siblings in one sitting: each agency hears that another meeting comes before or follows, when, and never whose."""

from __future__ import annotations

from datetime import timedelta

from service.domain.requests import Wishes
from service.workflow.meetings import NewTime, move_meeting
from service.workflow.together import give_together
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=7)
FOLLOWS = "Another meeting of the same sitting follows, at 10am."
BEFORE = "Another meeting of the same sitting comes before it, at 9am."


async def letters(world: World, reference: str) -> list[str]:
    """What the social worker's messages about a meeting say, oldest first."""
    inbox = await world.sandbox.control.inbox(SOCIAL_WORKER)
    return [str(each) for each in inbox if each["kind"] == "message" and reference in each["subject"]]


async def test_the_invitations_say_when_and_a_later_move_says_it_no_more(world: World) -> None:
    first, second = [
        reference_of(await world.receive(a_request(source_ref=name, wishes=Wishes())))
        for name in ("sibling-1", "sibling-2")
    ]
    await give_together(world.services, "lewisham", [first, second], START, actor="staff:a")
    await world.settle()
    (one,), (other,) = await letters(world, first), await letters(world, second)
    assert (FOLLOWS in one, "comes before it" in one, second in one) == (True, False, False)
    assert (BEFORE in other, "sitting follows" in other, first in other) == (True, False, False)
    # Together they are told the new times; alone, the one that left hears of no other.
    await give_together(world.services, "lewisham", [first, second], START + timedelta(hours=1), actor="staff:a")
    await move_meeting(world.services, "lewisham", second, NewTime(START + timedelta(days=1)), actor="staff:a")
    await world.settle()
    moved = [(await letters(world, each))[-1] for each in (first, second)]
    assert ["same sitting" in each for each in moved] == [True, False]
    assert "follows, at 11am." in moved[0]
    kept = await world.rows("SELECT sitting_before_at, sitting_after_at FROM meetings WHERE reference = :r", r=second)
    assert [tuple(each.values()) for each in map(dict, kept)] == [(None, None)]
