"""A client that keeps a number of page requests in flight, in a process of its own so that it costs the server nothing.

Reads one order a line from standard input (JSON) and answers each with one line: what it saw. Every request that counts
says when it was sent, by the clock that all processes of a machine share, so that the server can tell what of the
client's time was its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass

from bench.load import Seen

WARMING = 2
SENT = "Bench-Sent"


@dataclass(frozen=True, slots=True)
class PageOrder:
    """One stretch of load: each connection is one person, with the cookie of their session ("" for nobody)."""

    port: int
    path: str
    cookies: list[str]
    seconds: float


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _ask(order: PageOrder, cookie: str, connection: Connection, *, counts: bool) -> tuple[float, bool, int]:
    """One page: milliseconds, whether it was a 200, and its bytes."""
    reader, writer = connection
    kept = f"Cookie: {cookie}\r\n" if cookie else ""
    begun = time.monotonic()
    sent = f"{SENT}: {begun!r}\r\n" if counts else ""
    writer.write(f"GET {order.path} HTTP/1.1\r\nHost: 127.0.0.1:{order.port}\r\n{kept}{sent}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return (time.monotonic() - begun) * 1000, head[9:12] == b"200", length


async def carry_out(order: PageOrder) -> Seen:
    """Keep every person of the order asking for the ordered time, after warming each connection."""
    seen = Seen()
    people = [(cookie, await asyncio.open_connection("127.0.0.1", order.port)) for cookie in order.cookies]
    for _ in range(WARMING):
        await asyncio.gather(*(_ask(order, cookie, connection, counts=False) for cookie, connection in people))
    until = time.perf_counter() + order.seconds

    async def keep_asking(cookie: str, connection: Connection) -> None:
        while time.perf_counter() < until:
            ms, right, _ = await _ask(order, cookie, connection, counts=True)
            seen.ms.append(ms)
            seen.refused += not right

    begun = time.perf_counter()
    await asyncio.gather(*(keep_asking(cookie, connection) for cookie, connection in people))
    seen.wall = time.perf_counter() - begun
    for _, (_, writer) in people:
        writer.close()
        await writer.wait_closed()
    return seen


def main() -> None:
    """Carry out orders until standard input ends."""
    for line in sys.stdin:
        seen = asyncio.run(carry_out(PageOrder(**json.loads(line))))
        print(json.dumps(asdict(seen)), flush=True)


if __name__ == "__main__":
    main()
