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
from service.domain.staff import StaffRole
from service.handlers.access import person_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.show_pack import pack_page
from service.web.pack_page import pack_file, pack_parts, pack_pictures
from service.workflow.errors import BadTimeError
from service.workflow.report_pack import ReportPack, report_pack
from service.workflow.report_pack_forms import pack_csv, pack_json
from service.workflow.standard_forms import key_words

_MONTHS_OFFERED, _YEARS_OFFERED = 12, 3
_KINDS = {"csv": "text/csv", "json": "application/json", "html": "text/html"}


async def reports(request: web.Request) -> web.Response:
    """?month=2026-10 or ?year=2025-26, with publishable=yes and format=csv, json or html, or chart=WORD for one chart;
    without either the choice."""
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
    if "chart" in request.query:
        return _picture(pack, request.query["chart"])
    return _page(request, partnership, today, pack=pack)


def _period(request: web.Request) -> Period | None:
    if request.query.get("month"):
        return month_of(request.query["month"])
    return year_of(request.query["year"]) if request.query.get("year") else None


def _name(pack: ReportPack) -> str:
    report = pack.report
    return f"{pack.period.kind}-{report.partnership}-{pack.period.key}{'-publishable' if report.publishable else ''}"


def _picture(pack: ReportPack, asked: str) -> web.Response:
    """One chart of the page as a file."""
    found = pack_pictures(pack_page(pack), key_words).get(asked)
    if found is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    return web.Response(
        text=found,
        content_type="image/svg+xml",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_name(pack)}-chart-{asked}.svg"'},
    )


def _file(pack: ReportPack, form: str) -> web.Response:
    bodies = {
        "csv": lambda: "".join(pack_csv(pack)),
        "json": lambda: _json(pack),
        "html": lambda: pack_file(pack_page(pack), key_words),
    }
    return web.Response(
        body=bodies[form]().encode(),
        content_type=_KINDS[form],
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_name(pack)}.{form}"'},
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
        "problem_at": ("month" if request.query.get("month") else "year") if problem else "",
        "links": links_for(person_of(request).roles[partnership], partnership),
        "pack": None,
    }
    if pack is not None:
        page = pack_page(pack)
        which = "month" if pack.period.kind == "monthly" else "year"
        asked = f"{which}={pack.period.key}" + ("&publishable=yes" if pack.report.publishable else "")
        body = "\n".join(pack_parts(page, key_words, f"{shown['here']}?{asked}&chart="))
        shown |= {"pack": page, "body": body, "asked": asked}
    return render_template("reports.html", request, {"view": shown})


_REPORTS: tuple[tuple[str, str, str, Permission], ...] = (
    (
        "The agreed standard",
        "reports/standard",
        (
            "Who came, who got their notice and whether more came with it, quorum, time limits and reports: charts, "
            "their tables, the likely range, and files for a spreadsheet."
        ),
        Permission.STAFF_REPORT,
    ),
    (
        "Dip samples",
        "reports/dip-samples",
        "A few meetings drawn by chance, what a reviewer found in each, and how often the service said the same.",
        Permission.STAFF_REPORT,
    ),
    ("Caseload", "reports/caseload", "How many meetings are open, by team.", Permission.STAFF_REPORT),
    (
        "Contacts that may be out of date",
        "reports/stale-contacts",
        "Inboxes nobody has looked at for long, that wait to be confirmed, or to which mail does not get.",
        Permission.STAFF_REPORT,
    ),
    (
        "Clashes in the coming week",
        "clashes",
        "Desks and chairs asked for by too many meetings at once, and the move that clears most.",
        Permission.STAFF_READ,
    ),
    (
        "What another policy would have changed",
        "policy",
        "Put a changed policy to past requests, before anybody publishes it.",
        Permission.STAFF_POLICY,
    ),
    ("Who opened what", "openings", "Every look at who a meeting is about, with its reason.", Permission.STAFF_AUDIT),
    ("Codebook", "reports/codebook", "Every field and measure in words.", Permission.STAFF_REPORT),
)


def links_for(roles: Iterable[StaffRole], partnership: str) -> list[tuple[str, str, str]]:
    """The reports that somebody with these roles may open: name, address and what each says."""
    held = list(roles)
    return [(name, f"/{partnership}/{path}", words) for name, path, words, need in _REPORTS if staff_may(held, need)]


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
