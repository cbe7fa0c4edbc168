"""Standard Webhooks signatures, checked over the bytes as they arrived.

The ``standardwebhooks`` package decodes a body as UTF-8 before it looks at the signature, raises whatever its parsing
happens to raise, and has one fixed tolerance read from its own clock. A body that is signed but is not UTF-8 must be
kept for a person rather than be called forged, so the check is made here; the package signs the vectors in the tests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from multidict import CIMultiDictProxy

ID_HEADER, TIME_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"

# The signed text is "id.timestamp.body", so a dot in an id would let two deliveries share one signature.
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SECONDS = re.compile(r"[0-9]{1,11}")
_MOST_SIGNATURES = 10


class Refusal(StrEnum):
    """Why a delivery is not believed: all that is kept of it, as a count."""

    HEADERS = "headers"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    SIGNATURE = "signature"
    TOO_LARGE = "too_large"


class SignatureRefusedError(Exception):
    """Raised for a delivery that is not believed; the door answers 401 and counts the reason."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a delivery's own time may lie from ours. Senders renew the time with each attempt."""

    past: timedelta
    future: timedelta


def _single(headers: CIMultiDictProxy[str], name: str) -> str:
    values = headers.getall(name, [])
    # Two values of one header leave open which of them was signed.
    if len(values) != 1:
        raise SignatureRefusedError(Refusal.HEADERS)
    return values[0].strip()


def _offered(header: str) -> Iterator[bytes]:
    """The version 1 signatures of a header such as "v1,abc= v1a,xyz= v1,def="."""
    for token in header.split(" ")[:_MOST_SIGNATURES]:
        version, comma, encoded = token.partition(",")
        if version != "v1" or not comma:
            continue
        try:
            yield base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue


def _agree(expected: Iterable[bytes], offered: Sequence[bytes]) -> bool:
    # Every pair is compared, so that the time taken does not tell which secret or signature was near.
    agreed = [hmac.compare_digest(one, other) for one in expected for other in offered]
    return any(agreed)


def check_signature(
    headers: CIMultiDictProxy[str], body: bytes, keys: Sequence[bytes], *, now: datetime, tolerance: Tolerance
) -> str:
    """The id of a delivery that one of the keys signed. ``now`` is the real time.

    Raises:
        SignatureRefusedError: missing, doubled or malformed headers; too old; too new; or no signature fits.
    """
    delivery_id = _single(headers, ID_HEADER)
    seconds = _single(headers, TIME_HEADER)
    offered = list(_offered(_single(headers, SIGNATURE_HEADER)))
    if not _ID.fullmatch(delivery_id) or not _SECONDS.fullmatch(seconds):
        raise SignatureRefusedError(Refusal.HEADERS)
    signed_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    if signed_at < now - tolerance.past:
        raise SignatureRefusedError(Refusal.TOO_OLD)
    if signed_at > now + tolerance.future:
        raise SignatureRefusedError(Refusal.TOO_NEW)
    signed = f"{delivery_id}.{seconds}.".encode() + body
    if not _agree((hmac.digest(key, signed, hashlib.sha256) for key in keys), offered):
        raise SignatureRefusedError(Refusal.SIGNATURE)
    return delivery_id
