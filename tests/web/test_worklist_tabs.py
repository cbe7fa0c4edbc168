"""Which tab a meeting stands in, in which order, what filters leave, and what an address can hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.references import is_part_of_reference, make_reference
from service.web.worklist import MeetingFacts, due_of, meeting_row
from service.web.worklist_tabs import (
    MEETINGS_A_PAGE,
    Chosen,
    Tab,
    chair_key,
    chosen_of,
    listing_of,
    page_of,
    tabs_of,
)

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_meeting(state: str = "confirmed", starts: timedelta | None = DAY, **changes: object) -> MeetingFacts:
    facts: dict[str, object] = {
        "reference": "CV-1111-1111",
        "kind": "strategy meeting",
        "kind_id": "strategy",
        "urgency": "standard",
        "state": state,
        "starts_at": None if starts is None else NOW + starts,
        "deadline_at": NOW + 3 * DAY,
        "asked": 4,
        "said_yes": 4,
        "silent": 0,
        "recorded": 0,
    }
    return MeetingFacts(**(facts | changes))  # type: ignore[arg-type]


N, T, C, R, D = Tab.NEEDS_YOU, Tab.TODAY, Tab.COMING, Tab.TO_RECORD, Tab.DONE


@pytest.mark.parametrize(
    ("meeting", "tabs"),
    [
        (a_meeting("planned", None), {N}),
        (a_meeting("planned", None, deadline_at=None), {N}),
        (a_meeting(), {C}),
        (a_meeting(silent=2), {C}),
        (a_meeting(starts=23 * HOUR, silent=2), {N, C}),
        (a_meeting(starts=4 * DAY), {N, C}),
        (a_meeting(open_tasks=1), {N, C}),
        (a_meeting(starts=13 * HOUR), {T}),
        (a_meeting(starts=14 * HOUR), {C}),
        (a_meeting(starts=-10 * HOUR), {T, R}),
        (a_meeting(starts=-11 * HOUR), {R}),
        (a_meeting(starts=timedelta()), {T, R}),
        (a_meeting("held", -2 * HOUR, recorded=3), {T, R}),
        (a_meeting("held", -2 * HOUR, recorded=4), {T, D}),
        (a_meeting("held", -DAY, recorded=4), {D}),
        (a_meeting("cancelled", None), {D}),
        (a_meeting("cancelled", open_tasks=2), {N, D}),
    ],
)
def test_a_meeting_stands_where_somebody_looks_for_it(meeting: MeetingFacts, tabs: set[Tab]) -> None:
    assert tabs_of(meeting, due_of(meeting, NOW), NOW) == tabs


@given(
    st.sampled_from(["planned", "confirmed", "held", "cancelled"]),
    st.integers(-200, 200),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 2),
)
def test_no_meeting_is_in_no_tab(state: str, hours: int, silent: int, recorded: int, tasks: int) -> None:
    starts = None if state == "planned" else hours * HOUR
    meeting = a_meeting(state, starts, silent=silent, recorded=recorded, open_tasks=tasks)
    assert tabs_of(meeting, due_of(meeting, NOW), NOW)


def many(number: int) -> list[MeetingFacts]:
    return [
        a_meeting(starts=DAY + each * HOUR, deadline_at=None, reference=f"CV-{each:04}-1111") for each in range(number)
    ]


def test_a_page_holds_fifty_and_the_next_one_goes_on_where_it_ends() -> None:
    shown = [listing_of(many(120), Chosen(C, page=page), "/x", NOW, elsewhere=0) for page in (1, 2, 3, 99)]
    assert [len(each.meetings) for each in shown] == [50, 50, 20, 20]
    assert shown[1].pages.words == "51 to 100 of 120"
    assert (shown[0].pages.before_href, shown[2].pages.after_href) == ("", "")
    references = [row.reference for each in shown[:3] for row in each.meetings]
    assert references == sorted(set(references))
    assert {tab.text: tab.count for tab in shown[0].tabs}["Coming"] == 120


def test_what_is_about_no_meeting_counts_as_needing_somebody() -> None:
    listing = listing_of([], Chosen(), "/x", NOW, elsewhere=3)
    assert [tab.count for tab in listing.tabs] == [3, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        (Chosen(C), ["CV-1111-1111", "CV-2222-2222"]),
        (Chosen(C, agency="gp"), ["CV-2222-2222"]),
        (Chosen(C, chair=chair_key("Ben Chair")), ["CV-1111-1111"]),
        (Chosen(C, kind="icpc"), ["CV-2222-2222"]),
        (Chosen(C, part="1-1"), ["CV-1111-1111"]),
        (Chosen(C, part="CV"), ["CV-1111-1111", "CV-2222-2222"]),
        (Chosen(C, agency="gp", kind="strategy"), []),
    ],
)
def test_a_filter_leaves_what_was_asked_for_and_can_be_taken_off(chosen: Chosen, left: list[str]) -> None:
    meetings = [
        a_meeting(chair="Ben Chair", roles=("school",)),
        a_meeting(reference="CV-2222-2222", kind="conference", kind_id="icpc", roles=("gp", "school")),
    ]
    listing = listing_of(meetings, chosen, "/x", NOW, elsewhere=0)
    assert [row.reference for row in listing.meetings] == left
    assert len(listing.chips) == sum(map(bool, (chosen.agency, chosen.chair, chosen.kind, chosen.part)))
    assert "Ben" not in chosen.href("/x")
    assert [option.text for option in listing.filters["chair"]] == ["All", "Ben Chair"]
    if not left:
        assert "show all again" in listing.empty


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["tab", "agency", "chair", "kind", "part", "page", "tasks"]), st.text(max_size=12))
)
def test_any_address_is_a_choice_and_comes_back_the_same(query: dict[str, str]) -> None:
    chosen = chosen_of(query)
    assert chosen.page >= 1
    assert chosen.tasks_page >= 1
    assert chosen_of(chosen_query(chosen)) == chosen


def chosen_query(chosen: Chosen) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(chosen.href("/x")).query))


@given(st.integers(0, 1000), st.integers(1, 9999))
def test_every_page_shows_something_and_none_goes_past_the_end(number: int, page: int) -> None:
    first, pages = page_of(number, MEETINGS_A_PAGE, page, str)
    assert first == 0 or first < number
    assert bool(pages.words) == (number > MEETINGS_A_PAGE)


@pytest.mark.parametrize("text", ["KEZIAH", "Smith", "o", "", "--", "É1", "11 11", "1" * 13])
def test_a_name_is_no_part_of_a_reference(text: str) -> None:
    assert not is_part_of_reference(text)


@given(st.binary(min_size=8, max_size=8), st.integers(0, 10), st.integers(2, 12))
def test_every_part_of_a_reference_is_one(entropy: bytes, start: int, length: int) -> None:
    reference = make_reference(entropy)
    part = reference[start : start + length]
    assert is_part_of_reference(part) or len(part) < 2 or part == "-"


@pytest.mark.parametrize("starts", [DAY, -HOUR], ids=["coming", "begun"])
def test_time_gone_by_marks_no_row_as_changed_and_a_move_does(starts: timedelta) -> None:
    def mark(meeting: MeetingFacts, now: datetime) -> str:
        return meeting_row(meeting, due_of(meeting, now), "/lewisham", now).mark

    meeting = a_meeting(starts=starts)
    assert mark(meeting, NOW) == mark(meeting, NOW + timedelta(minutes=20))
    assert mark(meeting, NOW) != mark(a_meeting(starts=starts + HOUR / 2), NOW)


@pytest.mark.parametrize(
    ("silent", "named", "more"), [(1, 1, ""), (4, 4, ""), (5, 3, "and 2 more"), (12, 3, "and 9 more")]
)
def test_a_row_names_four_silent_agencies_at_the_most_and_counts_the_others(silent: int, named: int, more: str) -> None:
    meeting = a_meeting(silent=silent, silent_roles=tuple(f"agency {number}" for number in range(silent)))
    row = meeting_row(meeting, due_of(meeting, NOW), "/lewisham", NOW)
    assert (len(row.silent_named), row.silent_more) == (named, more)
