"""Reading a directory file: what a spreadsheet may do to it, and what each refusal says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.workflow.directory_file import COLUMNS, DirectoryRefusedError, RowProblem, read_directory

GOOD = {
    "role": "gp",
    "name": "GP desk",
    "address": "desk@gp.example",
    "phone": "01632 960100",
    "hours": "Mon-Fri 09:00-17:00",
}


def csv_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, end: str = "\r\n") -> bytes:
    lines = [",".join(columns)]
    lines += [",".join('"' + row.get(column, "").replace('"', '""') + '"' for column in columns) for row in rows]
    return (end.join(lines) + end).encode()


def problems(raw: bytes) -> list[str]:
    with pytest.raises(DirectoryRefusedError) as refused:
        read_directory(raw)
    return [str(problem) for problem in refused.value.problems]


def test_a_row_becomes_an_inbox_with_its_defaults() -> None:
    (entry,) = read_directory(csv_of(GOOD))
    assert (entry.role, entry.place, entry.capacity, entry.channel, entry.active) == ("gp", "", 1, "outlook", True)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + csv_of(GOOD),
        csv_of(GOOD, end="\n"),
        csv_of(GOOD, columns=tuple(reversed(COLUMNS))),
        csv_of(GOOD).replace(b"role", b" Role ", 1),
        csv_of(GOOD) + b",,,,,,,,,,\r\n\r\n",
        csv_of(GOOD | {"address": "Desk@GP.example", "role": "GP", "channel": "Outlook"}),
        csv_of({name: f" {value} " for name, value in GOOD.items()}),
    ],
    ids=[
        "byte-order mark",
        "unix lines",
        "columns in another order",
        "header spelt",
        "empty rows",
        "capitals",
        "spaces",
    ],
)
def test_what_spreadsheets_do_to_a_file_makes_no_difference(raw: bytes) -> None:
    assert read_directory(raw) == read_directory(csv_of(GOOD))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"role": "G P surgery"}, "row 2, role: 'G P surgery' is not a role"),
        ({"role": "healthvisitor"}, "did you mean health_visitor?"),
        ({"role": ""}, "row 2, role: This cell is needed."),
        ({"name": ""}, "row 2, name: This cell is needed."),
        ({"address": "desk at gp"}, "row 2, address: 'desk at gp' is not one e-mail address."),
        ({"address": "a@b.example; c@d.example"}, "is not one e-mail address"),
        ({"address": "a..b@c.example"}, "is not one e-mail address"),
        ({"address": ""}, "row 2, address: This cell is needed, unless the channel is phone."),
        ({"phone": ""}, "row 2, phone: This cell is needed."),
        ({"phone": "ring the desk"}, "row 2, phone: 'ring the desk' is not one phone number"),
        ({"hours": "Mon-Fri"}, "row 2, hours:"),
        ({"hours": "Fri-Mon 09:00-17:00"}, "runs backwards"),
        ({"hours": "Mon 17:00-09:00"}, "closes before it opens"),
        ({"capacity": "0"}, "row 2, capacity: How many meetings at once is a whole number from 1 to 99."),
        ({"capacity": "two"}, "whole number"),
        ({"capacity": "½"}, "whole number"),
        ({"channel": "fax"}, "row 2, channel: 'fax' is not a channel; it is one of outlook, calendar_mail, phone."),
        ({"place": "900001"}, "row 2, place: Leave this empty"),
        ({"role": "school"}, "row 2, place: This role is found by its place: give the school's URN, six digits."),
        ({"role": "early_years", "place": "nursery"}, "for example EY900003"),
        ({"escalation_address": "boss"}, "row 2, escalation_address:"),
        ({"name": "=HYPERLINK(1)"}, "row 2, name: This begins with =, which a spreadsheet takes for a formula"),
        ({"name": "@SUM(1)"}, "begins with @"),
        ({"escalation_name": "-2+3"}, "begins with -"),
        ({"phone": "+cmd|calc"}, "begins with +"),
        ({"name": "two\nlines"}, "row 2, name: This has a line break"),
        ({"name": "hidden\u202etext"}, "invisible character"),
        ({"name": "x" * 201}, "longer than 200 characters"),
    ],
)
def test_each_fault_names_row_column_and_mend(change: dict[str, str], sentence: str) -> None:
    (found,) = problems(csv_of(GOOD | change))
    assert sentence in found


def test_an_international_phone_number_is_no_formula() -> None:
    (entry,) = read_directory(csv_of(GOOD | {"phone": "+44 1632 960100", "escalation_phone": "01632 960101 x12"}))
    assert entry.phone == "+44 1632 960100"


def test_an_agency_reached_by_phone_only_needs_no_address() -> None:
    (entry,) = read_directory(csv_of(GOOD | {"channel": "phone", "address": ""}))
    assert entry.address == ""


def test_all_faults_of_all_rows_are_told_at_once_in_order() -> None:
    found = problems(csv_of(GOOD | {"name": "", "phone": "x"}, GOOD, GOOD | {"role": "nobody"}))
    assert [problem.split(":")[0] for problem in found] == ["row 2, phone", "row 2, name", "row 4, role"]


def test_the_same_inbox_twice_names_the_first_row() -> None:
    assert problems(csv_of(GOOD, GOOD | {"name": "Another name"})) == [
        "row 3, address: This role, place and address stand in row 2 too."
    ]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The file is empty."),
        (csv_of(), "a header and no row under it"),
        (b"PK\x03\x04rest", "This is a spreadsheet, not a CSV file"),
        (csv_of(GOOD).decode().encode("utf-16"), "looks like UTF-16"),
        (csv_of(GOOD | {"name": "Café"}).decode().encode("latin-1"), "row 2: The file is not in UTF-8 here"),
        (csv_of(GOOD).replace(b",", b";"), "Separate the columns with commas"),
        (csv_of(GOOD, columns=COLUMNS[1:]), "row 1, role: This column is missing"),
        (csv_of(GOOD, columns=COLUMNS[2:]), "row 1, role, place: These columns are missing"),
        (csv_of(GOOD, columns=(*COLUMNS, "colour")), "row 1, colour: This column is not known"),
        (csv_of(GOOD, columns=(*COLUMNS, "phone")), "row 1, phone: This column stands there twice"),
        (csv_of(GOOD) + b"gp,,x\r\n", "row 3: This row has fewer cells than the header"),
        (csv_of(GOOD).rstrip() + b",more\r\n", "row 2: This row has more cells than the header"),
        (csv_of(GOOD) + b'"gp,never closed\r\n', "row 3: This row is not CSV"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MB"),
        (csv_of(GOOD) * 2, "row 3"),
        (csv_of() + b"gp\r\n" * 5002, "more than 5000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_how_to_save_it(raw: bytes, sentence: str) -> None:
    assert any(sentence in problem for problem in problems(raw))


def read_or_refuse(raw: bytes) -> list[RowProblem]:
    try:
        read_directory(raw)
    except DirectoryRefusedError as refused:
        return list(refused.problems)
    return []


@given(st.binary(max_size=400))
def test_whatever_bytes_come_the_file_is_read_or_refused_in_sentences(raw: bytes) -> None:
    assert all(problem.sentence.endswith((".", "?")) for problem in read_or_refuse(csv_of(GOOD) + raw))


@given(
    st.lists(st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=30), min_size=11, max_size=11)
)
def test_whatever_cells_come_a_row_is_read_or_refused_with_its_number(cells: list[str]) -> None:
    found = read_or_refuse(csv_of(dict(zip(COLUMNS, cells, strict=True)), GOOD))
    assert all(problem.row >= 1 for problem in found)
