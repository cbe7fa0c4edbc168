"""What becomes of a message to a parent when its turn comes; and that nothing but a conference ever lets one go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.family import CONFERENCES
from service.scheduler.decide import Act
from service.scheduler.to_parents import decide_parent
from service.store.queries.family import FamilyNow
from tests.scheduler.test_decisions import CANCELLED, ID, LIVE, MOVED, NOW, ROW, START

PARENT = FamilyNow(ID, "P1", "mother", "wanted", "email", None, "", 0, "joint", False, False, False)
CONFERENCE = replace(LIVE, meeting_type="icpc")
TELL = replace(ROW, kind="family_message", family_id=ID, detail={"about": "invitation"})
OFF = replace(TELL, detail={"about": "cancellation"})
SPLIT = replace(PARENT, sharing="split", comes_at=START + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("why", "row", "meeting", "parent", "expected"),
    [
        ("a first word", TELL, CONFERENCE, PARENT, Act.FAMILY_INVITATION),
        ("told before", TELL, CONFERENCE, replace(PARENT, told_version=1), Act.FAMILY_MOVED),
        (
            "the only parent needs no choice",
            TELL,
            CONFERENCE,
            replace(PARENT, sharing=None, alone=True),
            Act.FAMILY_INVITATION,
        ),
        ("apart, with a time of its own", TELL, CONFERENCE, SPLIT, Act.FAMILY_INVITATION),
        ("apart, without one", TELL, CONFERENCE, replace(SPLIT, comes_at=None), "no_sharing"),
        ("nobody has chosen", TELL, CONFERENCE, replace(PARENT, sharing=None), "no_sharing"),
        ("the route is by hand now", TELL, CONFERENCE, replace(PARENT, route="by_hand"), "no_route"),
        ("do not contact", TELL, CONFERENCE, replace(PARENT, state="stopped"), "do_not_contact"),
        (
            "do not contact, not even that it is off",
            OFF,
            CONFERENCE,
            replace(PARENT, state="stopped"),
            "do_not_contact",
        ),
        ("a later message waits", TELL, CONFERENCE, replace(PARENT, overtaken=True), "superseded"),
        ("it has moved since", TELL, replace(MOVED, meeting_type="icpc"), PARENT, "superseded"),
        ("it is off", TELL, replace(CANCELLED, meeting_type="icpc"), PARENT, "cancelled"),
        (
            "off, and told of it",
            OFF,
            replace(CANCELLED, meeting_type="icpc"),
            replace(PARENT, told_version=1),
            Act.FAMILY_OFF,
        ),
        ("off, and never told of it", OFF, replace(CANCELLED, meeting_type="icpc"), PARENT, "never_told"),
        ("a strategy meeting", TELL, LIVE, PARENT, "no_conference"),
    ],
)
def test_what_becomes_of_a_parent_s_message(why: str, row: Any, meeting: Any, parent: FamilyNow, expected: str) -> None:
    decision = decide_parent(row, meeting, parent, NOW)
    assert (decision.act or decision.because) == expected, why


def test_a_parent_who_comes_later_is_told_until_then_and_not_after() -> None:
    during = START + timedelta(minutes=10)
    assert decide_parent(TELL, CONFERENCE, PARENT, during).because == "started"
    assert decide_parent(TELL, CONFERENCE, SPLIT, during).act is Act.FAMILY_INVITATION
    assert decide_parent(TELL, CONFERENCE, SPLIT, START + timedelta(minutes=30)).because == "started"


@given(
    kind=st.sampled_from(["strategy", "strategy_review", "complex_abuse", "asv", "core_group_first", "anything_new"]),
    about=st.sampled_from(["invitation", "cancellation"]),
    told=st.integers(0, 3),
    state=st.sampled_from(["planned", "confirmed", "held", "cancelled"]),
    sharing=st.sampled_from(["joint", "split", None]),
)
def test_no_state_of_any_other_meeting_lets_a_parent_s_message_go(
    kind: str, about: str, told: int, state: str, sharing: str | None
) -> None:
    assert kind not in CONFERENCES
    row = replace(TELL, detail={"about": about})
    parent = replace(PARENT, told_version=told, sharing=sharing)
    assert decide_parent(row, replace(LIVE, meeting_type=kind, state=state), parent, NOW).act is None
