"""GET /{partnership}/clashes: where the coming week asks too much of a desk or a chair, and what would clear most."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.clashes import Clash
from service.domain.london import time_words, words
from service.handlers.access import person_of, reader_of
from service.handlers.api_clashes import days_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.web.clashes import ClashesPage, ClashRow
from service.workflow.clashes import clash_radar


async def show(request: web.Request) -> web.Response:
    """The page; changes nothing."""
    partnership = partnership_in(request)
    found = await clash_radar(request.app[SERVICES], partnership, days_of(request), reader=reader_of(request))
    may_move = staff_may(person_of(request).roles[partnership], Permission.STAFF_ARRANGE)

    def linked(reference: str, to: str = "") -> tuple[str, str]:
        return reference, f"/{partnership}/meetings/{reference}{to}"

    to_time = "/time" if may_move else ""
    swap = found.swap
    page = ClashesPage(
        until=words(found.until),
        rows=tuple(_row(each, tuple(map(linked, each.meetings))) for each in found.clashes),
        move=linked(found.move, to_time) if found.move else None,
        move_clears=_clears(found.clears),
        move_to=tuple(each.words for each in found.move_to),
        swap=(linked(swap.first, to_time), linked(swap.second, to_time)) if swap else None,
        swap_clears=_clears(swap.clears) if swap else "",
        may_move=may_move,
    )
    return render_template("clashes.html", request, {"view": page})


def _row(clash: Clash, meetings: tuple[tuple[str, str], ...]) -> ClashRow:
    when = f"{words(clash.start)} to {time_words(clash.end)}"
    others = f"{clash.others} not shown here" if clash.others else ""
    return ClashRow(clash.words, when, clash.capacity, meetings, others)


def _clears(count: int) -> str:
    return "1 clash" if count == 1 else f"{count} clashes"
