"""The pretend Entra's sign-in is as strict as the real one: each lie is refused with Entra's own number."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from yarl import URL

from service.sandbox.accounts import CodeRefusedError, SignInRefusedError, SignIns
from service.sandbox.config import Person, SandboxConfig, StaffApplication

TENANT, BACK = "tenant", "http://127.0.0.1:8080/sign-in/return"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ADA = Person("Ada Officer", ("lewisham.officer",))
APPLICATION = StaffApplication(
    client_id="staff", client_secret="s", redirect_uris=(BACK,), people=(ADA, Person("Lou Plain"))
)
ASKED = {
    "client_id": "staff",
    "response_type": "code",
    "redirect_uri": BACK,
    "scope": "openid profile",
    "state": "st",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
FORM = {"client_secret": "s", "redirect_uri": BACK, "code_verifier": VERIFIER}


def claims_of(sign_ins: SignIns, token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, KeySet.import_key_set(sign_ins.published), algorithms=["RS256"]).claims)  # type: ignore[arg-type]


def test_a_code_buys_a_token_that_says_who_and_for_whom() -> None:
    sign_ins = SignIns(APPLICATION, TENANT)
    token = sign_ins.redeem({**FORM, "code": sign_ins.code_for(ADA.oid, ASKED)}, "https://issuer")
    claims = claims_of(sign_ins, token)
    assert (claims["aud"], claims["iss"], claims["tid"], claims["oid"]) == ("staff", "https://issuer", TENANT, ADA.oid)
    assert (claims["nonce"], claims["ver"], claims["roles"]) == ("n-1", "2.0", ["lewisham.officer"])


def test_somebody_without_a_role_has_no_roles_claim_at_all() -> None:
    sign_ins = SignIns(APPLICATION, TENANT)
    lou = APPLICATION.people[1]
    claims = claims_of(sign_ins, sign_ins.redeem({**FORM, "code": sign_ins.code_for(lou.oid, ASKED)}, "i"))
    assert "roles" not in claims


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"client_id": "other"}, 700016),
        ({"redirect_uri": "https://evil.example"}, 50011),
        ({"response_type": "token"}, 700054),
        ({"scope": "profile"}, 70011),
        ({"code_challenge_method": "plain"}, 501461),
        ({"code_challenge": "short"}, 501461),
    ],
)
def test_a_wrong_question_is_refused_on_entra_s_own_page(changed: dict[str, str], number: int) -> None:
    with pytest.raises(SignInRefusedError) as refused:
        SignIns(APPLICATION, TENANT).check(ASKED | changed)
    assert refused.value.number == number


@pytest.mark.parametrize(
    ("changed", "error", "number"),
    [
        ({"client_secret": "wrong"}, "invalid_client", 7000215),
        ({"code": "made up"}, "invalid_grant", 70008),
        ({"redirect_uri": "http://127.0.0.1:8080/other"}, "invalid_grant", 50011),
        ({"code_verifier": "w" * 43}, "invalid_grant", 501481),
        ({"code_verifier": "short"}, "invalid_grant", 501481),
    ],
)
def test_a_code_in_wrong_hands_buys_nothing(changed: dict[str, str], error: str, number: int) -> None:
    sign_ins = SignIns(APPLICATION, TENANT)
    with pytest.raises(CodeRefusedError) as refused:
        sign_ins.redeem({**FORM, "code": sign_ins.code_for(ADA.oid, ASKED), **changed}, "i")
    assert (refused.value.error, refused.value.number) == (error, number)


def test_a_code_is_good_once() -> None:
    sign_ins = SignIns(APPLICATION, TENANT)
    code = sign_ins.code_for(ADA.oid, ASKED)
    sign_ins.redeem({**FORM, "code": code}, "i")
    with pytest.raises(CodeRefusedError):
        sign_ins.redeem({**FORM, "code": code}, "i")


def test_the_configuration_says_what_is_missing() -> None:
    plain = (
        '{"tenant_id": "t", "client_id": "c", "client_secret": "s", "mailboxes": ["m@x.example"], "control_token": "c"'
    )
    with pytest.raises(ValueError, match="sign_in"):
        SandboxConfig.from_json(plain + ', "sign_in": {"client_id": "staff"}}')
    with pytest.raises(ValueError, match="sign_in"):
        SandboxConfig.from_json(plain + ', "sign_in": []}')


def test_a_person_has_the_same_object_id_in_every_run() -> None:
    assert Person("Ada Officer").oid == ADA.oid != Person("Ben Chair").oid
    assert URL(BACK).origin() == URL("http://127.0.0.1:8080")
