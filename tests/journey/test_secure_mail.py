"""Who a meeting is about by secure mail: to nobody unless a named person allowed it for that agency, only to an address
that was confirmed, only whom its rules need, sealed where it lies, and kept as a disclosure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from service.domain.requests import Wishes
from service.store.queries.directory import inboxes_for
from service.store.queries.secure_mail import allowed_agencies
from service.workflow import secure_mail
from service.workflow.directory import import_inboxes
from service.workflow.errors import CannotSendSecurelyError, NoReasonError, NoSuchMeetingError
from service.workflow.meetings import cancel_meeting
from service.workflow.new_addresses import entry_of
from service.workflow.safe_route import StoppedPlace, stop_place
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=2)
ROLE = "social_worker"
NEW = "new.desk@lewisham.example"
NAME = "Keziah Fennimore"


async def a_meeting(world: World) -> tuple[str, UUID]:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    place = await world.one("SELECT id FROM requirements WHERE role = :role", role=ROLE)
    return reference_of(received), place["id"]


async def confirmed(world: World) -> None:
    """The inbox has an address somebody named has vouched for."""
    async with world.engine.connect() as conn:
        (stands,) = await inboxes_for(conn, "lewisham")
    moved = replace(entry_of(stands), address=NEW)
    await import_inboxes(world.services, "lewisham", [moved], dry_run=False, actor="amy", vouched="read back")


async def allow(world: World) -> UUID:
    assert await secure_mail.allow(world.services, "lewisham", ROLE, "", reason="agreed in May", actor="staff:lead")
    async with world.engine.connect() as conn:
        (found,) = await allowed_agencies(conn, "lewisham")
    return found.id


async def ask(world: World, place: UUID, once: UUID | None = None) -> None:
    await secure_mail.send_securely(
        world.services, "lewisham", place, reason="to look into its records", once=once or uuid4(), actor="staff:amy"
    )


async def secure_mails(world: World, address: str = NEW) -> list[str]:
    items = await world.sandbox.control.inbox(address)
    return [item["body"] for item in items if item["subject"].startswith("[secure]")]


async def test_it_says_what_the_agency_may_know_once_and_is_kept_as_a_disclosure(small: World) -> None:
    await confirmed(small)
    reference, place = await a_meeting(small)
    await allow(small)
    once = uuid4()
    for _ in range(2):
        await ask(small, place, once)
    await small.settle()
    (body,) = await secure_mails(small)
    assert NAME in body
    subjects = [item["subject"] for item in await small.sandbox.control.inbox(NEW)]
    assert f"[secure] {reference}: who the meeting is about" in subjects
    assert "Fennimore" not in str(subjects)
    opening = await small.one("SELECT proof, reason, opened_by, children, requirement_id FROM openings")
    assert opening == {
        "proof": "secure_mail", "reason": "to look into its records", "opened_by": "staff:amy", "children": ["C1"],
        "requirement_id": place,
    }  # fmt: skip
    row = await small.one("SELECT frozen, detail, state FROM outbox WHERE stream LIKE 'secure:%'")
    assert (row["state"], b"Fennimore" in row["frozen"], "Fennimore" in str(row["detail"])) == ("done", False, False)
    assert len(await small.rows("SELECT 1 FROM audit_events WHERE action = 'identity:request:opened'")) == 1
    assert await small.delivered(SOCIAL_WORKER) == Counter()
    assert await small.chains_hold()


async def test_it_is_off_until_allowed_and_only_for_an_address_that_was_confirmed(small: World) -> None:
    _, place = await a_meeting(small)
    with pytest.raises(CannotSendSecurelyError, match="not allowed"):
        await ask(small, place)
    allowed = await allow(small)
    assert not await secure_mail.allow(small.services, "lewisham", ROLE, "", reason="again", actor="staff:lead")
    with pytest.raises(CannotSendSecurelyError, match="confirmed"):
        await ask(small, place)
    with pytest.raises(NoReasonError):
        await secure_mail.allow(small.services, "lewisham", "gp", "", reason=" ", actor="staff:lead")
    with pytest.raises(NoSuchMeetingError):
        await secure_mail.send_securely(small.services, "wirral", place, reason="r", once=uuid4(), actor="staff:amy")
    assert await secure_mail.end(small.services, "lewisham", allowed, actor="staff:lead")
    assert not await secure_mail.end(small.services, "lewisham", allowed, actor="staff:lead")
    told = await small.rows(
        "SELECT action FROM audit_events WHERE action LIKE 'identity:secure_mail:%' ORDER BY number"
    )
    assert [row["action"].rpartition(":")[2] for row in told] == ["allowed", "ended"]
    assert await small.rows("SELECT 1 FROM openings") == []


async def test_what_waits_is_not_sent_once_it_is_not_allowed_or_the_place_must_not_be_told(small: World) -> None:
    await confirmed(small)
    reference, place = await a_meeting(small)
    allowed = await allow(small)
    await ask(small, place)
    await secure_mail.end(small.services, "lewisham", allowed, actor="staff:lead")
    await small.settle()
    row = await small.one("SELECT state, not_sent_because FROM outbox WHERE stream LIKE 'secure:%'")
    assert row == {"state": "not_sent", "not_sent_because": "not_allowed"}
    await allow(small)
    await ask(small, place)
    await stop_place(small.services, "lewisham", reference, StoppedPlace(ROLE), actor="command:amy")
    await small.settle()
    with pytest.raises(CannotSendSecurelyError):
        await ask(small, place)
    assert await secure_mails(small) == []
    assert await small.rows("SELECT 1 FROM openings") == []


async def test_a_cancelled_meeting_is_told_of_to_nobody(small: World) -> None:
    await confirmed(small)
    reference, place = await a_meeting(small)
    await allow(small)
    await ask(small, place)
    await cancel_meeting(small.services, "lewisham", reference, reason="already_held", actor="command:amy")
    await small.settle()
    assert await secure_mails(small) == []


@pytest.mark.parametrize("call", ["create_message", "send_message"])
async def test_a_lost_reply_sends_it_once_and_a_refusal_waits_for_a_person_without_its_words(
    small: World, call: str
) -> None:
    await confirmed(small)
    _, place = await a_meeting(small)
    await allow(small)
    await small.sandbox.control.fault(call, "lose_reply_after_commit")
    await ask(small, place)
    await small.settle()
    assert len(await secure_mails(small)) == 1
    await small.sandbox.control.fault("create_message", "status", status=404)
    await ask(small, place)
    await small.settle()
    task = await small.one("SELECT detail FROM tasks WHERE kind = 'not_delivered' AND state = 'open'")
    assert "Fennimore" not in task["detail"]
