"""Every change has its audit event in the same transaction, and the chain holds after each."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from service.domain.answers import Answer, Way
from service.domain.attendance import Outcome
from service.domain.disagreeing import Kind as Dispute
from service.domain.papers import Kind, Opener, Proof
from service.domain.requests import Wishes
from service.store.actions import Action
from service.workflow.attend import AttendanceGiven, confirm_attendance, record_attendance
from service.workflow.bind import fill_gaps
from service.workflow.disagree import DisagreementGiven, raise_disagreement, settle_disagreement
from service.workflow.held import hold_item
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.opening import open_papers
from service.workflow.papers import PaperGiven, PlaceNamed, agree_papers, issue_minutes
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.acts import START
from tests.journey.world import Desk, World, a_request, add_desk, reference_of


class Told:
    """What the audit has said since one last looked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: list[UUID] = []

    async def news(self) -> set[str]:
        assert await self.world.chains_hold()
        fresh = await self.world.rows(
            "SELECT id, action FROM audit_events WHERE NOT id = ANY(:known)", known=self.known
        )
        self.known += [row["id"] for row in fresh]
        return {row["action"] for row in fresh}


async def test_each_thing_that_can_be_asked_for_is_told_by_its_own_event(small: World) -> None:
    services, told = small.services, Told(small)
    await told.news()
    received = await small.receive(a_request(wishes=Wishes()))
    reference = reference_of(received)
    assert await told.news() == {Action.REQUEST_RECEIVED, Action.MEETING_PLANNED}

    await confirm_meeting(services, "lewisham", reference, NewTime(START), actor="officer")
    assert await told.news() == {Action.MEETING_CONFIRMED, Action.TASK_CLOSED, Action.TASK_DROPPED}
    await small.settle()
    assert await told.news() == {Action.EVENT_CREATED, Action.INVITATION_SENT}

    await add_desk(small.engine, "lewisham", Desk("lcpp"))
    await fill_gaps(services, "lewisham", actor="officer")
    assert await told.news() == {Action.REQUIREMENT_BOUND, Action.TASK_CLOSED}
    await small.settle()
    assert await told.news() == {Action.EVENT_CHANGED, Action.INVITATION_SENT}

    given = GivenAnswer(Answer.YES, Way.PHONE, small.clock.now(), "call 1", role="social_worker")
    for _ in range(2):
        await record_answer(services, "lewisham", reference, given, actor="officer")
    assert await told.news() == {Action.ANSWER_RECORDED}
    stranger = GivenAnswer(Answer.NO, Way.OUTLOOK, small.clock.now(), "k2", address="stranger@else.example")
    await record_answer(services, "lewisham", reference, stranger, actor="outlook")
    assert await told.news() == {Action.ANSWER_UNMATCHED, Action.TASK_OPENED}

    later = NewTime(START + timedelta(hours=1))
    await move_meeting(services, "lewisham", reference, later, actor="officer")
    assert await told.news() == {Action.MEETING_MOVED, Action.TASK_DROPPED}
    await small.settle()
    assert await told.news() == {Action.EVENT_CHANGED, Action.INVITATION_SENT}


