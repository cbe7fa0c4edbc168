"""GET and POST /{partnership}/openings: who opened an identity, decisions or minutes, why, by which proof."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import date_words, local_date, start_of_day, words
from service.domain.papers import PROOF_WORDS, Proof
from service.domain.references import normalise
from service.handlers.access import reader_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.store.queries.openings import OpeningLine, openings_between
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.web.openings import OpeningRow, OpeningsPage
from service.web.timeline import TITLES
from service.web.typed_times import parse_day
from service.web.wording import actor_words

_DAYS = 31
_MOST = 500


async def show(request: web.Request) -> web.Response:
    """GET: the openings of the last month, or of the days and the meeting asked for. Changes nothing."""
    return await _page(request, request.query)


async def find(request: web.Request) -> web.Response:
    """POST: on to the address of what was asked for, where it can be understood.

    A form that is sent and not an address that is filled in, as on the worklist: a child's name that is typed there by
    mistake must not end in a browser's history.
    """
    sent = await form_of(request)
    today = local_date(request.app[SERVICES].now())
    days = {name: parse_day(clean_text(sent.get(name, ""))[:40], today) for name in ("from", "to")}
    typed = clean_text(sent.get("reference", ""))[:40]
    reference = normalise(typed) if typed else None
    unread = [name for name, day in days.items() if day is None and clean_text(sent.get(name, ""))]
    if unread or (typed and reference is None):
        return await _page(request, sent)
    asked = {name: f"{day.day}/{day.month}/{day.year}" for name, day in days.items() if day}
    asked |= {"reference": reference} if reference else {}
    raise web.HTTPSeeOther(f"/{partnership_in(request)}/openings?{urlencode(asked)}".rstrip("?"))


async def _page(request: web.Request, asked: Mapping[str, str]) -> web.Response:
    partnership, services = partnership_in(request), request.app[SERVICES]
    today, errors = local_date(services.now()), {}
    said = {name: clean_text(asked.get(name, ""))[:40] for name in ("reference", "from", "to")}
    first = parse_day(said["from"], today) if said["from"] else today - timedelta(days=_DAYS - 1)
    last = parse_day(said["to"], today) if said["to"] else today
    reference = normalise(said["reference"]) if said["reference"] else ""
    if first is None:
        errors["from"] = "Enter a day, like 3/12/2026"
    if last is None:
        errors["to"] = "Enter a day, like 3/12/2026"
    if first is not None and last is not None and first > last:
        errors["to"] = "The last day must not be before the first"
    if reference is None:
        errors["reference"] = "Enter the whole reference, like CV-7K3Q-9XHD"
    found: list[OpeningLine] = []
    people: Mapping[str, str] = {}
    if not errors and first is not None and last is not None:
        start, end = start_of_day(first), start_of_day(last + timedelta(days=1))
        async with services.engine.connect() as conn:
            found = await openings_between(
                conn, partnership, reader_of(request), start, end, reference=reference or "", most=_MOST
            )
            people = await staff_names(conn, partnership)
    view = OpeningsPage(
        href=f"/{partnership}/openings",
        values=said,
        errors=errors,
        period="" if errors or first is None or last is None else f"{date_words(first)} to {date_words(last)}",
        rows=tuple(_row(partnership, line, people) for line in found),
        cut_off=len(found) == _MOST,
        evidence_href=f"/{partnership}/meetings/{reference}/bundle" if found and reference else "",
    )
    return render_template("openings.html", request, {"view": view}, status=422 if errors else 200)


def _row(partnership: str, line: OpeningLine, people: Mapping[str, str]) -> OpeningRow:
    proof = str(line.data.get("proof", ""))
    return OpeningRow(
        at=words(line.at),
        who=people.get(line.actor) or actor_words(line.actor),
        what=TITLES.get(line.action, line.action),
        proof=PROOF_WORDS[Proof(proof)] if proof in set(Proof) else "",
        reason=str(line.data.get("reason", "")),
        reference=line.reference or "no meeting",
        href=f"/{partnership}/meetings/{line.reference}" if line.reference else "",
    )
