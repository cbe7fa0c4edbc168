"""What a draft would have asked of past meetings, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.evaluate import evaluate
from service.domain.facts import AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.hours import OFFICE
from service.domain.policy import Level, Policy
from service.domain.quorum import RULES
from service.domain.replay import Draft, Moved, Notice, PastMeeting, PastPlace, Quorums, Replay
from service.domain.spans import Span, Unit
from service.policies.holidays import working_calendar
from service.policies.load import load_file, load_pack
from tests.policies.random_requests import random_requests

CALENDAR = working_calendar(date(2026, 12, 1))
# A Thursday: its week began on Monday 23 November.
THURSDAY = datetime(2026, 11, 26, 9, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
DAY = Span(1, Unit.WORKING_DAYS)
HOUR = Span(1, Unit.HOURS)
PACK = """
[pack]
id = "draft"
name = "Draft"
version = "1"
extends = "lewisham"
owner = "Example Safeguarding Children Partnership"
review_by = 2027-03-31
"""
HOUSING = """
[[rules]]
id = "X01"
when = "always"
invite = ["housing"]
level = "conditional"
strength = "should"
reason = "an example reason"
source = "an example procedure"
confidence = "S"
"""
NOTICE = """
[meeting_types.strategy.notice_standard.any]
value = "1 working days"
source = "an example procedure"
confidence = "S"
"""


QUORUM = """
[meeting_types.strategy.quorum]
rule = "Q3"
source = "an example procedure"
confidence = "S"
"""


@lru_cache
def a_draft(more: str) -> Policy:
    """Lewisham's pack with a few lines more."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.toml"
        path.write_text(PACK + more, encoding="utf-8")
        return load_file(path)


def of(meeting_type: str = "strategy", **changes: object) -> RequestFacts:
    facts = RequestFacts(
        meeting_type, Urgency.STANDARD, THURSDAY, (ChildFacts("C1", AgeBand.SCHOOL_AGE, on_school_roll=True),)
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def as_planned(policy: Policy, facts: RequestFacts, **changes: object) -> PastMeeting:
    """A meeting as this very policy plans it, each invitation handed over at once, held a day and an hour later."""
    wanted = evaluate(policy, facts, explain=False).requirements
    places = tuple(
        PastPlace(
            each.role,
            policy.role_groups[each.role],
            not each.excluded,
            each.notice.standard,
            handed_at=None if each.excluded else THURSDAY,
            core=each.level is Level.CORE,
        )
        for each in wanted
    )
    partners = policy.meeting_type(facts.meeting_type).minimum_partners
    past = PastMeeting("CV-1", THURSDAY, THURSDAY + timedelta(hours=25), facts, partners, places)
    return replace(past, **changes)  # type: ignore[arg-type]


def replayed(policy: Policy, *meetings: PastMeeting, desks: tuple[str, ...] = ()) -> Replay:
    tally = Replay()
    for past in meetings:
        tally.add(past, Draft(policy, dict.fromkeys(desks, OFFICE)), CALENDAR)
    return tally


LEWISHAM = load_pack("lewisham")


@pytest.mark.parametrize("pack", ["national", "london", "lewisham", "wirral"])
def test_a_policy_replayed_on_what_it_planned_changes_nothing(pack: str) -> None:
    policy = load_pack(pack)
    tally = replayed(policy, *(as_planned(policy, facts) for facts in random_requests(policy, 200, seed=7)))
    assert (tally.meetings, tally.changed) == (200, 0)
    assert tally.lines() == ()
    assert tally.before == tally.after
    assert tally.missing_before == tally.missing_after
    assert not tally.no_inbox
    assert not tally.unplannable


def test_a_rule_more_is_an_invitation_more_in_its_week() -> None:
    past = as_planned(LEWISHAM, of())
    later = replace(past, received_at=THURSDAY + timedelta(days=4))
    tally = replayed(a_draft(HOUSING), past, past, later)
    assert tally.lines() == (Moved(MONDAY, "housing", 2, 0), Moved(MONDAY + timedelta(days=7), "housing", 1, 0))
    assert tally.changed == 3


@pytest.mark.parametrize(
    ("instant", "week"),
    [
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), date(2026, 11, 16)),  # Sunday night
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), date(2026, 11, 23)),  # Monday's first minute
        (datetime(2026, 7, 5, 23, 30, tzinfo=UTC), date(2026, 7, 6)),  # still Sunday in UTC, Monday in London's summer
    ],
)
def test_a_week_begins_on_londons_monday(instant: datetime, week: date) -> None:
    past = replace(as_planned(LEWISHAM, of()), received_at=instant)
    assert [line.week for line in replayed(a_draft(HOUSING), past).lines()] == [week]


def test_an_agency_the_draft_does_not_name_falls_away() -> None:
    past = as_planned(a_draft(HOUSING), of())
    assert replayed(LEWISHAM, past).lines() == (Moved(MONDAY, "housing", 0, 1),)


def test_two_schools_are_one_agency() -> None:
    past = as_planned(LEWISHAM, of())
    twice = replace(past, places=(*past.places, *(place for place in past.places if place.role == "school")))
    assert replayed(LEWISHAM, twice).lines() == ()


def test_a_held_back_inbox_counts_as_nobody_asked_on_both_sides() -> None:
    past = as_planned(LEWISHAM, of(excluded_roles=frozenset({"school"})))
    assert not next(place for place in past.places if place.role == "school").invited
    assert replayed(LEWISHAM, past).lines() == ()


def test_an_added_agency_without_an_inbox_is_named() -> None:
    past = as_planned(LEWISHAM, of())
    assert replayed(a_draft(HOUSING), past).no_inbox == Counter(housing=1)
    assert replayed(a_draft(HOUSING), past, desks=("housing",)).no_inbox == Counter()


