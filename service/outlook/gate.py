"""The gate in front of one organiser mailbox, shared by all workers: leases in flight, rates, pauses.

It never waits: no place means ``GateClosed`` at once, and the job is deferred. It lives in Redis, decides by the
server's own clock, and fails closed. Keys carry the mailbox's id, never its address. Only the calls of one process
queue for a moment before they ask it, so that they do not turn each other away.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import LONGEST_RETRY_SECONDS, Throttled

if TYPE_CHECKING:
    from redis.commands.core import AsyncScript

# Counting by slots never allows more than the limit in any window, as a plain bucket would just after refilling;
# the price is one slot's worth of waiting more than needed.
_ENTER = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local leases, requests, mails, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, lease_ms, in_flight = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local pause_ms = redis.call('PTTL', paused)
if pause_ms > 0 then return {'paused', pause_ms} end

local function rate(key, limit, window_ms, slot_ms)
  local slots, sum, oldest = redis.call('HGETALL', key), 0, nil
  for i = 1, #slots, 2 do
    local slot = tonumber(slots[i])
    if (slot + 1) * slot_ms <= now - window_ms then
      redis.call('HDEL', key, slots[i])
    else
      sum = sum + tonumber(slots[i + 1])
      if oldest == nil or slot < oldest then oldest = slot end
    end
  end
  if sum >= limit then
    if oldest == nil then return window_ms end
    return (oldest + 1) * slot_ms + window_ms - now
  end
  return 0
end
local function count(key, window_ms, slot_ms)
  redis.call('HINCRBY', key, string.format('%d', math.floor(now / slot_ms)), 1)
  redis.call('PEXPIRE', key, window_ms + slot_ms)
end

local beyond = {requests = 0, mails = 0}
if ARGV[7] == '1' then beyond = {requests = tonumber(ARGV[8]), mails = tonumber(ARGV[9])} end
local wait = rate(requests, tonumber(ARGV[4]) + beyond.requests, 600000, 10000)
if wait > 0 then return {'requests', wait} end
if ARGV[6] == '1' then
  wait = rate(mails, tonumber(ARGV[5]) + beyond.mails, 60000, 1000)
  if wait > 0 then
    -- Each is told a turn of its own, one mail apart: told all the same instant, they would come back together and be
    -- turned away together, all but one. A call that must not wait takes no turn. Turns are a little closer than the
    -- rate: one that comes too early takes another, but what nobody comes for in time is lost for good.
    if ARGV[7] == '1' then return {'mails', wait} end
    local apart = 57000 / tonumber(ARGV[5])
    local turn = math.max(now + wait, tonumber(redis.call('GET', KEYS[5]) or '0') + apart)
    turn = math.min(turn, now + 90000)
    redis.call('SET', KEYS[5], string.format('%d', turn), 'PX', 120000)
    return {'mails', turn - now}
  end
end
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
if redis.call('ZCARD', leases) >= in_flight then return {'in_flight', 0} end
redis.call('ZADD', leases, now + lease_ms, token)
redis.call('PEXPIRE', leases, lease_ms)
count(requests, 600000, 10000)
if ARGV[6] == '1' then count(mails, 60000, 1000) end
return {'open', 0}
"""

# A pause is only ever made longer: a short one must not end a long one that another worker was told of.
_PAUSE = """
local ms = tonumber(ARGV[1])
if redis.call('PTTL', KEYS[1]) < ms then redis.call('SET', KEYS[1], '1', 'PX', ms) end
return 1
"""


class Reason(StrEnum):
    """Why there was no place."""

    IN_FLIGHT = "in_flight"
    REQUESTS = "requests"
    MAILS = "mails"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"


