"""Safety beats notice and quorum, and a figure nobody has published is never made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.facts import Urgency
from service.domain.requests import Wishes
from service.policies.load import load_pack
from service.workflow.meetings import NewTime, move_meeting
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of


async def _invitation(world: World) -> str:
    items = await world.sandbox.control.inbox(SOCIAL_WORKER)
    (body,) = [str(item["body"]) for item in items if item["kind"] == "message"]
    return body


async def test_where_no_notice_is_published_none_is_kept_and_the_invitation_says_so(small: World) -> None:
    await small.receive(a_request())
    await small.settle()
    kept = await small.rows("SELECT DISTINCT notice_standard, notice_minimum FROM requirements")
    assert kept == [{"notice_standard": None, "notice_minimum": None}]
    assert "not set by the partnership" in await _invitation(small)
    (meeting,) = await small.rows("SELECT deadline_at FROM meetings")
    assert meeting["deadline_at"] is None, "Lewisham has published no deadline, and none is invented"


async def test_no_value_of_a_neighbour_stands_in_for_ours(small: World) -> None:
    """Lewisham's pack keeps what others publish as seen elsewhere; nothing of it may reach a requirement."""
    pack = small.services.policies["lewisham"]
    assert pack.seen_elsewhere
    strategy = pack.meeting_type("strategy")
    assert strategy.notice_standard.of(Urgency.STANDARD).value is None
    assert strategy.quorum.rule is None


@pytest.mark.parametrize("minutes", [1, 20, 90])
async def test_a_start_within_minutes_is_called_at_once_and_told_as_it_is(small: World, minutes: int) -> None:
    start = TUESDAY_NINE + timedelta(minutes=minutes)
    received = await small.receive(a_request(urgency=Urgency.IMMEDIATE, wishes=Wishes(start=start)))
    assert received.answer["state"] == "confirmed"
    await small.settle()
    assert await small.live_events() == 1
    assert "Your notice is" in await _invitation(small)


async def test_a_missing_core_partner_stops_no_meeting(small: World) -> None:
    """Nobody but the social worker is in the directory: police and health are tasks, and the meeting is called."""
    received = await small.receive(a_request())
    await small.settle()
    states = {agency["role"]: agency["state"] for agency in received.answer["agencies"]}
    assert states["police_child_protection"] == "no_inbox"
    assert states["social_worker"] == "wanted"
    assert await small.live_events() == 1


async def test_short_notice_is_reasoned_and_kept(small: World) -> None:
    received = await small.receive(a_request())
    reason = "the child is discharged this afternoon"
    sooner = NewTime(TUESDAY_NINE + timedelta(minutes=30), short_notice_reason=reason)
    await move_meeting(small.services, "lewisham", reference_of(received), sooner, actor="officer")
    assert (await small.one("SELECT short_notice_reason FROM meetings"))["short_notice_reason"] == reason
    moved = await small.one("SELECT data FROM audit_events WHERE action = 'planning:meeting:moved'")
    assert moved["data"]["short_notice_explained"] is True


async def test_a_partnership_that_publishes_a_notice_has_it_kept_and_said(small: World) -> None:
    """The same case under Wirral's own pack: whatever it sets is on the requirement, whatever it does not is NULL."""
    wirral = load_pack("wirral")
    small.services = replace(small.services, policies={"lewisham": wirral})
    small.machinery = replace(small.machinery, services=small.services)
    columns = "partnership_id, hash, pack, version, content, starts_at, published_at, published_by"
    await small.change(
        f"INSERT INTO policy_versions ({columns}) VALUES ('lewisham', :hash, 'w', '1', '{{}}', now(), now(), 't')",  # noqa: S608
        hash=wirral.content_hash,
    )
    await small.receive(a_request())
    published = wirral.meeting_type("strategy").notice_standard.of(Urgency.STANDARD).value
    kept = {row["notice_standard"] for row in await small.rows("SELECT notice_standard FROM requirements")}
    assert kept == {published.code if published else None}
