"""Whose fault an error is, and where it was raised: never what it says, which can hold what was about to be sealed."""

from __future__ import annotations

import traceback

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError


def place_of(error: BaseException) -> str:
    """Where an error was raised: the innermost of our own lines, as ``service/scheduler/letters.py:42``."""
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        # Whoever set the time raised it; where it was spent is what was cut off.
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/service/" in frame.filename] or list(frames)
    if not ours:
        return "unknown"
    return f"service/{ours[-1].filename.rpartition('/service/')[2]}:{ours[-1].lineno}"


def is_away(error: BaseException) -> bool:
    """Whether the database is away rather than the code at fault: then the row is as it was, and a sweep finds it."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError | OSError | TimeoutError)
