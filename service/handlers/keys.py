"""What a web process hands to its handlers: the services, the doors, the checks; and what a request carries along."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from service.workflow.ports import Services

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the marker of a Standard Webhooks secret, not a secret
_SHORTEST_SECRET = 24

ReadyCheck = tuple[str, Callable[[], Awaitable[None]]]


def secret_bytes(secret: str) -> bytes:
    """The key of a Standard Webhooks secret ("whsec_" and base64, padding optional).

    Raises:
        ValueError: not base64, or under 24 bytes (Standard Webhooks asks for 24 to 64). Never repeats the secret.
    """
    encoded = secret.removeprefix(_SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret is whsec_ and base64") from None
    if len(key) < _SHORTEST_SECRET:
        raise ValueError(f"a webhook secret has at least {_SHORTEST_SECRET} bytes")
    return key


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """One system that sends signed webhooks, for one partnership. Several secrets while one replaces another.

    Raises:
        ValueError: a secret that cannot be used.
    """

    partnership: str
    secrets: tuple[str, ...] = field(repr=False)
    keys: tuple[bytes, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Decode the secrets once, so that a wrong one is found at the start and not at the first delivery."""
        object.__setattr__(self, "keys", tuple(secret_bytes(secret) for secret in self.secrets))


@dataclass(frozen=True, slots=True)
class ApiClient:
    """One system that calls the API. ``key_sha256`` is the digest of its key; ``may`` holds ``API_RIGHTS``."""

    name: str
    key_sha256: bytes = field(repr=False)
    partnerships: frozenset[str]
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom somebody phones who cannot go on: those who arrange a partnership's meetings."""

    partnership: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may come in by which door. ``pages_partnerships``: whose pages are shown. Tolerances are in seconds.
    ``proxies_in_front``: how many of ours add to ``X-Forwarded-For``."""

    webhook_sources: Mapping[str, WebhookSource] = field(default_factory=dict)
    api_clients: tuple[ApiClient, ...] = ()
    pages_partnerships: tuple[str, ...] = ()
    past_tolerance_s: int = 300
    future_tolerance_s: int = 60
    body_limit: int = 256 * 1024
    proxies_in_front: int = 0
    contacts: tuple[Contact, ...] = ()


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
DOORS: web.AppKey[Doors] = web.AppKey("doors", Doors)
READY_CHECKS: web.AppKey[tuple[ReadyCheck, ...]] = web.AppKey("ready_checks", tuple)

CORRELATION: web.RequestKey[str] = web.RequestKey("correlation", str)
CLIENT: web.RequestKey[ApiClient] = web.RequestKey("client", ApiClient)