class GateClosed(Exception):  # noqa: N818 - the name says what happened
    """Raised when a mailbox may not be called now; the job is deferred by ``retry_after`` seconds, nothing was sent."""

    def __init__(self, reason: Reason, retry_after: float) -> None:
        super().__init__(f"{reason}, again in {retry_after:.1f} s")
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What one application may do to one mailbox (Graph throttling limits, Exchange Online sending limits).

    The rates are a little under the published 10,000 in ten minutes and 30 mails a minute; what is left up to these is
    for urgent calls (one-time codes: somebody waits for them), however many others queue. ``lease_seconds`` must be
    longer than any call, so that a lease only ends by itself when its holder died. ``queue_seconds`` is how long a call
    waits for other calls of its own process.
    """

    in_flight: int = 4
    requests_per_10_minutes: int = 9_500
    mails_per_minute: int = 28
    urgent_requests: int = 500
    urgent_mails: int = 2
    lease_seconds: float = 45.0
    queue_seconds: float = 2.0
    busy_retry_seconds: float = 0.2
    unreachable_retry_seconds: float = 5.0
    redis_seconds: float = 2.0


class Gate:
    """Gates by mailbox id (a UUID as text), all in one Redis."""

    def __init__(self, redis: Redis, limits: GateLimits | None = None) -> None:
        self._redis = redis
        self._limits = limits or GateLimits()
        self._enter: AsyncScript = redis.register_script(_ENTER)
        self._freeing: set[asyncio.Task[None]] = set()
        self._pause: AsyncScript = redis.register_script(_PAUSE)

    @property
    def limits(self) -> GateLimits:
        """What it allows each mailbox."""
        return self._limits

    @asynccontextmanager
    async def pass_through(
        self, mailbox_id: str, *, sends_mail: bool = False, urgent: bool = False
    ) -> AsyncIterator[None]:
        """Hold one place in flight for the length of the block. ``urgent`` may use what is kept back from all others.

        Raises:
            GateClosed: no place, a rate used up, a pause, or Redis not answering; never after the block began.
            ValueError: the id is not a UUID.
        """
        token = await self._take(mailbox_id, sends_mail=sends_mail, urgent=urgent)
        try:
            yield
        finally:
            await self._give_back(mailbox_id, token)

    async def pause(self, mailbox_id: str, seconds: float) -> None:
        """Close the gate for all workers. A Redis that does not answer has closed it already.

        Raises:
            ValueError: the id is not a UUID.
        """
        milliseconds = int(min(max(seconds, 0.001), LONGEST_RETRY_SECONDS) * 1000)
        try:
            async with asyncio.timeout(self._limits.redis_seconds):
                await self._pause(keys=[_key(mailbox_id, "paused")], args=[milliseconds])
        except (RedisError, OSError, TimeoutError):
            return

    async def _take(self, mailbox_id: str, *, sends_mail: bool, urgent: bool) -> str:
        limits = self._limits
        token = secrets.token_hex(12)
        keys = [_key(mailbox_id, name) for name in ("leases", "requests", "mails", "paused", "turns")]
        lease_ms = int(limits.lease_seconds * 1000)
        rates = (limits.requests_per_10_minutes, limits.mails_per_minute)
        kept = (int(urgent), limits.urgent_requests, limits.urgent_mails)
        try:
            async with asyncio.timeout(limits.redis_seconds):
                said, wait_ms = await self._enter(
                    keys=keys, args=[token, lease_ms, limits.in_flight, *rates, int(sends_mail), *kept]
                )
        except (RedisError, OSError, TimeoutError):
            raise GateClosed(Reason.UNREACHABLE, limits.unreachable_retry_seconds) from None
        word = said.decode() if isinstance(said, bytes) else str(said)
        if word == "open":
            return token
        reason = Reason(word)
        wait = limits.busy_retry_seconds if reason is Reason.IN_FLIGHT else int(wait_ms) / 1000
        raise GateClosed(reason, wait)

    async def _give_back(self, mailbox_id: str, token: str) -> None:
        """Free the place, in a task of its own: its holder may have been cancelled, and may be cancelled again.

        Before Python 3.11.3 a task that was cancelled can use no timeout, and redis-py uses one for every command: the
        place would be held until its lease ended.
        """
        freeing = asyncio.create_task(self._free(mailbox_id, token))
        self._freeing.add(freeing)
        freeing.add_done_callback(self._freeing.discard)
        await asyncio.shield(freeing)

    async def _free(self, mailbox_id: str, token: str) -> None:
        try:
            async with asyncio.timeout(self._limits.redis_seconds):
                await self._redis.zrem(_key(mailbox_id, "leases"), token)
        except (RedisError, OSError, TimeoutError):
            return  # the lease ends by itself


class GatedGraph:
    """A Graph for one mailbox where every single call passes the gate, and a throttle closes it for all workers.

    ``urgent``: for one-time codes. They use what is kept back for them, queue apart from everything else, and wait a
    moment for a place in flight instead of being turned away.
    """

    def __init__(self, graph: GraphCalls, gate: Gate, mailbox_id: str, *, urgent: bool = False) -> None:
        self._graph = graph
        self._gate = gate
        self._mailbox_id = mailbox_id
        self._urgent = urgent
        self._places = asyncio.Semaphore(gate.limits.in_flight)

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,
        at_most: int | None = None,
    ) -> GraphAnswer:
        """As ``Graph.call``.

        Raises:
            GateClosed: nothing was sent.
            GraphError: as for ``Graph.call``.
        """
        async with self._passing(sends_mail=sends_mail):
            return await self._graph.call(
                method,
                template,
                path_params,
                body=body,
                query=query,
                headers=headers,
                sends_mail=sends_mail,
                at_most=at_most,
            )

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        """As ``Graph.follow``; raises GateClosed as ``call`` does."""
        async with self._passing(sends_mail=False):
            return await self._graph.follow(link, headers=headers)

    @asynccontextmanager
    async def _passing(self, *, sends_mail: bool) -> AsyncIterator[None]:
        async with self._own_turn(), self._through_gate(sends_mail=sends_mail):
            try:
                yield
            except Throttled as throttled:
                # Before the place is given back, so that nobody slips in between.
                await self._gate.pause(self._mailbox_id, throttled.seconds)
                raise

    @asynccontextmanager
    async def _through_gate(self, *, sends_mail: bool) -> AsyncIterator[None]:
        limits, loop = self._gate.limits, asyncio.get_running_loop()
        until = loop.time() + (limits.queue_seconds if self._urgent else 0)
        async with AsyncExitStack() as held:
            while True:
                try:
                    gate = self._gate.pass_through(self._mailbox_id, sends_mail=sends_mail, urgent=self._urgent)
                    await held.enter_async_context(gate)
                    break
                except GateClosed as closed:
                    if closed.reason is not Reason.IN_FLIGHT or loop.time() >= until:
                        raise
                await asyncio.sleep(limits.busy_retry_seconds / 4)
            yield

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        """One of this process's places, first come first served. Ten messages of one meeting fall due at once: turned
        away, most of them would wait for the next sweep."""
        limits = self._gate.limits
        try:
            async with asyncio.timeout(limits.queue_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise GateClosed(Reason.IN_FLIGHT, limits.busy_retry_seconds) from None
        try:
            yield
        finally:
            self._places.release()


def _key(mailbox_id: str, name: str) -> str:
    # Anything but a UUID, an address above all, must not reach Redis.
    return f"convene:gate:{UUID(mailbox_id)}:{name}"
