"""Work that goes on after the answer was given."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Holds running tasks so that none is forgotten, and ends them with the sandbox."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something without waiting for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Ask all running work to stop, without waiting."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Stop all running work and wait until it has stopped."""
        self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
