"""Telling open worklists that something has changed: one quiet stream for each, a bounded number of them.

A stream says "changed" and nothing else; the page then asks for itself again, as whoever has it open. One loop for the
whole process looks at the database once a second while anybody listens, and not at all while nobody does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from service.handlers.access import reader_of
from service.handlers.keys import SERVICES
from service.handlers.logs import Log, log
from service.handlers.middleware import SECURITY_HEADERS
from service.handlers.pages import partnership_in
from service.workflow.boards import Boards

# A browser opens six connections to one host; a person's seventh tab must still be served.
MOST, MOST_OF_ONE = 200, 4
_LOOK_EVERY = 1.0
_BREATHE_EVERY = 15.0
# Then the browser comes again, and the guard looks whether the person still may.
_ENDS_AFTER = 600.0


@dataclass(eq=False, slots=True)
class _Listener:
    partnership: str
    key: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    mark: int | None = None


class Hub:
    """Everybody in this process who waits for a change."""

    def __init__(self, boards: Boards, *, look_every: float = _LOOK_EVERY) -> None:
        self._boards = boards
        self.look_every = look_every
        self._listeners: list[_Listener] = []
        self._looking: asyncio.Task[None] | None = None
        self.closed = False

    def full_for(self, partnership: str, key: str) -> bool:
        """Whether there is no place left, in the partnership or for this person."""
        here = Counter(each.partnership for each in self._listeners)
        own = sum(each.key == key for each in self._listeners)
        return self.closed or here[partnership] >= MOST or own >= MOST_OF_ONE

    @contextlib.contextmanager
    def listening(self, partnership: str, key: str) -> Iterator[_Listener]:
        """A place among the listeners, while the stream is open."""
        listener = _Listener(partnership, key)
        self._listeners.append(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        try:
            yield listener
        finally:
            self._listeners.remove(listener)

    async def _look(self) -> None:
        seen = ""
        while self._listeners:
            try:
                committed = await self._boards.committed()
                for listener in tuple(self._listeners):
                    if committed != seen:
                        await self.compare(listener)
                seen = committed
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                # The pages say it where somebody asks for one; here it is tried again.
                log.warning(Log.CHANGES_UNSEEN, error=type(error).__name__)
            await asyncio.sleep(self.look_every)

    async def compare(self, listener: _Listener) -> None:
        """Hold what a listener last knew against what is so now."""
        board = await self._boards.for_reader(listener.partnership, listener.key)
        if listener.mark not in {None, board.mark}:
            listener.changed.set()
        listener.mark = board.mark

    def close(self) -> None:
        """Let every stream end, so that the process can."""
        self.closed = True
        for listener in self._listeners:
            listener.changed.set()

    async def stop(self) -> None:
        """End the loop."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking


HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
BOARDS: web.AppKey[Boards] = web.AppKey("boards", Boards)


def add_boards(app: web.Application) -> None:
    """Give an application its readings and its listeners."""
    boards = app[BOARDS] = Boards(app[SERVICES])
    hub = app[HUB] = Hub(boards)

    async def closing(_: web.Application) -> None:
        hub.close()

    async def cleaning(_: web.Application) -> AsyncIterator[None]:
        yield
        await hub.stop()

    app.on_shutdown.append(closing)
    app.cleanup_ctx.append(cleaning)


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /{partnership}/worklist/changes: "changed", whenever the reader's worklist has changed.

    204 where there is no place left: a browser then stops asking, and its page has a link to refresh.
    """
    hub, partnership, key = request.app[HUB], partnership_in(request), reader_of(request).key
    if hub.full_for(partnership, key):
        return web.Response(status=204)
    response = web.StreamResponse(headers={**SECURITY_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    with hub.listening(partnership, key) as listener:
        # What changes from here on is told; what changed since the page was made, the page asks for once it is heard.
        await hub.compare(listener)
        with contextlib.suppress(ConnectionResetError):
            await response.prepare(request)
            await response.write(b"retry: 5000\n\n")
            await _tell(request, response, hub, listener)
        return response


async def _tell(request: web.Request, response: web.StreamResponse, hub: Hub, listener: _Listener) -> None:
    clock = asyncio.get_running_loop().time
    ends, breathed = clock() + _ENDS_AFTER, clock()
    while not hub.closed and clock() < ends and not _gone(request):
        try:
            async with asyncio.timeout(hub.look_every):
                await listener.changed.wait()
        except TimeoutError:
            if clock() - breathed >= _BREATHE_EVERY:
                breathed = clock()
                await response.write(b":\n\n")
            continue
        listener.changed.clear()
        if not hub.closed:
            await response.write(b"event: changed\ndata: changed\n\n")


def _gone(request: web.Request) -> bool:
    """Whether the browser has hung up: its place is for somebody else then."""
    return request.transport is None or request.transport.is_closing()
