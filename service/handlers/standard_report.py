"""The agreed standard over HTTP: for programs and as a page, in one figure or another's file, and the codebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode

from aiohttp import web
from aiohttp_jinja2 import render_template
from markupsafe import Markup

from service.domain.codebook import COLUMNS, FIELDS
from service.domain.facts import CIRCUMSTANCES, AgeBand
from service.domain.measures import EVERY_MEASURE
from service.domain.standard import Filter
from service.handlers.access import partnership_of, reader_of
from service.handlers.api_answers import StandardReportShown, respond
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.problems import ProblemError, refuse
from service.handlers.query import choice, day, one_of, single, yes_or_no
from service.handlers.schemas import TEAM
from service.web.answer_form import clean_text
from service.web.standard_page import chart_of, standard_page, standard_sections, table_title
from service.web.standard_workbook import standard_workbook
from service.web.wording import opened
from service.workflow import standard_forms as forms
from service.workflow.place_rows import Rows, withheld, withheld_words
from service.workflow.report import days_so_far
from service.workflow.standard import StandardReport, standard_report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(StrEnum):
    """How the report is wanted; a page only under the staff pages."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    PAGE = "page"


_ASKED = ("from", "to", "circumstance", "age_band", "unborn", "team", "publishable")
_API_FORMATS = tuple(str(each) for each in Format if each is not Format.PAGE)


