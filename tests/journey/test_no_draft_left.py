"""A chase that is answered while it is under way leaves no draft behind that somebody could still send."""

from __future__ import annotations

from datetime import timedelta

from service.domain.answers import Answer, Way
from service.scheduler.dispatch import dispatch
from service.store.changes.outbox import LEASE
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.acts import chase, the_row
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import MAILBOX, SOCIAL_WORKER, World, reference_of


async def _drafts(world: World) -> list[str]:
    box = (await world.sandbox.control.state(calls=False))["mailboxes"][MAILBOX]
    return [message["subject"] for message in box["messages"] if message["draft"]]


async def test_answered_between_two_tries_it_leaves_no_draft_and_is_sent_once_or_not_at_all(small: World) -> None:
    small.through(AfterEachReply)
    waits, drafted = 0, 0
    for wait in (None, None, *range(1, 200, 2)):
        if wait is not None and wait > waits:
            break
        await small.sandbox.control.post("reset")
        received, _ = await chase(small)
        reference = reference_of(received)
        trying = dispatch(small.machinery, await the_row(small, "message"))
        if wait is None:
            waits = await waits_of(trying)
            continue
        await crash_at(trying, wait)
        await small.quiet()
        drafted += len(await _drafts(small))
        given = GivenAnswer(Answer.YES, Way.PHONE, small.clock.now(), f"call {wait}", role="social_worker")
        await record_answer(small.services, "lewisham", reference, given, actor="officer")
        small.real.wait(LEASE + timedelta(seconds=1))
        await small.settle()
        assert await _drafts(small) == [], wait
        assert (await small.delivered(SOCIAL_WORKER, reference))["message"] in {1, 2}, wait
    assert waits > 10
    assert drafted, "no try was killed between its draft and its sending"
