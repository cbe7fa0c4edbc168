"""GET /{partnership}/reports: the monthly pack or a year's figures, as a page or as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from aiohttp import web
from aiohttp_jinja2 import render_template
from pydantic_core import to_json

from service.domain.london import local_date
from service.domain.periods import Period, PeriodError, month_of, year_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.show_pack import pack_page
from service.web.pack_page import pack_file, pack_parts
from service.workflow.errors import BadTimeError
from service.workflow.report_pack import ReportPack, report_pack
from service.workflow.report_pack_forms import pack_csv, pack_json
from service.workflow.standard_forms import key_words

_MONTHS_OFFERED, _YEARS_OFFERED = 12, 3
_KINDS = {"csv": "text/csv", "json": "application/json", "html": "text/html"}


async def reports(request: web.Request) -> web.Response:
    """?month=2026-10 or ?year=2025-26, with publishable=yes and format=csv, json or html; without either the choice."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    today = local_date(services.now())
    try:
        period = _period(request)
        if period is None:
            return _page(request, partnership, today)
        publishable = request.query.get("publishable") == "yes"
        pack = await report_pack(services, partnership, period, publishable=publishable)
    except (PeriodError, BadTimeError) as error:
        response = _page(request, partnership, today, problem=str(error))
        response.set_status(422)
        return response
    form = request.query.get("format", "")
    if form in _KINDS:
        return _file(pack, form)
    return _page(request, partnership, today, pack=pack)


def _period(request: web.Request) -> Period | None:
    if request.query.get("month"):
        return month_of(request.query["month"])
    return year_of(request.query["year"]) if request.query.get("year") else None


def _file(pack: ReportPack, form: str) -> web.Response:
    report = pack.report
    name = f"{pack.period.kind}-{report.partnership}-{pack.period.key}{'-publishable' if report.publishable else ''}"
    bodies = {
        "csv": lambda: "".join(pack_csv(pack)),
        "json": lambda: _json(pack),
        "html": lambda: pack_file(pack_page(pack), key_words),
    }
    return web.Response(
        body=bodies[form]().encode(),
        content_type=_KINDS[form],
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )


def _json(pack: ReportPack) -> str:
    return to_json(pack_json(pack)).decode()


def _page(
    request: web.Request, partnership: str, today: date, *, pack: ReportPack | None = None, problem: str = ""
) -> web.Response:
    shown: dict[str, Any] = {
        "here": f"/{partnership}/reports",
        "months": [{"value": each.key, "text": each.words} for each in _months(today)],
        "years": [{"value": each.key, "text": each.words} for each in _years(today)],
        "problem": problem,
        "pack": None,
    }
    if pack is not None:
        page = pack_page(pack)
        which = "month" if pack.period.kind == "monthly" else "year"
        asked = f"{which}={pack.period.key}" + ("&publishable=yes" if pack.report.publishable else "")
        shown |= {"pack": page, "body": "\n".join(pack_parts(page, key_words)), "asked": asked}
    return render_template("reports.html", request, {"view": shown})


def _months(today: date) -> Iterable[Period]:
    """This month and those before it, the newest first."""
    period = month_of(f"{today:%Y-%m}")
    for _ in range(_MONTHS_OFFERED):
        yield period
        period = period.before


def _years(today: date) -> Iterable[Period]:
    """This year from April and those before it, the newest first."""
    first = today.year if today.month >= 4 else today.year - 1
    period = year_of(f"{first}-{(first + 1) % 100:02d}")
    for _ in range(_YEARS_OFFERED):
        yield period
        period = period.before
