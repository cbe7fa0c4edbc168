"""``convene demo``: the whole service on this machine, and a day of cases played through it."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime
from pathlib import Path
from types import FrameType

from rich.console import Console

from service.clock import Clock
from service.commands.children import ChildFailedError
from service.commands.whole_service import WholeService, run_folder, starting_in, whole_service
from service.demo.cases import DAY, LONDON, OPENS
from service.demo.closing import close, month_over_words
from service.demo.narrate import Narrator
from service.demo.story import tell
from service.embedded.errors import EngineError

# Half past eight to six in 76 real seconds.
SPEED = 450.0
EPOCH = datetime.combine(DAY, OPENS, LONDON)
# Real seconds a part has to get ready before the day begins; a slower machine gets more at the next try.
_HEAD_STARTS = (8.0, 20.0, 60.0)
_WIDTH = 130
WELL, NOT_WELL, COULD_NOT_START = 0, 1, 2


def run(once: bool, keep: Path | None = None) -> int:  # noqa: FBT001 - the command's own flag
    """Play the demo and return the exit code: 0 well, 1 an expectation did not hold, 2 something could not start.

    Without ``once`` everything keeps running until Ctrl-C. ``keep`` is a folder whose data outlive the run.
    """
    console = Console()
    # Without a terminal there is no width to keep to, and the tables need some.
    narrator = Narrator(console if console.is_terminal else Console(width=_WIDTH))
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        return _run(narrator, once=once, keep=keep)
    except (ChildFailedError, EngineError) as error:
        narrator.note(f"Could not start: {error}")
        return COULD_NOT_START
    except KeyboardInterrupt:
        narrator.note("Stopped.")
        return 130


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(narrator: Narrator, *, once: bool, keep: Path | None) -> int:
    narrator.note("Starting PostgreSQL and Valkey, preparing the database and the two directories…")
    with run_folder() as folder, whole_service(folder.path, Clock(), keep) as whole:
        narrator.note("Starting the sandbox (a pretend Microsoft 365), the web process and the worker…")
        _open_the_day(whole)
        narrator.note(f"Ready: {whole.stage.service_url} and {whole.stage.sandbox_url}. Logs are in {folder.path}")
        ending = asyncio.run(tell(whole.stage, narrator))
        asyncio.run(close(whole.stage, narrator, ending))
        folder.wanted = not ending.well
        if folder.wanted:
            narrator.note(f"The logs stay in {folder.path}")
        if not once:
            narrator.note("\nEverything keeps running. Ctrl-C stops it.")
            narrator.note(month_over_words(whole.clock.now(), whole.clock.speed))
            _until_interrupted()
        return WELL if ending.well else NOT_WELL


def _until_interrupted() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        return


def _open_the_day(whole: WholeService) -> None:
    """Start every part on a clock that reaches half past eight once all are ready."""
    for head_start in _HEAD_STARTS:
        whole.set_clock(starting_in(EPOCH, SPEED, head_start))
        whole.start_all()
        if whole.clock.now() <= EPOCH:
            return
        # The day has begun without us: start the parts again, with more time to get ready.
        whole.stop_all()
    raise ChildFailedError(f"the parts were not ready within {_HEAD_STARTS[-1]:.0f} s; this machine is too busy")
