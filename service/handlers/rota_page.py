"""The rota of chairs as a page: who can chair, in which hours, when they are away, and which meetings are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import local_date, words
from service.domain.staff import StaffRole
from service.handlers.access import person_of, reader_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.web.away_days import HINT, BadDaysError, days_text, read_days
from service.web.worklist_tabs import chair_key
from service.workflow.chairs import RotaLine, put_one_chair, rota_of, take_off_rota
from service.workflow.chairs_file import ChairsRefusedError, read_chair
from service.workflow.errors import BadChairError
from service.workflow.staff import list_staff

_DONE = {
    "saved": "The rota is as you said. Meetings whose chair is away now are marked below.",
    "gone": "They are on the rota no more. Their meetings stay theirs until somebody else is named.",
}
_FIELDS = ("name", "hours", "reader", "away")


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/rota, with ?chair= the form of one of them, by a digest of their name. Changes nothing."""
    found = await rota_of(request.app[SERVICES], partnership_in(request), reader_of(request))
    wanted = request.query.get("chair", "")
    chosen = next((line.chair for line in found if chair_key(line.chair.name) == wanted), None)
    values = {"hours": "Mon-Fri 09:00-17:00"}
    if chosen is not None:
        values = {
            "name": chosen.name,
            "hours": chosen.hours,
            "reader": chosen.reader,
            "away": days_text(chosen.away),
            "known": chosen.name,
        }
    return await _page(request, found, values, {})


async def save(request: web.Request) -> web.Response:
    """POST /{partnership}/rota: put one chair on it or change them; or take them off."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    actor = person_of(request).actor(partnership)
    said = {name: clean_text(sent.get(name, ""), lines=name == "away")[:2000] for name in (*_FIELDS, "known")}
    if sent.get("act") == "take_off":
        try:
            await take_off_rota(services, partnership, said["known"], actor=actor)
        except BadChairError as bad:
            return await _again(request, said, {"name": str(bad)})
        raise web.HTTPSeeOther(f"/{partnership}/rota?done=gone")
    # Under another name it would be somebody else.
    values: dict[str, Any] = {"name": said["known"] or said["name"], "hours": said["hours"], "reader": said["reader"]}
    try:
        days = read_days(said["away"], local_date(services.now()))
        entry = read_chair(values | {"away": [{"from": first, "to": last} for first, last in days]})
    except BadDaysError as bad:
        return await _again(request, said, {"away": str(bad)})
    except ChairsRefusedError as refused:
        field, _, sentence = refused.problems[0].partition(": ")
        where = field if field in _FIELDS else "name"
        return await _again(request, said, {where: sentence or refused.problems[0]})
    await put_one_chair(services, partnership, entry, actor=actor)
    raise web.HTTPSeeOther(f"/{partnership}/rota?done=saved")


async def _again(request: web.Request, said: Mapping[str, str], errors: Mapping[str, str]) -> web.Response:
    found = await rota_of(request.app[SERVICES], partnership_in(request), reader_of(request))
    return await _page(request, found, said, errors, status=422)


async def _page(
    request: web.Request,
    found: list[RotaLine],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> web.Response:
    partnership, services = partnership_in(request), request.app[SERVICES]
    async with services.engine.connect() as conn:
        people = await staff_names(conn, partnership)
    here = f"/{partnership}/rota"
    chosen = values.get("reader", "")
    readers = {"": "Not said", **people} | ({chosen: chosen} if chosen and chosen not in people else {})
    view = {
        "here": here,
        "back_href": f"/{partnership}/worklist",
        "done": _DONE.get(request.query.get("done", ""), ""),
        "rows": [_row(partnership, line) for line in found],
        "typed": values,
        "errors": errors,
        "error_list": [{"text": said, "href": f"#{name}"} for name, said in errors.items()],
        "readers": [{"value": key, "text": name, "selected": key == chosen} for key, name in readers.items()],
        "hint": HINT,
        "duty": [
            {"name": each.name, "at": words(each.last_signed_in_at), "stopped": each.stopped_at is not None}
            for each in await list_staff(services, partnership)
            if StaffRole.EMERGENCY_DUTY in each.roles
        ],
    }
    return render_template("rota.html", request, {"view": view}, status=status)


def _row(partnership: str, line: RotaLine) -> dict[str, Any]:
    meetings = []
    for each in line.meetings:
        day = local_date(each.starts_at) if each.starts_at else None
        away = day is not None and any(first <= day <= last for first, last in line.chair.away)
        href = f"/{partnership}/meetings/{each.reference}"
        at = words(each.starts_at) if each.starts_at else "no time yet"
        meetings.append({"reference": each.reference, "href": href, "at": at, "away": away})
    return {
        "name": line.chair.name,
        "change_href": f"/{partnership}/rota?chair={chair_key(line.chair.name)}#change",
        "hours": line.chair.hours,
        "away": days_text(line.chair.away).split("\n") if line.chair.away else [],
        "meetings": meetings,
    }