def test_unset_notice_breaks_nothing_and_a_drafts_figure_is_held_against_what_was_given() -> None:
    past = as_planned(LEWISHAM, of())
    asked = len(past.places)
    tally = replayed(a_draft(NOTICE), past)
    assert tally.before == Notice(not_set=asked)
    # Thursday nine to Friday ten: Friday is the one working day.
    assert tally.after == Notice(kept=asked)
    short = replace(past, starts_at=THURSDAY + timedelta(hours=3))
    assert replayed(a_draft(NOTICE), short).after == Notice(broken=asked)


def test_an_added_agency_is_taken_to_have_been_asked_with_the_first_invitation() -> None:
    past = as_planned(LEWISHAM, of())
    late = tuple(replace(place, handed_at=THURSDAY + timedelta(hours=24)) for place in past.places[1:])
    tally = replayed(a_draft(HOUSING + NOTICE), replace(past, places=(past.places[0], *late)))
    assert tally.after == Notice(kept=2, broken=len(late))


@pytest.mark.parametrize("why", ["no time", "nobody told"])
def test_a_meeting_that_never_was_has_no_notice_to_count(why: str) -> None:
    past = as_planned(LEWISHAM, of())
    if why == "no time":
        past = replace(past, starts_at=None)
    else:
        past = replace(past, places=tuple(replace(place, handed_at=None) for place in past.places))
    tally = replayed(a_draft(NOTICE), past)
    assert (tally.before, tally.after) == (Notice(), Notice())


def who_came(past: PastMeeting, *roles: str, **changes: object) -> PastMeeting:
    return replace(past, places=tuple(replace(each, came=each.role in roles) for each in past.places), **changes)  # type: ignore[arg-type]


LESS = """
[[rules]]
id = "C07"
replaces = true
when = { fact = "circumstances", operator = "contains", value = "fabricated_or_induced_illness" }
invite = ["school", "school_nurse"]
level = "conditional"
strength = "should"
reason = "an example reason"
source = "an example procedure"
confidence = "S"
"""


@pytest.mark.parametrize(
    ("came", "more", "found", "why"),
    [
        (("lcpp", "police_child_protection", "school"), "", Quorums(met=1), "social care and two others"),
        (("lcpp", "police_child_protection"), "", Quorums(missed=1), "one other only"),
        (("lcpp", "police_child_protection"), HOUSING, Quorums(open=1), "housing would be the second, if it came"),
        (("lcpp",), HOUSING, Quorums(missed=1), "even with housing there is one other only"),
        (("lcpp", "police_child_protection", "school"), LESS, Quorums(missed=1), "the draft asks no school any more"),
        (("lcpp", "police_child_protection", "school"), HOUSING, Quorums(met=1), "made without housing"),
    ],
)
def test_the_quorum_a_draft_sets_is_held_against_who_came(
    came: tuple[str, ...], more: str, found: Quorums, why: str
) -> None:
    tally = replayed(a_draft(QUORUM + more), who_came(as_planned(LEWISHAM, of()), *came))
    assert (tally.quorum_before, tally.quorum_after) == (Quorums(not_set=1), found), why


@pytest.mark.parametrize(
    ("rule", "before"), [("Q3", Quorums(met=1)), ("Q5", Quorums(missed=1)), (None, Quorums(not_set=1))]
)
def test_the_quorum_before_is_that_of_the_version_that_planned_the_meeting(rule: str | None, before: Quorums) -> None:
    past = as_planned(LEWISHAM, of(), quorum=RULES[rule] if rule else None, groups=LEWISHAM.role_groups)
    tally = replayed(LEWISHAM, who_came(past, "social_worker", "school", "police_child_protection"))
    assert (tally.quorum_before, tally.quorum_after) == (before, Quorums(not_set=1))


@pytest.mark.parametrize("why", ["no time", "nobody recorded"])
def test_where_nothing_took_place_or_nobody_recorded_it_there_is_no_quorum_to_count(why: str) -> None:
    past = as_planned(LEWISHAM, of(), quorum=RULES["Q3"], groups=LEWISHAM.role_groups)
    past = who_came(past, "school", starts_at=None) if why == "no time" else past
    tally = replayed(a_draft(QUORUM), past)
    assert (tally.quorum_before, tally.quorum_after) == (Quorums(), Quorums())


def test_a_least_partner_nobody_stands_for_is_missing() -> None:
    past = as_planned(LEWISHAM, of())
    without = tuple(place for place in past.places if place.group != "police")
    tally = replayed(LEWISHAM, replace(past, places=without))
    assert tally.missing_before == Counter(police=1)
    assert tally.missing_after == Counter()


def test_a_meeting_type_the_draft_does_not_have_is_counted_apart() -> None:
    past = as_planned(LEWISHAM, of("strategy_followup"))
    tally = replayed(load_pack("national"), past)
    assert tally.unplannable == Counter(strategy_followup=1)
    assert (tally.meetings, tally.changed, tally.lines()) == (1, 0, ())


@given(st.integers(0, 10_000), st.sampled_from([HOUSING, NOTICE, HOUSING + NOTICE]))
def test_the_figures_are_those_of_a_slow_recount(seed: int, more: str) -> None:
    draft = a_draft(more)
    meetings = [as_planned(LEWISHAM, facts) for facts in random_requests(LEWISHAM, 5, seed)]
    tally = replayed(draft, *meetings)
    added = removed = 0
    for past in meetings:
        were = {place.role for place in past.places if place.invited}
        would = {each.role for each in evaluate(draft, past.facts).requirements if not each.excluded}
        added += len(would - were)
        removed += len(were - would)
    assert (tally.added.total(), tally.removed.total()) == (added, removed)
    assert sum(line.added for line in tally.lines()) == added
