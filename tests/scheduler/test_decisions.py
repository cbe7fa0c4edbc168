"""What becomes of an intent when its turn comes, for every state its meeting may be in by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answers import CLOSES_THE_CHASE, Answer
from service.domain.chasing import Silence
from service.scheduler.decide import (
    Act,
    Decision,
    NotSent,
    chase_address,
    decide_chase,
    decide_event,
    decide_frozen,
    decide_message,
    may_have_left,
)
from service.scheduler.told import facts_mark
from service.store.changes.outbox import Claimed
from service.store.queries.sending import AgencyNow, MeetingNow

ID = UUID("019a4000-0000-7000-8000-000000000001")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
START = NOW + timedelta(hours=5)
END = START + timedelta(hours=1)

ROW = Claimed(ID, "lewisham", ID, "create_event", ID, None, None, ID, 1, {}, 1, None, ID, NOW)
MEETING = MeetingNow(
    id=ID,
    request_id=ID,
    reference="CV-7K3Q-9XHD",
    meeting_type="strategy",
    state="confirmed",
    version=1,
    starts_at=START,
    ends_at=END,
    mode="online",
    venue="",
    cancelled_because=None,
    urgency="standard",
    service_name="Lewisham",
    service_address="1 High Road",
    service_phone="020 7946 0000",
    event_state="wanted",
    transaction_id=ID,
    graph_id=None,
    join_url=None,
    handed_version=0,
    maybe_made=False,
    mailbox="meetings@lewisham.example",
    mailbox_state="active",
)
LIVE = replace(MEETING, event_state="live", graph_id="G1", handed_version=1)
MOVED = replace(LIVE, version=2)
CANCELLED = replace(LIVE, state="cancelled")
GONE = replace(CANCELLED, event_state="cancelled")
AGENCY = AgencyNow(
    requirement_id=ID,
    role="police_child_protection",
    agency_group="police",
    level="core",
    state="wanted",
    because=[],
    notice_standard=None,
    notice_minimum=None,
    name="Police desk",
    address="desk@police.example",
    phone="020 7946 0101",
    hours="always",
    channel="outlook",
    escalation_name="",
    escalation_address="manager@police.example",
    escalation_phone="",
    told_version=0,
    told_starts_at=None,
    answer=None,
)


KNOWS = replace(AGENCY, told_version=1, told_starts_at=START, told_facts=facts_mark(MOVED, AGENCY))


def event_row(kind: str, version: int = 1, **detail: Any) -> Claimed:
    return replace(ROW, kind=kind, version=version, detail=detail)


def said(decision: Decision) -> str:
    """The act or the reason, never both."""
    assert (decision.act is None) != (decision.because is None)
    return str(decision.act or decision.because)


@pytest.mark.parametrize(
    ("why", "row", "meeting", "becomes"),
    [
        ("first try", event_row("create_event"), MEETING, Act.CREATE_EVENT),
        ("made already", event_row("create_event"), LIVE, NotSent.ALREADY_CARRIED),
        ("cancelled before it left", event_row("create_event"), replace(MEETING, state="cancelled"), NotSent.CANCELLED),
        ("moved before it left", event_row("create_event"), replace(MEETING, version=2), Act.CREATE_EVENT),
        ("created as moved", event_row("update_event", 2), replace(LIVE, handed_version=2), NotSent.ALREADY_CARRIED),
        ("moved", event_row("update_event", 2), MOVED, Act.UPDATE_EVENT),
        ("moved twice", event_row("update_event", 2), replace(MOVED, version=3), NotSent.SUPERSEDED),
        ("creation given up on", event_row("update_event", 2), replace(MEETING, version=2), Act.CREATE_EVENT),
        ("moved and cancelled", event_row("update_event", 2), CANCELLED, NotSent.CANCELLED),
        ("one more agency", event_row("update_event", about="guests"), LIVE, Act.UPDATE_GUESTS),
        ("one more, cancelled", event_row("update_event", about="guests"), CANCELLED, NotSent.CANCELLED),
        ("cancelled", event_row("cancel_event"), CANCELLED, Act.CANCEL_EVENT),
        ("cancelled twice", event_row("cancel_event"), GONE, NotSent.ALREADY_CARRIED),
        ("never made", event_row("cancel_event"), replace(MEETING, state="cancelled"), NotSent.NEVER_MADE),
        (
            "perhaps made",
            event_row("cancel_event"),
            replace(MEETING, state="cancelled", maybe_made=True),
            Act.CANCEL_EVENT,
        ),
    ],
)
def test_an_intent_about_the_event(why: str, row: Claimed, meeting: MeetingNow, becomes: str) -> None:
    assert said(decide_event(row, meeting, NOW)) == becomes, why


@pytest.mark.parametrize(
    ("now", "becomes"), [(START, Act.CREATE_EVENT), (END, NotSent.STARTED), (END + timedelta(days=3), NotSent.STARTED)]
)
def test_an_event_is_made_while_somebody_can_still_join_and_never_for_the_past(now: datetime, becomes: str) -> None:
    assert said(decide_event(event_row("create_event"), MEETING, now)) == becomes
    assert said(decide_frozen(tried(Act.CREATE_EVENT), MEETING, now)) == becomes


def tried(act: Act, version: int = 1) -> Claimed:
    """A row about the event that was tried before."""
    kind = "update_event" if act is Act.UPDATE_GUESTS else str(act)
    about = {"about": "guests"} if act is Act.UPDATE_GUESTS else {}
    return replace(event_row(kind, version, act=str(act), **about), frozen=b"{}")


@pytest.mark.parametrize(
    "meeting", [CANCELLED, GONE, replace(MEETING, state="cancelled"), replace(LIVE, event_state="cancelled")]
)
def test_what_was_tried_is_not_meant_any_more_once_it_is_called_off(meeting: MeetingNow) -> None:
    for act in (Act.CREATE_EVENT, Act.UPDATE_EVENT, Act.UPDATE_GUESTS):
        assert said(decide_frozen(tried(act), meeting, NOW)) == NotSent.CANCELLED
    assert said(decide_frozen(tried(Act.CANCEL_EVENT), meeting, NOW)) == Act.CANCEL_EVENT


@pytest.mark.parametrize(
    ("why", "row", "meeting", "becomes"),
    [
        ("moved since", tried(Act.CREATE_EVENT), replace(MEETING, version=2), Act.CREATE_EVENT),
        ("moved once more", tried(Act.UPDATE_EVENT, 2), replace(MOVED, version=3), NotSent.SUPERSEDED),
        ("as it was", tried(Act.UPDATE_EVENT, 2), MOVED, Act.UPDATE_EVENT),
        ("and moved", tried(Act.UPDATE_GUESTS), MOVED, Act.UPDATE_GUESTS),
    ],
)
def test_what_was_tried_is_asked_about_as_it_is_now(why: str, row: Claimed, meeting: MeetingNow, becomes: str) -> None:
    assert said(decide_frozen(row, meeting, NOW)) == becomes, why


def test_what_an_earlier_try_may_have_done_is_looked_for_where_anybody_must_know() -> None:
    created, moved, listed = tried(Act.CREATE_EVENT), tried(Act.UPDATE_EVENT), tried(Act.UPDATE_GUESTS)
    assert may_have_left(created, NotSent.CANCELLED)
    assert may_have_left(created, NotSent.STARTED)
    assert may_have_left(moved, NotSent.SUPERSEDED), "its guests saw the other time"
    assert may_have_left(replace(ROW, kind="message", requirement_id=ID, frozen=b"{}"), NotSent.CANCELLED)
    assert not may_have_left(created, NotSent.ALREADY_CARRIED)
    assert not may_have_left(moved, NotSent.CANCELLED), "the cancellation tells them"
    assert not may_have_left(listed, NotSent.SUPERSEDED), "the next list is whole"
    assert not may_have_left(replace(created, frozen=None), NotSent.CANCELLED)
    assert not may_have_left(replace(created, overtaken=True), NotSent.SUPERSEDED)


@pytest.mark.parametrize("act", [Act.CREATE_EVENT, Act.UPDATE_EVENT, Act.UPDATE_GUESTS])
def test_an_intent_whose_later_one_has_been_carried_is_superseded(act: Act) -> None:
    assert said(decide_frozen(replace(tried(act), overtaken=True), LIVE, NOW)) == NotSent.SUPERSEDED
    row = replace(event_row("update_event", 2, about="guests"), overtaken=True)
    assert said(decide_event(row, MOVED, NOW)) == NotSent.SUPERSEDED


@pytest.mark.parametrize(
    ("why", "version", "meeting", "agency", "now", "becomes"),
    [
        ("first", 1, LIVE, AGENCY, NOW, Act.INVITATION),
        ("told before", 2, MOVED, replace(AGENCY, told_version=1, told_starts_at=START), NOW, Act.MOVED),
        ("moved away and back", 2, MOVED, KNOWS, NOW, NotSent.ALREADY_KNOWN),
        ("and had answered", 2, MOVED, replace(KNOWS, told_otherwise=True), NOW, Act.MOVED),
        ("to another room", 2, replace(MOVED, venue="Room 3"), KNOWS, NOW, Act.MOVED),
        ("never told", 2, MOVED, AGENCY, NOW, Act.INVITATION),
        ("moved on", 1, MOVED, AGENCY, NOW, NotSent.SUPERSEDED),
        ("cancelled", 1, CANCELLED, AGENCY, NOW, NotSent.CANCELLED),
        ("stopped", 1, LIVE, replace(AGENCY, state="stopped"), NOW, NotSent.WITHDRAWN),
        ("withdrawn", 1, LIVE, replace(AGENCY, state="withdrawn"), NOW, NotSent.WITHDRAWN),
        ("just begun", 1, LIVE, AGENCY, START, NotSent.STARTED),
        ("a second before", 1, LIVE, AGENCY, START - timedelta(seconds=1), Act.INVITATION),
    ],
)
def test_a_message_about_the_time(
    why: str, version: int, meeting: MeetingNow, agency: AgencyNow, now: datetime, becomes: str
) -> None:
    row = replace(ROW, kind="message", requirement_id=ID, version=version, detail={"about": "invitation"})
    assert said(decide_message(row, meeting, agency, now)) == becomes, why


def test_a_cancellation_reaches_whoever_was_told_and_nobody_else() -> None:
    row = replace(ROW, kind="message", requirement_id=ID, detail={"about": "cancellation"})
    assert said(decide_message(row, CANCELLED, replace(AGENCY, told_version=1), END)) == Act.CANCELLATION
    assert said(decide_message(row, CANCELLED, AGENCY, NOW)) == NotSent.NEVER_TOLD


TO = st.sampled_from(["inbox", "duty_desk", "manager"])
MEETINGS = st.builds(
    replace,
    st.just(LIVE),
    state=st.sampled_from(["planned", "confirmed", "held", "cancelled"]),
    version=st.integers(1, 3),
    starts_at=st.none() | st.just(START),
)
AGENCIES = st.builds(
    replace,
    st.just(AGENCY),
    state=st.sampled_from(["wanted", "stopped", "withdrawn"]),
    answer=st.none() | st.sampled_from([str(answer) for answer in Answer]),
    address=st.sampled_from(["", "desk@police.example"]),
    escalation_address=st.sampled_from(["", "manager@police.example"]),
)


@given(TO, st.integers(1, 3), MEETINGS, AGENCIES, st.integers(-48, 48), st.none() | st.integers(-4, 4))
def test_a_chase_leaves_only_when_every_reason_against_it_is_absent(
    to: str, version: int, meeting: MeetingNow, agency: AgencyNow, hours: int, following: int | None
) -> None:
    now = START + timedelta(hours=hours, minutes=1)
    next_due = None if following is None else now + timedelta(hours=following)
    row = replace(ROW, kind="message", requirement_id=ID, chase_id=ID, version=version, detail={"to": to})
    decided = decide_chase(row, meeting, agency, now, next_due)
    may = (
        meeting.state == "confirmed"
        and meeting.version == version
        and meeting.starts_at is not None
        and now < meeting.starts_at
        and agency.state == "wanted"
        and (agency.answer is None or Answer(agency.answer) not in CLOSES_THE_CHASE)
        and bool(chase_address(to, agency))
        and (next_due is None or next_due > now)
    )
    assert (decided.act is Act.CHASE) == may
    if not may:
        assert Silence(said(decided))


@pytest.mark.parametrize(
    ("to", "desk", "manager", "goes_to"),
    [
        ("inbox", "desk@a.example", "boss@a.example", "desk@a.example"),
        ("duty_desk", "desk@a.example", "boss@a.example", "boss@a.example"),
        ("duty_desk", "desk@a.example", "", "desk@a.example"),
        ("manager", "desk@a.example", "boss@a.example", "boss@a.example"),
        ("manager", "desk@a.example", "", ""),
    ],
)
def test_each_step_of_the_ladder_goes_to_its_own_address(to: str, desk: str, manager: str, goes_to: str) -> None:
    assert chase_address(to, replace(AGENCY, address=desk, escalation_address=manager)) == goes_to


@given(
    st.sampled_from(["create_event", "update_event", "cancel_event"]),
    st.integers(1, 3),
    st.sampled_from([MEETING, LIVE, MOVED, CANCELLED, GONE, replace(MEETING, maybe_made=True)]),
    st.sampled_from([NOW, START, END]),
)
def test_an_intent_about_the_event_always_becomes_an_act_or_a_reason(
    kind: str, version: int, meeting: MeetingNow, now: datetime
) -> None:
    decided = decide_event(event_row(kind, version), meeting, now)
    assert said(decided)
    if meeting.state == "cancelled":
        assert decided.act in {None, Act.CANCEL_EVENT}, "nothing is made or changed once it is called off"
