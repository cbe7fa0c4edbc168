"""Posting a request to the service's API, for a command that has no database to work on."""

from __future__ import annotations

from typing import Any

import httpx

from service.commands.failures import Exit, RefusedError
from service.outlook.origin import origin_of

_SECONDS = 30.0


def post_request(url: str, token: str, key: str, raw: bytes) -> tuple[dict[str, Any], bool]:
    """Post a request's bytes; the answer, and whether it had been given before.

    Raises:
        RefusedError: the address is not safe for a key, the API refused, or it could not be reached.
    """
    _refuse_unsafe(url)
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": f'"{key}"',
        "Content-Type": "application/json",
    }
    address = f"{url.rstrip('/')}/api/v1/meeting-requests"
    try:
        # A redirect would carry the request, and with it an identity, to another place.
        with httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=not _is_loopback(url)) as http:
            answer = http.post(address, content=raw, headers=headers)
    except httpx.RequestError as error:
        raise RefusedError(
            f"The service at {url} cannot be reached ({type(error).__name__}). Give the same command again: the "
            "request is taken in once.",
            code=Exit.UNREACHABLE,
        ) from None
    if answer.status_code != 201:
        raise _refusal(answer)
    return dict(answer.json()), answer.headers.get("Idempotency-Replayed") == "true"


def _is_loopback(url: str) -> bool:
    return origin_of(url).is_loopback


def _refuse_unsafe(url: str) -> None:
    try:
        safe = origin_of(url).is_private_enough
    except ValueError as error:
        raise RefusedError(f"--url: {error}.") from None
    if not safe:
        raise RefusedError("--url must be https, or http on this machine: the key and the request travel there.")


def _refusal(answer: httpx.Response) -> RefusedError:
    try:
        problem = answer.json()
        detail, faults = str(problem["detail"]), list(problem.get("errors", []))
    except (ValueError, KeyError, TypeError, AttributeError):
        detail, faults = f"The service answered with status {answer.status_code}. Is this its address?", []
    sentences = [detail, *(f"{fault.get('pointer') or 'the whole'}: {fault.get('detail')}" for fault in faults)]
    code = Exit.UNREACHABLE if answer.status_code >= 500 or answer.status_code == 429 else Exit.BAD_INPUT
    return RefusedError(*sentences, code=Exit.NO if answer.status_code == 409 else code)
