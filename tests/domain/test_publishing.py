"""A year published beside its months: whoever subtracts the months shown from the year learns no small number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.measures import CASE_SHARES, SHARES
from service.domain.publishing import published, published_totals, rest_of
from service.domain.questions import LeftOut, Split
from service.domain.rates import rate_of
from service.domain.standard import Line, Table, Totals, counted, publishable
from service.domain.suppression import Counted, is_small

ATTENDANCE = next(each for each in SHARES if each.id == "attendance")
Cell = tuple[int, int, int]
ROLES = ("gp", "lcpp", "school")
CELLS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 5)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2] if sum(drawn[:2]) else 0)
)
MONTHS = st.lists(st.fixed_dictionaries(dict.fromkeys(ROLES, CELLS)), min_size=1, max_size=12)


def table(cells: dict[str, Cell]) -> Table:
    lines = tuple(Line(role, rate_of(n, of), {}, meetings) for role, (n, of, meetings) in sorted(cells.items()))
    whole = [sum(values) for values in zip(*cells.values(), strict=True)]
    return Table(ATTENDANCE, Split.AGENCY, lines, Line("all", rate_of(*whole[:2]), {}, min(whole[2], 5)))


def months_of(tables: list[Table]) -> dict[str, list[Table]]:
    """By month, from January on, so that three of them are a quarter."""
    return {f"2026-{number:02}": [each] for number, each in enumerate(tables, start=1)}


def year_of(months: list[dict[str, Cell]]) -> Table:
    added = {role: tuple(map(sum, zip(*(month[role] for month in months), strict=True))) for role in ROLES}
    return table({role: (n, of, min(meetings, 5)) for role, (n, of, meetings) in added.items()})


@given(MONTHS)
def test_the_year_less_the_months_shown_leaves_no_small_number(months: list[dict[str, Cell]]) -> None:
    each = [table(month) for month in months]
    shown = [publishable(month) for month in each]
    (year,) = published([year_of(months)], months_of(each))
    for place, line in enumerate((*year.lines, year.total)):
        if line.rate is None:
            continue
        rows = [(*month.lines, month.total)[place] for month in shown]
        known = [row.rate for row in rows if row.rate is not None]
        if len(known) == len(rows):
            continue
        left_n = line.rate.n - sum(rate.n for rate in known)
        left_of = line.rate.of - sum(rate.of for rate in known)
        assert not any(map(is_small, (left_n, left_of, left_of - left_n)))


@given(MONTHS)
def test_a_year_is_hidden_no_more_than_its_months_ask_for(months: list[dict[str, Cell]]) -> None:
    """Where no month has anything small in it, the year is published as it would be alone."""
    whole, each = year_of(months), [table(month) for month in months]
    if not any(counted(line).tells for month in each for line in (*month.lines, month.total)):
        assert published([whole], months_of(each)) == (publishable(whole),)


def test_the_one_hidden_month_hides_the_year_and_two_that_are_many_together_do_not() -> None:
    full, few = {"gp": (10, 30, 5)}, {"gp": (2, 8, 5)}
    (hidden,) = published([table({"gp": (22, 68, 5)})], months_of([table(full), table(full), table(few)]))
    assert (hidden.lines[0].rate, hidden.total.rate) == (None, None)
    three = [few, few, {"gp": (3, 12, 5)}]
    (shown,) = published([table({"gp": (17, 58, 5)})], months_of([table(full), *map(table, three)]))
    assert shown.total.rate == rate_of(17, 58), "7 of 28 are left, in nobody knows which months"


def test_few_meetings_of_a_hidden_month_hide_the_year() -> None:
    one = {"gp": (6, 12, 1)}
    assert counted(table(one).total) == Counted(6, 12, 1)
    (year,) = published([table({"gp": (16, 42, 5)})], months_of([table({"gp": (10, 30, 5)}), table(one)]))
    assert year.total.rate is None


def test_the_year_s_number_of_meetings_goes_with_the_one_small_month() -> None:
    months = [Totals(40, 6, 30, 30), Totals(3, 7, 3, 3)]
    assert published_totals(Totals(43, 13, 33, 33), months) == Totals(None, 13, 33, 33)
    assert published_totals(Totals(49, 13, 39, 39), [*months, Totals(4, 0, 4, 4)]).meetings == 49


ONE_MONTH = st.fixed_dictionaries(dict.fromkeys(ROLES, CELLS))


def left(whole: Line, parts: list[Line]) -> tuple[int, int, int]:
    """What a reader who holds a whole and these parts knows: n, of, and the rest of it."""
    assert whole.rate is not None
    rates = [part.rate for part in parts if part.rate is not None]
    n, of = whole.rate.n - sum(rate.n for rate in rates), whole.rate.of - sum(rate.of for rate in rates)
    return n, of, of - n


def rows_of(each: Table) -> tuple[Line, ...]:
    return *each.lines, each.total


@given(ONE_MONTH, ONE_MONTH)
def test_a_narrowed_report_beside_the_whole_tells_no_small_number_of_the_others(
    narrow: dict[str, Cell], rest: dict[str, Cell]
) -> None:
    (mine,) = published([table(narrow)], {}, [[table(rest)]])
    whole = publishable(year_of([narrow, rest]))
    for ours, all_of_it, others in zip(rows_of(mine), rows_of(whole), rows_of(table(rest)), strict=True):
        if ours.rate is None or all_of_it.rate is None:
            continue
        assert not any(map(is_small, left(all_of_it, [ours])))
        assert not is_small(others.meetings)


@given(st.lists(ONE_MONTH, min_size=12, max_size=12), st.sets(st.integers(0, 3)))
def test_a_year_beside_its_months_and_any_of_its_quarters_tells_no_small_number(
    months: list[dict[str, Cell]], with_quarter: set[int]
) -> None:
    each = list(map(table, months))
    shown = list(map(publishable, each))
    (year,) = published([year_of(months)], months_of(each))
    by_quarter = [
        published([year_of(months[first : first + 3])], months_of(each[first : first + 3]))[0]
        for first in range(0, 12, 3)
    ]
    for place, whole in enumerate(rows_of(year)):
        if whole.rate is None:
            continue
        parts: list[Line] = []
        for number, quarter in enumerate(by_quarter):
            own = rows_of(quarter)[place]
            known = number in with_quarter and own.rate is not None
            parts += [own] if known else [rows_of(month)[place] for month in shown[3 * number : 3 * number + 3]]
        if any(part.rate is None for part in parts):
            assert not any(map(is_small, left(whole, parts)))


def test_a_quarter_that_is_hidden_hides_the_year_though_all_hidden_months_together_are_many() -> None:
    """Two months of 3 in one quarter are shown as 6 by the quarter; the 3 of another would be left of the year."""
    full, few = {"gp": (10, 30, 5)}, {"gp": (3, 13, 5)}
    months = [few, few, full, few, full, full]
    (whole,) = published([table({"gp": (39, 129, 5)})], months_of(list(map(table, months))))
    assert whole.total.rate is None
    apart = published([table({"gp": (16, 56, 5)})], months_of([table(each) for each in months[:3]]))[0]
    assert apart.total.rate == rate_of(16, 56)


def test_how_many_were_left_out_is_not_told_where_a_month_or_the_others_left_out_few() -> None:
    def leaving_out(count: int) -> Table:
        full = Line("gp", rate_of(10, 30), {LeftOut.NOT_RECORDED: count}, 5)
        return Table(ATTENDANCE, Split.AGENCY, (full,), replace(full, key="all"))

    def told(found: tuple[Table, ...]) -> list[int | None]:
        return [line.left_out[LeftOut.NOT_RECORDED] for line in rows_of(found[0])]

    def of_none(found: Table) -> Table:
        return replace(found, lines=(replace(found.lines[0], left_out={}),), total=replace(found.total, left_out={}))

    assert told(published([leaving_out(20)], {}, [[leaving_out(9)]])) == [20, 20]
    assert told(published([leaving_out(20)], {}, [[of_none(leaving_out(9))]])) == [20, 20]
    assert told(published([leaving_out(20)], months_of([leaving_out(20), of_none(leaving_out(9))]))) == [20, 20]
    assert told(published([leaving_out(20)], {}, [[leaving_out(3)]])) == [None, None]
    assert told(published([leaving_out(20)], months_of([leaving_out(17), leaving_out(3)]))) == [None, None]
    assert told(published([leaving_out(20)], months_of([leaving_out(11), leaving_out(9)]))) == [20, 20]


def test_the_numbers_of_meetings_and_cases_are_hidden_where_the_others_are_few() -> None:
    assert published_totals(Totals(40, 6, 30, 30), [], [Totals(3, 0, 7, 0)]) == Totals(None, 6, 30, 30)
    assert published_totals(Totals(40, 6, 30, 30), [], [Totals(9, 0, 2, 1)]) == Totals(40, 6, None, None)


@pytest.mark.parametrize(
    "few",
    [
        {1: 1, 2: 4, 4: 4, 5: 1},
        {1: 4, 2: 1, 10: 1, 11: 4},
        {2: 1, 3: 4, 7: 2, 9: 3},
    ],
)
def test_what_every_quarter_shows_together_hides_no_year(few: dict[int, int]) -> None:
    """Of each quarter five are left in months nobody can tell apart; another grouping of the months would leave one."""
    months = [{"gp": (few[number], 10 + few[number], 5) if number in few else (10, 30, 5)} for number in range(1, 13)]
    n, of = (sum(month["gp"][place] for month in months) for place in (0, 1))
    (whole,) = published([table({"gp": (n, of, 5)})], months_of(list(map(table, months))))
    assert whole.total.rate == rate_of(n, of)


REPEATS = next(each for each in CASE_SHARES if each.id == "repeats")


def cases(n: int, of: int) -> Table:
    return Table(REPEATS, None, (), Line("all", rate_of(n, of), {}, 5))


@pytest.mark.parametrize(
    ("narrow", "wide", "shown", "why"),
    [
        ((10, 30), (20, 60), True, "ten of thirty more"),
        ((10, 30), (13, 60), False, "three more meet the question"),
        ((10, 30), (20, 33), False, "three cases more, though ten more meet the question"),
        ((10, 30), (36, 60), False, "of thirty more all but four meet it"),
        ((10, 30), (7, 60), False, "three meet it no more once all their meetings count"),
        ((10, 30), (10, 30), True, "nobody more"),
        ((10, 30), (15, 40), True, "five of ten more"),
    ],
)
def test_of_cases_the_difference_itself_is_looked_at(
    narrow: tuple[int, int], wide: tuple[int, int], shown: bool, why: str
) -> None:
    """The other meetings alone would say something else: their cases may have meetings in both."""
    others = table({"gp": (10, 30, 5)})
    rest = rest_of([cases(*narrow)], [cases(*wide)], [cases(1, 2), others])
    assert rest[1] is others
    (found,) = published([cases(*narrow)], {}, [rest])
    assert (found.total.rate is not None) is shown, why
