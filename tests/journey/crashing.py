"""Killing a worker at one exact point: at every place where it waits for the database, for Graph or for the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from service.outlook.adapter import GraphAnswer, GraphCalls


class _Counted:
    """Runs a coroutine and counts every time it waits; at the chosen wait, it is cancelled there."""

    def __init__(self, work: Coroutine[Any, Any, object], crash_at: int | None) -> None:
        self._work = work
        self._crash_at = crash_at
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        sent, thrown = None, None
        while True:
            try:
                waited_for = steps.throw(thrown) if thrown else steps.send(sent)
            except StopIteration:
                return
            self.waits += 1
            if self.waits == self._crash_at:
                task = asyncio.current_task()
                assert task is not None
                # The wait it is about to begin ends with CancelledError, as asyncio cancels a task.
                task.cancel()
            sent, thrown = None, None
            try:
                sent = yield waited_for
            except BaseException as error:  # noqa: BLE001 - handed on to where it belongs
                thrown = error


async def waits_of(work: Coroutine[Any, Any, object]) -> int:
    """Run to the end; how many times it waited."""
    counted = _Counted(work, None)
    await counted
    return counted.waits


async def crash_at(work: Coroutine[Any, Any, object], wait: int) -> bool:
    """Run until the given wait and be killed there. False when it had ended before."""

    async def run() -> None:
        await _Counted(work, wait)

    task = asyncio.ensure_future(run())
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


@dataclass(frozen=True)
class AfterEachReply:
    """Graph with one more place to die at: when its reply has been read and nothing is written down yet."""

    graph: GraphCalls

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
        answer = await self.graph.call(
            method,
            template,
            path_params,
            body=body,
            query=query,
            headers=headers,
            sends_mail=sends_mail,
            at_most=at_most,
        )
        await asyncio.sleep(0)
        return answer

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        return await self.graph.follow(link, headers=headers)
