"""The times that agencies propose instead, where a person chooses one: on the page that moves a meeting, and on the one
that says when it sits again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from service.domain.london import time_words, to_local, words
from service.domain.roles import words as role_words
from service.store.queries.meeting_lines import AgencyLine
from service.web.time_form import ProposedTime


def proposed_times(agencies: Sequence[AgencyLine], action: str, now: datetime) -> tuple[ProposedTime, ...]:
    """What agencies proposed in the answers that count now, the soonest first; a time that is past is left out."""
    found: dict[datetime, list[str]] = {}
    for agency in agencies:
        at = agency.answer.proposed_start if agency.answer else None
        if at is not None and at > now:
            found.setdefault(at, []).append(role_words(agency.role))
    return tuple(
        ProposedTime(f"{words(at)}: proposed by {' and '.join(by)}", f"{action}?{_filled(at)}")
        for at, by in sorted(found.items())
    )


def _filled(at: datetime) -> str:
    local = to_local(at)
    return urlencode({"day": f"{local.day}/{local.month}/{local.year}", "time": time_words(at)})