async def by_client(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/reports/standard: ?from= &to= &circumstance= &age_band= &unborn= &team= &publishable= &format=."""
    one_of(request, "format", _API_FORMATS)
    report = await _report(request, partnership_of(request))
    wanted = choice(request, "format", Format, Format.JSON)
    if wanted is Format.JSON:
        return respond(StandardReportShown.model_validate(forms.as_json(report)))
    return _file(report, wanted)


async def show(request: web.Request) -> web.StreamResponse:
    """GET /{partnership}/reports/standard: the page, or with ?format= the same figures as a file."""
    partnership = partnership_in(request)
    wanted = choice(request, "format", Format, Format.PAGE)
    if wanted is Format.PAGE and (errors := _faults(request)):
        return render_template("standard.html", request, {"view": _again(request, partnership, errors)}, status=422)
    report = await _report(request, partnership)
    if wanted is not Format.PAGE:
        return _file(report, wanted)
    if "chart" in request.query:
        return _picture(report, request.query["chart"])
    left_out = ""
    if not report.publishable:
        rows = Rows(partnership, report.first, report.last, report.filter)
        left_out = withheld_words(await withheld(request.app[SERVICES], rows, reader=reader_of(request)))
    return render_template("standard.html", request, {"view": _view(report, left_out)})


def _faults(request: web.Request) -> dict[str, str]:
    """What is wrong with what can be typed into the page's form, by field."""
    errors, days = {}, days_so_far(request.app[SERVICES].now())
    for name, otherwise in zip(("from", "to"), days, strict=True):
        try:
            day(request, name, otherwise)
        except ProblemError:
            errors[name] = "Enter a day between 2000 and 2099"
    if not errors and day(request, "from", days[0]) > day(request, "to", days[1]):
        errors["to"] = "The last day must not be before the first"
    team = request.query.get("team", "")
    if team and not TEAM.fullmatch(team):
        errors["team"] = "Enter the team as the sending system writes it, for example north-2"
    return errors


def _again(request: web.Request, partnership: str, errors: Mapping[str, str]) -> Mapping[str, object]:
    """The page's form with what is wrong, what was typed, and no figures."""
    said = {name: clean_text(request.query.get(name, ""))[:40] for name in _ASKED}
    if "team" in errors:
        # It may be somebody's name.
        said["team"] = ""
    return {
        "partnership": partnership,
        "heading": f"The standard in {partnership.title()}",
        "asked": said,
        "errors": errors,
        "error_list": [{"text": text, "href": f"#{name}"} for name, text in errors.items()],
        "circumstances": _circumstances(),
        "age_bands": [(str(band), str(band)) for band in AgeBand],
    }


def _circumstances() -> list[tuple[str, str]]:
    return [(word, opened(word).capitalize()) for word in sorted(CIRCUMSTANCES)]


def _picture(report: StandardReport, asked: str) -> web.Response:
    """One chart of the page as a file."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 0
    if not 1 <= number <= len(report.tables):
        raise refuse(404, "not_found", "There is nothing at this address.")
    name = f"standard-{report.partnership}-{report.first}-to-{report.last}-chart-{number}.svg"
    return web.Response(
        text=chart_of(number, report.tables[number - 1], forms.key_words),
        content_type="image/svg+xml",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def show_codebook(request: web.Request) -> web.StreamResponse:
    """GET /{partnership}/reports/codebook: every field and measure in words, from the data that count them."""
    partnership = partnership_in(request)
    view = {"partnership": partnership, "fields": FIELDS, "measures": EVERY_MEASURE}
    return render_template("codebook.html", request, {"view": view})


def asked_days(request: web.Request) -> tuple[date, date]:
    """The days asked for; the London month so far where none are.

    Raises:
        ProblemError: 400.
    """
    first, last = days_so_far(request.app[SERVICES].now())
    return day(request, "from", first), day(request, "to", last)


def asked_filter(request: web.Request) -> Filter:
    """What the figures are narrowed to.

    Raises:
        ProblemError: 400.
    """
    team = single(request, "team")
    if team is not None and not TEAM.fullmatch(team):
        raise refuse(400, "bad_query", "Give team as the sending system writes it, such as north-2.")
    return Filter(
        one_of(request, "circumstance", CIRCUMSTANCES),
        one_of(request, "age_band", [str(band) for band in AgeBand]),
        yes_or_no(request, "unborn"),
        team,
    )


async def _report(request: web.Request, partnership: str) -> StandardReport:
    publishable, only = bool(yes_or_no(request, "publishable")), asked_filter(request)
    days = asked_days(request)
    return await standard_report(request.app[SERVICES], partnership, *days, publishable=publishable, only=only)


def _file(report: StandardReport, wanted: Format) -> web.Response:
    said = (forms.heading(report), *forms.sentences(report))
    match wanted:
        case Format.CSV:
            return _download(report, "".join(forms.csv_lines(report)).encode(), "text/csv", "csv")
        case Format.XLSX:
            return _download(report, standard_workbook(said, COLUMNS, forms.rows(report), report.last), XLSX, "xlsx")
        case Format.HTML:
            page = standard_page(said[0], said[1:], report.tables, forms.key_words)
            return _download(report, page.encode(), "text/html", "html")
        case _:
            shown = StandardReportShown.model_validate(forms.as_json(report))
            return _download(report, shown.model_dump_json().encode(), "application/json", "json")


def _download(report: StandardReport, body: bytes, kind: str, ending: str) -> web.Response:
    variant = "-publishable" if report.publishable else ""
    name = f"standard-{report.partnership}-{report.first}-to-{report.last}{variant}.{ending}"
    text = kind.startswith("text/")
    return web.Response(
        body=body,
        content_type=kind,
        charset="utf-8" if text else None,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _view(report: StandardReport, left_out: str) -> Mapping[str, object]:
    only = report.filter
    unborn = {None: "", True: "yes", False: "no"}[only.unborn]
    asked: dict[str, str | date] = {
        "from": report.first,
        "to": report.last,
        "circumstance": only.circumstance or "",
        "age_band": only.age_band or "",
        "unborn": unborn,
        "team": only.team or "",
        "publishable": "yes" if report.publishable else "",
    }
    said = {name: str(value) for name, value in asked.items() if value}
    base = f"/{report.partnership}/reports/standard"
    charts = f"{base}?{urlencode(said)}&chart="
    return {
        "partnership": report.partnership,
        "heading": forms.heading(report),
        "sentences": forms.sentences(report),
        "asked": asked,
        "circumstances": _circumstances(),
        "age_bands": [(str(band), str(band)) for band in AgeBand],
        "contents": [table_title(table) for table in report.tables],
        "sections": Markup(standard_sections(report.tables, forms.key_words, charts)),  # noqa: S704 - escaped there
        "files": [(kind.upper(), f"{base}?{urlencode({**said, 'format': kind})}") for kind in _API_FORMATS],
        "rows_href": f"/{report.partnership}/reports/places?{urlencode(said)}",
        "left_out": left_out,
        "codebook_href": f"/{report.partnership}/reports/codebook",
    }
