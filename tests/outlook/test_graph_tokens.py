"""Tokens: from Entra through azure-identity, or from a sandbox on this machine; every refusal a type."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from service.outlook import tokens
from service.outlook.adapter import open_graph
from service.outlook.errors import GraphError, NotReached, PermanentConfiguration
from service.outlook.tokens import EntraTokens, LoopbackTokens
from tests.outlook.stage import CLIENT, TENANT, Recorder, settings_for

_ME = (TENANT, CLIENT, "a-secret-for-tests", "https://graph.example/.default")


@dataclass
class Entra:
    """What stands in for Entra, which no test can reach: it answers as azure-identity's credential does."""

    outcomes: list[Any] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0

    def __call__(self, **made_from: Any) -> Entra:
        self.made.append(made_from)
        return self

    async def get_token(self, *_scopes: str) -> AccessToken:
        outcome = self.outcomes.pop(0) if self.outcomes else f"token-{len(self.made)}"
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome is None:
            await asyncio.Event().wait()
        return AccessToken(str(outcome), 4_000_000_000)

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch) -> Entra:
    made = Entra()
    monkeypatch.setattr(tokens, "ClientSecretCredential", made)
    return made


@dataclass
class _Answered:
    status_code: int


def _refused(status: int) -> ClientAuthenticationError:
    error = ClientAuthenticationError("AADSTS7000215 for someone@council.example")
    error.response = cast("Any", _Answered(status))
    return error


OUTCOMES = [
    (_refused(401), PermanentConfiguration, "a wrong or expired secret"),
    (_refused(400), PermanentConfiguration, "no such application"),
    (_refused(503), NotReached, "Entra is down"),
    (_refused(429), NotReached, "Entra is busy"),
    (ServiceRequestError("no route"), NotReached, "Entra cannot be reached"),
    (None, NotReached, "Entra says nothing"),
]


@pytest.mark.parametrize(("outcome", "kind", "why"), OUTCOMES, ids=[row[2] for row in OUTCOMES])
async def test_each_failure_of_entra_has_its_class(
    entra: Entra, outcome: Exception | None, kind: type[GraphError], why: str
) -> None:
    entra.outcomes.append(outcome)
    source = EntraTokens("https://login.example", *_ME, 0.1)
    with pytest.raises(kind) as caught:
        await source.token()
    assert "council.example" not in str(caught.value)
    assert await source.token() == "token-1", why


async def test_a_refused_token_leads_to_one_new_credential_however_many_callers_had_it(entra: Entra) -> None:
    source = EntraTokens("https://login.example", *_ME, 1.0)
    old = await source.token()
    await asyncio.gather(*(source.renew(old) for _ in range(3)))
    assert await source.token() == "token-2"
    await source.renew(old)
    assert (len(entra.made), entra.closed) == (2, 1)
    assert entra.made[0]["retry_total"] == 0
    await source.close()
    assert entra.closed == 2


async def test_a_real_credential_that_cannot_speak_to_its_authority_has_reached_nobody(recorder: Recorder) -> None:
    plain_port = recorder.address.replace("http://", "https://")
    async with open_graph(settings_for(recorder.address, authority=plain_port)) as graph:
        with pytest.raises(NotReached):
            await graph.call("GET", "/me")
    assert recorder.seen == []


async def test_a_loopback_token_is_fetched_again_before_it_ends(recorder: Recorder) -> None:
    source = LoopbackTokens(recorder.address, *_ME, 2.0)
    assert await source.token() == await source.token() == "token-1"
    source._good_until = asyncio.get_running_loop().time()
    assert await source.token() == "token-2"
    await source.close()


async def test_a_token_endpoint_that_answers_rubbish_has_given_no_token(recorder: Recorder) -> None:
    source = LoopbackTokens(f"{recorder.address}/elsewhere", *_ME, 2.0)
    with pytest.raises(NotReached, match="NoToken"):
        await source.token()
    await source.close()
