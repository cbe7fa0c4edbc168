"""The table of addresses: none without a permission, none that vanished, none that its description forgot."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from service.handlers.access import GUARDS
from service.handlers.keys import WebhookSource, secret_bytes
from service.handlers.operations import DESCRIBED
from service.handlers.permissions import API_RIGHTS, Permission
from service.handlers.routes import ROUTES
from tests.handlers.house import House

# Whoever takes an address away, or opens one wider, changes this list on purpose.
EXPECTED = """
GET    /                                              staff
GET    /{partnership}/held/{item}                     staff_arrange
POST   /{partnership}/held/{item}                     staff_arrange
GET    /{partnership}/kept/{kept}                     staff
POST   /{partnership}/kept/{kept}/drop                staff
GET    /api/openapi.json                              open
POST   /api/v1/meeting-requests                       requests
GET    /api/v1/meeting-requests/{id}                  read
GET    /api/v1/meetings                               read
GET    /api/v1/clashes                                read
GET    /{partnership}/clashes                         staff_read
GET    /api/v1/meetings/{reference}                   read
GET /api/v1/meetings/{reference}/quorum read
GET /api/v1/meetings/{reference}/family read
GET /api/v1/meetings/{reference}/medical read
POST /api/v1/meetings/{reference}/medical arrange
POST /api/v1/meetings/{reference}/medical/attendance attendance
POST /api/v1/meetings/{reference}/family arrange
GET /{partnership}/leaflets/conference staff_read
GET /{partnership}/reports/caseload staff_report
GET /{partnership}/meetings/{reference}/family staff_read
POST /api/v1/meetings/{reference}/quorum arrange
POST /api/v1/meetings/{reference}/short-notice arrange
POST /api/v1/meetings/{reference}/stand-down   arrange
GET  /api/v1/meetings/{reference}/replan       read
POST /api/v1/meetings/{reference}/replan       arrange
GET    /api/v1/meetings/{reference}/slots             read
POST   /api/v1/meetings/{reference}/slots/hold        arrange
GET    /api/v1/meetings/{reference}/together          read
POST   /api/v1/meetings/{reference}/together          arrange
POST   /api/v1/slots                                  requests
GET    /api/v1/meetings/{reference}/calendar-file     read
POST   /api/v1/meetings/{reference}/identity          disclose
POST   /api/v1/meetings/{reference}/stop              arrange
POST   /api/v1/meetings/{reference}/person            arrange
POST   /api/v1/meetings/{reference}/answers           answer
GET    /api/v1/meetings/{reference}/outcome           read
POST   /api/v1/meetings/{reference}/outcome           attendance
GET    /api/v1/meetings/{reference}/actions           read
POST   /api/v1/meetings/{reference}/actions           attendance
POST   /api/v1/meetings/{reference}/actions/close     attendance
GET    /api/v1/meetings/{reference}/reports           read
POST   /api/v1/meetings/{reference}/reports           attendance
POST   /api/v1/meetings/{reference}/sittings          attendance
POST   /api/v1/meetings/{reference}/attendance        attendance
GET    /api/v1/meetings/{reference}/attendance/proposals read
POST   /api/v1/meetings/{reference}/attendance/confirm attendance
GET    /api/v1/meetings/{reference}/decisions         read
POST   /api/v1/meetings/{reference}/decisions         attendance
POST   /api/v1/meetings/{reference}/decisions/open    disclose
GET    /api/v1/meetings/{reference}/minutes           read
POST   /api/v1/meetings/{reference}/minutes           attendance
POST   /api/v1/meetings/{reference}/minutes/issue     attendance
POST   /api/v1/meetings/{reference}/minutes/open      disclose
POST /api/v1/meetings/{reference}/outcome/police-reference attendance
POST /api/v1/meetings/{reference}/outcome/police-reference/open disclose
GET /api/v1/meetings/{reference}/disagreements read
POST /api/v1/meetings/{reference}/disagreements attendance
POST /api/v1/meetings/{reference}/disagreements/{disagreement}/further attendance
POST /api/v1/meetings/{reference}/disagreements/{disagreement}/settle attendance
POST /api/v1/meetings/{reference}/disagreements/{disagreement}/open disclose
GET /api/v1/disagreements read
POST /api/v1/disagreements attendance
POST /api/v1/disagreements/{disagreement}/further attendance
POST /api/v1/disagreements/{disagreement}/settle attendance
POST /api/v1/disagreements/{disagreement}/open disclose
POST   /api/v1/meetings/{reference}/cancel            arrange
POST   /api/v1/meetings/{reference}/confirm           arrange
POST   /api/v1/meetings/{reference}/move              arrange
GET    /api/v1/needs-a-person                         read
GET    /api/v1/reports/attendance                     report
GET    /api/v1/reports/standard                       report
GET    /{partnership}/reports/standard                staff_report
GET    /api/v1/reports/places                         report
GET    /{partnership}/reports/places                  staff_report
GET    /{partnership}/reports/codebook                staff_report
POST   /graph/lifecycle                               graph_state
POST   /graph/notifications                           graph_state
GET    /{partnership}/meetings/{reference}/attendance staff_attendance
POST   /{partnership}/meetings/{reference}/attendance staff_attendance
POST   /{partnership}/meetings/{reference}/attendance/confirm staff_confirm
GET    /{partnership}/meetings/{reference}/sittings staff_attendance
POST   /{partnership}/meetings/{reference}/sittings staff_attendance
GET    /{partnership}/meetings/{reference}/outcome staff_attendance
POST   /{partnership}/meetings/{reference}/outcome staff_attendance
GET    /{partnership}/meetings/{reference}/actions staff_attendance
POST   /{partnership}/meetings/{reference}/actions staff_attendance
POST   /{partnership}/meetings/{reference}/actions/{number}/close staff_attendance
GET    /{partnership}/meetings/{reference}/written-information staff_attendance
POST   /{partnership}/meetings/{reference}/written-information staff_attendance
GET     /{partnership}/meetings/{reference}/mail/{mail}  staff_arrange
POST    /{partnership}/meetings/{reference}/mail/{mail}  staff_arrange
POST    /{partnership}/meetings/{reference}/mail/{mail}/read  staff_arrange
POST    /{partnership}/meetings/{reference}/mail/{mail}/move  staff_arrange
GET    /{partnership}/meetings/{reference}/medical staff_arrange
POST   /{partnership}/meetings/{reference}/medical staff_arrange
POST   /{partnership}/meetings/{reference}/medical/attendance staff_attendance
GET    /{partnership}/meetings/{reference}/decisions staff_attendance
POST   /{partnership}/meetings/{reference}/decisions staff_confirm
POST   /{partnership}/meetings/{reference}/decisions/read staff_attendance
GET    /{partnership}/meetings/{reference}/minutes staff_attendance
POST   /{partnership}/meetings/{reference}/minutes staff_confirm
POST   /{partnership}/meetings/{reference}/minutes/issue staff_attendance
POST   /{partnership}/meetings/{reference}/minutes/read staff_attendance
GET    /{partnership}/meetings/{reference}/disagreements staff_arrange
POST   /{partnership}/meetings/{reference}/disagreements staff_arrange
GET    /{partnership}/meetings/{reference}/disagreements/{disagreement} staff_arrange
POST   /{partnership}/meetings/{reference}/disagreements/{disagreement}/read staff_arrange
POST   /{partnership}/meetings/{reference}/disagreements/{disagreement}/further staff_arrange
POST   /{partnership}/meetings/{reference}/disagreements/{disagreement}/settle staff_arrange
GET    /{partnership}/meetings/{reference}/replan staff_arrange
POST   /{partnership}/meetings/{reference}/replan/look staff_arrange
POST   /{partnership}/meetings/{reference}/replan staff_arrange
GET    /{partnership}/meetings/{reference}/stand-down staff_arrange
POST   /{partnership}/meetings/{reference}/stand-down staff_arrange
GET    /{partnership}/meetings/{reference}/places/{place}/stop staff_arrange
POST   /{partnership}/meetings/{reference}/places/{place}/stop staff_arrange
GET    /{partnership}/meetings/{reference}/places/{place}/person staff_arrange
POST   /{partnership}/meetings/{reference}/places/{place}/person staff_arrange
GET    /{partnership}/meetings/{reference}/places/{place}/inbox staff_arrange
POST   /{partnership}/meetings/{reference}/places/{place}/inbox staff_arrange
GET    /{partnership}/meetings/{reference}/readers staff_confirm
POST   /{partnership}/meetings/{reference}/readers staff_confirm
POST   /{partnership}/meetings/{reference}/readers/{act} staff_confirm
GET    /{partnership}/meetings/{reference}/who-it-is-about staff_arrange
POST   /{partnership}/meetings/{reference}/who-it-is-about staff_arrange
GET    /{partnership}/meetings/{reference}/family/arrange staff_arrange
POST   /{partnership}/meetings/{reference}/family/arrange staff_arrange
GET    /{partnership}/meetings/{reference}/chair-sheet staff_read
GET    /{partnership}/meetings/{reference}/break-glass staff_read
POST   /{partnership}/meetings/{reference}/break-glass staff_read
GET    /health/live                                   open
GET    /health/ready                                  operations
GET    /metrics                                       operations
GET    /r/{token}                                     public_link
GET    /cookies                                       open
GET    /accessibility                                 open
GET    /sign-in                                       open
GET    /sign-in/return                                open
POST   /sign-out                                      staff
GET    /signed-out                                    open
GET    /{partnership}/meetings/{reference}/answers/{place} staff_arrange
POST   /{partnership}/meetings/{reference}/answers/{place} staff_arrange
GET    /{partnership}/meetings/{reference}/time       staff_arrange
GET    /{partnership}/meetings/{reference}/together   staff_arrange
POST   /{partnership}/meetings/{reference}/together   staff_arrange
POST   /{partnership}/meetings/{reference}/time       staff_arrange
GET    /{partnership}/meetings/{reference}/cancel     staff_arrange
POST   /{partnership}/meetings/{reference}/cancel     staff_arrange
GET    /{partnership}/meetings/{reference}/short-notice staff_arrange
POST   /{partnership}/meetings/{reference}/short-notice staff_arrange
GET    /{partnership}/meetings/{reference}/go-on      staff_arrange
POST   /{partnership}/meetings/{reference}/go-on      staff_arrange
POST   /{partnership}/tasks/{task}/done               staff_arrange
POST   /{partnership}/tasks/{task}/drop               staff_arrange
GET    /{partnership}/requests                        staff_request
GET    /{partnership}/requests/new                    staff_request
POST   /{partnership}/requests/who                    staff_request
POST   /{partnership}/requests/new                    staff_request
GET    /{partnership}/requests/{draft}                staff_request
POST   /{partnership}/requests/{draft}                staff_request
GET    /{partnership}/requests/{draft}/check          staff_request
POST   /{partnership}/requests/{draft}/check          staff_request
GET    /{partnership}/requests/{draft}/steps          staff_request
GET    /{partnership}/requests/{draft}/steps/{step}   staff_request
POST   /{partnership}/requests/{draft}/steps/{step}   staff_request
POST   /{partnership}/requests/{draft}/drop           staff_request
GET    /{partnership}/requests/{draft}/sent           staff_request
GET    /account                                       staff
POST   /r/{token}                                     public_link
GET    /r/{token}/who                                 public_link
POST   /r/{token}/who                                 public_link
POST   /r/{token}/code                                public_link
GET    /door                                          public_link
POST   /door                                          public_link
GET    /desk                                          desk_session
GET    /desk/{place}                                  desk_session
POST   /desk/{place}                                  desk_session
POST   /desk/end                                      desk_session
GET    /r/{token}/calendar-file                       public_link
GET    /{partnership}/meetings/{reference}/calendar-file staff_read
GET    /{partnership}/reports                         staff_report
GET    /{partnership}/policy                          staff_policy
POST   /{partnership}/policy                          staff_policy
POST   /{partnership}/policy/drafts/{draft}           staff_policy
GET    /{partnership}/policy/drafts/{draft}/what-if   staff_policy
GET    /{partnership}/policy/drafts/{draft}/pack      staff_policy
GET    /{partnership}/policy/pack                     staff_policy
GET    /{partnership}/openings                        staff_audit
POST   /{partnership}/openings                        staff_audit
GET    /{partnership}/operations                      staff_operate
POST   /{partnership}/operations/letters/{letter}     staff_operate
GET    /{partnership}/operations/items/{item}         staff_operate
POST   /{partnership}/operations/items/{item}         staff_operate
GET    /{partnership}/directory                       staff_operate
GET    /{partnership}/directory/import                staff_operate
POST   /{partnership}/directory/import                staff_operate
GET    /{partnership}/directory/imports/{import}      staff_operate
GET    /{partnership}/directory/inboxes/{inbox}       staff_operate
POST   /{partnership}/directory/inboxes/{inbox}       staff_operate
GET    /{partnership}/directory/inboxes/{inbox}/retire staff_operate
POST   /{partnership}/directory/inboxes/{inbox}/retire staff_operate
GET    /{partnership}/directory/add                   staff_operate
POST   /{partnership}/directory/add                   staff_operate
POST   /{partnership}/directory/inboxes/{inbox}/addresses/{check} staff_operate
GET    /{partnership}/reports/dip-samples             staff_report
POST   /{partnership}/reports/dip-samples             staff_review
GET    /{partnership}/reports/dip-samples/{seal}      staff_review
GET    /{partnership}/reports/dip-samples/{seal}/{reference} staff_review
POST   /{partnership}/reports/dip-samples/{seal}/{reference} staff_review
GET    /{partnership}/reports/stale-contacts          staff_report
GET    /{partnership}/directory/desks                 staff_operate
POST   /{partnership}/directory/desks                 staff_operate
GET    /{partnership}/rota                            staff_arrange
POST   /{partnership}/rota                            staff_arrange
POST   /{partnership}/meetings/{reference}/who-it-is-about/secure-mail staff_arrange
GET    /{partnership}/policy/secure-mail              staff_govern
POST   /{partnership}/policy/secure-mail              staff_govern
POST   /{partnership}/policy/secure-mail/{allowed}    staff_govern
POST   /{partnership}/policy/drafts/{draft}/what-if   staff_policy
GET    /{partnership}/policy/what-ifs/{tried}       staff_policy
GET    /inbox/{token}                                 public_link
POST   /inbox/{token}                                 public_link
GET    /api/v1/directory                              read
POST   /api/v1/directory/inboxes/{inbox}              directory
POST   /api/v1/directory/addresses/{check}            directory
GET    /api/v1/desks                                  read
POST   /api/v1/desks                                  directory
GET    /api/v1/rota                                   read
POST   /api/v1/rota                                   arrange
GET    /api/v1/secure-mail                            read
POST   /api/v1/secure-mail                            govern
POST   /api/v1/secure-mail/{allowed}                  govern
GET    /{partnership}/meetings/{reference}/bundle     staff_audit
POST   /{partnership}/meetings/{reference}/bundle     staff_audit
GET    /{partnership}/contact-sheet                   staff_read
GET /api/v1/meetings/{reference}/follow-up read
POST /api/v1/meetings/{reference}/follow-up arrange
POST /{partnership}/meetings/{reference}/follow-up staff_arrange
GET /{partnership}/handover staff_read
POST /{partnership}/handover staff_arrange
GET /api/v1/meetings/{reference}/not-held read
POST /api/v1/meetings/{reference}/not-held arrange
GET /{partnership}/meetings/{reference}/not-held staff_arrange
POST /{partnership}/meetings/{reference}/not-held staff_arrange
GET /api/v1/meetings/{reference}/chair read
POST /api/v1/meetings/{reference}/chair arrange
GET /{partnership}/meetings/{reference}/chair staff_arrange
POST /{partnership}/meetings/{reference}/chair staff_arrange
GET /api/v1/meetings/{reference}/calls read
POST /api/v1/meetings/{reference}/calls arrange
GET /{partnership}/meetings/{reference}/calls staff_read
POST /{partnership}/meetings/{reference}/calls staff_arrange
POST   /api/v1/meetings/{reference}/add-agency        arrange
POST   /api/v1/meetings/{reference}/withdraw-agency   arrange
POST /api/v1/meetings/{reference}/add-now arrange
POST /api/v1/meetings/{reference}/remove-now arrange
POST /api/v1/meetings/{reference}/exclude arrange
GET /{partnership}/meetings/{reference}/places/{place}/remove staff_arrange
POST /{partnership}/meetings/{reference}/places/{place}/remove staff_arrange
GET /{partnership}/meetings/{reference}/places/{place}/exclude staff_arrange
POST /{partnership}/meetings/{reference}/places/{place}/exclude staff_arrange
GET /{partnership}/meetings/{reference}/add-now staff_arrange
POST /{partnership}/meetings/{reference}/add-now staff_arrange
GET /{partnership}/meetings/{reference}/add-agency staff_arrange
POST /{partnership}/meetings/{reference}/add-agency staff_arrange
GET /{partnership}/meetings/{reference}/places/{place}/withdraw staff_arrange
POST /{partnership}/meetings/{reference}/places/{place}/withdraw staff_arrange
POST   /api/v1/meetings/{reference}/again             arrange
GET    /{partnership}/meetings/{reference}/again      staff_arrange
POST   /{partnership}/meetings/{reference}/again      staff_arrange
GET    /api/v1/mail                                    read
POST   /api/v1/meetings/{reference}/mail/{mail}/open   disclose
POST   /api/v1/meetings/{reference}/mail/{mail}/settle answer
POST   /api/v1/meetings/{reference}/mail/{mail}/move   arrange
GET    /api/v1/drift                                  read
POST   /api/v1/meetings/{reference}/drift             arrange
GET    /{partnership}/drift                           staff_read
POST   /{partnership}/drift/compare                   staff_arrange
POST   /{partnership}/meetings/{reference}/drift      staff_arrange
POST   /webhooks/{source}                             public_signed
GET    /{partnership}/meetings/{reference}            staff_read
GET    /{partnership}/worklist                        staff_read
POST   /{partnership}/worklist                        staff_read
GET    /{partnership}/worklist/changes                staff_read
"""


def test_no_address_vanishes_or_opens_unnoticed() -> None:
    expected = {tuple(line.split()) for line in EXPECTED.strip().splitlines()}
    assert {(route.method, route.path, str(route.permission)) for route in ROUTES} == expected
    assert len(ROUTES) == len(expected)


def test_every_permission_has_a_guard() -> None:
    assert set(GUARDS) == set(Permission)


def test_every_path_is_kebab_case() -> None:
    for route in ROUTES:
        fixed = re.sub(r"\{[a-z]+\}", "", route.path)
        assert re.fullmatch(r"[a-z0-9/.-]*", fixed), route.path


async def test_the_server_has_the_table_s_addresses_and_no_others(house: House) -> None:
    app = house.client.app
    assert app is not None
    found = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and not isinstance(route.resource, web.StaticResource)
    }
    wanted = {(route.method, route.path) for route in ROUTES}
    assert found == wanted | {("HEAD", route.path) for route in ROUTES if route.method == "GET"}


def test_the_description_covers_the_api_and_nothing_else() -> None:
    described = {(each.method, each.path) for each in DESCRIBED}
    assert described == {(route.method, route.path) for route in ROUTES if route.permission in API_RIGHTS}
    assert len({each.id for each in DESCRIBED}) == len(DESCRIBED)


async def test_every_api_address_refuses_a_stranger(house: House) -> None:
    for route in ROUTES:
        if route.permission not in API_RIGHTS:
            continue
        path = re.sub(r"\{\w+\}", "x", route.path.replace("{reference}", "CV-1111-1111"))
        answer = await house.client.request(route.method, path)
        assert answer.status == 401, route
        assert answer.content_type == "application/problem+json"


async def test_other_methods_are_405_with_those_allowed(house: House) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"):
        answer = await house.client.request(method, "/api/v1/meeting-requests")
        assert answer.status == 405, method
        assert answer.headers["Allow"] == "POST"
        assert answer.content_type == "application/problem+json"


async def test_health_and_figures_name_nobody(house: House) -> None:
    await house.confirmed()
    assert await (await house.client.get("/health/live")).json() == {"status": "live"}
    ready = await (await house.client.get("/health/ready")).json()
    assert ready == {"status": "ready", "checks": {"database": "pass"}}
    figures = await (await house.client.get("/metrics")).text()
    assert 'convene_records{kind="outbox",partnership="lewisham",state="waiting"}' in figures
    assert 'route="/api/v1/meeting-requests"' in figures
    for word in ("Fennimore", "CV-", "eclipse", "nurse", "@"):
        assert word not in figures


async def test_the_access_log_holds_the_pattern_and_not_the_link(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    link = await house.link(await house.confirmed())
    capsys.readouterr()
    await house.client.get(link)
    logged = capsys.readouterr().out
    assert "/r/{token}" in logged
    assert link not in logged


@pytest.mark.parametrize("secret", ["whsec_!!!", "whsec_c2hvcnQ=", "", "whsec_"])
def test_a_secret_that_cannot_be_used_is_found_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        WebhookSource("lewisham", (secret,))


def test_a_secret_may_leave_its_padding_out() -> None:
    assert secret_bytes("whsec_" + "a2tr" * 8 + "a2s") == b"kkk" * 8 + b"kk"
