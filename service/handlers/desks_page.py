"""The desks behind the inboxes as a page: in how many meetings at once each can be, when it comes, when it is away."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import local_date
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.store.queries.desks import DeskLoad, DeskRow, desk_rows
from service.store.queries.directory import Inbox, inboxes_for
from service.web.answer_form import clean_text
from service.web.away_days import HINT, BadDaysError, days_text, read_days
from service.workflow.desk_file import DeskInbox, DesksRefusedError, read_desk
from service.workflow.desks import describe_desks, desk_figures

_FIELDS = ("name", "seats", "surgery", "travel_minutes", "away", "inbox")
_DONE = "The desk is as you said."


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/directory/desks, with ?desk=NAME the form of one. Changes nothing."""
    partnership = partnership_in(request)
    async with request.app[SERVICES].engine.connect() as conn:
        described = {each.name: each for each in await desk_rows(conn, partnership)}
    chosen = described.get(clean_text(request.query.get("desk", ""))[:200])
    values = {"seats": "1"}
    if chosen is not None:
        values = {
            "known": chosen.name,
            "name": chosen.name,
            "seats": str(chosen.capacity),
            "surgery": chosen.surgery or "",
            "travel_minutes": "" if chosen.travel_minutes is None else str(chosen.travel_minutes),
            "away": days_text(chosen.away),
        }
    return await _page(request, values, {})


async def save(request: web.Request) -> web.Response:
    """POST /{partnership}/directory/desks: describe one desk; the others stay as they are."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    said = {name: clean_text(sent.get(name, ""), lines=name == "away")[:2000] for name in (*_FIELDS, "known")}
    async with services.engine.connect() as conn:
        described = {each.name: each for each in await desk_rows(conn, partnership)}
        inboxes = await inboxes_for(conn, partnership)
    errors: dict[str, str] = {}
    wanted = _shared(partnership, said, described.get(said["known"]), inboxes)
    if not wanted and not described.get(said["known"]):
        errors["inbox"] = "Choose the inbox that this desk is behind"
    try:
        entry = read_desk(_values(said, wanted, local_date(services.now())))
        if not errors:
            await describe_desks(
                services, partnership, [entry], dry_run=False, actor=person_of(request).actor(partnership)
            )
            raise web.HTTPSeeOther(f"/{partnership}/directory/desks?done=yes")
    except BadDaysError as bad:
        errors["away"] = str(bad)
    except DesksRefusedError as refused:
        field, _, sentence = refused.problems[0].partition(": ")
        where = field if field in _FIELDS else "inbox" if field == "inboxes" else "name"
        errors.setdefault(where, sentence[:1].upper() + sentence[1:] or refused.problems[0])
    return await _page(request, said, errors, status=422)


def _shared(partnership: str, said: Mapping[str, str], desk: DeskRow | None, inboxes: list[Inbox]) -> list[DeskInbox]:
    """Our inboxes that share the desk already, and the one that was chosen."""
    mine = set(desk.inbox_ids) if desk else set()
    with suppress(ValueError):
        mine |= {UUID(said["inbox"])} if said["inbox"] else set()
    return [DeskInbox(partnership, each.role, each.address, each.place) for each in inboxes if each.id in mine]


def _values(said: Mapping[str, str], wanted: list[DeskInbox], today: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": said["known"] or said["name"],
        "seats": _number(said["seats"]),
        "away": [{"from": first, "to": last} for first, last in read_days(said["away"], today)],
        "inboxes": [
            {"partnership": each.partnership, "role": each.role, "address": each.address, "place": each.place}
            for each in wanted
        ],
    }
    if said["surgery"]:
        values["surgery"] = said["surgery"]
    if said["travel_minutes"]:
        values["travel_minutes"] = _number(said["travel_minutes"])
    return values


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text


async def _page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> web.Response:
    partnership, services = partnership_in(request), request.app[SERVICES]
    load = (await desk_figures(services, partnership)).desks
    async with services.engine.connect() as conn:
        described = {each.name: each for each in await desk_rows(conn, partnership)}
        inboxes = await inboxes_for(conn, partnership)
    here = f"/{partnership}/directory/desks"
    choices = [("", "None" if values.get("known") else "Choose"), *((str(each.id), _named(each)) for each in inboxes)]
    view = {
        "here": here,
        "back_href": f"/{partnership}/directory",
        "done": _DONE if request.query.get("done") == "yes" else "",
        "rows": [_row(each, described.get(each.name)) for each in load],
        "typed": values,
        "errors": errors,
        "error_list": [{"text": said, "href": f"#{name}"} for name, said in errors.items()],
        "inboxes": [{"value": key, "text": text, "selected": key == values.get("inbox", "")} for key, text in choices],
        "hint": HINT,
    }
    return render_template("desks.html", request, {"view": view}, status=status)


def _named(each: Inbox) -> str:
    return f"{role_words(each.role)}{f', {each.place}' if each.place else ''}: {each.name}"


def _row(each: DeskLoad, described: DeskRow | None) -> dict[str, Any]:
    return {
        "name": each.name,
        "own": described is not None,
        "roles": ", ".join(role_words(role) for role in each.roles),
        "seats": each.capacity,
        "surgery": each.surgery or "whenever its inbox is open",
        "away": days_text(described.away).split("\n") if described and described.away else [],
        "ours": each.ours,
        "all": each.all_taken,
        "too_much": each.ours_too_much,
    }
