"""The figures."""

from __future__ import annotations

from service.handlers import api_answers
from service.handlers.operations.shape import File, Operation
from service.handlers.standard_report import XLSX

REPORTING: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/v1/reports/attendance",
        "attendanceReport",
        "Attendance with its denominator, n and likely range",
        api_answers.AttendanceReport,
        parameters=("partnership", "from", "to", "by", "denominator", "format"),
        problems=(400, 401, 403, 422, 503),
        also=("text/csv",),
    ),
    Operation(
        "GET",
        "/api/v1/reports/standard",
        "standardReport",
        "The agreed standard: every measure with its denominator, n and likely range",
        api_answers.StandardReportShown,
        parameters=(
            "partnership",
            "from",
            "to",
            "circumstance",
            "age_band",
            "unborn",
            "team",
            "publishable",
            "any_format",
        ),
        problems=(400, 401, 403, 422, 503),
        also=("text/csv", "text/html", XLSX),
    ),
    Operation(
        "GET",
        "/api/v1/reports/places",
        "placeRows",
        "The rows the standard is counted from: one for each agency at each meeting",
        File(
            "text/csv",
            "CSV, streamed. The codebook defines its columns. A restricted case has rows for a client named for it "
            "alone; the header Convene-Withheld-Meetings counts the meetings left out.",
        ),
        parameters=("partnership", "from", "to", "circumstance", "age_band", "unborn", "team"),
        problems=(400, 401, 403, 422, 503),
    ),
)
