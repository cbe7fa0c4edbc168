"""Every address of the service in one table: method, path, what answers, and who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from aiohttp import web
from aiohttp_session import session_middleware

from service.handlers import (
    answer_page,
    api_acts,
    api_family,
    api_identity,
    api_medical,
    api_outcome,
    api_papers,
    api_places,
    api_quorum,
    api_reads,
    api_replan,
    api_reports,
    api_requests,
    api_slots,
    calendar_files,
    caseload_page,
    contact_sheet,
    family_page,
    graph,
    health,
    openapi,
    page_acts,
    page_requests,
    page_time,
    pages,
    place_rows,
    reports_page,
    sign_in,
    standard_report,
    webhooks,
)
from service.handlers.access import guarded
from service.handlers.keys import READY_CHECKS
from service.handlers.metrics import METRICS, Metrics
from service.handlers.middleware import STATIC, answer_problems, keep_log
from service.handlers.permissions import Permission
from service.handlers.sessions import SESSIONS
from service.handlers.templating import set_up_templates


@dataclass(frozen=True, slots=True)
class Route:
    """One address. GET answers HEAD too."""

    method: str
    path: str
    endpoint: Callable[[web.Request], Awaitable[web.StreamResponse]]
    permission: Permission


_MEETING = "/api/v1/meetings/{reference}"
_PAGE = "/{partnership}/meetings/{reference}"
_REQUESTS = "/{partnership}/requests"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/health/live", health.live, Permission.OPEN),
    Route("GET", "/health/ready", health.ready, Permission.OPERATIONS),
    Route("GET", "/metrics", health.metrics, Permission.OPERATIONS),
    Route("POST", "/webhooks/{source}", webhooks.receive_delivery, Permission.PUBLIC_SIGNED),
    Route("POST", "/graph/notifications", graph.notifications, Permission.GRAPH_STATE),
    Route("POST", "/graph/lifecycle", graph.lifecycle, Permission.GRAPH_STATE),
    Route("GET", "/api/openapi.json", openapi.description, Permission.OPEN),
    Route("POST", "/api/v1/meeting-requests", api_requests.create, Permission.SEND_REQUESTS),
    Route("GET", "/api/v1/meeting-requests/{id}", api_reads.meeting_request, Permission.READ),
    Route("GET", "/api/v1/meetings", api_reads.meeting_list, Permission.READ),
    Route("GET", _MEETING, api_reads.meeting, Permission.READ),
    Route("GET", f"{_MEETING}/quorum", api_quorum.quorum, Permission.READ),
    Route("POST", f"{_MEETING}/quorum", api_quorum.go_on, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/stand-down", api_quorum.stand_down, Permission.ARRANGE),
    Route("GET", f"{_MEETING}/replan", api_replan.look, Permission.READ),
    Route("POST", f"{_MEETING}/replan", api_replan.replan, Permission.ARRANGE),
    Route("GET", f"{_MEETING}/slots", api_slots.slots, Permission.READ),
    Route("POST", "/api/v1/slots", api_slots.for_request, Permission.SEND_REQUESTS),
    Route("POST", f"{_MEETING}/slots/hold", api_slots.hold, Permission.ARRANGE),
    Route("GET", f"{_MEETING}/medical", api_medical.show, Permission.READ),
    Route("POST", f"{_MEETING}/medical", api_medical.decide, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/medical/attendance", api_medical.record, Permission.ATTENDANCE),
    Route("GET", f"{_MEETING}/family", api_family.show, Permission.READ),
    Route("POST", f"{_MEETING}/family", api_family.arrange, Permission.ARRANGE),
    Route("GET", f"{_MEETING}/calendar-file", calendar_files.by_client, Permission.READ),
    Route("POST", f"{_MEETING}/confirm", api_acts.confirm, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/move", api_acts.move, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/cancel", api_acts.cancel, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/short-notice", api_acts.explain_short_notice, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/identity", api_identity.open_identity, Permission.DISCLOSE),
    Route("POST", f"{_MEETING}/stop", api_places.stop, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/person", api_places.name_person, Permission.ARRANGE),
    Route("POST", f"{_MEETING}/answers", api_acts.answer, Permission.ANSWER),
    Route("GET", f"{_MEETING}/outcome", api_outcome.show, Permission.READ),
    Route("POST", f"{_MEETING}/outcome", api_outcome.record, Permission.ATTENDANCE),
    Route("GET", f"{_MEETING}/actions", api_outcome.show_actions, Permission.READ),
    Route("POST", f"{_MEETING}/actions", api_outcome.agree_action, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/actions/close", api_outcome.close_action, Permission.ATTENDANCE),
    Route("GET", f"{_MEETING}/reports", api_outcome.show_reports, Permission.READ),
    Route("POST", f"{_MEETING}/reports", api_outcome.receive_report, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/sittings", api_acts.adjourn, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/attendance", api_acts.record_attendance, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/attendance/confirm", api_acts.confirm_attendance, Permission.ATTENDANCE),
    Route("GET", f"{_MEETING}/decisions", api_papers.show, Permission.READ),
    Route("POST", f"{_MEETING}/decisions", api_papers.agree, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/decisions/open", api_papers.open_part, Permission.DISCLOSE),
    Route("GET", f"{_MEETING}/minutes", api_papers.show, Permission.READ),
    Route("POST", f"{_MEETING}/minutes", api_papers.agree, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/minutes/issue", api_papers.issue, Permission.ATTENDANCE),
    Route("POST", f"{_MEETING}/minutes/open", api_papers.open_part, Permission.DISCLOSE),
    Route("GET", "/api/v1/reports/attendance", api_reports.attendance, Permission.REPORT),
    Route("GET", "/api/v1/reports/standard", standard_report.by_client, Permission.REPORT),
    Route("GET", "/api/v1/reports/places", place_rows.by_client, Permission.REPORT),
    Route("GET", "/api/v1/needs-a-person", api_reads.needs_a_person, Permission.READ),
    Route("GET", "/r/{token}", answer_page.show, Permission.PUBLIC_LINK),
    Route("POST", "/r/{token}", answer_page.answer, Permission.PUBLIC_LINK),
    Route("GET", "/r/{token}/calendar-file", calendar_files.by_link, Permission.PUBLIC_LINK),
    Route("GET", "/sign-in", sign_in.ask, Permission.OPEN),
    Route("GET", "/sign-in/return", sign_in.come_back, Permission.OPEN),
    Route("POST", "/sign-out", sign_in.leave_all, Permission.STAFF),
    Route("GET", "/signed-out", sign_in.signed_out, Permission.OPEN),
    Route("GET", "/account", sign_in.who_am_i, Permission.STAFF),
    Route("GET", "/", pages.choose, Permission.STAFF),
    Route("GET", "/{partnership}/worklist", pages.worklist, Permission.STAFF_READ),
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


def add_routes(app: web.Application) -> None:
    """Give an application every address, its templates, its counters and what surrounds each request.

    The caller sets ``SERVICES`` and ``DOORS``, ``READY_CHECKS`` where there is something to check, and ``SESSIONS`` and
    ``ENTRA`` where people can sign in: without them no staff page is shown.
    """
    app[METRICS] = Metrics()
    app.setdefault(READY_CHECKS, ())
    set_up_templates(app)
    app.middlewares.extend((keep_log, answer_problems))
    if SESSIONS in app:
        app.middlewares.append(session_middleware(app[SESSIONS]))
    for route in ROUTES:
        enter = guarded(route.permission, route.endpoint)
        if route.method == "GET":
            app.router.add_get(route.path, enter, allow_head=True)
        else:
            app.router.add_route(route.method, route.path, enter)
    app.router.add_static(STATIC, Path(str(files("service.web"))) / "static", append_version=False)
