"""Every page, and every act a page can ask for."""

from __future__ import annotations

from service.handlers import (
    answer_page,
    calendar_files,
    caseload_page,
    contact_sheet,
    family_page,
    page_acts,
    page_requests,
    page_time,
    pages,
    place_rows,
    reports_page,
    sign_in,
    standard_report,
    worklist_page,
)
from service.handlers.permissions import Permission
from service.handlers.route import Route

_PAGE = "/{partnership}/meetings/{reference}"
_REQUESTS = "/{partnership}/requests"

PAGE_ROUTES: tuple[Route, ...] = (
    Route("GET", "/r/{token}", answer_page.show, Permission.PUBLIC_LINK),
    Route("POST", "/r/{token}", answer_page.answer, Permission.PUBLIC_LINK),
    Route("GET", "/r/{token}/calendar-file", calendar_files.by_link, Permission.PUBLIC_LINK),
    Route("GET", "/sign-in", sign_in.ask, Permission.OPEN),
    Route("GET", "/sign-in/return", sign_in.come_back, Permission.OPEN),
    Route("POST", "/sign-out", sign_in.leave_all, Permission.STAFF),
    Route("GET", "/signed-out", sign_in.signed_out, Permission.OPEN),
    Route("GET", "/account", sign_in.who_am_i, Permission.STAFF),
    Route("GET", "/", pages.choose, Permission.STAFF),
    Route("GET", "/{partnership}/worklist", worklist_page.show, Permission.STAFF_READ),
    Route("POST", "/{partnership}/worklist", worklist_page.find, Permission.STAFF_READ),
    Route("GET", "/{partnership}/reports", reports_page.reports, Permission.STAFF_REPORT),
    Route("GET", "/{partnership}/contact-sheet", contact_sheet.show, Permission.STAFF_READ),
    Route("GET", "/{partnership}/reports/standard", standard_report.show, Permission.STAFF_REPORT),
    Route("GET", "/{partnership}/reports/caseload", caseload_page.show, Permission.STAFF_REPORT),
    Route("GET", "/{partnership}/reports/places", place_rows.by_analyst, Permission.STAFF_REPORT),
    Route("GET", "/{partnership}/reports/codebook", standard_report.show_codebook, Permission.STAFF_REPORT),
    Route("GET", "/{partnership}/meetings/{reference}", pages.meeting, Permission.STAFF_READ),
    Route("GET", _REQUESTS, page_requests.list_begun, Permission.STAFF_REQUEST),
    Route("GET", f"{_REQUESTS}/new", page_requests.blank, Permission.STAFF_REQUEST),
    Route("POST", f"{_REQUESTS}/new", page_requests.keep, Permission.STAFF_REQUEST),
    Route("GET", f"{_REQUESTS}/{{draft}}", page_requests.again, Permission.STAFF_REQUEST),
    Route("POST", f"{_REQUESTS}/{{draft}}", page_requests.keep, Permission.STAFF_REQUEST),
    Route("GET", f"{_REQUESTS}/{{draft}}/check", page_requests.check, Permission.STAFF_REQUEST),
    Route("POST", f"{_REQUESTS}/{{draft}}/check", page_requests.send, Permission.STAFF_REQUEST),
    Route("POST", f"{_REQUESTS}/{{draft}}/drop", page_requests.drop, Permission.STAFF_REQUEST),
    Route("GET", f"{_REQUESTS}/{{draft}}/sent", page_requests.sent_off, Permission.STAFF_REQUEST),
    Route("GET", f"{_PAGE}/answers/{{place}}", page_acts.phone_answer, Permission.STAFF_ARRANGE),
    Route("POST", f"{_PAGE}/answers/{{place}}", page_acts.take_phone_answer, Permission.STAFF_ARRANGE),
    Route("GET", f"{_PAGE}/time", page_time.ask_time, Permission.STAFF_ARRANGE),
    Route("POST", f"{_PAGE}/time", page_time.give_time, Permission.STAFF_ARRANGE),
    Route("GET", f"{_PAGE}/cancel", page_acts.ask_cancel, Permission.STAFF_ARRANGE),
    Route("POST", f"{_PAGE}/cancel", page_acts.cancel, Permission.STAFF_ARRANGE),
    Route("GET", f"{_PAGE}/short-notice", page_acts.ask_short_notice, Permission.STAFF_ARRANGE),
    Route("POST", f"{_PAGE}/short-notice", page_acts.explain_short_notice, Permission.STAFF_ARRANGE),
    Route("GET", f"{_PAGE}/break-glass", page_acts.ask_break_glass, Permission.STAFF_READ),
    Route("POST", f"{_PAGE}/break-glass", page_acts.break_the_glass, Permission.STAFF_READ),
    Route("GET", f"{_PAGE}/go-on", page_acts.ask_go_on, Permission.STAFF_ARRANGE),
    Route("POST", f"{_PAGE}/go-on", page_acts.go_on, Permission.STAFF_ARRANGE),
    Route("POST", "/{partnership}/tasks/{task}/done", page_acts.task_done, Permission.STAFF_ARRANGE),
    Route("POST", "/{partnership}/tasks/{task}/drop", page_acts.task_dropped, Permission.STAFF_ARRANGE),
    Route("GET", "/{partnership}/leaflets/conference", family_page.leaflet, Permission.STAFF_READ),
    Route("GET", "/{partnership}/meetings/{reference}/family", family_page.family, Permission.STAFF_READ),
    Route(
        "GET",
        "/{partnership}/meetings/{reference}/calendar-file",
        calendar_files.by_officer,
        Permission.STAFF_READ,
    ),
)
