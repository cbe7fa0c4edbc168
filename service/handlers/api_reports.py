"""The attendance report over HTTP: the same figures as the command, as JSON or as a CSV file."""

from __future__ import annotations

from enum import StrEnum

from aiohttp import web

from service.domain.attendance import Denominator
from service.handlers.access import partnership_of
from service.handlers.api_answers import AttendanceReport, ReportLine, respond
from service.handlers.keys import SERVICES
from service.handlers.query import choice, day
from service.workflow import report


class Format(StrEnum):
    """How the report is wanted."""

    JSON = "json"
    CSV = "csv"


async def attendance(request: web.Request) -> web.Response:
    """GET /api/v1/reports/attendance: ?from= &to= (London days, both counted) &by= &denominator= &format=."""
    partnership, services = partnership_of(request), request.app[SERVICES]
    first, last = report.days_so_far(services.now())
    found = await report.attendance_report(
        services,
        partnership,
        day(request, "from", first),
        day(request, "to", last),
        choice(request, "by", report.By, report.By.AGENCY),
        choice(request, "denominator", Denominator, Denominator.REQUIRED),
    )
    if choice(request, "format", Format, Format.JSON) is Format.CSV:
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
        not_confirmed=line.not_confirmed,
    )
