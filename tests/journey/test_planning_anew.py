"""New facts, a plan made anew: who is added is asked, who falls away is told, nobody else hears of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.amending import Amendment, ChildAmendment, Words
from service.domain.facts import AgeBand, Urgency
from service.domain.replanned import Effect, Replanned
from service.domain.requests import Child, Exclusion, Wishes
from service.domain.roles import words
from service.domain.spans import Span, Unit
from service.policies.load import load_pack
from service.scheduler.dispatch import dispatch
from service.store.changes import policies
from service.store.changes.outbox import LEASE
from service.workflow.errors import BadFactsError, CannotReplanError, DifferentNowError
from service.workflow.meetings import cancel_meeting
from service.workflow.replan import preview, replan_meeting
from service.workflow.replan_look import ReplanAsked
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import DESKS, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

ADVISER, SOCIAL_WORKER = "personal.adviser@lewisham.example", "social.worker@lewisham.example"
# A week off, so that there is notice enough and time can pass.
START = TUESDAY_NINE + timedelta(days=7)
MORE = (
    *DESKS,
    Desk("personal_adviser"),
    Desk("prevent_lead", channel="phone"),
    Desk("substance_misuse_service", channel="calendar_mail"),
)


def adding(*circumstances: str) -> ReplanAsked:
    return ReplanAsked(Amendment(circumstances=Words(add=frozenset(circumstances))))


def removing(*circumstances: str) -> ReplanAsked:
    return ReplanAsked(Amendment(circumstances=Words(remove=frozenset(circumstances))))


@pytest.fixture
async def there(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=MORE) as made:
        yield made


async def asked(world: World, *circumstances: str, start: bool = True, **more: object) -> str:
    """A meeting that everybody has been asked to, for these circumstances."""
    wishes = Wishes(start=START) if start else Wishes()
    received = await world.receive(a_request(circumstances=frozenset(circumstances), wishes=wishes, **more))
    await world.pump()
    return reference_of(received)


async def again(world: World, reference: str, what: ReplanAsked) -> Replanned:
    done = await replan_meeting(world.services, "lewisham", reference, what, actor="officer")
    await world.pump()
    return done


async def deliveries(world: World) -> dict[str, object]:
    found: dict[str, object] = (await world.sandbox.control.state())["deliveries"]
    return found


async def state_of(world: World, role: str) -> str:
    found = await world.one("SELECT state FROM requirements WHERE role = :role", role=role)
    return str(found["state"])


async def test_an_agency_that_new_facts_call_for_is_asked_and_nobody_else_hears_of_it(there: World) -> None:
    reference = await asked(there, "neglect")
    before = await deliveries(there)
    done = await again(there, reference, adding("care_leaver_parent"))
    assert [place.role for place in done.difference.added] == ["personal_adviser"]
    assert done.effects == {("personal_adviser", ""): Effect.INVITED}
    after = await deliveries(there)
    assert {address: after[address] for address in before} == before
    assert await there.delivered(ADVISER, reference) == {"invite": 1, "message": 1}
    (event,) = await there.events()
    assert ADVISER in json.dumps(event)
    meeting = await there.one("SELECT version, state FROM meetings")
    assert meeting == {"version": 1, "state": "confirmed"}
    assert await there.chains_hold()


async def test_an_agency_that_falls_away_is_told_so_and_leaves_the_event(there: World) -> None:
    reference = await asked(there, "neglect", "care_leaver_parent")
    before = await deliveries(there)
    done = await again(there, reference, removing("care_leaver_parent"))
    assert done.effects == {("personal_adviser", ""): Effect.TOLD}
    assert await state_of(there, "personal_adviser") == "withdrawn"
    assert await there.delivered(ADVISER, reference) == {"invite": 1, "message": 2, "cancel": 1}
    last = [item for item in await there.sandbox.control.inbox(ADVISER) if item["kind"] == "message"]
    assert any("no longer asked to come" in item["subject"] for item in last)
    after = await deliveries(there)
    assert {each: after[each] for each in before if each != ADVISER} == {
        each: before[each] for each in before if each != ADVISER
    }
    chases = await there.rows(
        "SELECT DISTINCT c.state, c.not_sent_because FROM chases c JOIN requirements r ON r.id = c.requirement_id "
        "WHERE r.role = 'personal_adviser'"
    )
    assert {"state": "not_sent", "not_sent_because": "withdrawn"} in chases
    assert all(chase["state"] == "not_sent" for chase in chases)
    assert await there.live_events() == 1


async def test_an_agency_that_was_never_told_is_not_told_that_it_need_not_come(there: World) -> None:
    received = await there.receive(
        a_request(circumstances=frozenset({"neglect", "care_leaver_parent"}), wishes=Wishes(start=START))
    )
    done = await replan_meeting(
        there.services, "lewisham", reference_of(received), removing("care_leaver_parent"), actor="officer"
    )
    assert [place.role for place in done.difference.withdrawn] == ["personal_adviser"]
    await there.pump()
    assert await there.delivered(ADVISER) == {}
    assert ADVISER not in json.dumps(await there.events())


async def test_an_agency_that_falls_away_and_comes_back_is_asked_again_in_its_old_place(there: World) -> None:
    reference = await asked(there, "neglect", "care_leaver_parent")
    await again(there, reference, removing("care_leaver_parent"))
    done = await again(there, reference, adding("care_leaver_parent"))
    assert done.effects == {("personal_adviser", ""): Effect.INVITED}
    assert await state_of(there, "personal_adviser") == "wanted"
    assert await there.delivered(ADVISER, reference) == {"invite": 2, "message": 3, "cancel": 1}
    invitation = await there.one(
        "SELECT i.state FROM invitations i JOIN requirements r ON r.id = i.requirement_id "
        "WHERE r.role = 'personal_adviser'"
    )
    assert invitation == {"state": "sent"}
    assert await there.chains_hold()


async def test_the_same_facts_change_nothing_and_write_nothing(there: World) -> None:
    reference = await asked(there, "neglect")
    await there.change("UPDATE meetings SET earliest_fair_at = :then", then=TUESDAY_NINE)
    events = await there.rows("SELECT id FROM audit_events")
    kept = await there.rows("SELECT * FROM meetings")
    there.clock.wait(timedelta(days=1))
    for what in (ReplanAsked(), adding("neglect"), ReplanAsked(in_force=True)):
        done = await again(there, reference, what)
        assert done.nothing_to_do
        assert not done.done
    assert await there.rows("SELECT id FROM audit_events") == events
    assert await there.rows("SELECT * FROM meetings") == kept


async def test_a_preview_changes_nothing_and_its_mark_is_what_is_then_done(there: World) -> None:
    reference = await asked(there, "neglect")
    events = await there.rows("SELECT id FROM audit_events")
    shown = await preview(there.services, "lewisham", reference, adding("care_leaver_parent"))
    assert await there.rows("SELECT id FROM audit_events") == events
    assert not shown.done
    done = await again(there, reference, replace(adding("care_leaver_parent"), seen=shown.mark))
    assert done.done
    assert replace(done, done=False) == shown


async def test_what_was_looked_at_is_done_or_nothing_is(there: World) -> None:
    reference = await asked(there, "neglect")
    shown = await preview(there.services, "lewisham", reference, adding("care_leaver_parent"))
    await again(there, reference, adding("radicalisation"))
    with pytest.raises(DifferentNowError, match="Look at it again"):
        await again(there, reference, replace(adding("care_leaver_parent"), seen=shown.mark))
    assert await there.rows("SELECT id FROM requirements WHERE role = 'personal_adviser'") == []


async def test_an_agency_reached_by_phone_only_is_phoned_to_come_and_phoned_off(there: World) -> None:
    reference = await asked(there, "neglect")
    done = await again(there, reference, adding("radicalisation"))
    assert done.effects == {("prevent_lead", ""): Effect.PHONED}
    assert "phone_invitation" in await there.tasks()
    done = await again(there, reference, removing("radicalisation"))
    assert done.effects == {("prevent_lead", ""): Effect.PHONED_OFF}
    assert "phone_withdrawal" in await there.tasks()
    assert "phone_invitation" not in await there.tasks()


async def test_a_role_without_an_inbox_is_a_task_until_it_falls_away(there: World) -> None:
    reference = await asked(there, "neglect")
    where = (
        "SELECT t.state FROM tasks t JOIN requirements r ON r.id = t.requirement_id WHERE r.role = 'adult_social_care'"
    )
    done = await again(there, reference, adding("adult_care_needs"))
    assert done.effects == {("adult_social_care", ""): Effect.NO_INBOX}
    assert await there.one(where) == {"state": "open"}
    done = await again(there, reference, removing("adult_care_needs"))
    assert done.effects == {("adult_social_care", ""): Effect.UNTOLD}
    assert await there.one(where) == {"state": "dropped"}


async def test_a_meeting_without_a_time_is_planned_anew_and_nothing_leaves(there: World) -> None:
    reference = await asked(there, "neglect", start=False)
    done = await again(there, reference, adding("care_leaver_parent"))
    assert done.effects == {("personal_adviser", ""): Effect.INVITED_LATER}
    assert await there.rows("SELECT id FROM outbox") == []
    assert await state_of(there, "personal_adviser") == "wanted"


async def test_an_inbox_that_must_not_be_told_any_more_is_taken_off_and_told_nothing(there: World) -> None:
    reference = await asked(there, "neglect", "care_leaver_parent")
    done = await again(there, reference, ReplanAsked(Amendment(must_not_be_told=frozenset({"personal_adviser"}))))
    assert done.effects == {("personal_adviser", ""): Effect.TAKEN_BACK}
    assert await state_of(there, "personal_adviser") == "stopped"
    assert await there.delivered(ADVISER, reference) == {"invite": 1, "message": 1, "cancel": 1}
    assert "must_not_be_told" in await there.tasks()
    assert ADVISER not in json.dumps((await there.events())[0]["attendees"])
    # Nothing that the facts say afterwards lets anything out to it: a person does, by a route that is safe.
    done = await again(there, reference, adding("radicalisation"))
    assert await state_of(there, "personal_adviser") == "stopped"


async def test_the_meeting_keeps_the_policy_that_planned_it_unless_asked_to_take_the_one_in_force(
    there: World,
) -> None:
    reference = await asked(there, "neglect")
    newer = await _publish_a_stricter_policy(there)
    kept = await again(there, reference, adding("radicalisation"))
    assert (kept.policy, [place.role for place in kept.difference.added]) == (kept.policy_before, ["prevent_lead"])
    taken = await again(there, reference, ReplanAsked(in_force=True))
    assert taken.policy.hash == newer
    assert taken.policy_before.hash != newer
    assert [place.role for place in taken.difference.added] == ["personal_adviser"]
    assert await there.one("SELECT policy_hash FROM meetings") == {"policy_hash": newer}


async def _publish_a_stricter_policy(world: World) -> str:
    """Lewisham's rules, with a personal adviser asked to every meeting."""
    old = load_pack("lewisham")
    anybody = next(rule for rule in old.rules if rule.id == "C01")
    rules = (*old.rules, replace(anybody, id="X01", invite=("personal_adviser",)))
    newer = replace(old, version="later", content_hash="f" * 64, rules=rules)
    async with world.engine.begin() as conn:
        version = policies.NewVersion(newer.content_hash, newer.id, newer.version, {}, world.clock.now())
        await policies.publish(conn, "lewisham", version, by="test", now=world.clock.now())
    older = await world.one("SELECT policy_hash FROM meetings")
    assert older == {"policy_hash": old.content_hash}
    await world.change(
        "UPDATE policy_versions SET content = CAST(:content AS jsonb) WHERE hash = :hash",
        content=json.dumps(json.loads(old.canonical)),
        hash=old.content_hash,
    )
    world.services = replace(world.services, policies={"lewisham": newer})
    world.machinery = replace(world.machinery, services=world.services)
    return newer.content_hash


