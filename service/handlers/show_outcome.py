"""From the records to the part of a meeting's page about what it came to."""

from __future__ import annotations

from datetime import datetime

from service.domain.london import local_date
from service.domain.outcome import overdue
from service.web.outcome_words import OutcomeSection, action_row, outcome_sentences, report_words
from service.workflow.outcome import Came


def outcome_section(came: Came, now: datetime) -> OutcomeSection | None:
    """The part of the page; None while there is nothing to tell."""
    if came.outcome is None and not came.actions and not came.reports:
        return None
    today = local_date(now)
    return OutcomeSection(
        sentences=outcome_sentences(
            came.outcome.outcome if came.outcome else None,
            police_reference_kept=came.outcome is not None and came.outcome.police_reference_kept,
        ),
        actions=tuple(
            action_row(
                each.number,
                each.owner_role,
                each.what,
                each.due_on,
                str(each.state),
                late=overdue(each.due_on, each.state, today),
            )
            for each in came.actions
        ),
        reports=tuple(
            report_words(each.role, each.received_at, each.due_at, in_time=each.in_time) for each in came.reports
        ),
    )
