"""Settings that cannot be meant, those of the sign-in above all, are refused at the start, each with its mend."""

from __future__ import annotations

import json

import pytest

from service.settings import SettingsRefusedError, load

PLAIN = {
    "CONVENE_DATABASE_URL": "postgresql+asyncpg://x@localhost/x",
    "CONVENE_REDIS_URL": "redis://localhost",
    "CONVENE_SEALING_KEYS": json.dumps({"k": "a"}),
    "CONVENE_SEALING_KEY_CURRENT": "k",
    "CONVENE_ANSWER_LINK_SECRET": "x" * 32,
    "CONVENE_PARTNERSHIPS": "{}",
    "CONVENE_PUBLIC_URL": "https://meetings.council.example",
}
SIGN_IN = {
    "CONVENE_SIGN_IN_TENANT_ID": "5b7d3c0e-0000-4000-8000-1d0f2a9c1a11",
    "CONVENE_SIGN_IN_CLIENT_ID": "app",
    "CONVENE_SIGN_IN_CLIENT_SECRET": "a secret that must not be repeated",
}


def test_sign_in_may_be_left_out_and_may_be_whole() -> None:
    assert load(PLAIN).sign_in_tenant_id == ""
    assert load({**PLAIN, **SIGN_IN}).session_hours == 8


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"CONVENE_SIGN_IN_TENANT_ID": ""}, "set together or not at all"),
        ({"CONVENE_SIGN_IN_CLIENT_ID": ""}, "set together or not at all"),
        ({"CONVENE_SIGN_IN_CLIENT_SECRET": ""}, "set together or not at all"),
        ({"CONVENE_SIGN_IN_TENANT_ID": "common"}, "names one tenant"),
        ({"CONVENE_SIGN_IN_TENANT_ID": "organizations"}, "names one tenant"),
        ({"CONVENE_PUBLIC_URL": "http://meetings.council.example"}, "CONVENE_PUBLIC_URL must start with https://"),
        ({"CONVENE_SIGN_IN_AUTHORITY": "http://login.example"}, "CONVENE_SIGN_IN_AUTHORITY must start with https://"),
        ({"CONVENE_SESSION_HOURS": "24"}, "CONVENE_SESSION_HOURS"),
        ({"CONVENE_SESSION_IDLE_MINUTES": "1"}, "CONVENE_SESSION_IDLE_MINUTES"),
        ({"CONVENE_REDIS_URL": "carrier-pigeon://redis"}, "CONVENE_REDIS_URL: must begin with redis://"),
        ({"CONVENE_REDIS_URL": "redis+sentinel://one.example"}, "write it as redis+sentinel://:password@host:26379"),
        ({"CONVENE_ALLOW_PUBLIC_BIND": "true"}, "is not a setting of Convene"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_mend(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsRefusedError) as refused:
        load({**PLAIN, **SIGN_IN, **changed})
    assert said in str(refused.value)
    assert "must not be repeated" not in str(refused.value)
