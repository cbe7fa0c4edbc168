"""Templates: GOV.UK Frontend's macros and our own pages, always escaped, with no way out to script or style."""

from __future__ import annotations

import aiohttp_jinja2
import jinja2
from aiohttp import web


def set_up_templates(app: web.Application) -> None:
    """Let handlers render pages. A value a template misses shows as nothing instead of failing the page."""
    loader = jinja2.ChoiceLoader(
        [
            jinja2.PackageLoader("service.web", "templates"),
            jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    aiohttp_jinja2.setup(
        app,
        loader=loader,
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
    )
