"""Whom to phone, on pages where somebody cannot go on: from the settings, since the database may be what fails."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from service.handlers.keys import DOORS
from service.web.wording import phone_link


def contacts_of(request: web.Request, partnership: str = "") -> list[dict[str, Any]]:
    """The partnerships' names and numbers to press; of one of them alone where it is known."""
    known = [each for each in request.app[DOORS].contacts if partnership in {"", each.partnership}]
    return [{"name": each.name, "phone": link} for each in known if (link := phone_link(each.phone))]
