"""Templates: GOV.UK Frontend's macros and our own pages, always escaped, with no way out to script or style."""

from __future__ import annotations

import re
import warnings
from datetime import timedelta
from types import CodeType

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.web_exceptions import NotAppKeyWarning
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from service.domain.london import length_words
from service.handlers.places import places_of
from service.handlers.sessions import SESSIONS, SIGNED_IN

# Both libraries keep what belongs to a request under a plain string; aiohttp would rather have keys, and says so.
for _module in ("aiohttp_session", "aiohttp_jinja2"):
    warnings.filterwarnings("ignore", category=NotAppKeyWarning, module=_module)


class _CompiledOnce(jinja2.BytecodeCache):
    """Compiled templates, kept for as long as the process lives: the next application made in it needs no compiling."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out the code of a template whose source is still the same."""
        checksum, code = self._kept.get(bucket.key, (None, None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        if bucket.code is not None:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = _CompiledOnce()
_REFERENCE = re.compile(r"CV-[0-9A-Z]{4}-[0-9A-Z]{4}")


def set_up_templates(app: web.Application) -> None:
    """Let handlers render pages. A value a template misses shows as nothing instead of failing the page."""
    loader = jinja2.ChoiceLoader(
        [
            jinja2.PackageLoader("service.web", "templates"),
            jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    env = aiohttp_jinja2.setup(
        app,
        loader=loader,
        bytecode_cache=_COMPILED,
        autoescape=True,
        # A running service's templates do not change: looking whether they have costs some twenty calls a page.
        auto_reload=False,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
        context_processors=(_who,),
    )
    env.filters["whole"] = _whole


def _whole(words: str) -> Markup:
    """A heading whose meeting's reference is never broken at its hyphen, however narrow the screen."""
    return Markup(_REFERENCE.sub(r'<span class="convene-reference">\g<0></span>', str(escape(words))))  # noqa: S704 - escaped


async def _who(request: web.Request) -> dict[str, object]:
    """Every page can say who is signed in, and carries their anti-forgery word in its forms.

    A function, because this runs before the guard has found out who it is.
    """
    return {
        "who": lambda: request.get(SIGNED_IN),
        "until": lambda: until_of(request),
        "places": lambda: places_of(request),
    }


def until_of(request: web.Request) -> dict[str, object]:
    """How long the session lasts if whoever is signed in opens no page, in words and in seconds.

    It is no time of day: sessions end in real time, and a demo's pages tell the time of its own day.
    """
    person = request[SIGNED_IN]
    left = person.ends - request.app[SESSIONS].now()
    return {"time": length_words(max(left, timedelta(minutes=1))), "seconds": max(0, int(left.total_seconds()))}
