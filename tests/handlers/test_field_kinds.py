"""What a field may hold, and what is said when it does not."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.handlers.fields import nhs_number_holds
from service.handlers.reading import BodyRefusedError, NotJsonError, UnknownTypeError, read_delivery, read_request
from service.web.typed_times import parse_day, parse_time
from tests.handlers.house import MONDAY, a_body, an_envelope


def faults(**changes: object) -> list[tuple[str, str]]:
    with pytest.raises(BodyRefusedError) as refused:
        read_request(json.dumps(a_body(**changes)).encode(), MONDAY)
    return [(fault.pointer, fault.detail) for fault in refused.value.faults]


def child(**changes: object) -> list[dict[str, object]]:
    return [{"ref": "C1", "birth_date": "2018-05-04"} | changes]


REFUSED = [
    ("29 February of a year that has none", {"children": child(birth_date="2023-02-29")}, "/children/0/birth_date"),
    ("31 April", {"children": child(birth_date="2020-04-31")}, "/children/0/birth_date"),
    ("a birth tomorrow", {"children": child(birth_date="2026-12-01")}, "/children/0/birth_date"),
    ("a child of 26", {"children": child(birth_date="2000-11-29")}, "/children/0/birth_date"),
    ("a day as a number", {"children": child(birth_date=20200430)}, "/children/0/birth_date"),
    ("a day as a timestamp in text", {"children": child(birth_date="1577836800")}, "/children/0/birth_date"),
    ("a day with a time", {"children": child(birth_date="2020-04-30T00:00:00Z")}, "/children/0/birth_date"),
    ("born and not yet born", {"children": child(expected_delivery_date="2027-01-01")}, "/children/0"),
    ("neither born nor expected", {"children": [{"ref": "C1"}]}, "/children/0"),
    (
        "a delivery 11 months ahead",
        {"children": [{"ref": "C1", "expected_delivery_date": "2027-10-30"}]},
        "/children/0/expected_delivery_date",
    ),
    (
        "a delivery 5 weeks past",
        {"children": [{"ref": "C1", "expected_delivery_date": "2026-10-26"}]},
        "/children/0/expected_delivery_date",
    ),
    ("two children of one reference", {"children": child() + child()}, "/children/1/ref"),
    ("no child", {"children": []}, "/children"),
    ("a child that is a list", {"children": [[]]}, "/children/0"),
    ("children that are a word", {"children": "C1"}, "/children"),
    ("a time without an offset", {"concern_recorded_at": "2026-11-30T09:00:00"}, "/concern_recorded_at"),
    ("a time as a number", {"concern_recorded_at": 1780000000}, "/concern_recorded_at"),
    ("a time as a number in text", {"concern_recorded_at": "1780000000"}, "/concern_recorded_at"),
    ("an hour 24", {"concern_recorded_at": "2026-11-30T24:00:00Z"}, "/concern_recorded_at"),
    ("a concern recorded tomorrow", {"concern_recorded_at": "2026-12-01T09:00:00Z"}, "/concern_recorded_at"),
    ("a concern of the year 1", {"concern_recorded_at": "0001-01-01T00:00:00+14:00"}, "/concern_recorded_at"),
    ("an unknown urgency", {"urgency": "urgent"}, "/urgency"),
    ("urgency null", {"urgency": None}, "/urgency"),
    ("an unknown role", {"involved_roles": ["scool"]}, "/involved_roles/0"),
    ("an unknown circumstance", {"circumstances": ["physical_injuries"]}, "/circumstances/0"),
    ("an unknown child flag", {"children": child(flags=["in_pacient"])}, "/children/0/flags/0"),
    ("an unknown field", {"extra": 1}, ""),
    ("an unknown field of a child", {"children": child(surname="Fennimore")}, "/children/0"),
    ("an NHS number that fails its check", {"children": child(nhs_number="943 476 5918")}, "/children/0/nhs_number"),
    ("an NHS number of ten ones", {"children": child(nhs_number="1111111111")}, "/children/0/nhs_number"),
    ("a name of 201 characters", {"children": child(name="x" * 201)}, "/children/0/name"),
    ("a name with NUL", {"children": child(name="A\x00B")}, "/children/0/name"),
    ("a name written backwards", {"children": child(name="A\u202eB")}, "/children/0/name"),
    ("a school that is no URN", {"children": child(school_urn="Elm Row Primary")}, "/children/0/school_urn"),
    ("14 minutes", {"wishes": {"minutes": 14}}, "/wishes/minutes"),
    ("481 minutes", {"wishes": {"minutes": 481}}, "/wishes/minutes"),
    ("minutes true", {"wishes": {"minutes": True}}, "/wishes/minutes"),
    ("minutes as text", {"wishes": {"minutes": "60"}}, "/wishes/minutes"),
    ("a mode nobody knows", {"wishes": {"mode": "teams"}}, "/wishes/mode"),
    ("a source with spaces", {"source": "our system"}, "/source"),
    (
        "a tie to a child not in the request",
        {"people": [{"ref": "P1", "relation": "aunt", "ties": [{"child_ref": "C9"}]}]},
        "/people/0/ties/0/child_ref",
    ),
    (
        "a person born in the future",
        {"people": [{"ref": "P1", "relation": "aunt", "birth_date": "2027-01-01"}]},
        "/people/0/birth_date",
    ),
]


@pytest.mark.parametrize(("why", "changes", "pointer"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_fault_is_named_by_its_place(why: str, changes: dict[str, object], pointer: str) -> None:
    assert pointer in [found for found, _ in faults(**changes)], why


ACCEPTED = [
    ("born on 29 February", {"children": child(birth_date="2020-02-29")}),
    ("born today", {"children": child(birth_date="2026-11-30")}),
    ("a delivery 4 weeks past", {"children": [{"ref": "C1", "expected_delivery_date": "2026-11-02"}]}),
    ("a delivery 9 months ahead", {"children": [{"ref": "C1", "expected_delivery_date": "2027-08-30"}]}),
    ("a sender's clock 4 minutes ahead", {"concern_recorded_at": "2026-11-30T10:04:00Z"}),
    ("a time of summer", {"concern_recorded_at": "2026-07-01T09:00:00+01:00"}),
    ("an address of three lines", {"children": child(address="3 Elm Row\nLewisham\r\nSE13")}),
    ("an NHS number with spaces", {"children": child(nhs_number="943 476 5919")}),
    ("accents and another script", {"children": child(name="Zoë Ní Bhríain 李")}),
]


@pytest.mark.parametrize(("why", "changes"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_what_is_unusual_but_right_is_taken(why: str, changes: dict[str, object]) -> None:
    assert read_request(json.dumps(a_body(**changes)).encode(), MONDAY).request.partnership == "lewisham", why


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"involved_roles": ["scool"]}, "The nearest is school."),
        ({"circumstances": ["neglekt"]}, "The nearest is neglect."),
        ({"children": child(flags=["mising"])}, "The nearest is missing."),
    ],
)
def test_an_unknown_label_is_refused_with_the_nearest_one(changes: dict[str, object], hint: str) -> None:
    assert hint in faults(**changes)[0][1]


def test_no_fault_repeats_what_was_sent() -> None:
    secret = "Fennimore"
    said = faults(
        urgency=secret,
        involved_roles=[secret],
        chair=secret * 50,
        children=[{"ref": f"{secret} {secret}", "birth_date": secret, "name": [secret], secret: 1}],
    )
    assert len(said) >= 6
    assert not [detail for pointer, detail in said if secret in detail or secret in pointer]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": "\xe9"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"[" * 5000,
        b"nul",
        b'{"a":1}x',
    ],
)
def test_what_is_not_json_in_utf8_is_said_to_be_so(raw: bytes) -> None:
    with pytest.raises(NotJsonError):
        read_request(raw, MONDAY)


def test_another_type_of_event_is_told_apart_whatever_it_carries() -> None:
    for data in ({}, a_body(), None):
        with pytest.raises(UnknownTypeError):
            read_delivery(an_envelope(data, type="meeting.cancelled"), MONDAY)


def test_the_fingerprint_looks_at_meaning_not_at_spacing_or_order() -> None:
    body = a_body()
    plain = read_request(json.dumps(body).encode(), MONDAY).fingerprint
    turned = json.dumps(dict(reversed(body.items())), indent=4).encode()
    assert read_request(turned, MONDAY).fingerprint == plain
    assert read_delivery(an_envelope(body), MONDAY).fingerprint == plain
    assert read_request(json.dumps(body | {"case_ref": "LCS-2"}).encode(), MONDAY).fingerprint != plain


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    with pytest.raises((NotJsonError, BodyRefusedError, UnknownTypeError)):
        read_delivery(raw, MONDAY)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(a_body())), _JSON)
def test_no_json_value_in_any_field_raises_anything_but_a_refusal(name: str, value: object) -> None:
    with contextlib.suppress(BodyRefusedError, NotJsonError):
        read_request(json.dumps(a_body(**{name: value})).encode(), MONDAY)


@given(st.integers(min_value=100_000_000, max_value=999_999_999))
def test_exactly_one_check_digit_fits_at_most(nine: int) -> None:
    assert sum(nhs_number_holds(f"{nine}{check}") for check in range(10)) <= 1


TODAY = date(2026, 11, 30)
DAYS = [
    ("3/12/26", date(2026, 12, 3)),
    ("3/12/2026", date(2026, 12, 3)),
    ("3 December", date(2026, 12, 3)),
    ("thursday, 3rd dec 2026", date(2026, 12, 3)),
    ("3/1", date(2027, 1, 3)),
    ("30/11", date(2026, 11, 30)),
    ("29/2", None),
    ("29/2/2028", date(2028, 2, 29)),
    ("31/11/26", None),
    ("tomorrow", None),
    ("", None),
]


@pytest.mark.parametrize(("typed", "meant"), DAYS)
def test_a_day_is_read_as_people_type_it(typed: str, meant: date | None) -> None:
    assert parse_day(typed, TODAY) == meant


TIMES = [
    ("2.30pm", time(14, 30)),
    ("2:30 PM", time(14, 30)),
    ("14:30", time(14, 30)),
    ("1430", time(14, 30)),
    ("9am", time(9)),
    ("12am", time(0)),
    ("12pm", time(12)),
    ("midday", time(12)),
    ("0915", time(9, 15)),
    ("9", None),
    ("25:00", None),
    ("14:60", None),
    ("13pm", None),
    ("", None),
]


@pytest.mark.parametrize(("typed", "meant"), TIMES)
def test_a_time_is_read_as_people_type_it(typed: str, meant: time | None) -> None:
    assert parse_time(typed) == meant


@given(st.text(max_size=30))
def test_no_typed_text_breaks_the_reading(text: str) -> None:
    day, clock = parse_day(text, TODAY), parse_time(text)
    assert day is None or day.year < 2100
    assert clock is None or clock < time.max


def test_instants_are_kept_in_utc() -> None:
    read = read_request(json.dumps(a_body(concern_recorded_at="2026-07-01T09:00:00+01:00")).encode(), MONDAY)
    assert read.request.concern_recorded_at == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert read.request.concern_recorded_at.tzinfo is UTC