async def test_the_school_of_a_child_that_is_found_on_a_roll_is_asked_by_its_own_inbox(there: World) -> None:
    children = (
        Child("C1", birth_date=date(2018, 5, 4), name="Keziah Fennimore", school_urn="900001"),
        Child("C2", birth_date=date(2019, 6, 5), name="Jonty Fennimore"),
    )
    reference = await asked(there, "neglect", children=children)
    places = (
        "SELECT slot, children, inbox_id IS NOT NULL AS bound FROM requirements WHERE role = 'school' ORDER BY slot"
    )
    first = await there.rows(places)
    done = await again(
        there,
        reference,
        ReplanAsked(Amendment(children={"C2": ChildAmendment(on_school_roll=True, age_band=AgeBand.SCHOOL_AGE)})),
    )
    # C2's school was not named when the request came in, so a person must find it; C1's keeps its place.
    now = await there.rows(places)
    assert all(row in now for row in first)
    assert await there.rows("SELECT on_school_roll FROM children WHERE ref = 'C2'") == [{"on_school_roll": True}]
    assert {change.fact for change in done.facts} == {"on_school_roll"}


async def test_it_becomes_urgent_and_the_meeting_that_must_follow_is_a_task(there: World) -> None:
    reference = await asked(there, "neglect")
    done = await again(there, reference, ReplanAsked(Amendment(urgency=Urgency.IMMEDIATE)))
    assert [change.fact for change in done.facts] == ["urgency"]
    assert "separate_meeting" in await there.tasks()
    assert await there.one("SELECT urgency FROM requests") == {"urgency": "immediate"}


