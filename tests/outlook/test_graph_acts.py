"""The acts in Outlook against the sandbox: done once, whatever happens to the answer."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from service.outlook.adapter import Graph, open_graph
from service.outlook.errors import (
    Ambiguous,
    Duplicate,
    Gone,
    PermanentConfiguration,
    PermanentData,
    Throttled,
)
from service.outlook.models import Response
from service.outlook.read import read_event
from service.outlook.render import MessageDraft, attendees_bytes, cancel_bytes, event_bytes, message_bytes, move_bytes
from service.outlook.send import (
    cancel_event,
    create_event,
    draft_message,
    find_event,
    find_message,
    hand_over_message,
    send_draft,
    update_event,
)
from tests.outlook.stage import EVENT, GUESTS, MAILBOX, START, Place, draft, running_sandbox

KEY = "mtg-7KQ2M"
POLICE = GUESTS[0].address
MAIL = message_bytes(MessageDraft(POLICE, "Police duty desk", "Why you are invited", "Bring what you hold.", "ob-1"))
MOVED = move_bytes(START + timedelta(days=1), START + timedelta(days=1, hours=1), "Town Hall, room 3")


async def _invitations(sandbox: Place, kind: str = "invite") -> int:
    return sum(item["kind"] == kind for item in await sandbox.control.inbox(POLICE))


async def test_an_event_is_created_with_its_teams_meeting_and_all_its_guests(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    assert handed.join_url.startswith("https://teams.example/")
    assert handed.ical_uid
    assert not handed.existed
    seen = await read_event(graph, MAILBOX, handed.graph_id)
    assert (seen.start, seen.end) == (START, START + timedelta(hours=1))
    assert seen.transaction_id == "5f0f3a52-0000-4000-8000-000000000001"
    assert {guest.address for guest in seen.attendees} == {guest.address for guest in GUESTS}
    assert all(guest.response is Response.NONE and guest.answered_at is None for guest in seen.attendees)
    assert await _invitations(sandbox) == 1


async def test_a_reply_lost_after_the_commit_leads_to_one_event_and_one_invitation(
    graph: Graph, sandbox: Place
) -> None:
    await sandbox.control.fault("create_event", "lose_reply_after_commit", times=2)
    for _ in range(2):
        with pytest.raises(Ambiguous):
            await create_event(graph, MAILBOX, EVENT, KEY)
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    assert [event["immutable_id"] for event in await sandbox.control.events()] == [handed.graph_id]
    assert await _invitations(sandbox) == 1


async def test_a_request_dropped_before_the_commit_is_simply_tried_again(graph: Graph, sandbox: Place) -> None:
    await sandbox.control.fault("create_event", "drop_before")
    with pytest.raises(Ambiguous):
        await create_event(graph, MAILBOX, EVENT, KEY)
    await create_event(graph, MAILBOX, EVENT, KEY)
    assert len(await sandbox.control.events()) == 1


async def test_a_used_transaction_id_resolves_to_the_event_it_made(graph: Graph, sandbox: Place) -> None:
    first = await create_event(graph, MAILBOX, EVENT, KEY)
    other = event_bytes(draft(subject="Professionals' meeting, other words"))
    again = await create_event(graph, MAILBOX, other, KEY)
    assert again.existed
    assert (again.graph_id, again.join_url) == (first.graph_id, first.join_url)
    assert len(await sandbox.control.events()) == 1


async def test_an_event_is_found_by_its_key_and_by_no_other(graph: Graph) -> None:
    assert await find_event(graph, MAILBOX, KEY) is None
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    found = await find_event(graph, MAILBOX, KEY)
    assert found is not None
    assert found.graph_id == handed.graph_id
    assert await find_event(graph, MAILBOX, "it's another") is None


async def test_a_used_transaction_id_without_an_event_stays_a_duplicate(graph: Graph) -> None:
    await create_event(graph, MAILBOX, EVENT, KEY)
    other = event_bytes(draft(subject="Other words"))
    handed = await create_event(graph, MAILBOX, other, "unknown-key")
    assert handed.existed
    await cancel_event(graph, MAILBOX, handed.graph_id, cancel_bytes("over"))
    with pytest.raises(Duplicate):
        await graph.call("POST", "/users/{m}/events", {"m": MAILBOX}, body=other)


async def test_a_mailbox_without_teams_gives_an_event_without_a_join_address() -> None:
    async with running_sandbox(teams=False) as place, open_graph(place.settings) as graph:
        handed = await create_event(graph, MAILBOX, EVENT, KEY)
    assert handed.join_url == ""


async def test_a_throttle_carries_the_seconds_to_wait(graph: Graph, sandbox: Place) -> None:
    await sandbox.control.fault("create_event", "status", status=429, retry_after="17")
    with pytest.raises(Throttled) as caught:
        await create_event(graph, MAILBOX, EVENT, KEY)
    assert caught.value.seconds == 17.0
    assert await sandbox.control.events() == []


async def test_an_html_page_is_ambiguous_and_the_next_try_succeeds(graph: Graph, sandbox: Place) -> None:
    await sandbox.control.fault("create_event", "html")
    with pytest.raises(Ambiguous):
        await create_event(graph, MAILBOX, EVENT, KEY)
    await create_event(graph, MAILBOX, EVENT, KEY)
    assert len(await sandbox.control.events()) == 1


async def test_a_mailbox_we_may_not_touch_and_one_that_is_not_there_are_configuration(
    graph: Graph, sandbox: Place
) -> None:
    await sandbox.control.post("mailbox", address=MAILBOX, denied=True)
    with pytest.raises(PermanentConfiguration, match="ErrorAccessDenied"):
        await create_event(graph, MAILBOX, EVENT, KEY)
    with pytest.raises(PermanentConfiguration, match="ErrorInvalidUser"):
        await create_event(graph, "nobody@council.example", EVENT, KEY)


async def test_an_address_exchange_refuses_is_a_matter_of_data(graph: Graph) -> None:
    bad = json.loads(EVENT)
    bad["attendees"][0]["emailAddress"]["address"] = "no address"
    with pytest.raises(PermanentData, match="ErrorInvalidRecipients"):
        await create_event(graph, MAILBOX, json.dumps(bad).encode(), KEY)


async def test_revoked_tokens_are_renewed_without_anybody_noticing(graph: Graph, sandbox: Place) -> None:
    await create_event(graph, MAILBOX, EVENT, KEY)
    await sandbox.control.post("tokens/revoke")
    assert await find_event(graph, MAILBOX, KEY) is not None


async def test_a_move_reaches_everybody_once_even_when_its_answer_was_lost(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    await sandbox.control.fault("patch_event", "lose_reply_after_commit")
    with pytest.raises(Ambiguous):
        await update_event(graph, MAILBOX, handed.graph_id, MOVED)
    again = await update_event(graph, MAILBOX, handed.graph_id, MOVED, look_first=True)
    assert not again.changed
    assert await _invitations(sandbox, "update") == 1
    seen = await read_event(graph, MAILBOX, handed.graph_id)
    assert (seen.start, seen.venue) == (START + timedelta(days=1), "Town Hall, room 3")
    assert seen.join_url == handed.join_url


async def test_a_move_that_never_arrived_is_sent_after_looking(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    await sandbox.control.fault("patch_event", "drop_before")
    with pytest.raises(Ambiguous):
        await update_event(graph, MAILBOX, handed.graph_id, MOVED)
    assert (await update_event(graph, MAILBOX, handed.graph_id, MOVED, look_first=True)).changed
    assert await _invitations(sandbox, "update") == 1


async def test_adding_one_agency_tells_only_that_agency_and_once(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    wanted = attendees_bytes((*GUESTS, GUESTS[0].__class__("duty@midwifery.example", "Midwifery")))
    assert (await update_event(graph, MAILBOX, handed.graph_id, wanted, look_first=True)).changed
    assert not (await update_event(graph, MAILBOX, handed.graph_id, wanted, look_first=True)).changed
    assert len(await sandbox.control.inbox("duty@midwifery.example")) == 1
    assert await _invitations(sandbox, "update") == 0


async def test_an_update_of_an_event_that_is_gone_is_left_to_a_person(graph: Graph) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    assert await cancel_event(graph, MAILBOX, handed.graph_id, cancel_bytes("over"))
    with pytest.raises(Gone):
        await update_event(graph, MAILBOX, handed.graph_id, MOVED)


async def test_cancelling_twice_tells_the_guests_once(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, KEY)
    await sandbox.control.fault("cancel_event", "lose_reply_after_commit")
    with pytest.raises(Ambiguous):
        await cancel_event(graph, MAILBOX, handed.graph_id, cancel_bytes("The enquiry has ended."))
    assert not await cancel_event(graph, MAILBOX, handed.graph_id, cancel_bytes("The enquiry has ended."))
    assert await _invitations(sandbox, "cancel") == 1
    seen = await read_event(graph, MAILBOX, handed.graph_id)
    assert seen.cancelled


async def test_a_mail_is_found_by_its_key_as_a_draft_and_as_sent(graph: Graph, sandbox: Place) -> None:
    assert await find_message(graph, MAILBOX, "ob-1") is None
    graph_id = await draft_message(graph, MAILBOX, MAIL)
    seen = await find_message(graph, MAILBOX, "ob-1")
    assert seen is not None
    assert (seen.graph_id, seen.is_draft) == (graph_id, True)
    assert await sandbox.control.inbox(POLICE) == []
    await send_draft(graph, MAILBOX, graph_id)
    seen = await find_message(graph, MAILBOX, "ob-1")
    assert seen is not None
    assert not seen.is_draft
    assert len(await sandbox.control.inbox(POLICE)) == 1


@pytest.mark.parametrize("operation", ["create_message", "send_message", "list_messages"])
@pytest.mark.parametrize("kind", ["lose_reply_after_commit", "drop_before", "html"])
async def test_a_mail_leaves_once_wherever_a_try_breaks(
    graph: Graph, sandbox: Place, operation: str, kind: str
) -> None:
    await sandbox.control.fault(operation, kind)
    failed, kept = 0, list[str]()

    async def keep(draft: str) -> None:
        kept.append(draft)

    for attempt in range(4):
        try:
            again = attempt > 0 or operation == "list_messages"
            drafted = kept[-1] if kept else ""
            handed = await hand_over_message(graph, MAILBOX, MAIL, "ob-1", keep, drafted=drafted, look_first=again)
            break
        except Ambiguous:
            failed += 1
    assert failed == 1
    assert handed.graph_id
    mails = await sandbox.control.inbox(POLICE)
    assert [mail["subject"] for mail in mails] == ["Why you are invited"]
    assert (await hand_over_message(graph, MAILBOX, MAIL, "ob-1", keep, look_first=True)).sent_before


async def test_a_sent_mail_that_cannot_be_found_by_its_key_yet_is_known_by_its_draft(
    graph: Graph, sandbox: Place
) -> None:
    graph_id = await draft_message(graph, MAILBOX, MAIL)
    await send_draft(graph, MAILBOX, graph_id)
    assert await find_message(graph, MAILBOX, "not indexed yet") is None

    async def keep(draft: str) -> None:
        raise AssertionError(f"a second draft: {draft}")

    handed = await hand_over_message(graph, MAILBOX, MAIL, "not indexed yet", keep, drafted=graph_id, look_first=True)
    assert handed.sent_before
    assert len(await sandbox.control.inbox(POLICE)) == 1


async def test_a_draft_that_somebody_deleted_is_drafted_anew_and_kept(graph: Graph, sandbox: Place) -> None:
    kept = list[str]()

    async def keep(draft: str) -> None:
        kept.append(draft)

    handed = await hand_over_message(graph, MAILBOX, MAIL, "ob-1", keep, drafted="gone", look_first=True)
    assert (kept, handed.sent_before) == ([handed.graph_id], False)
    assert len(await sandbox.control.inbox(POLICE)) == 1
