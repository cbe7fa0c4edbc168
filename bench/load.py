"""The load: a client in a process of its own that keeps some requests in flight and times each answer.

It is told what to do on standard input, one JSON object a line, and answers on standard output: ``begun`` when every
connection has been used and the clock starts, ``done`` as soon as the last answer is in, so that the server's CPU time
can be read at those moments, then what it saw. It writes its HTTP itself, because on a machine with few cores a client
that works much measures itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field

from bench.case import Sender
from service.clock import real_now

# The server's database pool grows to what is in flight; that is not what is measured.
WARMING = 2


@dataclass(frozen=True, slots=True)
class Order:
    """One stretch of load. ``prefix`` makes its deliveries different from all others."""

    port: int
    path: str
    prefix: str
    in_flight: int
    seconds: float
    agreed_start: bool


@dataclass(slots=True)
class Seen:
    """What the client saw: the wall time in seconds, each answer's time in ms, and how many were not 202."""

    wall: float = 0.0
    ms: list[float] = field(default_factory=list)
    refused: int = 0


class RefusedError(Exception):
    """The server's answer cannot be read as HTTP/1.1 with a length."""


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, found, rest = head.partition(b"\r\ncontent-length: ")
    if not found:
        raise RefusedError(head[:200])
    await reader.readexactly(int(rest[: rest.index(b"\r\n")]))
    return int(head[9:12])


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _send_one(order: Order, sender: Sender, connection: Connection, seen: Seen) -> None:
    reader, writer = connection
    headers, body = sender.next(int(real_now().timestamp()))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    first = f"POST {order.path} HTTP/1.1\r\nHost: 127.0.0.1:{order.port}\r\n"
    begun = time.perf_counter()
    writer.write(f"{first}{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    status = await _answer(reader)
    seen.ms.append((time.perf_counter() - begun) * 1000)
    seen.refused += status != 202


async def _keep_sending(order: Order, sender: Sender, connection: Connection, until: float, seen: Seen) -> None:
    while time.perf_counter() < until:
        await _send_one(order, sender, connection, seen)


async def carry_out(order: Order) -> Seen:
    """Keep the ordered number of requests in flight for the ordered time, after warming every connection."""
    sender, seen = Sender(real_now(), order.prefix, agreed_start=order.agreed_start), Seen()
    connections = [await asyncio.open_connection("127.0.0.1", order.port) for _ in range(order.in_flight)]
    warming = Seen()
    for _ in range(WARMING):
        await asyncio.gather(*(_send_one(order, sender, each, warming) for each in connections))
    print("begun", flush=True)
    begun = time.perf_counter()
    until = begun + order.seconds
    await asyncio.gather(*(_keep_sending(order, sender, each, until, seen) for each in connections))
    seen.wall = time.perf_counter() - begun
    seen.refused += warming.refused
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()
    return seen


def main() -> None:
    """Carry out orders until standard input ends."""
    for line in sys.stdin:
        seen = asyncio.run(carry_out(Order(**json.loads(line))))
        print("done", flush=True)
        print(json.dumps(asdict(seen)), flush=True)


if __name__ == "__main__":
    main()
