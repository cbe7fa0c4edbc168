"""What a request brings in its own words, and what it must not carry out again."""

from __future__ import annotations

import json
from datetime import timedelta

from service.domain.answers import Answer, Way
from service.domain.requests import Exclusion, Wishes
from service.store.sealing import unseal
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.world import TUESDAY_NINE, World, a_request

POLICE = "police_child_protection"


async def test_a_venue_that_names_the_family_is_left_out_and_the_meeting_is_called_all_the_same(world: World) -> None:
    wishes = Wishes(start=TUESDAY_NINE + timedelta(hours=5), mode="in_person", venue="Keziah's home, 3 Elm Row")
    received = await world.receive(a_request(wishes=wishes))
    assert received.answer["state"] == "confirmed"
    assert await world.one("SELECT venue FROM meetings") == {"venue": ""}
    assert await world.rows("SELECT id FROM tasks WHERE kind = 'held_back'")
    await world.pump()
    assert {row["state"] for row in await world.rows("SELECT state FROM invitations")} == {"sent"}


async def test_an_ordinary_venue_stays(world: World) -> None:
    wishes = Wishes(start=TUESDAY_NINE + timedelta(hours=5), mode="in_person", venue="Town Hall, room 2")
    await world.receive(a_request(wishes=wishes))
    assert await world.one("SELECT venue FROM meetings") == {"venue": "Town Hall, room 2"}


async def test_why_an_agency_must_not_be_told_is_kept_sealed(world: World) -> None:
    excluded = (Exclusion("school_nurse", "her sister is the alleged person"),)
    await world.receive(a_request(exclusions=excluded))
    row = await world.one("SELECT id, key_id, wrapped_key, sealed_body FROM requests")
    key = world.services.keyring.open_data_key(row["key_id"], row["wrapped_key"])
    opened = json.loads(unseal(key, "requests", row["id"], "sealed_body", row["sealed_body"]))
    assert opened["exclusions"] == [{"role": "school_nurse", "reason": "her sister is the alleged person"}]


async def test_an_answer_from_the_future_does_not_outlive_later_ones(world: World) -> None:
    received = await world.receive(a_request())
    reference = received.answer["meeting_reference"]
    for key, answer, answered_at, version in (
        ("far", Answer.NO, TUESDAY_NINE + timedelta(days=9000), 99),
        ("now", Answer.YES, TUESDAY_NINE + timedelta(minutes=2), None),
    ):
        world.clock.pass_to(world.clock.at + timedelta(minutes=1))
        given = GivenAnswer(answer, Way.PHONE, answered_at, key, role=POLICE, version=version)
        assert (await record_answer(world.services, "lewisham", reference, given, actor="officer")).counted
    latest = await world.rows("SELECT answer FROM answers ORDER BY answered_at DESC, id DESC LIMIT 1")
    assert latest == [{"answer": "yes"}]
