"""Where a request may go: scheme, host and port, compared as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of an address."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether it names this machine, where plain http is allowed."""
        return self.host in _LOOPBACK

    @property
    def is_private_enough(self) -> bool:
        """Whether a secret may travel there."""
        return self.scheme == "https" or self.is_loopback


def origin_of(address: str) -> Origin:
    """The origin of an absolute address, read by the same parser that later sends to it.

    Raises:
        ValueError: it is not an absolute http(s) address, or it carries a user name.
    """
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError) as error:
        raise ValueError("not a readable address") from error
    if url.scheme not in _PORTS or not url.host or url.userinfo:
        raise ValueError("not an absolute http(s) address without a user name")
    return Origin(url.scheme, url.host, url.port or _PORTS[url.scheme])
