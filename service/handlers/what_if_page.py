"""Trying a draft on half a year or a year: asked for by a press, done by the worker, looked at again by a link."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import date_words, local_date, words
from service.domain.replay import Quorums
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.policy_page import draft_in, quorum_words
from service.handlers.problems import refuse
from service.store.queries.what_ifs import WhatIf
from service.web.policy_page import ChangeRow, WhatIfPage
from service.workflow import what_if

_DAYS = {"6": 183, "12": 365}
_FAILED = "It could not be tried: {}. Nothing was changed. Tell whoever runs the service, or ask for a shorter stretch."


async def ask(request: web.Request) -> web.Response:
    """POST /{partnership}/policy/drafts/{draft}/what-if: have it tried on the last six or twelve months."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    draft = await draft_in(request)
    days = _DAYS.get(sent.get("months", ""))
    if days is None:
        raise refuse(422, "bad_months", "Choose six or twelve months.")
    last = local_date(services.now())
    first, actor = last - timedelta(days=days - 1), person_of(request).actor(partnership)
    wanted = await what_if.ask(services, partnership, draft, first, last, actor=actor)
    raise web.HTTPSeeOther(f"/{partnership}/policy/what-ifs/{wanted}")


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/policy/what-ifs/{tried}: how far it is, or what came of it. Changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    try:
        found = await what_if.look(services, partnership, UUID(request.match_info["tried"]))
    except ValueError:
        found = None
    if found is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    if found.state == "done":
        return render_template("what_if.html", request, {"view": _result(partnership, found)})
    view = {
        "here": f"/{partnership}/policy/what-ifs/{found.id}",
        "back_href": f"/{partnership}/policy",
        "note": found.note,
        "period": _period(found),
        "asked": words(found.asked_at),
        "far": f"{found.done} of {found.total} meetings" if found.total else "it has not begun yet",
        "failed": _FAILED.format(found.problem) if found.state == "failed" else "",
    }
    return render_template("what_if_waits.html", request, {"view": view})


def _period(found: WhatIf) -> str:
    return f"{date_words(found.first)} to {date_words(found.last)}"


def _result(partnership: str, found: WhatIf) -> WhatIfPage:
    counts = found.result or {}
    return WhatIfPage(
        note=found.note,
        back_href=f"/{partnership}/policy",
        period=_period(found),
        meetings=counts["meetings"],
        changed=counts["changed"],
        rows=tuple(ChangeRow(role_words(role), added, removed) for role, added, removed in counts["agencies"]),
        short_before="{} of {}".format(*counts["short_before"]),
        short_after="{} of {}".format(*counts["short_after"]),
        quorum_before=quorum_words(Quorums(**counts["quorum_before"])),
        quorum_after=quorum_words(Quorums(**counts["quorum_after"])),
        unplannable=counts["unplannable"],
    )
