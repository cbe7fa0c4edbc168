"""A page that is the same for many people but for what is each one's own: rendered once, with gaps that are filled.

A gap is marked by a random word of this process, so that nothing anybody types can be taken for one. What fills it is
escaped as a template would.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp_jinja2 import render_string
from markupsafe import escape

from service.handlers.sessions import SIGNED_IN
from service.handlers.templating import until_of

_NAME, _CSRF, _TIME, _SECONDS = _GAPS = tuple(f"gap{number}{secrets.token_hex(16)}" for number in range(4))
_GAP = re.compile("|".join(_GAPS))
_PIECE = re.compile(f"({_GAP.pattern})")


@dataclass(frozen=True, slots=True)
class _Anybody:
    name: str = _NAME
    csrf: str = _CSRF


@dataclass(frozen=True, slots=True)
class SharedPage:
    """A rendered page in pieces; every second one marks a gap."""

    pieces: tuple[bytes, ...]

    def for_reader(self, request: web.Request, *, status: int = 200) -> web.Response:
        """The page as whoever is signed in gets it."""
        person, until = request[SIGNED_IN], until_of(request)
        own = {_NAME: person.name, _CSRF: person.csrf, _TIME: until["time"], _SECONDS: until["seconds"]}
        filled = {gap.encode(): str(escape(value)).encode() for gap, value in own.items()}
        body = b"".join(filled.get(piece, piece) for piece in self.pieces)
        return web.Response(body=body, status=status, content_type="text/html", charset="utf-8")


def shared_page(template: str, request: web.Request, context: Mapping[str, Any]) -> SharedPage:
    """Render a page for anybody with the same roles as whoever asks; the context holds nothing of theirs alone."""
    anybody = {"who": _Anybody, "until": lambda: {"time": _TIME, "seconds": _SECONDS}}
    html = render_string(template, request, {**context, **anybody})
    return SharedPage(tuple(piece.encode() for piece in _PIECE.split(html)))
