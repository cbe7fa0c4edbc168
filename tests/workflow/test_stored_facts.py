"""What a request's row keeps of its facts is enough to put other rules to it."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES, AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.roles import ROLES
from service.workflow.sealed_request import facts_as_json
from service.workflow.stored_facts import facts_from_json

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
# A day of birth or delivery is sealed, so its clock is not among what is stored.
NOT_STORED = {"concern_recorded_at", "birth_clock_at", "delivery_clock_at"}
INSTANTS = [
    field.name for field in fields(RequestFacts) if "datetime" in str(field.type) and field.name not in NOT_STORED
]

instants = st.none() | st.integers(0, 10**6).map(lambda minutes: NINE - timedelta(minutes=minutes))
roles = st.frozensets(st.sampled_from(sorted(ROLES)), max_size=4)
children = st.builds(
    ChildFacts,
    ref=st.text(max_size=5),
    age_band=st.sampled_from(AgeBand),
    on_school_roll=st.booleans(),
    flags=st.frozensets(st.sampled_from(sorted(CHILD_FLAGS))),
)
requests: st.SearchStrategy[RequestFacts] = st.builds(
    RequestFacts,
    meeting_type=st.sampled_from(["strategy", "icpc", "asv"]),
    urgency=st.sampled_from(Urgency),
    concern_recorded_at=st.just(NINE),
    children=st.lists(children, max_size=3).map(tuple),
    circumstances=st.frozensets(st.sampled_from(sorted(CIRCUMSTANCES)), max_size=4),
    involved_roles=roles,
    excluded_roles=roles,
    referrer_role=st.none() | st.sampled_from(sorted(ROLES)),
    extra=st.dictionaries(st.sampled_from(["local_a", "local_b"]), st.booleans() | st.text(max_size=5) | roles),
    **dict.fromkeys(INSTANTS, instants),
)


def stored(facts: RequestFacts) -> Any:
    return json.loads(json.dumps(facts_as_json(facts)))


@given(requests)
def test_the_facts_come_back_from_the_row_as_they_went_in(facts: RequestFacts) -> None:
    assert facts_from_json(stored(facts), facts.concern_recorded_at) == facts


def test_a_row_from_before_a_clock_was_known_reads_with_that_clock_unknown() -> None:
    facts = RequestFacts("strategy", Urgency.STANDARD, NINE, (), last_sd_at=NINE)
    old = {name: value for name, value in stored(facts).items() if name != "clocks"}
    assert facts_from_json(old, NINE) == facts
    assert facts_from_json(old | {"clocks": {"moonrise": NINE.isoformat()}}, NINE) == facts


def test_what_was_not_a_row_of_ours_is_refused() -> None:
    facts = RequestFacts("strategy", Urgency.STANDARD, NINE, ())
    broken = stored(facts) | {"case": {"meeting_type": "strategy"}}
    with pytest.raises(KeyError, match="urgency"):
        facts_from_json(broken, NINE)
