"""A request asked for twice is one record; what contradicts an earlier one is refused; what identifies is sealed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest

from service.domain.forbidden_words import ForbiddenWords
from service.domain.policy import UnknownMeetingTypeError
from service.domain.requests import Wishes
from service.store.queries import sealed
from service.store.sealing import KeyErased, SealBroken, unseal
from service.workflow.errors import AlreadyKnownError, KeyReusedError, NotReadyError
from service.workflow.identity import forbidden_words
from tests.journey.world import World, a_request, reference_of


async def test_the_same_delivery_again_gets_the_same_answer_and_writes_nothing(small: World) -> None:
    request = a_request()
    first, again = await small.receive(request, "k1"), await small.receive(request, "k1")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.answer == again.answer
    assert (await small.one("SELECT count(*) AS n FROM meetings"))["n"] == 1
    assert (await small.one("SELECT count(*) AS n FROM audit_events WHERE meeting_id IS NOT NULL"))["n"] == 3


async def test_the_same_request_under_another_key_is_known(small: World) -> None:
    request = a_request()
    first, again = await small.receive(request, "k1"), await small.receive(request, "k2")
    assert again.replayed
    assert reference_of(first) == reference_of(again)
    assert (await small.one("SELECT count(*) AS n FROM requests"))["n"] == 1


async def test_one_key_with_another_body_is_refused(small: World) -> None:
    request = a_request()
    await small.receive(request, "k1")
    with pytest.raises(KeyReusedError):
        await small.receive(replace(request, case_ref="LCS-9"), "k1")
    with pytest.raises(KeyReusedError):
        await small.receive(a_request(), "k1")
    assert (await small.one("SELECT count(*) AS n FROM requests"))["n"] == 1


async def test_one_reference_with_other_content_is_refused_and_named(small: World) -> None:
    request = a_request()
    first = await small.receive(request, "k1")
    with pytest.raises(AlreadyKnownError) as refused:
        await small.receive(replace(request, case_ref="LCS-9"), "k2")
    assert refused.value.meeting_reference == reference_of(first)


async def test_of_two_different_bodies_with_one_key_at_once_one_wins_and_the_other_is_told(small: World) -> None:
    request = a_request()
    bodies = [replace(request, case_ref=f"LCS-{number}") for number in range(10)]
    said = await asyncio.gather(*(small.receive(body, "k1") for body in bodies), return_exceptions=True)
    kinds = Counter(type(each).__name__ for each in said)
    assert kinds == Counter(Received=1, KeyReusedError=9)
    said = await asyncio.gather(*(small.receive(body, f"k{body.case_ref}") for body in bodies), return_exceptions=True)
    assert Counter(type(each).__name__ for each in said) == Counter(Received=1, AlreadyKnownError=9)
    assert (await small.one("SELECT count(*) AS n FROM meetings"))["n"] == 1


async def test_one_reference_of_two_sources_is_two_requests(small: World) -> None:
    request = a_request()
    first, second = await small.receive(request), await small.receive(replace(request, source="other"))
    assert reference_of(first) != reference_of(second)


async def test_what_cannot_be_planned_leaves_nothing_behind(small: World) -> None:
    with pytest.raises(UnknownMeetingTypeError):
        await small.receive(a_request(meeting_type="garden_party"))
    with pytest.raises(NotReadyError):
        await small.receive(a_request(partnership="wirral"))
    for table in ("requests", "meetings", "idempotency_keys", "children"):
        assert await small.rows(f"SELECT * FROM {table}") == []  # noqa: S608 - the names stand here


async def test_only_the_right_place_opens_a_sealed_identity(small: World) -> None:
    await small.receive(a_request(wishes=Wishes()))
    (request,) = await small.rows("SELECT id FROM requests")
    async with small.engine.connect() as conn:
        held = await sealed.of_request(conn, "lewisham", request["id"])
    key = small.services.keyring.open_data_key(held.key_id, held.wrapped_key)
    opened = [json.loads(unseal(key, row.table, row.id, "sealed_identity", row.sealed)) for row in held.rows]
    assert {identity.get("name") or identity["names"][0] for identity in opened} == {
        "Keziah Fennimore",
        "Rosalind Fennimore",
    }
    first, second = held.rows
    with pytest.raises(SealBroken):
        unseal(key, first.table, second.id, "sealed_identity", first.sealed)


async def test_destroying_a_requests_key_erases_its_people_and_breaks_no_chain(small: World) -> None:
    await small.receive(a_request(), "k1")
    await small.receive(a_request(), "k2")
    first, second = await small.rows("SELECT id FROM requests ORDER BY id")
    await small.change("UPDATE requests SET wrapped_key = NULL WHERE id = :id", id=first["id"])
    keyring = small.services.keyring
    async with small.engine.connect() as conn:
        gone = await sealed.of_request(conn, "lewisham", first["id"])
        with pytest.raises(KeyErased):
            keyring.open_data_key(gone.key_id, gone.wrapped_key)
        other = await sealed.of_request(conn, "lewisham", second["id"])
        others_key = keyring.open_data_key(other.key_id, other.wrapped_key)
        for row in gone.rows:
            with pytest.raises(SealBroken):
                unseal(others_key, row.table, row.id, "sealed_identity", row.sealed)
        assert await forbidden_words(conn, keyring, "lewisham", first["id"]) == ForbiddenWords()
    assert await small.chains_hold()
    await small.settle()
    assert {row["state"] for row in await small.rows("SELECT state FROM outbox")} == {"done"}
