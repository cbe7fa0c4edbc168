"""Speaks to the running service and to the sandbox over HTTP, as the people and systems of the story do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

_LINK = re.compile(r"https?://[^\s\"<>]+/r/[A-Za-z0-9_-]+")
_TIMEOUT = aiohttp.ClientTimeout(total=30)


class AnswerError(Exception):
    """The service or the sandbox did not do what it was asked; the words say what it answered."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"answered {status}: {words[:400]}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays, and who may do what. ``now`` is business time, ``real_now`` what signatures carry.

    ``senders`` holds, for each partnership, the name under which its case system sends and its webhook secret.
    """

    service_url: str
    sandbox_url: str
    sandbox_token: str = field(repr=False)
    api_key: str = field(repr=False)
    senders: Mapping[str, tuple[str, str]] = field(repr=False)
    now: Callable[[], datetime]
    real_now: Callable[[], datetime]
    speed: float


def sign(secret: str, delivery_id: str, seconds: int, body: bytes) -> str:
    """The signature header of a delivery, as Standard Webhooks asks: HMAC-SHA256 over "id.timestamp.body"."""
    encoded = secret.removeprefix("whsec_")
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    mac = hmac.digest(key, f"{delivery_id}.{seconds}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(mac).decode()}"


class Client:
    """Everything the story asks of the service and of the sandbox. Raises AnswerError for any refusal."""

    def __init__(self, stage: Stage, session: aiohttp.ClientSession) -> None:
        self.stage = stage
        self.session = session

    async def deliver(self, partnership: str, delivery_id: str, body: bytes) -> dict[str, Any]:
        """Send a signed webhook and return its answer."""
        name, secret = self.stage.senders[partnership]
        seconds = int(self.stage.real_now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": sign(secret, delivery_id, seconds, body),
        }
        return await self._ask("POST", f"{self.stage.service_url}/webhooks/{name}", headers, data=body)

    async def api(self, method: str, path: str, body: Any = None, *, key: str = "", **query: str) -> dict[str, Any]:
        """Call the service's API and return its answer."""
        headers = {"Authorization": f"Bearer {self.stage.api_key}"}
        if key:
            headers["Idempotency-Key"] = key
        more: dict[str, Any] = {"params": query} if query else {}
        if body is not None:
            more["json"] = body
        return await self._ask(method, f"{self.stage.service_url}/api/v1{path}", headers, **more)

    async def meeting(self, partnership: str, reference: str) -> dict[str, Any]:
        """One meeting with its agencies, answers, chases, attendance and tasks."""
        return await self.api("GET", f"/meetings/{reference}", partnership=partnership)

    async def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call the sandbox's control API and return its answer."""
        headers = {"X-Sandbox-Token": self.stage.sandbox_token}
        more = {} if body is None else {"json": body}
        return await self._ask(method, f"{self.stage.sandbox_url}/control/{path}", headers, **more)

    async def inbox(self, address: str) -> list[dict[str, Any]]:
        """What an address has received, oldest first."""
        found = await self.control("GET", f"inboxes/{address}")
        items: list[dict[str, Any]] = found["items"]
        return items

    async def personal_link(self, address: str, reference: str) -> str | None:
        """The personal link in the newest message to an address about a meeting; None while there is none."""
        for item in reversed(await self.inbox(address)):
            found = _LINK.search(item["body"]) if reference in item["subject"] else None
            if found:
                return found[0]
        return None

    async def page(self, url: str, form: Mapping[str, str] | None = None) -> str:
        """Open a page of the service, or send its form; redirects are followed as a browser would."""
        method = "GET" if form is None else "POST"
        async with self.session.request(method, url, timeout=_TIMEOUT, data=form) as response:
            text = await response.text()
            if response.status >= 400:
                raise AnswerError(response.status, _words_of(text))
            return text

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], **more: Any) -> dict[str, Any]:
        async with self.session.request(method, url, headers=headers, timeout=_TIMEOUT, **more) as response:
            raw = await response.read()
        if response.status >= 400:
            raise AnswerError(response.status, raw.decode(errors="replace"))
        answer: dict[str, Any] = json.loads(raw)
        return answer


def _words_of(page: str) -> str:
    main = page.partition("<main")[2] or page
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())
