"""The chair agrees decisions and minutes, every agency opens its part, and the opening is the receipt."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from service.domain.meetings import IllegalMoveError
from service.domain.papers import Kind, Opener, Proof
from service.store.actions import Action
from service.workflow.errors import (
    BadTimeError,
    BadWordsError,
    CannotOpenError,
    ChangedMeanwhileError,
    ErasedError,
    NoReasonError,
    NoSuchRequirementError,
)
from service.workflow.meetings import cancel_meeting
from service.workflow.opening import OpenedPaper, open_papers
from service.workflow.papers import PaperGiven, PlaceNamed, agree_papers, issue_minutes, standing
from tests.journey.crashing import crash_at, waits_of
from tests.journey.world import World, a_request, reference_of

WORDS = "Keziah Fennimore is seen alone tomorrow"
POLICE, SCHOOL, LCPP = (PlaceNamed(role) for role in ("police_child_protection", "school", "lcpp"))
DANA = Opener("Dana Okoro", Proof.CALL_BACK, "asked for its decisions")
STAFF = Opener("Amy Field", Proof.STAFF, "checks them before they are read out")


async def started(world: World) -> str:
    reference = reference_of(await world.receive(a_request()))
    world.clock.pass_to((await world.one("SELECT starts_at FROM meetings"))["starts_at"] + timedelta(minutes=30))
    return reference


async def decide(world: World, reference: str, *given: PaperGiven) -> list[tuple[int, bool]]:
    agreed = await agree_papers(world.services, "lewisham", reference, Kind.DECISION, given, actor="chair")
    return [(each.number, each.new) for each in agreed]


async def opens(
    world: World, reference: str, place: PlaceNamed | None, opener: Opener = DANA, kind: Kind = Kind.DECISION
) -> tuple[OpenedPaper, ...]:
    return await open_papers(world.services, "lewisham", reference, kind, opener, place, actor="officer")


async def test_each_agency_opens_its_part_absent_or_not_and_that_is_its_receipt(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS), PaperGiven("Police visit tonight", (POLICE,)))
    assert [paper.text for paper in await opens(world, reference, POLICE)] == [WORDS, "Police visit tonight"]
    assert [paper.text for paper in await opens(world, reference, SCHOOL)] == [WORDS]
    found = await standing(world.services, "lewisham", reference)
    done = {each.place.role: each.decisions.complete for each in found.places if each.decisions.opened}
    assert done == {"police_child_protection": True, "school": True}
    assert {each.decisions.of for each in found.places} == {1, 2}
    rows = await world.rows("SELECT opener, proof, reason FROM receipts")
    assert len(rows) == 3
    assert rows[0] == {"opener": "Dana Okoro", "proof": "call_back", "reason": "asked for its decisions"}


async def test_the_words_are_sealed_and_the_audit_knows_who_opened_without_them(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    await opens(world, reference, SCHOOL)
    row = await world.one("SELECT sealed_text, fingerprint FROM papers")
    assert b"Keziah" not in row["sealed_text"] + row["fingerprint"]
    told = await world.one("SELECT actor, data FROM audit_events WHERE action = :a", a=str(Action.DECISION_OPENED))
    assert told["actor"] == "officer"
    assert set(told["data"]) == {"requirement", "papers", "proof"}
    assert "Dana" not in str(told["data"])
    assert await world.chains_hold()


async def test_pressing_twice_agrees_once_also_at_the_same_moment(world: World) -> None:
    reference = await started(world)
    assert await decide(world, reference, PaperGiven(WORDS)) == [(1, True)]
    assert await decide(world, reference, PaperGiven(f" {WORDS}\n")) == [(1, False)]
    both = await asyncio.gather(*(decide(world, reference, PaperGiven("See the GP")) for _ in range(4)))
    assert sorted(both) == [[(2, False)]] * 3 + [[(2, True)]]
    assert await decide(world, reference, PaperGiven(WORDS, (POLICE,))) == [(3, True)], "for police only, it is another"
    agreed = await world.rows("SELECT 1 FROM audit_events WHERE action = :a", a=str(Action.DECISION_AGREED))
    assert len(agreed) == 3


async def test_a_press_that_dies_anywhere_and_is_pressed_again_agrees_once(small: World) -> None:
    reference = await started(small)
    waits = await waits_of(decide(small, reference, PaperGiven("number 0")))
    for wait in range(1, waits + 1):
        await crash_at(decide(small, reference, PaperGiven(f"number {wait}")), wait)
        await decide(small, reference, PaperGiven(f"number {wait}"))
    rows = await small.rows("SELECT number FROM papers ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, waits + 2))
    assert (
        len(await small.rows("SELECT 1 FROM audit_events WHERE action = :a", a=str(Action.DECISION_AGREED)))
        == waits + 1
    )
    assert await small.chains_hold()


async def test_a_correction_keeps_the_old_words_and_asks_every_agency_to_open_again(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    await opens(world, reference, SCHOOL)
    better = PaperGiven("Seen alone today", replaces=1)
    assert await decide(world, reference, better) == [(2, True)]
    assert await decide(world, reference, better) == [(2, False)]
    found = await standing(world.services, "lewisham", reference)
    assert [paper.number for paper in found.decisions] == [2]
    assert not any(each.decisions.opened for each in found.places)
    assert [paper.text for paper in await opens(world, reference, SCHOOL)] == ["Seen alone today"]
    assert len(await world.rows("SELECT 1 FROM papers")) == 2
    assert len(await world.rows("SELECT 1 FROM receipts")) == 2
    for number in (1, 7):
        with pytest.raises(ChangedMeanwhileError):
            await decide(world, reference, PaperGiven("late", replaces=number))


async def test_minutes_are_agreed_first_and_agencies_open_them_once_they_are_issued(world: World) -> None:
    reference = await started(world)
    services = world.services
    parts = [PaperGiven("All met"), PaperGiven("What police shared", (POLICE,))]
    await agree_papers(services, "lewisham", reference, Kind.MINUTES, parts, actor="chair")
    with pytest.raises(CannotOpenError, match="no minutes of this meeting for: school"):
        await opens(world, reference, SCHOOL, kind=Kind.MINUTES)
    assert [paper.text for paper in await opens(world, reference, None, STAFF, Kind.MINUTES)] == [
        "All met",
        "What police shared",
    ]
    assert await issue_minutes(services, "lewisham", reference, actor="officer") == (1, 2)
    assert await issue_minutes(services, "lewisham", reference, actor="officer") == ()
    assert [paper.text for paper in await opens(world, reference, SCHOOL, kind=Kind.MINUTES)] == ["All met"]
    found = await standing(services, "lewisham", reference)
    assert {each.place.role for each in found.places if each.minutes.complete} == {"school"}
    issued = await world.rows("SELECT 1 FROM audit_events WHERE action = :a", a=str(Action.MINUTES_ISSUED))
    assert len(issued) == 1


async def test_minutes_typed_in_later_keep_the_time_they_went_out(world: World) -> None:
    reference = await started(world)
    await agree_papers(world.services, "lewisham", reference, Kind.MINUTES, [PaperGiven("All met")], actor="chair")
    went_out = world.clock.now()
    world.clock.wait(timedelta(days=2))
    for wrong in (went_out - timedelta(days=1), world.clock.now() + timedelta(minutes=1)):
        with pytest.raises(BadTimeError):
            await issue_minutes(world.services, "lewisham", reference, actor="officer", at=wrong)
    await issue_minutes(world.services, "lewisham", reference, actor="officer", at=went_out)
    assert (await world.one("SELECT issued_at FROM papers"))["issued_at"] == went_out


@pytest.mark.parametrize(
    ("opener", "place", "refusal"),
    [
        (Opener("Dana", Proof.CALL_BACK, " "), SCHOOL, NoReasonError),
        (Opener("", Proof.CALL_BACK, "asked"), SCHOOL, BadWordsError),
        (Opener("Amy", Proof.STAFF, ""), None, NoReasonError),
        (DANA, None, CannotOpenError),
        (STAFF, SCHOOL, CannotOpenError),
        (DANA, PlaceNamed("prison"), NoSuchRequirementError),
    ],
)
async def test_an_opening_without_name_reason_or_right_is_refused_and_leaves_nothing(
    world: World, opener: Opener, place: PlaceNamed | None, refusal: type[Exception]
) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    with pytest.raises(refusal):
        await opens(world, reference, place, opener)
    assert await world.rows("SELECT 1 FROM receipts") == []


async def test_an_agency_that_proved_itself_needs_no_reason(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    assert await opens(world, reference, SCHOOL, Opener("Head teacher", Proof.CODE))
    assert (await world.one("SELECT proof FROM receipts"))["proof"] == "code"


async def test_an_inbox_that_must_not_be_told_and_one_without_a_number_open_nothing(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    await world.change("UPDATE requirements SET state = 'stopped' WHERE role = 'school'")
    await world.change("UPDATE inboxes SET phone = '' WHERE role = 'lcpp'")
    with pytest.raises(CannotOpenError, match="must not be told"):
        await opens(world, reference, SCHOOL)
    with pytest.raises(CannotOpenError, match="no number to call back"):
        await opens(world, reference, LCPP)
    assert await world.rows("SELECT 1 FROM receipts") == []


async def test_what_was_read_by_staff_is_no_agency_s_receipt(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    await opens(world, reference, None, STAFF)
    found = await standing(world.services, "lewisham", reference)
    assert not any(each.decisions.opened for each in found.places)
    assert len(found.openings) == 1


async def test_nothing_is_decided_before_the_start_or_at_a_cancelled_meeting(world: World) -> None:
    reference = reference_of(await world.receive(a_request()))
    with pytest.raises(BadTimeError, match="not started"):
        await decide(world, reference, PaperGiven(WORDS))
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    with pytest.raises(IllegalMoveError):
        await decide(world, reference, PaperGiven(WORDS))


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 20_001])
async def test_no_words_and_too_many_are_refused(world: World, text: str) -> None:
    reference = await started(world)
    with pytest.raises(BadWordsError):
        await decide(world, reference, PaperGiven(text))


async def test_after_erasure_nothing_opens_and_nothing_more_is_kept(world: World) -> None:
    reference = await started(world)
    await decide(world, reference, PaperGiven(WORDS))
    await world.change("UPDATE requests SET wrapped_key = NULL")
    with pytest.raises(ErasedError):
        await opens(world, reference, SCHOOL)
    with pytest.raises(ErasedError):
        await decide(world, reference, PaperGiven("more"))
    assert await world.rows("SELECT 1 FROM receipts") == []