async def test_the_end_of_a_meeting_is_told_by_its_own_events(small: World) -> None:
    services, told = small.services, Told(small)
    received = await small.receive(a_request(wishes=Wishes(start=START)))
    reference = reference_of(received)
    await small.settle()
    await told.news()
    for chase in await small.rows("SELECT due_at FROM chases WHERE state = 'due' ORDER BY due_at"):
        small.clock.pass_to(chase["due_at"])
        await small.chase()
        await small.settle()
    assert await told.news() == {Action.CHASE_SENT, Action.TASK_OPENED}

    small.clock.pass_to(START + timedelta(minutes=5))
    came = [AttendanceGiven("social_worker", Outcome.ATTENDED)]
    await record_attendance(services, "lewisham", reference, came, actor="officer")
    # Only the social worker came, so the lead practitioner is asked why it went on.
    assert await told.news() == {Action.MEETING_HELD, Action.ATTENDANCE_RECORDED, Action.TASK_OPENED}
    await record_attendance(services, "lewisham", reference, came, actor="officer")
    assert await told.news() == {Action.ATTENDANCE_CORRECTED}
    await confirm_attendance(services, "lewisham", reference, actor="chair")
    assert await told.news() == {Action.ATTENDANCE_CONFIRMED}
    for kind, agreed in ((Kind.DECISION, Action.DECISION_AGREED), (Kind.MINUTES, Action.MINUTES_AGREED)):
        for _ in range(2):
            await agree_papers(services, "lewisham", reference, kind, [PaperGiven("seen alone")], actor="chair")
        assert await told.news() == {agreed}
    await issue_minutes(services, "lewisham", reference, actor="officer")
    assert await told.news() == {Action.MINUTES_ISSUED}
    dissent = DisagreementGiven(Dispute.DISSENT, PlaceNamed("social_worker"), "not safe", 1)
    raised = [await raise_disagreement(services, "lewisham", reference, dissent, actor="officer") for _ in range(2)]
    assert await told.news() == {Action.DISAGREEMENT_RAISED, Action.TASK_OPENED}
    await settle_disagreement(services, "lewisham", raised[0].id, "agreed", actor="lcpp")
    assert await told.news() == {Action.DISAGREEMENT_SETTLED, Action.TASK_CLOSED}
    opener, place = Opener("Dana Okoro", Proof.CALL_BACK, "asked"), PlaceNamed("social_worker")
    for kind, opened in ((Kind.DECISION, Action.DECISION_OPENED), (Kind.MINUTES, Action.MINUTES_OPENED)):
        await open_papers(services, "lewisham", reference, kind, opener, place, actor="officer")
        assert await told.news() == {opened, Action.NAMES_COMPARED}

    second = await small.receive(a_request(wishes=Wishes(start=START + timedelta(days=1))))
    await told.news()
    await cancel_meeting(services, "lewisham", reference_of(second), reason="replaced", actor="officer")
    assert await told.news() == {Action.MEETING_CANCELLED, Action.TASK_DROPPED}
    await small.settle()
    assert await told.news() == {Action.MESSAGE_NOT_SENT}

    what = {"door": "webhook:test", "delivery_id": "d1", "kind": "unknown_body", "problem": "it is not a request"}
    for _ in range(2):
        await hold_item(services, "lewisham", body=b"{}", **what)
    assert await told.news() == {Action.ITEM_HELD, Action.TASK_OPENED}


async def test_an_event_names_who_did_it_and_holds_no_free_words(small: World) -> None:
    received = await small.receive(a_request())
    said = GivenAnswer(
        Answer.DEPUTY, Way.PAGE, small.clock.now(), "k", role="social_worker", given_by="Dr Amadi", comment="I am ill"
    )
    await record_answer(small.services, "lewisham", reference_of(received), said, actor="page")
    time = NewTime(START, short_notice_reason="the mother leaves tomorrow", venue="Town Hall, room 2")
    await move_meeting(small.services, "lewisham", reference_of(received), time, actor="staff:amy")
    events = await small.rows("SELECT actor, data::text AS data FROM audit_events")
    assert {"page", "staff:amy", "webhook:test"} <= {event["actor"] for event in events}
    for words in ("Amadi", "ill", "tomorrow", "Town Hall"):
        assert not any(f" {words}" in event["data"] or f'"{words}' in event["data"] for event in events), words


async def test_tampering_with_any_event_of_a_meeting_shows(small: World) -> None:
    await small.receive(a_request())
    await small.settle()
    assert await small.chains_hold()
    for column, value in (("actor", "'nobody'"), ("data", "'{}'::jsonb"), ("at", "at + interval '1 second'")):
        await small.change("CREATE TABLE kept AS SELECT * FROM audit_events")
        await small.change(f"UPDATE audit_events SET {column} = {value} WHERE number = 2 AND meeting_id IS NOT NULL")  # noqa: S608
        assert not await small.chains_hold(), column
        await small.change("DELETE FROM audit_events")
        await small.change("INSERT INTO audit_events SELECT * FROM kept")
        await small.change("DROP TABLE kept")
    assert await small.chains_hold()
