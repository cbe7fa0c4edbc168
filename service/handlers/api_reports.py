"""The attendance report over HTTP: the same figures as the command, as JSON or as a CSV file."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from service.domain.attendance import Denominator
from service.handlers.access import partnership_of
from service.handlers.api_answers import AttendanceReport, ReportLine, respond
from service.handlers.keys import SERVICES
from service.handlers.problems import refuse
from service.workflow import report


class Format(StrEnum):
    """How the report is wanted."""

    JSON = "json"
    CSV = "csv"


Choice = TypeVar("Choice", bound=StrEnum)
_FIRST, _LAST = date(2000, 1, 1), date(2099, 12, 31)


def _single(request: web.Request, name: str) -> str | None:
    said = request.query.getall(name, [])
    if len(said) > 1:
        raise refuse(400, "bad_query", f"Give {name} once.")
    return said[0] if said else None


def _choice(request: web.Request, name: str, kind: type[Choice], otherwise: Choice) -> Choice:
    said = _single(request, name)
    try:
        return otherwise if said is None else kind(said)
    except ValueError:
        raise refuse(400, "bad_query", f"Give {name} as one of: {', '.join(kind)}.") from None


def _day(request: web.Request, name: str, otherwise: date) -> date:
    said = _single(request, name)
    if said is None:
        return otherwise
    try:
        day = date.fromisoformat(said) if len(said) == 10 and said.isascii() else None
    except ValueError:
        day = None
    if day is None or not _FIRST <= day <= _LAST:
        raise refuse(400, "bad_query", f"Give {name} as a day between 2000 and 2099, written YYYY-MM-DD.")
    return day


async def attendance(request: web.Request) -> web.Response:
    """GET /api/v1/reports/attendance: ?from= &to= (London days, both counted) &by= &denominator= &format=."""
    partnership, services = partnership_of(request), request.app[SERVICES]
    first, last = report.days_so_far(services.now())
    found = await report.attendance_report(
        services,
        partnership,
        _day(request, "from", first),
        _day(request, "to", last),
        _choice(request, "by", report.By, report.By.AGENCY),
        _choice(request, "denominator", Denominator, Denominator.REQUIRED),
    )
    if _choice(request, "format", Format, Format.JSON) is Format.CSV:
        name = f"attendance-{partnership}-{found.first}-to-{found.last}.csv"
        return web.Response(
            body=report.as_csv(found).encode(),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    return respond(
        AttendanceReport(
            partnership=found.partnership,
            first=found.first,
            last=found.last,
            by=str(found.by),
            denominator=str(found.denominator),
            lines=[_line(line) for line in found.lines],
            overall=_line(found.overall),
        )
    )


def _line(line: report.ReportLine) -> ReportLine:
    rate = line.rate
    return ReportLine(
        key=line.key,
        words=line.words,
        n=rate.n,
        of=rate.of,
        percent=rate.percent,
        low=rate.low,
        high=rate.high,
        cancelled=line.cancelled,
        not_recorded=line.not_recorded,
        report_only=line.report_only,
    )
