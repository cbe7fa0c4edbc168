"""A year published beside its months: whoever subtracts the months shown from the year learns no small number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.domain.measures import SHARES
from service.domain.publishing import published_totals, published_year
from service.domain.questions import Split
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


def year_of(months: list[dict[str, Cell]]) -> Table:
    added = {role: tuple(map(sum, zip(*(month[role] for month in months), strict=True))) for role in ROLES}
    return table({role: (n, of, min(meetings, 5)) for role, (n, of, meetings) in added.items()})


@given(MONTHS)
def test_the_year_less_the_months_shown_leaves_no_small_number(months: list[dict[str, Cell]]) -> None:
    each = [table(month) for month in months]
    shown = [publishable(month) for month in each]
    (year,) = published_year([year_of(months)], [[month] for month in each])
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
        assert published_year([whole], [[month] for month in each]) == (publishable(whole),)


def test_the_one_hidden_month_hides_the_year_and_two_that_are_many_together_do_not() -> None:
    full, few = {"gp": (10, 30, 5)}, {"gp": (2, 8, 5)}
    (hidden,) = published_year([table({"gp": (22, 68, 5)})], [[table(full)], [table(full)], [table(few)]])
    assert (hidden.lines[0].rate, hidden.total.rate) == (None, None)
    three = [few, few, {"gp": (3, 12, 5)}]
    (shown,) = published_year([table({"gp": (17, 58, 5)})], [[table(full)], *([table(each)] for each in three)])
    assert shown.total.rate == rate_of(17, 58), "7 of 28 are left, in nobody knows which months"


def test_few_meetings_of_a_hidden_month_hide_the_year() -> None:
    one = {"gp": (6, 12, 1)}
    assert counted(table(one).total) == Counted(6, 12, 1)
    (year,) = published_year([table({"gp": (16, 42, 5)})], [[table({"gp": (10, 30, 5)})], [table(one)]])
    assert year.total.rate is None


def test_the_year_s_number_of_meetings_goes_with_the_one_small_month() -> None:
    months = [Totals(40, 6, 30, 30), Totals(3, 7, 3, 3)]
    assert published_totals(Totals(43, 13, 33, 33), months) == Totals(None, 13, 33, 33)
    assert published_totals(Totals(49, 13, 39, 39), [*months, Totals(4, 0, 4, 4)]).meetings == 49
