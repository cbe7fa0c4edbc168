"""Nobody's identity outside the door: not in what leaves, in what is kept unsealed, in Redis, or in a log."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from service.clock import real_now
from service.domain.answers import Answer, Way
from service.domain.attendance import Outcome
from service.domain.disagreeing import Kind as Dispute
from service.domain.papers import Kind, Opener, Proof
from service.domain.requests import Child, Person, Tie, Wishes
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.gate import Gate, GatedGraph
from service.scheduler.queue import QueueWake, open_queue
from service.store.sealing import Keyring
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.disagree import DisagreementGiven, raise_disagreement, settle_disagreement
from service.workflow.held import hold_item
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.opening import open_papers
from service.workflow.papers import PaperGiven, PlaceNamed, agree_papers, issue_minutes
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.world import DESKS, SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

# What must be nowhere, in plain and run together. Not made by the code under test.
NAMES = ("keziah", "fennimore", "rosalind", "quillbrook", "pettigrew")
TOGETHER = ("elmrow", "se139zz", "9434765919", "04052018", "20180504", "4may2018", "452018", "19880229", "29021988")

FAMILY = {
    "children": (
        Child(
            "C1",
            birth_date=date(2018, 5, 4),
            name="Keziah Fennimore",
            nhs_number="943 476 5919",
            address="3 Elm Row, Lewisham SE13 9ZZ",
            school_urn="900001",
        ),
    ),
    "people": (
        Person(
            "P1",
            "mother",
            ("Rosalind Fennimore",),
            ("Rosie Quillbrook",),
            birth_date=date(1988, 2, 29),
            address="3 Elm Row",
            ties=(Tie("C1", frozenset({"lives_with"})),),
        ),
        Person("P2", "uncle", ("Obadiah Pettigrew",), ties=(Tie("C1", frozenset({"alleged_to_have_harmed"})),)),
    ),
}


def identities_in(text: str) -> list[str]:
    """Which of the words stand in a text, in any case, with any separators."""
    plain = text.casefold()
    together = re.sub(r"[\s\-./,_:;]+|\\[nrt]", "", plain)
    return [name for name in NAMES if name in plain] + [number for number in TOGETHER if number in together]


@dataclass(frozen=True)
class Recorded:
    """Graph that keeps every byte it is handed."""

    graph: GraphCalls
    seen: list[str]

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,
        at_most: int | None = None,
    ) -> GraphAnswer:
        self.seen.append(f"{template} {path_params} {query} {headers} {(body or b'').decode()}")
        return await self.graph.call(
            method,
            template,
            path_params,
            body=body,
            query=query,
            headers=headers,
            sends_mail=sends_mail,
            at_most=at_most,
        )

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        return await self.graph.follow(link, headers=headers)


async def everything_readable(world: World) -> str:
    """Every column of every table but the sealed ones, and the frozen bytes as text."""
    tables = await world.rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'")
    kept = []
    for table in tables:
        for row in await world.rows(f'SELECT * FROM "{table["name"]}"'):  # noqa: S608 - names from the catalogue
            kept.append(repr({name: value for name, value in row.items() if not name.startswith("sealed_")}))
            kept.extend(bytes(value).decode("utf-8", "replace") for value in row.values() if isinstance(value, bytes))
    return "\n".join(kept)


async def _a_whole_life(world: World) -> None:
    """A meeting is asked for, answered with words about the family, moved, chased, refused, recorded; and one is
    cancelled; and one body could not be understood."""
    start = TUESDAY_NINE + timedelta(days=7)
    received = await world.receive(a_request(wishes=Wishes(start=start), **FAMILY))
    await world.settle()
    reference = reference_of(received)
    said = GivenAnswer(
        Answer.MAYBE, Way.PAGE, world.clock.now(), "k", role="lcpp", comment="Keziah Fennimore is with Rosalind"
    )
    await record_answer(world.services, "lewisham", reference, said, actor="page")
    await world.says(SOCIAL_WORKER, received, "decline", comment="Rosalind Fennimore, 3 Elm Row, refuses")
    await world.read()
    moved = NewTime(start + timedelta(hours=3), short_notice_reason="Rosalind Fennimore leaves tomorrow")
    await move_meeting(world.services, "lewisham", reference, moved, actor="officer")
    await world.settle()
    world.clock.pass_to(start + timedelta(hours=2, minutes=30))
    await world.chase()
    await world.settle()
    world.clock.pass_to(start + timedelta(hours=4))
    await record_attendance(
        world.services, "lewisham", reference, [AttendanceGiven("lcpp", Outcome.ATTENDED)], actor="officer"
    )
    for kind in Kind:
        decided = PaperGiven("Keziah Fennimore is seen alone at 3 Elm Row; Rosalind is told on Monday")
        await agree_papers(world.services, "lewisham", reference, kind, [decided], actor="chair")
    await issue_minutes(world.services, "lewisham", reference, actor="officer")
    dissent = DisagreementGiven(Dispute.DISSENT, PlaceNamed("school"), "Keziah is not safe at 3 Elm Row", 1)
    raised = await raise_disagreement(world.services, "lewisham", reference, dissent, actor="officer")
    await settle_disagreement(world.services, "lewisham", raised.id, "Rosalind Fennimore moves out", actor="lcpp")
    opener, place = Opener("Dana Okoro", Proof.CALL_BACK, "asked for its decisions"), PlaceNamed("school")
    for kind in Kind:
        opened = await open_papers(world.services, "lewisham", reference, kind, opener, place, actor="officer")
        assert "Keziah" in opened[0].text
    second = await world.receive(a_request(wishes=Wishes(start=start + timedelta(days=1)), **FAMILY))
    await world.settle()
    await cancel_meeting(world.services, "lewisham", reference_of(second), reason="made_in_error", actor="officer")
    await world.settle()
    body = json.dumps({"name": "Keziah Fennimore", "nhs": "9434765919"}).encode()
    await hold_item(
        world.services,
        "lewisham",
        door="webhook:test",
        delivery_id="msg_9",
        kind="unknown_body",
        problem="it is not a meeting request",
        body=body,
    )


async def test_a_whole_life_of_a_meeting_says_nowhere_who_it_is_about(
    world: World, redis_url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    outgoing: list[str] = []
    redis, queue = Redis.from_url(redis_url), open_queue(redis_url)
    gate = Gate(redis)
    mailbox = next(iter(world.mailbox_ids.values()))
    world.services = replace(world.services, wake=QueueWake(queue, real_now))
    world.machinery = replace(world.machinery, services=world.services)
    world.through(lambda graph: GatedGraph(Recorded(graph, outgoing), gate, str(mailbox)))
    caplog.set_level(0)
    with capture_logs() as logs:
        await _a_whole_life(world)
    kept_in_redis = [key.decode() for key in await redis.keys()] + [
        repr(await redis.dump(key)) for key in await redis.keys()
    ]
    assert any("v1.dispatch" in key for key in kept_in_redis)
    await queue.aclose(close_connection_pool=True)
    await redis.aclose()
    assert len(outgoing) > 40
    assert identities_in("\n".join(outgoing)) == []
    assert logs
    printed = capsys.readouterr()
    assert identities_in("\n".join([repr(logs), caplog.text, printed.out, printed.err])) == []
    assert identities_in("\n".join(kept_in_redis)) == []
    assert ".example" not in "\n".join(kept_in_redis), "an address is no id"
    for desk in DESKS:
        for item in await world.sandbox.control.inbox(desk.at("lewisham")):
            assert identities_in(repr(item)) == []
    # An officer's reason for short notice is shown on the meeting's page and lives in its row; nothing else may.
    await world.change("UPDATE meetings SET short_notice_reason = NULL")
    assert identities_in(await everything_readable(world)) == []
    assert await world.chains_hold()


def test_the_search_itself_finds_what_it_looks_for() -> None:
    text = "Kez: KEZIAH, NHS 943-476 5919, born 04.05.2018 or 2018-05-04 at 3 Elm\\nRow"
    assert identities_in(text) == ["keziah", "elmrow", "9434765919", "04052018", "20180504"]


@pytest.mark.parametrize("mode", ["online", "in_person"])
async def test_a_venue_that_names_a_child_lets_nothing_leave_and_asks_a_person(small: World, mode: str) -> None:
    await small.receive(a_request(wishes=Wishes(start=TUESDAY_NINE + timedelta(hours=5), mode=mode)))
    # However it came to be there: the door leaves such a venue out, and the check of the bytes stands behind it.
    await small.change("UPDATE meetings SET venue = 'the Fennimores'' flat'")
    await small.settle()
    assert await small.events() == []
    assert await small.delivered(SOCIAL_WORKER) == Counter()
    assert await small.rows("SELECT frozen FROM outbox WHERE frozen IS NOT NULL") == []
    assert await small.tasks() >= {"held_back", "not_delivered"}
    assert {row["state"] for row in await small.rows("SELECT state FROM outbox")} == {"exhausted"}
    assert {row["state"] for row in await small.rows("SELECT state FROM invitations")} == {"failed"}


async def test_a_cancellation_is_not_held_back_by_a_venue_it_does_not_repeat(small: World) -> None:
    received = await small.receive(a_request())
    await small.settle()
    leaking = NewTime(TUESDAY_NINE + timedelta(hours=6), mode="in_person", venue="Keziah's school")
    await move_meeting(small.services, "lewisham", reference_of(received), leaking, actor="officer")
    await small.settle()
    assert "held_back" in await small.tasks()
    await cancel_meeting(small.services, "lewisham", reference_of(received), reason="made_in_error", actor="officer")
    await small.settle()
    assert await small.live_events() == 0
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=2, cancel=1)


@pytest.mark.parametrize("day", ["born today", "due today"])
async def test_a_child_born_or_due_on_the_day_of_the_meeting_holds_nothing_back(small: World, day: str) -> None:
    today = TUESDAY_NINE.date()
    child = Child("C1", birth_date=today) if day == "born today" else Child("C1", expected_delivery_date=today)
    await small.receive(a_request(children=(child,)))
    await small.settle()
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)


async def test_what_cannot_be_checked_is_not_sent(small: World) -> None:
    await small.receive(a_request())
    lost = Keyring({"k2": bytes(32)}, "k2")
    small.machinery = replace(small.machinery, services=replace(small.services, keyring=lost))
    await small.settle()
    assert await small.events() == []
    assert "held_back" in await small.tasks()


async def test_an_erased_request_is_still_called_off_and_leaks_nothing(small: World) -> None:
    received = await small.receive(a_request(**FAMILY))
    await small.settle()
    await small.change("UPDATE requests SET wrapped_key = NULL")
    await cancel_meeting(small.services, "lewisham", reference_of(received), reason="made_in_error", actor="officer")
    await small.settle()
    assert await small.live_events() == 0
    assert await small.chains_hold()


async def test_the_event_is_the_same_for_all_and_carries_nobodys_link(world: World) -> None:
    received = await world.receive(a_request())
    await world.settle()
    (event,) = await world.events()
    assert "/r/" not in event["body"]
    assert event["sensitivity"] == "private"
    assert event["hide_attendees"] is True
    assert event["subject"] == f"Professionals' meeting {reference_of(received)}"
    links: list[Any] = []
    for desk in DESKS:
        items = await world.sandbox.control.inbox(desk.at("lewisham"))
        links += [found for item in items for found in re.findall(r"/r/[\w-]+", item["body"])]
    assert len(set(links)) == len(DESKS), "each agency has a link of its own"
