"""A day on which a meeting could not be held, in words."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.london import words
from service.domain.roles import words as role_words
from service.store.queries.not_held import NotHeldRow
from service.web.wording import opened


def day_words(day: NotHeldRow, reasons: Mapping[str, str]) -> str:
    """One such day in a sentence; what protects the child is sealed and not in it."""
    why = reasons.get(day.because) or opened(day.because)
    return f"It could not be held on {words(day.recorded_at)}: {why}. Decided by the {role_words(day.decided_role)}."
