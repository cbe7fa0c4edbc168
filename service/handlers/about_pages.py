"""Pages about the service itself: its one cookie, and how accessible it is. Anybody may read them."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.handlers.keys import SERVICES
from service.handlers.sessions import SESSIONS
from service.store.queries.partnerships import every_partnership
from service.web.accessibility import PREPARED, REVIEWED
from service.web.wording import phone_link


async def cookies(request: web.Request) -> web.Response:
    """GET /cookies: the one cookie, what it is for and how long it lasts."""
    sessions = request.app.get(SESSIONS)
    view = {
        "name": sessions.cookie_name if sessions else "__Host-convene",
        "hours": int(sessions.limits.absolute.total_seconds() // 3600) if sessions else 8,
        "minutes": int(sessions.limits.idle.total_seconds() // 60) if sessions else 30,
        "kept_hours": (sessions.max_age or 0) // 3600 if sessions else 20,
    }
    return render_template("cookies.html", request, {"view": view})


async def accessibility(request: web.Request) -> web.Response:
    """GET /accessibility: what has been tested, what has not, and whom to tell."""
    async with request.app[SERVICES].engine.connect() as conn:
        known = await every_partnership(conn)
    contacts = [{"name": each.name, "phone": phone_link(each.service_phone)} for each in known]
    view = {"prepared": PREPARED, "reviewed": REVIEWED, "contacts": contacts}
    return render_template("accessibility.html", request, {"view": view})
