"""One table tells Graph's failures apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outlook.errors import (
    LONGEST_RETRY_SECONDS,
    Ambiguous,
    Conflict,
    Duplicate,
    Gone,
    GraphError,
    PermanentConfiguration,
    PermanentData,
    Resync,
    Throttled,
    classify,
    error_of,
)

TABLE: list[tuple[int, str, type[GraphError], str]] = [
    (429, "ApplicationThrottled", Throttled, "over a limit"),
    (429, "TooManyRequests", Throttled, "over a limit"),
    (429, "activityLimitReached", Throttled, "over a limit"),
    (429, "", Throttled, "a gateway's 429 has no code"),
    (429, "ErrorAccessDenied", Throttled, "the status of a throttle is never in doubt"),
    (503, "ErrorServerBusy", Throttled, "Exchange is busy"),
    (503, "serviceNotAvailable", Throttled, "Graph is busy"),
    (503, "", Ambiguous, "a gateway's 503 says nothing about what happened"),
    (509, "", Throttled, "bandwidth"),
    (500, "ErrorInternalServerError", Ambiguous, "it may have happened"),
    (502, "", Ambiguous, "a gateway lost the answer"),
    (504, "", Ambiguous, "a gateway gave up waiting"),
    (507, "somethingNew", Ambiguous, "an unknown 5xx"),
    (408, "", Ambiguous, "a timeout on the other side"),
    (401, "InvalidAuthenticationToken", PermanentConfiguration, "after one renewal"),
    (401, "", PermanentConfiguration, "after one renewal"),
    (403, "ErrorAccessDenied", PermanentConfiguration, "the mailbox is outside our scope"),
    (403, "Authorization_RequestDenied", PermanentConfiguration, "no such right"),
    (403, "", PermanentConfiguration, "refused by a proxy"),
    (404, "MailboxNotEnabledForRESTAPI", PermanentConfiguration, "no such mailbox"),
    (404, "ErrorInvalidUser", PermanentConfiguration, "no such user"),
    (404, "ResourceNotFound", PermanentConfiguration, "no such resource"),
    (404, "ErrorNonExistentMailbox", PermanentConfiguration, "no such mailbox"),
    (400, "extensionError", PermanentConfiguration, "whatever its status"),
    (400, "ErrorDuplicateTransactionId", Duplicate, "seen with 400"),
    (409, "ErrorDuplicateTransactionId", Duplicate, "and with 409"),
    (404, "ErrorItemNotFound", Gone, "cancelled already, or deleted"),
    (410, "ErrorItemNotFound", Gone, "the same with 410"),
    (404, "", PermanentData, "a gateway's 404 is not Outlook saying the item is gone"),
    (410, "", Resync, "a delta link that ended"),
    (410, "syncStateNotFound", Resync, "a delta link that ended"),
    (400, "syncStateInvalid", Resync, "seen as 4xx"),
    (400, "resyncRequired", Resync, "seen as 4xx"),
    (409, "", Conflict, "somebody else changed it"),
    (412, "ErrorIrresolvableConflict", Conflict, "If-Match failed"),
    (400, "ErrorInvalidRecipients", PermanentData, "an address Exchange refuses"),
    (400, "ErrorInvalidRequest", PermanentData, "a body Graph refuses"),
    (400, "ErrorPropertyValidationFailure", PermanentData, "a value Graph refuses"),
    (400, "ErrorInvalidIdMalformed", PermanentData, "an id of another kind"),
    (400, "ErrorOccurrenceCrossingBoundary", PermanentData, "a series"),
    (400, "ErrorMimeContentInvalidBase64String", PermanentData, "MIME"),
    (413, "", PermanentData, "too large"),
    (422, "", PermanentData, "cannot be processed"),
    (418, "somethingNew", PermanentData, "an unknown 4xx"),
    (302, "", PermanentConfiguration, "a redirect means the address is not Graph's"),
]


@pytest.mark.parametrize(("status", "code", "expected", "why"), TABLE, ids=[f"{t[0]}-{t[1]}-{t[3]}" for t in TABLE])
def test_each_status_and_code_has_its_class(status: int, code: str, expected: type[GraphError], why: str) -> None:
    assert classify(status, code) is expected, why


def test_codes_are_compared_without_regard_to_case() -> None:
    assert classify(404, "errorItemNotFound") is Gone


def _body(code: str, **more: object) -> bytes:
    return json.dumps({"error": {"code": code, "message": "jo@agency.example is invalid", **more}}).encode()


def test_an_error_never_repeats_graphs_message_or_an_address() -> None:
    error = error_of(400, {"request-id": "abc-123"}, _body("ErrorInvalidRecipients"))
    assert str(error) == "PermanentData status=400 code=ErrorInvalidRecipients request-id=abc-123"
    assert "agency.example" not in repr(error)


def test_a_code_that_is_no_word_is_not_repeated() -> None:
    error = error_of(400, {"request-id": "jo@agency.example"}, _body("jo@agency.example"))
    assert "agency" not in str(error)
    assert error.code == "unreadable"


@pytest.mark.parametrize("name", ["innerError", "innererror"])
def test_the_request_id_is_read_from_either_spelling_of_the_inner_error(name: str) -> None:
    error = error_of(500, {}, _body("generalException", **{name: {"request-id": "rq-1"}}))
    assert error.request_id == "rq-1"


def test_a_duplicate_carries_the_existing_id() -> None:
    error = error_of(409, {}, _body("ErrorDuplicateTransactionId", **{"@event.existingEventId": "AAMk="}))
    assert isinstance(error, Duplicate)
    assert error.existing_id == "AAMk="


@pytest.mark.parametrize(
    ("given_header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("999999", LONGEST_RETRY_SECONDS),
        ("Mon, 23 Nov 2026 10:00:20 GMT", 20.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("-5", 30.0),
        ("soon", 30.0),
        ("", 30.0),
    ],
)
def test_an_odd_retry_after_still_gives_a_number_of_seconds(given_header: str, seconds: float) -> None:
    headers = {"retry-after": given_header, "date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    error = error_of(429, headers, b"")
    assert isinstance(error, Throttled)
    assert error.seconds == seconds


@given(st.integers(300, 599), st.binary(max_size=200))
def test_any_body_at_all_becomes_an_error(status: int, body: bytes) -> None:
    assert isinstance(error_of(status, {}, body), GraphError)
