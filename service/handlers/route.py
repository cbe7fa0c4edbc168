"""What an address is: method, path, what answers, and who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from service.handlers.permissions import Permission


@dataclass(frozen=True, slots=True)
class Route:
    """One address. GET answers HEAD too."""

    method: str
    path: str
    endpoint: Callable[[web.Request], Awaitable[web.StreamResponse]]
    permission: Permission
