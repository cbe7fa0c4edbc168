"""The counting behind the standard's tables, against loops that keep every unit and count them anew for each figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from service.domain.attendance import Outcome
from service.domain.measures import CASE_SHARES, SHARES, SPREADS, Counts, Share
from service.domain.meeting_facts import ChildFact, JudgedMeeting, PlaceFact
from service.domain.questions import Case, LeftOut, Seen, Split, Verdict, key_of
from service.domain.rates import rate_of
from service.domain.spans import Span, Unit
from service.domain.standard import Filter, Line, Standard, Table, Totals, not_recorded, publishable, publishable_totals
from service.domain.trend import Change
from tests.domain.standard_cases import FOUR_HOURS, START, meeting, place

ROLES = ("gp", "health_visitor", "lcpp", "police_child_protection")
SEEDS = range(6)


def meetings(seed: int, number: int = 30) -> list[JudgedMeeting]:
    draw = Random(seed)  # noqa: S311 - reproducible meetings, no secret
    return [_one(draw, f"CV-{index}") for index in range(number)]


def _one(draw: Random, reference: str) -> JudgedMeeting:
    start = START + timedelta(days=draw.randrange(-40, 40))
    places = [
        place(
            role,
            level=draw.choice(("core", "core", "conditional", "optional")),
            invited=draw.random() < 0.85,
            outcome=draw.choice((None, *Outcome)),
            owed=draw.choice((None, FOUR_HOURS)),
            report_received_at=draw.choice((None, start - timedelta(hours=draw.randrange(90)))),
            handed_at=draw.choice((None, start - timedelta(hours=draw.randrange(60)))),
            answer=draw.choice((None, "yes", "no")),
            chases=tuple(draw.sample(("sent", "answered", "moved"), draw.randrange(3))),
        )
        for role in draw.sample(ROLES, draw.randrange(1, 5))
    ]
    return meeting(
        *places,
        quorum=draw.choice((None, "Q1")),
        report_due=draw.choice((None, Span(1, Unit.WORKING_DAYS))),
        reference=reference,
        case_ref=f"CASE-{draw.randrange(12)}",
        meeting_type=draw.choice(("strategy", "strategy", "icpc", "strategy_review", "prebirth_icpc")),
        month=f"{start:%Y-%m}",
        starts_at=start,
        cancelled=draw.random() < 0.2,
        deadline_at=draw.choice((None, start, start - timedelta(hours=1))),
        cancelled_because=draw.choice((None, "already_held")),
        initiating_sd_on=draw.choice((None, (start - timedelta(days=draw.randrange(30))).date())),
        outcome_recorded=draw.random() < 0.3,
        enquiry_began_at=draw.choice((None, start)),
        children=tuple(ChildFact(f"child-{number}", "5-17") for number in range(draw.randrange(1, 3))),
    )


def counted(these: list[JudgedMeeting]) -> Standard:
    standard = Standard()
    for each in these:
        standard.add(each)
    return standard


def units(counts: Counts, these: list[JudgedMeeting]) -> Iterator[Seen]:
    for judged in these:
        match counts:
            case Counts.MEETINGS:
                yield Seen(judged)
            case Counts.CHILDREN:
                yield from (Seen(judged, child=child) for child in judged.fact.children)
            case _:
                yield from (Seen(judged, place) for place in judged.places)


def verdict_of(share: Share, seen: Seen) -> Verdict:
    assert share.ask is not None
    return share.ask(seen)


def few(references: set[str]) -> int:
    """How many there are, counted up to the smallest number that is shown."""
    return min(5, len(references))


def line_of(share: Share, these: list[JudgedMeeting], key: str, split: Split | None) -> Line:
    """One line, or the total where ``split`` is None."""
    seen = [each for each in units(share.counts, these) if split is None or key_of(split, each) == key]
    asked = [(each.meeting.fact.reference, verdict_of(share, each)) for each in seen]
    yes_or_no = [(reference, verdict) for reference, verdict in asked if isinstance(verdict, bool)]
    return Line(
        key,
        rate_of(sum(verdict for _, verdict in yes_or_no), len(yes_or_no)),
        {why: n for why in LeftOut if (n := sum(verdict is why for _, verdict in asked))},
        few({reference for reference, _ in yes_or_no}),
    )


def table_of(tables: tuple[Table, ...], measure: str, split: Split | None) -> Table:
    (found,) = [table for table in tables if table.measure.id == measure and table.split is split]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_every_line_of_every_share_is_what_a_loop_over_its_units_counts(seed: int) -> None:
    these = meetings(seed)
    tables = counted(these).tables()
    for share in SHARES:
        for split in share.splits:
            table = table_of(tables, share.id, split)
            assert table.measure is share
            assert table.total == line_of(share, these, "all", None)
            keys = {key_of(split, seen) for seen in units(share.counts, these) if verdict_of(share, seen) is not None}
            assert {line.key for line in table.lines} == keys - {None}
            for line in table.lines:
                assert line == line_of(share, these, line.key, split)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_part_of_every_spread_is_what_a_loop_over_its_units_counts(seed: int) -> None:
    these = meetings(seed)
    tables = counted(these).tables()
    for spread in SPREADS:
        table = table_of(tables, spread.id, Split.PART)
        told = [
            (part, seen.meeting.fact.reference) for seen in units(spread.counts, these) for part in spread.parts(seen)
        ]
        whole = len(told)
        assert table.total == Line("all", rate_of(whole, whole), {}, few({reference for _, reference in told}))
        assert {line.key for line in table.lines} == {part for part, _ in told}
        for line in table.lines:
            having = [reference for part, reference in told if part == line.key]
            assert line == Line(line.key, rate_of(len(having), whole), {}, few(set(having)))


@pytest.mark.parametrize("seed", SEEDS)
def test_cases_and_totals_are_what_loops_count(seed: int) -> None:
    these = meetings(seed)
    standard = counted(these)
    held = [judged.fact for judged in these if not judged.fact.cancelled]
    cases = {fact.case_ref: Case() for fact in held}
    for fact in held:
        cases[fact.case_ref].add(fact)
    for share in CASE_SHARES:
        verdicts = [verdict for case in cases.values() if (verdict := share.ask(case)) is not None]
        table = table_of(standard.tables(), share.id, None)
        sure = [verdict for verdict in verdicts if isinstance(verdict, bool)]
        left_out = {why: n for why in LeftOut if (n := verdicts.count(why))}
        assert table.total == Line("all", rate_of(sum(sure), len(sure)), left_out, min(5, len(sure)))
        assert (table.lines, table.trend) == ((), ())
    children = {(fact.case_ref, child.ref) for fact in held for child in fact.children}
    assert standard.totals() == Totals(len(held), len(these) - len(held), len(cases), len(children))


def test_lines_are_in_order_bands_from_the_shortest_and_all_else_by_name() -> None:
    tables = counted(meetings(1, 120)).tables()
    bands = [line.key for line in table_of(tables, "attendance_by_notice", Split.WORKING_NOTICE).lines]
    assert bands == ["working_under_4", "working_4_to_8", "working_1_to_2_days", "working_over_2_days"]
    assert table_of(tables, "attendance", Split.AGENCY).trend == ()
    roles = [line.key for line in table_of(tables, "attendance", Split.AGENCY).lines]
    assert roles == sorted(ROLES)
    told = [line.key for line in table_of(tables, "notice_told", Split.PART).lines]
    assert told == ["not_known", *bands]


def test_months_are_compared_and_nothing_else_is() -> None:
    def of_month(month: str, came: int, number: int) -> list[JudgedMeeting]:
        outcomes = [Outcome.ATTENDED] * came + [Outcome.APOLOGIES] * (number - came)
        return [
            meeting(place(outcome=outcome), reference=f"{month}-{index}", month=month)
            for index, outcome in enumerate(outcomes)
        ]

    tables = counted(of_month("2026-05", 2, 20) + of_month("2026-06", 19, 20)).tables()
    (step,) = table_of(tables, "attendance", Split.MONTH).trend
    assert (step.before, step.after, step.change) == ("2026-05", "2026-06", Change.HIGHER)
    assert table_of(tables, "attendance", Split.AGENCY).trend == ()
    hidden = publishable(table_of(tables, "attendance", Split.MONTH))
    assert [each.rate for each in hidden.lines] == [None, None]  # 2 of 20, and 1 of 20 away
    assert [each.change for each in hidden.trend] == [Change.NOT_KNOWN]


ATTENDANCE = next(share for share in SHARES if share.id == "attendance")


def table(*lines: Line, total: Line) -> Table:
    return Table(ATTENDANCE, Split.AGENCY, lines, total)


def line(key: str, n: int, of: int, meetings: int | None = None, **left_out: int) -> Line:
    return Line(key, rate_of(n, of), {LeftOut(why): count for why, count in left_out.items()}, meetings or of)


def test_what_may_be_published_has_no_small_number_and_says_what_is_hidden() -> None:
    gp = line("gp", 2, 20, not_recorded=7)
    police = line("police", 10, 20, not_recorded=3, cancelled=6)
    school = line("school", 11, 25)
    found = publishable(table(gp, police, school, total=line("all", 23, 65, not_recorded=10, cancelled=4)))
    assert found.lines[0] == Line("gp", None, {LeftOut.NOT_RECORDED: None}, 0)
    # The smallest other line goes with it, or the total less the others would tell.
    assert found.lines[1] == Line("police", None, {LeftOut.NOT_RECORDED: None, LeftOut.CANCELLED: None}, 0)
    assert found.lines[2] == school
    assert found.total.rate == rate_of(23, 65)
    assert found.total.left_out == {LeftOut.NOT_RECORDED: 10, LeftOut.CANCELLED: None}
    assert found.trend == ()
    assert (found.measure, found.split) == (ATTENDANCE, Split.AGENCY)
    assert publishable(found) == found


def test_a_small_total_hides_everything() -> None:
    found = publishable(table(line("gp", 0, 3), total=line("all", 0, 3, not_recorded=9)))
    assert [each.rate for each in (*found.lines, found.total)] == [None, None]
    assert found.total.left_out == {LeftOut.NOT_RECORDED: None}


def test_many_places_at_few_meetings_are_hidden_and_a_hidden_table_stays_hidden() -> None:
    few = line("gp", 10, 20, 4)
    found = publishable(table(few, total=few))
    assert [each.rate for each in (*found.lines, found.total)] == [None, None]
    assert publishable(found) == found


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (None, None)])
def test_totals_from_one_to_four_are_hidden(count: int | None, shown: int | None) -> None:
    assert publishable_totals(Totals(count, 50, 51, 52)) == Totals(shown, 50, 51, 52)
    assert publishable_totals(Totals(50, count, 51, 52)) == Totals(50, shown, 51, 52)
    assert publishable_totals(Totals(50, 51, count, 52)) == Totals(50, 51, shown, 52)
    assert publishable_totals(Totals(50, 51, 52, count)) == Totals(50, 51, 52, shown)


def _without_a_figure(*places: PlaceFact, **values: Any) -> set[str]:
    standard = Standard()
    standard.add(meeting(*places, **values))
    return {measure.id for measure in not_recorded(standard.tables())}


def test_what_nobody_has_recorded_is_named_and_what_cannot_be_asked_or_is_not_set_is_not() -> None:
    nobody = _without_a_figure(place(), place("school"))
    # An agency that came once is a figure, and of what it brought nobody has said anything yet.
    one = _without_a_figure(place(outcome=Outcome.ATTENDED), place("school"))
    assert {"attendance", "decisions_opened", "strategy_to_s47"} <= nobody
    assert not {"notice_kept", "quorum", "in_time", "answered", "cancelled", "medical_attended"} & nobody
    assert "attendance" not in one
    assert {"participation_contributed", "participation_came_and_spoke"} <= one
    assert _without_a_figure(place(), cancelled=True) == set()


def test_places_that_answer_alike_are_one_line_of_all_their_meetings() -> None:
    # No measure asks for an agency's hours: these are told apart while they are gathered, and counted as one.
    hours = ("always", "Mon-Fri 09:00-17:00", "Mon/Wed 09:30-12:00")
    these = [
        meeting(place(outcome=Outcome.ATTENDED, hours=each), reference=f"CV-{number}")
        for number, each in enumerate(hours)
    ]
    assert table_of(counted(these).tables(), "attendance", Split.AGENCY).total == Line.of("all", 3, 3, 3)
    assert Line.of("all", 3, 3, 3).left_out == {}


@pytest.mark.parametrize(
    ("narrow", "wider"),
    [
        (Filter(), ()),
        (Filter(team="north"), (Filter(),)),
        (Filter(unborn=False), (Filter(),)),
        (
            Filter(circumstance="neglect", age_band="0-4"),
            (Filter(), Filter(circumstance="neglect"), Filter(age_band="0-4")),
        ),
    ],
)
def test_a_filter_is_held_against_every_one_that_has_some_of_its_conditions(
    narrow: Filter, wider: tuple[Filter, ...]
) -> None:
    assert narrow.wider() == wider


def test_with_three_conditions_the_wider_ones_are_all_but_all_three() -> None:
    found = Filter(circumstance="neglect", unborn=True, team="north").wider()
    assert len(found) == len(set(found)) == 7
    assert Filter(circumstance="neglect", unborn=True, team="north") not in found


def test_what_the_wider_count_has_more_of_is_counted_one_by_one() -> None:
    one, two = (
        meeting(
            place(),
            reference=f"CV-{number}",
            case_ref=f"CASE-{number}",
            children=(ChildFact(f"child-{number}", "0-4"),),
        )
        for number in range(2)
    )
    gone = meeting(place(), reference="CV-3", cancelled=True)
    assert counted([one, two, gone]).beside(counted([one])) == Totals(1, 1, 1, 1)
    assert counted([one, gone]).beside(counted([one, gone])) == Totals(0, 0, 0, 0)
    assert counted([gone]).beside(counted([])) == Totals(0, 1, 0, 0)


def test_a_total_that_must_be_hidden_hides_every_line_with_it() -> None:
    lines = (line("gp", 10, 20), line("police", 10, 20))
    found = publishable(table(*lines, total=line("all", 20, 40)), also=["all"])
    assert [each.rate for each in (*found.lines, found.total)] == [None, None, None]
