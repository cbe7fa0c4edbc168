"""Personal answer links: signed, expiring, and holding no identity.

A token is the partnership, the requirement and the last instant it works, with an HMAC-SHA256 over them. It opens the
answer page of one agency at one meeting and nothing else; who the child is stays behind a further proof.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from service.domain.references import code_of, code_typed
from service.workflow.errors import LinkBrokenError, LinkExpiredError
from service.workflow.ports import AnswerLinks

# An answer that comes after the meeting is still worth recording for a while.
KEPT_AFTER_START = timedelta(days=7)
_PURPOSE = b"convene answer link 1\x00"
_AT_THE_DOOR = b"convene agency code 1\x00"
# 29⁸, about 39 bits, behind a random reference: a guess at the door is hopeless long before it is noticed.
_AGENCY_CODE_CHARACTERS = 8
_SIGNATURE_BYTES = 16
_BROKEN = "This link is not one of ours, or part of it is missing."


@dataclass(frozen=True, slots=True)
class AnswerToken:
    """What a link stands for."""

    partnership: str
    requirement_id: UUID
    expires_at: datetime


def _signature(secret: bytes, payload: bytes) -> bytes:
    # 128 bits of a 256-bit MAC: short enough to type from a printed page, far beyond guessing.
    return hmac.digest(secret, _PURPOSE + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def answer_link(links: AnswerLinks, partnership: str, requirement_id: UUID, starts_at: datetime) -> str:
    """The personal address for one agency's answer about a meeting that starts at this aware instant."""
    expires = int((starts_at + KEPT_AFTER_START).timestamp())
    payload = requirement_id.bytes + expires.to_bytes(5, "big") + partnership.encode()
    return f"{links.base_url}/r/{_text(_signature(links.secret, payload) + payload)}"


def agency_code(links: AnswerLinks, requirement_id: UUID) -> str:
    """What an agency types at the door, with the meeting's reference, where links are taken out of its mail."""
    return code_of(
        hmac.digest(links.secret, _AT_THE_DOOR + requirement_id.bytes, hashlib.sha256), _AGENCY_CODE_CHARACTERS
    )


def fits_agency_code(links: AnswerLinks, requirement_id: UUID, typed: str) -> bool:
    """Whether this is the place's agency code, however it was typed."""
    wanted = code_typed(agency_code(links, requirement_id))
    return hmac.compare_digest(wanted.encode(), code_typed(typed).encode())


def _text(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def open_token(links: AnswerLinks, token: str, now: datetime) -> AnswerToken:
    """Read a token back.

    Raises:
        LinkBrokenError: not signed by this service, or altered.
        LinkExpiredError: past its last instant.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        if _text(raw) != token:
            # The same bytes can be written in several ways; ours is the only one that was handed out.
            raise LinkBrokenError(_BROKEN)
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if len(payload) < 22 or not hmac.compare_digest(signature, _signature(links.secret, payload)):
            raise LinkBrokenError(_BROKEN)
        requirement_id = UUID(bytes=payload[:16])
        expires_at = datetime.fromtimestamp(int.from_bytes(payload[16:21], "big"), UTC)
        partnership = payload[21:].decode()
    except ValueError as error:
        raise LinkBrokenError(_BROKEN) from error
    if now > expires_at:
        raise LinkExpiredError("This link has expired.")
    return AnswerToken(partnership, requirement_id, expires_at)
