"""What the running engines have in common: start, stop, kill and restart, on the same data and the same address."""

from __future__ import annotations

from abc import ABC, abstractmethod

from service.embedded.errors import EngineFailedError
from service.embedded.launcher import KeptProcess


class RunningEngine(ABC):
    """A server that was started when this was made."""

    name: str

    def __init__(self) -> None:
        self._process: KeptProcess | None = None
        self.start()

    @abstractmethod
    def _launch(self) -> KeptProcess:
        """Start the server and wait until it answers. Raises EngineError."""

    @property
    def pid(self) -> int:
        """Process id of the server; raises EngineFailedError when it is not running."""
        if self._process is None:
            raise EngineFailedError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start the server if it is not running, and wait until it answers; raises EngineError."""
        if self._process is None or not self._process.alive:
            self._process = self._launch()

    def stop(self) -> None:
        """Stop the server in an orderly way; everything committed is on disk afterwards."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """Kill the server with SIGKILL, as a crash would; `start` brings it back on the same data."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """Stop and start, on the same data and the same address."""
        self.stop()
        self.start()
