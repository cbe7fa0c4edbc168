"""The handover page: meeting by meeting, who was phoned in the night and what is left to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandoverMeeting:
    """One meeting of the night."""

    title: str
    href: str
    stands: str
    called: tuple[str, ...]
    not_called: tuple[str, ...]
    to_do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandoverPage:
    """The whole page. ``action`` is empty for whoever may only read it."""

    worklist_href: str
    since: str
    meetings: tuple[HandoverMeeting, ...]
    last: str
    action: str
    once: str
    done: bool