async def test_what_changed_is_in_the_audit_and_in_the_facts_of_the_request(there: World) -> None:
    reference = await asked(there, "neglect")
    await again(there, reference, adding("care_leaver_parent"))
    amended = await there.one("SELECT actor, data FROM audit_events WHERE action = 'intake:request:amended'")
    assert amended["actor"] == "officer"
    assert amended["data"]["facts"] == [
        {"fact": "circumstances", "child": "", "added": ["care_leaver_parent"], "removed": []}
    ]
    planned = await there.one("SELECT data FROM audit_events WHERE action = 'planning:meeting:replanned'")
    assert (planned["data"]["added"], planned["data"]["withdrawn"], planned["data"]["version"]) == (
        ["personal_adviser"],
        [],
        1,
    )
    stored = (await there.one("SELECT facts FROM requests"))["facts"]
    assert stored["case"]["circumstances"] == ["care_leaver_parent", "neglect"]


@pytest.mark.parametrize("end", ["begun", "cancelled"])
async def test_a_meeting_that_is_over_stays_as_it_was(there: World, end: str) -> None:
    reference = await asked(there, "neglect")
    if end == "begun":
        there.clock.pass_to(START)
    else:
        await cancel_meeting(there.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    with pytest.raises(CannotReplanError, match="stays as it was"):
        await again(there, reference, adding("care_leaver_parent"))
    with pytest.raises(CannotReplanError):
        await preview(there.services, "lewisham", reference, adding("care_leaver_parent"))


async def test_facts_of_a_child_that_the_request_does_not_name_are_refused(there: World) -> None:
    reference = await asked(there, "neglect")
    with pytest.raises(BadFactsError, match="no child C9"):
        await again(there, reference, ReplanAsked(Amendment(children={"C9": ChildAmendment()})))


async def test_an_agency_added_too_late_for_its_notice_asks_why(there: World) -> None:
    reference = await asked(there, "neglect")
    await there.change("UPDATE tasks SET state = 'done' WHERE kind = 'explain_short_notice'")
    newer = await _publish_a_stricter_policy(there)
    assert newer
    policy = there.services.policies["lewisham"]
    strategy = policy.meeting_types["strategy"]
    day = replace(strategy.notice_standard.otherwise, value=Span(1, Unit.WORKING_DAYS))
    owed = replace(strategy, notice_standard=replace(strategy.notice_standard, otherwise=day, own={}))
    there.services = replace(
        there.services,
        policies={"lewisham": replace(policy, meeting_types={**policy.meeting_types, "strategy": owed})},
    )
    there.clock.pass_to(START - timedelta(hours=1))
    await again(there, reference, ReplanAsked(in_force=True))
    task = await there.one("SELECT detail FROM tasks WHERE kind = 'explain_short_notice' AND state = 'open'")
    assert words("personal_adviser") in task["detail"]


async def test_an_exclusion_from_the_start_stays_when_other_facts_change(there: World) -> None:
    reference = await asked(
        there, "neglect", "care_leaver_parent", exclusions=(Exclusion("personal_adviser", "an example"),)
    )
    done = await again(there, reference, removing("care_leaver_parent"))
    # Rule C30 still names it, so that nothing goes to its inbox: the place stays, and stays held back.
    assert done.difference.withdrawn == ()
    assert await state_of(there, "personal_adviser") == "stopped"
    assert await there.delivered(ADVISER) == {}


async def test_a_worker_killed_at_any_wait_still_lets_off_and_asks_once(there: World) -> None:
    there.through(AfterEachReply)
    waits = 0
    for wait in (None, None, *range(1, 200, 3)):
        if wait is not None and wait > waits:
            break
        await there.sandbox.control.post("reset")
        reference = await asked(there, "neglect", "radicalisation")
        await there.settle()
        await replan_meeting(there.services, "lewisham", reference, adding("care_leaver_parent"), actor="officer")
        (row,) = await there.rows(
            "SELECT o.id FROM outbox o JOIN meetings m ON m.id = o.meeting_id WHERE o.kind = 'update_event' "
            "AND o.state = 'waiting' AND m.reference = :reference",
            reference=reference,
        )
        if wait is None:
            waits = await waits_of(dispatch(there.machinery, row["id"]))
        else:
            await crash_at(dispatch(there.machinery, row["id"]), wait)
        await there.quiet()
        there.real.wait(LEASE + timedelta(seconds=1))
        await there.settle()
        events = [event for event in await there.events() if reference in event["subject"]]
        assert len(events) == 1, wait
        assert await there.delivered(ADVISER, reference) == {"invite": 1, "message": 1}, wait
        assert await there.delivered(SOCIAL_WORKER, reference) == {"invite": 1, "message": 1}, wait
    assert waits > 10


async def test_a_child_that_turns_out_to_be_harmed_outside_the_home_moves_the_meeting_to_the_other_team(
    there: World,
) -> None:
    children = (Child("C1", birth_date=date(2013, 5, 4), name="Keziah Fennimore", school_urn="900001"),)
    reference = await asked(there, "neglect", children=children)
    before = await there.one("SELECT team FROM meetings")
    done = await again(there, reference, adding("harm_outside_home"))
    after = await there.one("SELECT team FROM meetings")
    assert before != after
    assert (done.team_before != done.team, bool(done.team)) == (True, True)
