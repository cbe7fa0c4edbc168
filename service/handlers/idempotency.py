"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07), quoted or not."""

from __future__ import annotations

import re

from aiohttp import web

from service.handlers.problems import refuse

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"

# An RFC 8941 string is quoted; many clients send the bare key, and both mean the same.
_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,200})"|([\x21\x23-\x5b\x5d-\x7e]{1,200})')


def key_of(request: web.Request, *, needed: bool = True) -> str:
    """The key of this call; empty when it has none and needs none.

    Raises:
        ProblemError: 400 when it is missing, sent twice or malformed.
    """
    said = request.headers.getall(KEY_HEADER, [])
    if not said and not needed:
        return ""
    match = _KEY.fullmatch(said[0].strip()) if len(said) == 1 else None
    if match is None:
        raise refuse(
            400, "idempotency_key", "Send one Idempotency-Key of 1 to 200 visible characters, new for each request."
        )
    return match[1] or match[2]
