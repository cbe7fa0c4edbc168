"""Guests that somebody changed on the event in Outlook: one press takes over what may be, and says why not the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.drift import DriftKind
from service.domain.requests import Exclusion, Wishes
from service.workflow import drift
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.drift_guests import Adopted, adopt_any
from service.workflow.errors import CannotAdoptError
from tests.journey.test_changed_in_outlook import OFFICER, START, in_outlook, morning, open_kinds
from tests.journey.world import POLICE, SOCIAL_WORKER, Desk, World, a_request, a_world, reference_of

ADVISER, LEAD = "personal.adviser@lewisham.example", "prevent.lead@lewisham.example"
STRANGER = "somebody@elsewhere.example"


@pytest.fixture
async def there(engine: AsyncEngine) -> AsyncIterator[World]:
    desks = (Desk("social_worker"), POLICE, Desk("personal_adviser"), Desk("prevent_lead"))
    async with a_world(engine, desks=desks) as made:
        yield made


def guests(*addresses: str) -> list[dict[str, object]]:
    """A guest list with the names that the directory has, as Outlook resolves them."""
    names = {each: f"{each.partition('@')[0].replace('.', ' ')} desk" for each in addresses}
    return [{"emailAddress": {"address": each, "name": names[each]}, "type": "required"} for each in addresses]


async def changed(world: World, *addresses: str, **request: object) -> str:
    """A meeting whose guests somebody made these in Outlook, and a morning that found it."""
    received = await world.receive(a_request(wishes=Wishes(start=START), **request))
    await world.settle()
    reference = reference_of(received)
    await add_agency(world.services, "lewisham", reference, MoreAsked("prevent_lead", "decides"), actor=OFFICER)
    await world.settle()
    await in_outlook(world, attendees=guests(*addresses))
    assert await morning(world) == 1
    return reference


async def press(world: World, reference: str) -> Adopted:
    (seen,) = await drift.list_drifts(world.services, "lewisham", None)
    done = await adopt_any(world.services, "lewisham", reference, actor=OFFICER, seen=seen.id)
    await world.settle()
    return done


async def test_who_was_put_on_is_asked_and_who_was_taken_off_is_let_off_and_the_others_hear_nothing(
    there: World,
) -> None:
    reference = await changed(there, SOCIAL_WORKER, POLICE.at("lewisham"), ADVISER)
    before = {each: await there.delivered(each) for each in (SOCIAL_WORKER, POLICE.at("lewisham"), ADVISER, LEAD)}
    done = await press(there, reference)
    assert (done.kind, done.left, done.version) == (DriftKind.GUESTS, (), 1)
    news = {each: await there.delivered(each) - was for each, was in before.items()}
    assert news == {
        SOCIAL_WORKER: Counter(),
        POLICE.at("lewisham"): Counter(),
        ADVISER: Counter(message=1),
        LEAD: Counter(message=1),
    }, "Outlook has told them of the entry already"
    states = {row["role"]: row["state"] for row in await there.rows("SELECT role, state FROM requirements")}
    assert (states["personal_adviser"], states["prevent_lead"]) == ("wanted", "withdrawn")
    assert await open_kinds(there) == set()
    assert await morning(there) == 0
    (event,) = await there.rows("SELECT actor FROM audit_events WHERE action = 'outlook:drift:adopted'")
    assert event["actor"] == OFFICER
    assert await there.chains_hold()


async def test_what_may_not_be_taken_over_is_put_back_and_its_reason_said(there: World) -> None:
    reference = await changed(there, POLICE.at("lewisham"), LEAD, ADVISER, STRANGER)
    done = await press(there, reference)
    assert [why.partition(":")[0] for why in done.left] == [STRANGER, SOCIAL_WORKER]
    assert "no Outlook inbox" in done.left[0]
    assert "must come" in done.left[1]
    assert (await there.one("SELECT state FROM requirements WHERE role = 'personal_adviser'"))["state"] == "wanted"
    assert await there.rows("SELECT id FROM requirements WHERE state = 'withdrawn'") == []
    (event,) = await there.events()
    there_now = {each["address"] for each in event["attendees"]}
    assert there_now == {SOCIAL_WORKER, POLICE.at("lewisham"), LEAD, ADVISER}
    assert await morning(there) == 0


async def test_nobody_who_must_not_be_told_is_taken_over(there: World) -> None:
    excluded = (Exclusion("personal_adviser", "an example"),)
    reference = await changed(there, SOCIAL_WORKER, POLICE.at("lewisham"), LEAD, ADVISER, exclusions=excluded)
    told = await there.delivered(ADVISER)
    with pytest.raises(CannotAdoptError, match="must not be told"):
        await press(there, reference)
    await there.settle()
    assert await there.delivered(ADVISER) == told
    assert await open_kinds(there) == {"guests"}


async def test_a_place_typed_in_outlook_is_not_taken_over_and_the_sentence_says_why(there: World) -> None:
    received = await there.receive(a_request(wishes=Wishes(start=START, mode="in_person", venue="Town Hall")))
    await there.settle()
    await in_outlook(there, location={"displayName": "3 Elm Row"})
    assert await morning(there) == 1
    with pytest.raises(CannotAdoptError, match="may name somebody"):
        await press(there, reference_of(received))
