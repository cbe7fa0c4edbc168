"""Signing in as an application: good tokens, refused ones, and tokens that end."""

from typing import Any

import pytest

from service.sandbox.tokens import TokenIssuer
from tests.sandbox.conftest import TENANT, Open, Tenant


async def test_a_token_is_issued_for_the_right_secret(tenant: Tenant) -> None:
    reply = await tenant.token()
    assert (reply.status, reply.json["token_type"], reply.json["expires_in"]) == (200, "Bearer", 3599)
    assert reply.headers["Cache-Control"].startswith("no-store")


@pytest.mark.parametrize(
    ("changed", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "somebody else"}, 400, "unauthorized_client", 700016),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "User.Read"}, 400, "invalid_scope", 1002012),
    ],
)
async def test_a_wrong_application_gets_no_token(
    tenant: Tenant, changed: dict[str, str], status: int, error: str, number: int
) -> None:
    reply = await tenant.token(**changed)
    assert (reply.status, reply.json["error"], reply.json["error_codes"]) == (status, error, [number])
    assert reply.json["error_description"].startswith(f"AADSTS{number}")


async def test_another_tenant_is_not_known(tenant: Tenant) -> None:
    reply = await tenant.page("POST", "/another/oauth2/v2.0/token", data={})
    assert (reply.status, reply.json["error_codes"]) == (400, [90002])


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}])
async def test_a_call_without_a_good_token_is_refused(tenant: Tenant, header: dict[str, str]) -> None:
    reply = await tenant.page("GET", "/v1.0/subscriptions", headers=header)
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_revoked_token_is_refused_until_the_application_signs_in_again(tenant: Tenant) -> None:
    await tenant.control("POST", "/tokens/revoke")
    assert (await tenant.graph("GET", "/subscriptions")).status == 401
    await tenant.sign_in()
    assert (await tenant.graph("GET", "/subscriptions")).status == 200


def test_a_token_ends_after_its_lifetime() -> None:
    now = [1000.0]
    tokens = TokenIssuer(60, lambda: now[0])
    header = f"Bearer {tokens.issue()}"
    now[0] = 1059.9
    assert tokens.accepts(header)
    now[0] = 1060.0
    assert not tokens.accepts(header)


async def test_a_planned_fault_at_the_token_endpoint_speaks_oauth(tenant: Tenant) -> None:
    await tenant.fault("token", "status", status=503, retry_after="7")
    reply = await tenant.token()
    assert (reply.status, reply.json["error"]) == (503, "temporarily_unavailable")
    assert reply.headers["Retry-After"] == "7"


async def test_the_metadata_points_to_the_token_endpoint(tenant: Tenant) -> None:
    metadata: Any = (await tenant.page("GET", f"/{TENANT}/v2.0/.well-known/openid-configuration")).json
    assert metadata["token_endpoint"] == f"{tenant.url}/{TENANT}/oauth2/v2.0/token"


async def test_a_tenant_opened_twice_has_two_secrets(open_tenant: Open) -> None:
    first, second = await open_tenant(client_secret="one"), await open_tenant(client_secret="two")
    first.bearer, second.bearer = second.bearer, first.bearer
    assert (await first.graph("GET", "/subscriptions")).status == 401
