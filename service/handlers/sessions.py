"""Who is signed in: a session kept on our side in Redis, with an absolute and an idle limit, and its anti-forgery word.

The cookie is a random id and nothing else. Over https its name starts with ``__Host-``, so that no other host of the
domain and no plain connection can set it. Redis holds our own ids of the person, roles and times; nothing of a case.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp_session import Session, get_session, new_session
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

from service.domain.staff import Roles, StaffRole
from service.handlers.claims import Vouched
from service.handlers.entra import Asked

# How many sign-ins one browser may have begun and not ended: some tabs, and no endless list in Redis.
_MOST_ASKED = 5
# A session's last sign of life is written at most this often.
_SEEN_EVERY = timedelta(minutes=1)
_AFTER_ITS_END = timedelta(hours=12)


# Sent by our own scripts with what they ask for by themselves.
UNATTENDED = "Convene-Unattended"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: whatever happens, and without a page being opened."""

    absolute: timedelta = timedelta(hours=8)
    idle: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request. ``ids`` and ``roles`` are by partnership; ``ends`` is when an idle session ends."""

    name: str
    ids: Mapping[str, UUID]
    roles: Roles
    began: datetime
    ends: datetime
    csrf: str

    def actor(self, partnership: str) -> str:
        """How the audit names the person."""
        return f"staff:{self.ids[partnership]}"

    def proves(self, word: str) -> bool:
        """Whether a form was shown by us to this very session."""
        return hmac.compare_digest(self.csrf.encode(), word.encode("utf-8", "surrogateescape"))


class Sessions(RedisStorage):
    """The sessions of a web process."""

    def __init__(self, redis: Redis, limits: Limits, now: Callable[[], datetime], *, secure: bool) -> None:
        super().__init__(
            redis,
            cookie_name="__Host-convene" if secure else "convene",
            # Kept for a while after its end, so that what is typed in a page left open is kept for whoever typed it.
            max_age=int((limits.absolute + _AFTER_ITS_END).total_seconds()),
            secure=secure,
            httponly=True,
            samesite="Lax",
            key_factory=lambda: secrets.token_urlsafe(32),
        )
        self._pool = redis
        self.limits = limits
        self.now = now

    async def forget(self, session: Session) -> None:
        """Remove what Redis holds of a session, so that its cookie is worth nothing from now on."""
        if session.identity is not None:
            await self._pool.delete(f"{self.cookie_name}_{session.identity}")


SESSIONS: web.AppKey[Sessions] = web.AppKey("sessions", Sessions)
# Whose session was found to have ended, for keeping what they typed and for nothing else.
ENDED: web.RequestKey[SignedIn] = web.RequestKey("ended", SignedIn)
SIGNED_IN: web.RequestKey[SignedIn] = web.RequestKey("signed_in", SignedIn)


async def remember_asked(request: web.Request, asked: Asked, to: str) -> None:
    """Keep what a sign-in was asked with, and where the person wanted to go."""
    session = await get_session(request)
    waiting = dict(session.get("asked", {}))
    while len(waiting) >= _MOST_ASKED:
        waiting.pop(next(iter(waiting)))
    waiting[asked.state] = [asked.nonce, asked.verifier, to]
    session["asked"] = waiting


async def take_asked(request: web.Request, state: str) -> tuple[Asked, str] | None:
    """What the sign-in with this state was asked with, once; None where this browser asked no such thing."""
    session = await get_session(request)
    waiting = dict(session.get("asked", {}))
    found = waiting.pop(state, None)
    if found is None:
        return None
    session["asked"] = waiting
    nonce, verifier, to = found
    return Asked(state, nonce, verifier), to


async def begin(request: web.Request, vouched: Vouched, ids: Mapping[str, UUID]) -> None:
    """Open a session under a new id: one that was there before the sign-in must not become somebody's."""
    sessions = request.app[SESSIONS]
    await sessions.forget(await get_session(request))
    session = await new_session(request)
    at = sessions.now().isoformat()
    session["who"] = {
        "name": vouched.name,
        "ids": {partnership: str(staff_id) for partnership, staff_id in ids.items()},
        "roles": {partnership: sorted(vouched.roles[partnership]) for partnership in ids},
        "began": at,
        "csrf": secrets.token_urlsafe(24),
    }
    session["seen"] = at


async def end(request: web.Request) -> None:
    """Close this browser's session."""
    session = await get_session(request)
    await request.app[SESSIONS].forget(session)
    session.invalidate()


async def signed_in(request: web.Request) -> SignedIn | None:
    """Who is signed in, None where nobody is or the session has run out; a running one is kept alive."""
    sessions = request.app[SESSIONS]
    session = await get_session(request)
    who, seen = session.get("who"), session.get("seen")
    if not isinstance(who, dict) or not isinstance(seen, str):
        return None
    now, began, last = sessions.now(), datetime.fromisoformat(who["began"]), datetime.fromisoformat(seen)
    if now >= began + sessions.limits.absolute or now >= last + sessions.limits.idle:
        request[ENDED] = _person(who, began, now)
        await end(request)
        return None
    if now >= last + _SEEN_EVERY and not _unattended(request):
        session["seen"] = now.isoformat()
        last = now
    return _person(who, began, min(last + sessions.limits.idle, began + sessions.limits.absolute))


def _unattended(request: web.Request) -> bool:
    """Whether a page asks by itself and nobody has pressed anything: that keeps no session alive."""
    return UNATTENDED in request.headers or request.path.endswith("/changes")


def _person(who: Mapping[str, Any], began: datetime, ends: datetime) -> SignedIn:
    return SignedIn(
        name=who["name"],
        ids={partnership: UUID(staff_id) for partnership, staff_id in who["ids"].items()},
        roles={
            partnership: frozenset(StaffRole(role) for role in roles if role in set(StaffRole))
            for partnership, roles in who["roles"].items()
        },
        began=began,
        ends=ends,
        csrf=who["csrf"],
    )
