"""Serves the sandbox on a loopback port: for its own process, and inside a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from service.sandbox.app import SANDBOX, make_app
from service.sandbox.config import SandboxConfig
from service.sandbox.state import Sandbox


@dataclass(frozen=True, slots=True)
class Serving:
    """A sandbox that answers: its port, and its state for a test in the same process."""

    host: str
    port: int
    sandbox: Sandbox

    @property
    def url(self) -> str:
        """The address without a trailing slash; Graph is at ``{url}/v1.0``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@asynccontextmanager
async def serving(config: SandboxConfig, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Serving]:
    """Serve until the block ends; port 0 takes any free one.

    Raises:
        OSError: the port is taken.
    """
    app = make_app(config)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield Serving(host, runner.addresses[0][1], app[SANDBOX])
    finally:
        await runner.cleanup()
